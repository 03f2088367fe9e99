package cli

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"
)

// run calls the program in this process.
func run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e}, "test", Doors{})
	return code, o.String(), e.String()
}

// good is the file of each bad bundle that must be converted all the same.
const good = `<goods><good n="1">pen</good><good n="2">ink</good></goods>`

// entry is one file of a zip, with what is wrong about it.
type entry struct {
	name, body string
	flags      uint16
	method     uint16
	wrongCRC   bool
}

// zipOf writes entries as they are, however wrong.
func zipOf(t *testing.T, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range append([]entry{{name: "good.xml", body: good}}, entries...) {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, 9)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		h := &zip.FileHeader{
			Name: e.name, Method: zip.Deflate, Flags: e.flags, CRC32: crc32.ChecksumIEEE([]byte(e.body)),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(e.body)),
		}
		if e.method != 0 {
			h.Method = e.method
		}
		if e.wrongCRC {
			h.CRC32++
		}
		raw, err := z.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Write(packed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "bundle.zip", b.String())
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsOf counts the rows of a table in dir.
func rowsOf(t *testing.T, dir, table string) int {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, table+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return len(rows) - 1
}

// says checks that a text holds all words.
func says(t *testing.T, text string, words []string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("the message lacks %q:\n%s", word, text)
		}
	}
}

// alone checks that dir holds nothing but what is named.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !strings.Contains("/"+strings.Join(names, "/")+"/", "/"+f.Name()+"/") {
			t.Errorf("%s was left in %s", f.Name(), dir)
		}
	}
}

