package auth

import (
	"fmt"
	"os"

	"retable/internal/retable"
)

// WriteRing makes the key file of a data root for which the keys that seal
// come from settings, as NewRing takes them: what was sealed elsewhere opens
// here. The key that signs is fresh. A file that is there is refused.
func WriteRing(path, algorithm, sealing string, clock retable.Clock) error {
	signing, err := generate(algorithm, clock.Now())
	if err != nil {
		return err
	}
	set := keySet{signing: []*signingKey{signing}}
	for _, s := range splitKeys(sealing) {
		k, err := newSealing(secretOf(s), clock.Now())
		if err != nil {
			return err
		}
		set.sealing = append(set.sealing, k)
	}
	if err := writeKeys(path, set, os.Link); err != nil {
		return fmt.Errorf("keep the keys: %w", err)
	}
	return nil
}
