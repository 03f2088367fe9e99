package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// genTree draws a tree of XML files: path to content.
func genTree(t *rapid.T) map[string]string {
	part := rapid.StringMatching(`[a-cA-Cé雪 _.-]{0,3}[a-cé]`)
	tree := map[string]string{}
	for range rapid.IntRange(1, 12).Draw(t, "files") {
		parts := rapid.SliceOfN(part, 0, 3).Draw(t, "folders")
		for i := range parts {
			parts[i] += ".d" // no file is also a folder
		}
		name := part.Draw(t, "name") + rapid.SampledFrom([]string{".xml", ".svg", ".xml.gz", ".xml.zst"}).Draw(t, "extension")
		full := path.Join(append(parts, name)...)
		body := "<a>" + strings.Repeat(rapid.StringMatching(`[a-z<>/ ]{0,40}`).Draw(t, "text"), rapid.SampledFrom([]int{1, 10, 2000}).Draw(t, "times")) + "</a>"
		for other := range tree { // names that a file system may merge say nothing here
			if strings.EqualFold(other, full) {
				full = ""
				break
			}
		}
		if full != "" && !strings.HasPrefix(path.Base(full), "._") {
			tree[full] = body
		}
	}
	return tree
}

func packedAs(name, body string) []byte {
	switch path.Ext(name) {
	case ".gz":
		return gzipOf([]byte(body))
	case ".zst":
		return zstdOf([]byte(body))
	}
	return []byte(body)
}

// TestSameTreeSameEntries: however a tree is bundled, the entries are the same
// and so are their bytes.
func TestSameTreeSameEntries(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		tree := genTree(rt)
		if len(tree) == 0 {
			rt.Skip("no files")
		}
		names := slices.Collect(maps.Keys(tree))
		slices.Sort(names)
		order := rapid.Permutation(names).Draw(rt, "order")

		dir := t.TempDir()
		var files []file
		var headers bytes.Buffer
		tw := tar.NewWriter(&headers)
		for i, name := range order {
			body := packedAs(name, tree[name])
			writeFile(t, dir, name, body)
			files = append(files, file{name: name, body: string(body), method: []uint16{zip.Deflate, zip.Store}[i%2]})
			if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(body)), Mode: 0o600}); err != nil {
				rt.Fatal(err)
			}
			if _, err := tw.Write(body); err != nil {
				rt.Fatal(err)
			}
		}
		if err := tw.Close(); err != nil {
			rt.Fatal(err)
		}
		zipped := makeZip(t, files...)
		nested := makeZip(t, file{name: "in.zip", body: string(zipped), method: []uint16{zip.Deflate, zip.Store}[len(order)%2]})

		opts := Options{Scratch: scratch}
		check := func(how, prefix string, b *Bundle, err error) {
			if err != nil {
				rt.Fatalf("%s: %v", how, err)
			}
			defer b.Close()
			var want []string
			for _, name := range names {
				want = append(want, prefix+name)
			}
			if got := paths(b); !slices.Equal(got, want) || len(b.Refused()) > 0 {
				rt.Fatalf("%s: got %q, want %q, refused %v", how, got, want, b.Refused())
			}
			for name, got := range contents(b) {
				if want := tree[strings.TrimPrefix(name, prefix)]; got != want {
					rt.Fatalf("%s: %s has %d bytes, want %d", how, name, len(got), len(want))
				}
			}
			if r := b.Refused(); len(r) > 0 {
				rt.Fatalf("%s: refused %v", how, r)
			}
		}
		from := func(data []byte) (*Bundle, error) {
			return OpenReader(t.Context(), bytes.NewReader(data), "b", opts)
		}
		b, err := from(zipped)
		check("zip", "", b, err)
		b, err = from(nested)
		check("zip in zip", "in.zip/", b, err)
		b, err = from(headers.Bytes())
		check("tar", "", b, err)
		b, err = OpenReader(t.Context(), unseekable{bytes.NewReader(gzipOf(headers.Bytes()))}, "b.tar.gz", opts)
		check("tar.gz as a stream", "", b, err)
		b, err = OpenReader(t.Context(), unseekable{bytes.NewReader(zipped)}, "b", opts)
		check("zip as a stream", "", b, err)
		b, err = Open(t.Context(), dir, opts)
		check("directory", "", b, err)
		if err := os.WriteFile(filepath.Join(dir, "in.zip"), zipped, 0o600); err != nil {
			rt.Fatal(err)
		}
		b, err = Open(t.Context(), dir, opts)
		if err != nil || len(b.Entries()) != 2*len(tree) {
			rt.Fatalf("directory with a zip: %v", err)
		}
		b.Close()
	})
}

// TestRandomDamage: whatever byte is changed, no entry gives wrong content and
// calls it complete.
func TestRandomDamage(t *testing.T) {
	var files []file
	want := map[string]string{}
	for i := range 5 {
		name := fmt.Sprintf("%d.xml", i)
		want[name] = strings.Repeat(sample, 20) + string(makeNoise(100*i))
		files = append(files, file{name: name, body: want[name], method: []uint16{zip.Store, zip.Deflate}[i%2]})
	}
	whole := makeZip(t, files...)
	rapid.Check(t, func(rt *rapid.T) {
		data := bytes.Clone(whole)
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "to")
		}
		b, err := OpenReader(t.Context(), bytes.NewReader(data), "b.zip", Options{})
		if err != nil {
			return
		}
		defer b.Close()
		if b.Kind() != KindZip {
			return // a first byte of < makes it text, which the tokenizer refuses
		}
		if len(b.Refused()) > 0 {
			return // damage seen; in a ZIP without directory checksums may be lost too
		}
		bodies := map[string]bool{}
		for _, body := range want {
			bodies[body] = true
		}
		for name, got := range contents(b) {
			if !bodies[got] { // names have no checksum
				rt.Fatalf("%s: got %d wrong bytes as if complete", name, len(got))
			}
		}
	})
}
