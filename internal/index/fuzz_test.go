package index

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzUnpack takes an index from another place: what is wrong is refused and
// leaves nothing, and nothing is ever written beside the folder.
func FuzzUnpack(f *testing.F) {
	dir := f.TempDir()
	words := []byte("not really a database")
	if err := os.WriteFile(filepath.Join(dir, wordsFile), words, 0o600); err != nil {
		f.Fatal(err)
	}
	info, err := describe(dir, wordsFile)
	if err != nil {
		f.Fatal(err)
	}
	if err := (&Manifest{Format: FormatVersion, Words: info}).write(dir); err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := Pack(f.Context(), dir, &whole); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add(bytes.ReplaceAll(whole.Bytes(), []byte(wordsFile), []byte("../evil.sqlit")))
	f.Add(bytes.ReplaceAll(whole.Bytes(), []byte(wordsFile), []byte("/words.sqlite")[:len(wordsFile)]))
	f.Add(whole.Bytes()[:700])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, stream []byte) {
		outside := t.TempDir()
		to := filepath.Join(outside, "set")
		m, err := Unpack(t.Context(), bytes.NewReader(stream), to)
		left, rerr := os.ReadDir(outside)
		if rerr != nil {
			t.Fatal(rerr)
		}
		if err != nil {
			if len(left) != 0 {
				t.Fatalf("left behind: %v (%v)", left, err)
			}
			return
		}
		if len(left) != 1 || left[0].Name() != "set" {
			t.Fatalf("written: %v", left)
		}
		if err := m.check(to); err != nil {
			t.Fatalf("taken, but: %v", err)
		}
	})
}
