package report

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// FuzzListing reads a listing that may be damaged, as one of a restored backup
// can be: each row comes, or an error does.
func FuzzListing(f *testing.F) {
	dir := f.TempDir()
	sides := rapid.Custom(func(t *rapid.T) [2]*source { return [2]*source{drawSide(t, "a"), drawSide(t, "b")} })
	for seed := range 3 {
		s := sides.Example(seed)
		_, _, path := listing(f, dir, s[0], s[1])
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(raw[:len(raw)/2])
	}
	f.Add([]byte(listingMagic + trailerMagic))
	path := filepath.Join(dir, "fuzzed.listing")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := OpenListing(path)
		if err != nil {
			return
		}
		defer l.Close()
		for i := range min(l.Tables(), 20) {
			x, err := l.Table(i)
			if err != nil {
				continue
			}
			c := x.Cursor()
			for place := range min(x.Len(), 200) {
				r, err := c.At(place)
				if err == nil && r == nil {
					t.Fatalf("neither a row nor an error at %d", place)
				}
				if err == nil {
					x.Marks(r)
				}
			}
			for _, place := range []int64{0, 7, x.Len() - 1} {
				if _, _, err := c.Next(place); err != nil && errors.Is(err, os.ErrClosed) {
					t.Fatal(err)
				}
				if _, _, err := c.Previous(place); err != nil && errors.Is(err, os.ErrClosed) {
					t.Fatal(err)
				}
			}
			if _, err := c.Place(0); err != nil && errors.Is(err, os.ErrClosed) {
				t.Fatal(err)
			}
		}
	})
}
