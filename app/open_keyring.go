package app

import "retable/internal/llm"

// keepKey keeps a model provider's key in the operating system's keyring; ""
// removes it.
func keepKey(provider, key string) error {
	ring := llm.NewKeyring()
	if key == "" {
		return ignoreMissing(ring.Delete(provider))
	}
	return ring.Set(provider, llm.Secret(key))
}

// keptKey returns it.
func keptKey(provider string) (string, error) {
	key, err := llm.NewKeyring().Get(provider)
	return string(key), ignoreMissing(err)
}
