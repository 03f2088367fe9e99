package xmltok

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// corpus finds the collection of real documents, or skips the test.
func corpus(t *testing.T) string {
	root := os.Getenv("RET_CORPUS")
	if root == "" {
		root = "../../../shared/data"
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the corpus of real documents is not here (set RET_CORPUS): %v", err)
	}
	return root
}

func corpusFiles(t *testing.T, root string) (names []string) {
	all, err := filepath.Glob(filepath.Join(root, "*", "*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no files in %s: %v", root, err)
	}
	for _, name := range all {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.ToSlash(rel))
	}
	return names
}

// differs explains why a verdict is another than that of xmllint.
var differs = []struct {
	refused bool   // here; accepted by xmllint
	pattern string // of our error, or of the name of a file accepted here
	why     string
}{
	{true, `entity-external`, "xmllint skips external entities in silence, and their text is lost"},
	{true, `entity-undeclared.*never fetched`, "not an error for xmllint if a file it does not fetch may declare the entity; its text is lost"},
	{true, `entity-limit`, "xmllint allows more amplification before it stops (quadratic blow-up)"},
	{true, `namespace|duplicate-attribute`, "xmllint reports namespace errors and goes on"},
	{true, `outside-root.*\[`, "xmllint takes [ behind the end of a DOCTYPE"},
	{true, `dtd.*white space is missing after <!DOCTYPE`, "xmllint takes a DOCTYPE without the space"},
	{true, `dtd.*predefined entity`, "xmllint reports the redeclaration and goes on"},
	{true, `char.*U\+0000`, "xmllint stops in silence at a zero behind the root element"},
	{true, `encoding-bytes.*cut|encoding-bytes.*UTF-16`, "xmllint drops half a character at the end"},
	{false, `attack/defusedxml__xmlbomb.xml`, "a small bomb: below the amount of entity text that is always allowed here"},
}

// textDiffers explains why the text is another than that of xmllint.
var textDiffers = map[string]string{
	"entities/libxml2__ent11": "xmllint normalises a carriage return that an entity writes as &#13;; expat does not, nor does 2.11",
}

func TestCorpusAgainstXmllint(t *testing.T) {
	root := corpus(t)
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (libxml2-utils)")
	}
	normal, tiny := New(Options{KeepSpace: true}), New(Options{KeepSpace: true, Window: 97})
	both, neither, different := 0, 0, map[string]int{}
	for _, name := range corpusFiles(t, root) {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		events, ours := read(normal, bytes.NewReader(data))
		want := verdict(events, ours)
		if got := verdict(read(tiny, bytes.NewReader(data))); got != want {
			t.Errorf("%s: a window of 97 bytes gives another result", name)
		}
		c14n, theirs := runLint(lint, "--nonet", "--noent", "--c14n", filepath.Join(root, name))
		if theirs != nil { // the canonical form also refuses relative namespaces
			_, theirs = runLint(lint, "--nonet", "--noout", filepath.Join(root, name))
			c14n = nil
		}
		switch {
		case ours == nil && theirs == nil:
			both++
			if c14n != nil {
				compareText(t, name, text(events), c14n)
			}
		case ours != nil && theirs != nil:
			neither++
		default:
			subject := name
			if ours != nil {
				e := ours.(*Error)
				subject = string(e.Code) + " " + e.Error()
			}
			why := ""
			for _, d := range differs {
				if d.refused == (ours != nil) && regexp.MustCompile(d.pattern).MatchString(subject) {
					why = d.why
					break
				}
			}
			if why == "" {
				t.Errorf("%s: here %v, xmllint %v", name, ours, theirs)
			}
			different[why]++
		}
	}
	t.Logf("%d accepted by both, %d by neither", both, neither)
	for why, n := range different {
		t.Logf("%d differ: %s", n, why)
	}
}

// runLint gives xmllint ten seconds.
func runLint(lint string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, lint, args...).Output()
}

// compareText holds the character data to that of the canonical form, read by
// encoding/xml.
func compareText(t *testing.T, name, got string, c14n []byte) {
	var want strings.Builder
	const cr = "\uE00D" // encoding/xml would read the reference as a line end
	dec := xml.NewDecoder(bytes.NewReader(bytes.ReplaceAll(c14n, []byte("&#xD;"), []byte(cr))))
	depth := 0
	for {
		tok, err := dec.RawToken()
		if err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				want.Write(bytes.ReplaceAll(tok, []byte(cr), []byte("\r")))
			}
		}
	}
	if why := textDiffers[name]; why != "" {
		if got == want.String() {
			t.Errorf("%s: the text is equal and need not be listed", name)
		}
		return
	}
	if got != want.String() {
		i := 0
		for i < min(len(got), want.Len()) && got[i] == want.String()[i] {
			i++
		}
		from := max(0, i-20)
		t.Errorf("%s: text differs at %d: %q, want %q", name, i, cut(got[from:]), cut(want.String()[from:]))
	}
}

