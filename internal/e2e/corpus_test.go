package e2e

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"retable/app"
	"retable/internal/sample"
)

// corpusDir is the folder of real files, one folder below it per kind.
func corpusDir() string {
	if dir := os.Getenv("RET_CORPUS"); dir != "" {
		return dir
	}
	return filepath.Join(root, "..", "shared", "data")
}

const corpusReport = "docs/corpus.md"

// TestCorpusReport converts real files of every kind in both modes and
// compares what came out with docs/corpus.md; with -update it writes that.
func TestCorpusReport(t *testing.T) {
	dir := corpusDir()
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Skipf("no corpus: RET_CORPUS names no folder of XML files (%s)", dir)
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	report := corpus{faults: map[string]*corpusFault{}}
	for _, f := range found {
		if f.IsDir() {
			report.convert(t, f.Name(), filepath.Join(dir, f.Name()))
		}
	}
	report.convert(t, "sample", sampleBundle(t))
	if t.Failed() {
		return
	}
	text := report.text(t)
	if *update {
		if err := os.WriteFile(filepath.Join(root, corpusReport), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(filepath.Join(root, corpusReport))
	if err != nil {
		t.Fatal(err)
	}
	if want, got := corpusSize(string(committed)), corpusSize(text); want != got {
		t.Skipf("the corpus here is another one (%s; %s was made from %s): all of it was converted, the page is not compared", got, corpusReport, want)
	}
	if string(committed) != text {
		t.Errorf("%s is not what the conversion gives now: read the difference, then go test ./internal/e2e -run TestCorpusReport -update\n%s",
			corpusReport, firstDifference(string(committed), text))
	}
}

// corpusSize is what a page says of the corpus it was made from.
func corpusSize(page string) string {
	_, rest, _ := strings.Cut(page, "it converts ")
	size, _, _ := strings.Cut(rest, ",")
	return size
}

func sampleBundle(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "delivery-1.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := sample.Write(f, sample.Options{}, 1); err != nil {
		t.Fatal(err)
	}
	return path
}

// corpus is what the report tells.
type corpus struct {
	kinds  []*corpusKind
	faults map[string]*corpusFault
}

// corpusKind is one folder of files.
type corpusKind struct {
	Name                                  string
	Files, Whole, Partial, Refused, NoXML int
	Bytes                                 int64
	Tables, Rows                          uint64 // flat
	RelationalTables, RelationalRows      uint64
	Values                                uint64
}

// corpusFault is one reason why files were not converted whole.
type corpusFault struct {
	Code    string
	Files   int
	Partial int
	Kinds   map[string]int
	Example string
}

func (c *corpus) convert(t *testing.T, name, path string) {
	t.Run(name, func(t *testing.T) {
		k := &corpusKind{Name: name}
		flat := corpusConversion(t, path, "flat")
		relational := corpusConversion(t, path, "relational")
		for i, f := range flat.Files {
			k.Files++
			k.Bytes += f.Bytes
			switch f.Status {
			case app.StatusOK:
				k.Whole++
			case app.StatusPartial:
				k.Partial++
			case app.StatusRefused:
				k.Refused++
			}
			if f.Status != app.StatusOK {
				c.fault(name, f)
			}
			if other := relational.Files[i]; other.Status != f.Status || other.SHA256 != f.SHA256 || other.Error != f.Error {
				t.Errorf("%s: the modes read different things: %+v, %+v", f.Path, f, other)
			}
		}
		k.NoXML = len(flat.Skipped)
		k.Tables, k.Rows, k.Values = corpusTotals(t, flat)
		// Relational mode may count fewer values: an empty element is one where
		// it stands in a JSON cell of recursive content, and none as a row.
		var values uint64
		k.RelationalTables, k.RelationalRows, values = corpusTotals(t, relational)
		if values > k.Values || values < k.Values*9/10 {
			t.Errorf("%d values in flat mode, %d in relational", k.Values, values)
		}
		c.kinds = append(c.kinds, k)
	})
}

func corpusConversion(t *testing.T, path, mode string) *app.Conversion {
	t.Helper()
	res, err := app.New(app.Config{Version: "corpus", Scratch: t.TempDir()}).Convert(t.Context(), app.ConvertRequest{
		Source: app.Source{Path: path, Limits: app.LocalLimits()},
		Output: filepath.Join(t.TempDir(), "out"),
		Shape:  app.Shape{Mode: mode, Lineage: "full"},
	})
	if err != nil {
		t.Fatalf("%s: %v", mode, err)
	}
	return res
}

// corpusTotals adds up the tables, whose files must hold them, and checks
// every proof.
func corpusTotals(t *testing.T, res *app.Conversion) (tables, rows, values uint64) {
	t.Helper()
	for _, p := range res.Proofs {
		if !p.Holds() {
			t.Errorf("%s: %d of %d values, lost: %+v", p.Kind, p.Accounted, p.Values, p.Lost)
		}
		values += p.Values
	}
	for _, table := range res.Tables {
		tables++
		rows += table.Rows
		for _, name := range table.Files {
			if info, err := os.Stat(filepath.Join(res.Output, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s of table %s: %v", name, table.Name, err)
			}
		}
	}
	var fromFiles uint64
	for _, f := range res.Files {
		fromFiles += f.Rows
	}
	if fromFiles != rows {
		t.Errorf("the files gave %d rows, the tables have %d", fromFiles, rows)
	}
	return tables, rows, values
}

func (c *corpus) fault(kind string, f app.FileReport) {
	fault := c.faults[f.Code]
	if fault == nil {
		fault = &corpusFault{Code: f.Code, Kinds: map[string]int{}, Example: fmt.Sprintf("%s/%s: %s", kind, f.Path, f.Error)}
		c.faults[f.Code] = fault
	}
	fault.Files++
	fault.Kinds[kind]++
	if f.Status == app.StatusPartial {
		fault.Partial++
	}
}

// text is the report.
func (c *corpus) text(t *testing.T) string {
	t.Helper()
	var total corpusKind
	for _, k := range c.kinds {
		total.Files += k.Files
		total.Whole += k.Whole
		total.Partial += k.Partial
		total.Refused += k.Refused
		total.NoXML += k.NoXML
		total.Bytes += k.Bytes
		total.Tables += k.Tables
		total.Rows += k.Rows
		total.RelationalTables += k.RelationalTables
		total.RelationalRows += k.RelationalRows
		total.Values += k.Values
	}
	faults := slices.SortedFunc(maps.Values(c.faults), func(a, b *corpusFault) int {
		return cmp.Or(b.Files-a.Files, cmp.Compare(a.Code, b.Code))
	})
	tmpl, err := template.New("").Funcs(template.FuncMap{
		"n": grouped, "mb": func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) },
		"is": func(name string) string {
			if is := corpusIs[name]; is != "" {
				return is
			}
			t.Errorf("corpusIs says nothing about the kind %q", name)
			return ""
		},
		"why": func(code string) string {
			if why := corpusWhy[code]; why != "" {
				return why
			}
			t.Errorf("corpusWhy says nothing about the code %q", code)
			return ""
		},
		"where": func(f *corpusFault) string {
			var out []string
			for _, kind := range slices.Sorted(maps.Keys(f.Kinds)) {
				out = append(out, fmt.Sprintf("%s %d", kind, f.Kinds[kind]))
			}
			return strings.Join(out, ", ")
		},
		"quote": func(s string) string {
			s = strings.Map(func(r rune) rune {
				if r < ' ' || r == '|' || r == '`' {
					return ' '
				}
				return r
			}, s)
			if r := []rune(s); len(r) > 220 {
				s = string(r[:220]) + "…"
			}
			return "`" + s + "`"
		},
	}).Parse(corpusText)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, map[string]any{"Kinds": c.kinds, "Total": total, "Faults": faults}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// grouped writes a count with separators.
func grouped(v any) string {
	s := fmt.Sprint(v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func firstDifference(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, left[i], right[i])
		}
	}
	return fmt.Sprintf("%d lines and %d", len(left), len(right))
}