// lol is an entity that is a thousand million copies of its first.
func lol() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE l [<!ENTITY e0 "lollollollollollollollollollol">`)
	for i := 1; i < 10; i++ {
		b.WriteString(`<!ENTITY e` + string(rune('0'+i)) + ` "` + strings.Repeat("&e"+string(rune('0'+i-1))+";", 10) + `">`)
	}
	return b.String() + "]><l><x>&e9;</x></l>"
}

func utf16le(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// TestBadEntries: what is wrong with one entry of a bundle is said with its
// name, fault and cure, and the good entry beside it becomes a table.
func TestBadEntries(t *testing.T) {
	tests := map[string]struct {
		entries []entry
		flags   []string
		says    []string
		rows    map[string]int // besides the good ones
	}{
		"encrypted": {
			entries: []entry{{name: "secret.xml", body: "<a/>", flags: 1}},
			says:    []string{`refused: entry "secret.xml"`, "encrypted", "unpack it"},
		},
		"unknown compression": {
			entries: []entry{{name: "lzma.xml", body: "<a/>", method: 14}},
			says:    []string{`refused: entry "lzma.xml"`, "LZMA", "pack"},
		},
		"path traversal": {
			entries: []entry{{name: "../../evil.xml", body: "<evil/>"}},
			says:    []string{`refused: entry "../../evil.xml" climbs out of its folder by ".."`, "pack again with paths relative to a folder"},
		},
		"absolute path": {
			entries: []entry{{name: "/etc/evil.xml", body: "<evil/>"}},
			says:    []string{`refused: entry "/etc/evil.xml" has an absolute path`, "pack again"},
		},
		"backslashes": {
			entries: []entry{{name: `..\evil.xml`, body: "<evil/>"}},
			says:    []string{"refused: entry", "has a backslash in its name", "forward slashes"},
		},
		"terminal escapes in a name": {
			entries: []entry{{name: "\x1b[2Jevil.xml", body: "<evil/>"}},
			says:    []string{`\x1b`, "control character in its name: rename it and pack again"},
		},
		"bomb": {
			entries: []entry{{name: "bomb.xml", body: "<a>" + strings.Repeat(" ", 12<<20) + "</a>"}},
			flags:   []string{"--max-ratio", "100"},
			says:    []string{"bomb.xml", "RET_MAX_RATIO", "raise the limit"},
		},
		"bomb within the limits of the person's own machine": {
			entries: []entry{{name: "bomb.xml", body: "<a>" + strings.Repeat(" ", 40<<20) + "</a>"}},
			says:    []string{"bomb.xml", "RET_MAX_RATIO", "raise the limit"},
		},
		"duplicate names": {
			entries: []entry{{name: "twice.xml", body: "<a><b>first</b></a>"}, {name: "twice.xml", body: "<a><b>second</b></a>"}},
			says:    []string{`refused: entry "twice.xml" has the name of an earlier entry, which is kept: rename one and pack again`},
			rows:    map[string]int{"a": 1},
		},
		"wrong checksum": {
			entries: []entry{{name: "flipped.xml", body: "<a><b>1</b></a>", wrongCRC: true}},
			says:    []string{"flipped.xml", "checksum"},
			rows:    map[string]int{"a": 1},
		},
		"zip in disguise": {
			entries: []entry{{name: "archive.xml", body: "PK\x03\x04 and so on"}},
			says:    []string{"archive.xml", "zip archive where XML was expected", "proper extension"},
		},
		"no XML inside": {
			entries: []entry{{name: "hello.xml", body: "hello"}, {name: "notes.txt", body: "hello"}},
			says:    []string{"refused: hello.xml: line 1, column 1 (byte 0)", "is this XML?", "skipped: notes.txt: no XML"},
		},
		"empty file": {
			entries: []entry{{name: "empty.xml"}},
			says:    []string{"empty.xml", "empty"},
		},
		"external entity": {
			entries: []entry{{name: "xxe.xml", body: `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>1</b><b>&x;</b></a>`}},
			says:    []string{"xxe.xml: line 1", "&x;", "external"},
			rows:    map[string]int{"a~b": 1},
		},
		"external parameter entity": {
			entries: []entry{{name: "dtd.xml", body: `<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:1/evil.dtd"> %p;]><a><b>1</b><b>&q;</b></a>`}},
			says:    []string{"dtd.xml: line 1", "&q;"},
			rows:    map[string]int{"a~b": 1},
		},
		"a thousand million laughs": {
			entries: []entry{{name: "lol.xml", body: lol()}},
			says:    []string{"lol.xml: line 1", "entities expand to more than 10 times the input"},
		},
		"an entity within itself": {
			entries: []entry{{name: "loop.xml", body: `<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><a>&x;</a>`}},
			says:    []string{"loop.xml: line 1", "itself"},
		},
		"undeclared entity": {
			entries: []entry{{name: "nbsp.xml", body: `<a><b>1</b><b>&nbsp;</b></a>`}},
			says:    []string{"nbsp.xml: line 1, column 15", "&nbsp;", "declared"},
			rows:    map[string]int{"a~b": 1},
		},
		"wrong encoding": {
			entries: []entry{{name: "latin.xml", body: "<a><b>1</b><b>M\xfcller</b></a>"}},
			says:    []string{"partial: latin.xml: line 1, column 16 (byte 15)", "UTF-8"},
			rows:    map[string]int{"a~b": 1},
		},
		"unknown encoding": {
			entries: []entry{{name: "ebcdic.xml", body: `<?xml version="1.0" encoding="IBM9999"?><a/>`}},
			says:    []string{"refused: ebcdic.xml", "IBM9999", "encoding"},
		},
		"encoding other than declared": {
			entries: []entry{{name: "wide.xml", body: "\xff\xfe" + utf16le(`<?xml version="1.0" encoding="UTF-8"?><a><b>1</b></a>`)}},
			says:    []string{"wide.xml", "UTF-8", "UTF-16"},
		},
		"malformed halfway": {
			entries: []entry{{name: "half.xml", body: "<list>\n<row n='1'>one</row>\n<row n='2'>two</row>\n<row n='3'><x>three</row>\n<row n='4'>four</row>\n</list>"}},
			says:    []string{"partial: half.xml: line 4, column 20 (byte ", "x", "[in /list/row/x]", "<row n='3'><x>three"},
			rows:    map[string]int{"list~row": 2},
		},
		"truncated halfway": {
			entries: []entry{{name: "half.xml", body: "<list>\n<row n='1'>one</row>\n<row n='2'>two</row>\n<row n='3'>thr"}},
			says:    []string{"partial: half.xml: line 4", "the input ends inside the element row"},
			rows:    map[string]int{"list~row": 2},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && len(test.entries[0].body) > 20<<20 {
				t.Skip("packs 40 MB")
			}
			bundle := zipOf(t, test.entries...)
			dir := t.TempDir()
			args := append([]string{"convert", bundle, "-q", "-o", filepath.Join(dir, "out")}, test.flags...)
			code, out, errs := run(t, args...)
			if code != ExitPartial || out != "" {
				t.Errorf("got exit code %d and the output %q, want %d and none\n%s", code, out, ExitPartial, errs)
			}
			says(t, errs, test.says)
			if strings.ContainsRune(errs, 0x1b) {
				t.Errorf("a control character reached the terminal: %q", errs)
			}
			if got := rowsOf(t, filepath.Join(dir, "out"), "goods~good"); got != 2 {
				t.Errorf("got %d rows of the good file, want 2", got)
			}
			for table, want := range test.rows {
				if got := rowsOf(t, filepath.Join(dir, "out"), table); got != want {
					t.Errorf("%s: got %d rows, want %d", table, got, want)
				}
			}
			alone(t, dir, "out")

			code, _, scanned := run(t, append([]string{"scan", bundle, "-q"}, test.flags...)...)
			if code != ExitPartial {
				t.Errorf("scan: got exit code %d, want %d", code, ExitPartial)
			}
			says(t, scanned, test.says)
		})
	}
}

