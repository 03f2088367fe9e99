package llm

import (
	"errors"

	"github.com/zalando/go-keyring"

	"retable/internal/retable"
)

// keyringService is the name under which the keyring shows our entries.
const keyringService = "retable"

// Keyring keeps keys for the person at this machine. The operating system may
// ask for a password and take its time.
type Keyring interface {
	Get(name string) (Secret, error) // NotFound when there is none
	Set(name string, key Secret) error
	Delete(name string) error // NotFound when there is none
}

// NewKeyring returns the keyring of the operating system.
func NewKeyring() Keyring { return osKeyring{} }

type osKeyring struct{}

// Get reads a key.
func (osKeyring) Get(name string) (Secret, error) {
	key, err := keyring.Get(keyringService, name)
	return Secret(key), keyringError(err, name)
}

// Set stores a key.
func (osKeyring) Set(name string, key Secret) error {
	return keyringError(keyring.Set(keyringService, name, key.Reveal()), name)
}

// Delete removes a key.
func (osKeyring) Delete(name string) error {
	return keyringError(keyring.Delete(keyringService, name), name)
}

func keyringError(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return &retable.Error{Code: retable.NotFound, Detail: "The keyring has no key named " + name + "; enter it in the settings."}
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return &retable.Error{Code: retable.TooLarge, Detail: "The key is too long for the keyring; is it really a key?"}
	}
	return &retable.Error{Code: retable.Unavailable, Err: err,
		Detail: "The keyring of this machine can't be used; set the key by an environment variable or a file instead, such as RET_OPENAI_KEY or RET_OPENAI_KEY_FILE."}
}