func cut(s string) string { return s[:min(len(s), 60)] }

func TestAttacksStopSoonAndSmall(t *testing.T) {
	root := corpus(t)
	files, err := filepath.Glob(filepath.Join(root, "attack", "*"))
	if err != nil || len(files) == 0 {
		t.Skip("no attack files")
	}
	for _, policy := range []EntityPolicy{EntitiesError, EntitiesKeep, EntitiesHTML} {
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime()
			tok := New(Options{Entities: policy})
			tok.Reset(bytes.NewReader(data))
			for {
				if _, err := tok.Next(); err != nil {
					break
				}
			}
			took := cpuTime() - start
			runtime.ReadMemStats(&after)
			if took > slowdown || after.TotalAlloc-before.TotalAlloc > 64<<20 {
				t.Errorf("%s: %.2f s, %d bytes", filepath.Base(name), took, after.TotalAlloc-before.TotalAlloc)
			}
		}
	}
}

// bomb nests entities so that the innermost is repeated factor^depth times.
func bomb(attr bool, markup string) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE a [<!ENTITY e0 '" + markup + "'>")
	for i := 1; i <= 12; i++ {
		b.WriteString("<!ENTITY e" + string(rune('a'+i)) + " '" + strings.Repeat("&e"+map[bool]string{true: "0", false: string(rune('a' + i - 1))}[i == 1]+";", 20) + "'>")
	}
	b.WriteString("]>")
	if attr {
		return b.String() + "<a b='&em;'/>"
	}
	return b.String() + "<a>&em;</a>"
}

func TestBombsStop(t *testing.T) {
	nested := "<a>" + strings.Repeat("<a>", 2_000_000)
	var kinds strings.Builder
	kinds.WriteString("<a>")
	for i := range 400_000 {
		kinds.WriteString("<n")
		kinds.WriteString(strings.Repeat("x", i%3))
		kinds.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + string(rune('a'+i/17576%26)) + "/>")
	}
	kinds.WriteString("</a>")
	var scopes strings.Builder
	scopes.WriteString("<a>")
	for i := range 100_000 {
		scopes.WriteString("<b xmlns='u" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + string(rune('a'+i/17576%26)) + "'/>")
	}
	scopes.WriteString("</a>")
	for name, doc := range map[string]string{
		"text":                     bomb(false, "lol"),
		"nothing":                  bomb(false, ""),
		"elements":                 bomb(false, "<b/>"),
		"an attribute":             bomb(true, "lol"),
		"depth":                    nested,
		"names that are data":      kinds.String(),
		"namespaces that are data": scopes.String(),
		"a long chain":             "<!DOCTYPE a [<!ENTITY a0 'x'>" + chain(30_000) + "]><a>&a29999;</a>",
		"an endless name":          "<a>&" + strings.Repeat("x", 4<<20),
		"an endless tag":           "<a " + strings.Repeat("b", 4<<20),
		"defaults":                 "<!DOCTYPE a [<!ATTLIST b c CDATA '" + strings.Repeat("x", 100_000) + "'>]><a>" + strings.Repeat("<b/>", 100_000) + "</a>",
	} {
		t.Run(name, func(t *testing.T) {
			tok := New(Options{})
			tok.Reset(strings.NewReader(doc))
			start := cpuTime()
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			before := m.TotalAlloc
			var err error
			for err == nil {
				_, err = tok.Next()
			}
			runtime.ReadMemStats(&m)
			if took := cpuTime() - start; took > slowdown {
				t.Errorf("took %.2f s (%v)", took, err)
			}
			if m.TotalAlloc-before > 128<<20 {
				t.Errorf("%d bytes allocated (%v)", m.TotalAlloc-before, err)
			}
		})
	}
}

func chain(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		b.WriteString("<!ENTITY a")
		b.WriteString(strconv.Itoa(i))
		b.WriteString(" '&a")
		b.WriteString(strconv.Itoa(i - 1))
		b.WriteString(";'>")
	}
	return b.String()
}