// TestCorpusReportCanBeRead: the committed report is there also where the
// corpus isn't.
func TestCorpusReportCanBeRead(t *testing.T) {
	if _, err := fs.Stat(os.DirFS(root), corpusReport); err != nil {
		t.Error(err)
	}
	if text := read(t, corpusReport); !strings.Contains(text, "values accounted for") {
		t.Errorf("%s does not tell how many values are accounted for", corpusReport)
	}
}

// corpusIs says what the files of a kind are.
var corpusIs = map[string]string{
	"android":   "Android resources and layouts, twenty languages",
	"attack":    "files made to break parsers: entity bombs, XXE, fuzzing finds, broken markup",
	"bio":       "models and sequences of biology (SBML and the like)",
	"ccda":      "clinical documents (HL7 C-CDA)",
	"docbook":   "books and manuals, mixed content",
	"encodings": "one text in twenty encodings, with every byte of each",
	"entities":  "documents with a DTD and entities",
	"feeds":     "RSS and Atom, many malformed as they come on the web",
	"fpml":      "derivatives trades (FpML)",
	"gpx":       "tracks of walks and rides (GPX)",
	"iso20022":  "payments and bank statements (ISO 20022)",
	"jats":      "scientific articles (JATS)",
	"maven":     "build files of Java projects",
	"metadata":  "library and geographic metadata",
	"musicxml":  "scores (MusicXML)",
	"onix":      "book trade records (ONIX)",
	"osm":       "maps (OpenStreetMap)",
	"sample":    "the sample delivery that Retable ships, one file broken on purpose",
	"security":  "vulnerability and test reports",
	"svg":       "drawings (SVG)",
	"ubl":       "invoices and orders (UBL)",
	"weather":   "weather observations and warnings",
	"wiki":      "an export of wiki pages",
	"xbrl":      "financial reports (XBRL)",
}