// TestBadBundles: what can't be read at all is refused, with exit code 2 and
// nothing written.
func TestBadBundles(t *testing.T) {
	whole, err := os.ReadFile(zipOf(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path string
		says []string
	}{
		"not a zip":        {write(t, "a.zip", "hello"), []string{`bundle "a.zip" is neither XML nor an archive of XML`, "give a ZIP, a tar, a folder or an XML file"}},
		"empty file":       {write(t, "a.zip", ""), []string{`bundle "a.zip" is empty (0 bytes): fetch or make it again`}},
		"HTML page":        {write(t, "a.zip", "<!DOCTYPE html><html><p>log in"), []string{"is an HTML page, not the archive that its name promises", "fetch it again"}},
		"empty zip":        {write(t, "a.zip", "PK\x05\x06"+strings.Repeat("\x00", 18)), []string{`bundle "a.zip" is an empty archive: nothing was packed into it`}},
		"head of a zip":    {write(t, "a.zip", string(whole[:20])), []string{`"a.zip"`, "again"}},
		"not there":        {filepath.Join(t.TempDir(), "a.zip"), []string{`bundle "a.zip" doesn't exist: check the path`}},
		"empty folder":     {t.TempDir(), []string{"is empty: there is no file in it"}},
		"no XML":           {zipWithout(t, "notes.txt", "hello"), []string{"has no XML to read", `"notes.txt" is skipped`}},
		"nothing readable": {write(t, "a.xml", "hello"), []string{"a.xml can't be read: line 1, column 1", "is this XML?"}},
		"several of them":  {folderOf(t, map[string]string{"a.xml": "one", "b.xml": "two", "c.xml": "three"}), []string{"no file of ", "could be read; the first is a.xml: line 1", "and 2 more"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			code, out, errs := run(t, "convert", test.path, "-o", filepath.Join(dir, "out"))
			if code != ExitFailed || out != "" {
				t.Errorf("got exit code %d and the output %q, want %d and none", code, out, ExitFailed)
			}
			says(t, errs, test.says)
			if !strings.HasPrefix(errs, "retable: ") || strings.Count(errs, "\n") != 1 {
				t.Errorf("the message is not one line: %q", errs)
			}
			alone(t, dir)
			if code, _, _ := run(t, "scan", test.path); code != ExitFailed {
				t.Errorf("scan: got exit code %d, want %d", code, ExitFailed)
			}
		})
	}
}

// TestTruncatedZip: a zip without its end is salvaged as far as it goes.
func TestTruncatedZip(t *testing.T) {
	whole, err := os.ReadFile(zipOf(t, entry{name: "long.xml", body: "<list>" + strings.Repeat("<row>abc</row>", 5000) + "</list>"}))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := write(t, "cut.zip", string(whole[:len(whole)*2/3]))
	code, _, errs := run(t, "convert", path, "-q", "-o", filepath.Join(dir, "out"))
	if code != ExitPartial {
		t.Fatalf("got exit code %d, want %d: %s", code, ExitPartial, errs)
	}
	says(t, errs, []string{"cut.zip", "again"})
	if got := rowsOf(t, filepath.Join(dir, "out"), "goods~good"); got != 2 {
		t.Errorf("got %d rows of the good file, want 2", got)
	}
}

func zipWithout(t *testing.T, name, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "a.zip", b.String())
}

func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestUnreadableFiles: a folder may hold what can't be read as a file.
func TestUnreadableFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs links and sockets in folders")
	}
	folder := folderOf(t, map[string]string{"good.xml": good})
	if err := os.Symlink("/etc/hostname", filepath.Join(folder, "link.xml")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "folder.xml"), 0o700); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "pipe.xml")
	makePipe(t, socket)
	dir := t.TempDir()
	code, _, errs := run(t, "convert", folder, "-q", "-o", filepath.Join(dir, "out"))
	if code != ExitPartial {
		t.Errorf("got exit code %d, want %d", code, ExitPartial)
	}
	says(t, errs, []string{`"link.xml"`, "link", `"pipe.xml"`})
	if strings.Contains(errs, "folder.xml") {
		t.Errorf("a folder is no fault, whatever its name: %s", errs)
	}
	if got := rowsOf(t, filepath.Join(dir, "out"), "goods~good"); got != 2 {
		t.Errorf("got %d rows of the good file, want 2", got)
	}
}
