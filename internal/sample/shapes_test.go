package sample_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"retable/internal/sample"
)

func TestShapesAreWellFormedSizedAndRepeatable(t *testing.T) {
	const size = 60_000
	for name, c := range map[string]struct {
		write func(io.Writer) error
		hash  string
	}{
		"records":   {func(w io.Writer) error { return sample.Records(w, size, 1) }, "6fea290d0ce848f1"},
		"deep":      {func(w io.Writer) error { return sample.Deep(w, size, 200, 1) }, "dedb50eca40e5579"},
		"recursive": {func(w io.Writer) error { return sample.Recursive(w, size, 50, 1) }, "3657ce0f41749c48"},
		"huge":      {func(w io.Writer) error { return sample.Huge(w, size, 1) }, "88efa738a23a616d"},
		"wide":      {func(w io.Writer) error { return sample.Wide(w, 5000, 2, 1) }, "e4211c40eb6b64d3"},
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			if err := c.write(&buf); err != nil {
				t.Fatal(err)
			}
			if buf.Len() < size || buf.Len() > 4*size {
				t.Errorf("got %d bytes, wanted about %d", buf.Len(), size)
			}
			if _, err := parse(buf.Bytes()); err != nil {
				t.Error(err)
			}
			sum := sha256.Sum256(buf.Bytes())
			if got := hex.EncodeToString(sum[:8]); got != c.hash {
				t.Errorf("content hash %s, want %s", got, c.hash)
			}
		})
	}
}

func TestSmallFilesHoldDifferentCustomers(t *testing.T) {
	var buf bytes.Buffer
	if err := sample.SmallFiles(&buf, 50, 4096, 1); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	seen, total := map[string]bool{}, 0
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		total += len(content)
		root, err := parse(content)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		root.each("Customer", func(c *node) {
			if seen[c.attrs["number"]] {
				t.Errorf("%s: customer %s came before", f.Name, c.attrs["number"])
			}
			seen[c.attrs["number"]] = true
		})
	}
	if len(z.File) != 50 || total < 50*4096 || total > 50*4096*2 {
		t.Errorf("got %d files, %d bytes", len(z.File), total)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAFullDiskEndsTheWriting(t *testing.T) {
	for name, err := range map[string]error{
		"records":   sample.Records(fullDisk{}, 1<<40, 1),
		"recursive": sample.Recursive(fullDisk{}, 1<<40, 50, 1),
		"huge":      sample.Huge(fullDisk{}, 1<<40, 1),
		"small":     sample.SmallFiles(fullDisk{}, 1000, 4096, 1),
	} {
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := sample.Write(fullDisk{}, sample.Options{}, 1); err == nil {
		t.Error("the bundle was written to a full disk")
	}
}