// corpusWhy says what a fault is, and why it is right not to go on.
var corpusWhy = map[string]string{
	"attribute-value":     "An attribute without quotes, or with `<` in its value. Where it ends is a guess, and guesses lose data.",
	"char":                "A character that XML has no place for (most control characters). Dropping it would change the text in silence.",
	"duplicate-attribute": "One attribute twice in a tag: which of the two counts nobody can say.",
	"encoding-bytes":      "Bytes that mean nothing in the declared encoding. Other tools put a replacement character there; the true text is lost then, and nobody told.",
	"encoding-unknown":    "An encoding that Retable doesn't know: it says so, with the cure.",
	"entity-external":     "Text that stands in another file or on the web. It is never fetched (this is the XXE attack); `--entities keep` keeps the reference as it is written.",
	"entity-limit":        "Entities that unfold to a multiple of the input: the billion laughs.",
	"entity-recursive":    "An entity that contains itself.",
	"entity-undeclared":   "A name such as `&nbsp;` without a declaration. `--entities html` gives those of HTML their meaning, `--entities keep` keeps them.",
	"dtd":                 "A document type declaration with broken grammar: what follows may mean anything.",
	"namespace":           "A prefix that stands for nothing. Most are examples cut out of a larger document without its declarations.",
	"no-root":             "No element at all: an empty file or only comments.",
	"outside-root":        "Text or a second element outside the root element, or no XML at all.",
	"reference":           "A reference to a character that doesn't exist.",
	"syntax":              "Markup that isn't, such as `<<`.",
	"tag-mismatch":        "An end tag that doesn't fit the element which is open.",
	"unclosed":            "The file ends in the middle: cut off while it was written or sent.",
	"RATIO_TOO_HIGH":      "A file that unpacks to a multiple of its size: a bomb.",
	"TRUNCATED":           "The archive ends in the middle.",
	"CORRUPT":             "The archive's compressed data is damaged.",
}

const corpusText = `# What real files become

` + "`make eval`" + ` writes this page: it converts {{n .Total.Files}} files ({{mb .Total.Bytes}} MB), of {{len .Kinds}} kinds and from all over the
world, in flat and in relational mode. Nothing is configured for any of them: no schema, no mapping, no
record path; entities that aren't declared are errors. A test holds this page to what the program does.

**{{n .Total.Values}} of {{n .Total.Values}} values accounted for.** Every attribute and every text that was read stands in the tables, in both modes,
counted and hashed path by path.

* {{n .Total.Whole}} files were converted whole.
* {{n .Total.Partial}} are partial: malformed somewhere. The rows that were complete before the fault are kept, and the fault is
  named with line, column and an excerpt.
* {{n .Total.Refused}} were refused: they have no element that could be read. Their neighbours in the same folder were converted
  all the same.
* {{n .Total.NoXML}} more files in the folders are no documents (DTDs, entity files) and were skipped, by name.

| kind | what it is | files | MB | whole | partial | refused | flat: tables | rows | relational: tables | rows | values |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
{{range .Kinds -}}
| {{.Name}} | {{is .Name}} | {{n .Files}} | {{mb .Bytes}} | {{n .Whole}} | {{n .Partial}} | {{n .Refused}} | {{n .Tables}} | {{n .Rows}} | {{n .RelationalTables}} | {{n .RelationalRows}} | {{n .Values}} |
{{end -}}
| **all** | | {{n .Total.Files}} | {{mb .Total.Bytes}} | {{n .Total.Whole}} | {{n .Total.Partial}} | {{n .Total.Refused}} | {{n .Total.Tables}} | {{n .Total.Rows}} | {{n .Total.RelationalTables}} | {{n .Total.RelationalRows}} | {{n .Total.Values}} |

## What was not converted whole, and why that is right

Half of these files were written to be refused: they come from the test suites of XML parsers and of security
tools. The others are broken as files are broken on the web. Retable never repairs in silence; what it says is
enough to find the place.

| fault | files | of them partial | where |
|---|---:|---:|---|
{{range .Faults -}}
| **{{.Code}}** {{why .Code}} | {{.Files}} | {{.Partial}} | {{where .}} |
{{end}}
One message of each:

{{range .Faults -}}
* {{quote .Example}}
{{end}}`
