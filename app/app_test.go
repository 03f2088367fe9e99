package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/internal/format"
	"retable/internal/xmltable"
)

const orders = `<Orders date="2026-04-01">
<Order id="1"><Customer>Ann</Customer><Item>pen</Item><Item>ink</Item></Order>
<Order id="2"><Customer>Bo</Customer><Item>cap</Item></Order>
</Orders>`

// bundleOf writes files, by name, into a zip.
func bundleOf(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, name := range sortedKeys(files) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func request(t *testing.T, path string) ConvertRequest {
	t.Helper()
	return ConvertRequest{
		Source: Source{Path: path, Limits: LocalLimits()}, Output: filepath.Join(t.TempDir(), "out"),
		Now: time.Date(2026, 4, 1, 12, 0, 0, 0, time.FixedZone("", 7200)),
	}
}

func TestConvertReportsWhatItDid(t *testing.T) {
	var phases []string
	req := request(t, bundleOf(t, map[string]string{"a.xml": orders, "b.xml": "<x><y>1</y><y>2</x>", "c.txt": "text"}))
	req.Progress = func(p Progress) {
		if !slices.Contains(phases, p.Phase) {
			phases = append(phases, p.Phase)
		}
	}
	c, err := New(Config{Version: "v1"}).Convert(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Partial() || !c.Proved() || c.Unread() {
		t.Errorf("partial %v, proved %v, unread %v", c.Partial(), c.Proved(), c.Unread())
	}
	if len(c.Tables) != 2 || c.Tables[0].Name != "Orders~Order" || c.Tables[0].Rows != 2 || !slices.Equal(c.Tables[0].Files, []string{"Orders~Order.csv"}) {
		t.Errorf("got the tables %+v", c.Tables)
	}
	if f := c.Files[1]; f.Status != StatusPartial || f.Code != "tag-mismatch" || f.Rows != 1 {
		t.Errorf("got the file %+v", f)
	}
	if len(c.Skipped) != 1 || c.Skipped[0].Path != "c.txt" {
		t.Errorf("skipped: %+v", c.Skipped)
	}
	if len(phases) == 0 || phases[0] != "scan" {
		t.Errorf("reported the phases %q", phases)
	}
	pkg, err := os.ReadFile(filepath.Join(req.Output, "datapackage.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026-04-01T10:00:00Z", `"v1"`} {
		if !bytes.Contains(pkg, []byte(want)) {
			t.Errorf("datapackage.json lacks %s", want)
		}
	}
}

func TestWorkersMakeNoDifference(t *testing.T) {
	files := map[string]string{}
	for i := range 60 {
		var b strings.Builder
		fmt.Fprintf(&b, "<r v='%d'>", i)
		for k := range i * i % 700 {
			fmt.Fprintf(&b, "<a k='%d'><b>%s</b><c%d/></a>", k, strings.Repeat("x", k), (i+k)%90)
		}
		files[fmt.Sprintf("%03d.xml", i*7%60)] = b.String() + "</r>"
	}
	path := bundleOf(t, files)
	for _, mode := range []string{"flat", "relational"} {
		var first map[string]string
		for _, n := range []int{1, 2, 5} {
			req := request(t, path)
			req.Workers, req.Shape.Mode, req.Formats = n, mode, []string{"csv", "jsonl"}
			if _, err := New(Config{}).Convert(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			got := contentOf(t, req.Output)
			if first == nil {
				first = got
				continue
			}
			for name := range first {
				if got[name] != first[name] {
					t.Errorf("%s: %s differs with %d workers", mode, name, n)
				}
			}
		}
	}
}

func contentOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(b)
	}
	return out
}

func TestConvertRefusesWhatItCantDo(t *testing.T) {
	path := bundleOf(t, map[string]string{"a.xml": orders})
	tests := map[string]struct {
		change func(*ConvertRequest)
		want   string
	}{
		"no output":       {func(r *ConvertRequest) { r.Output = "" }, "no output folder was named"},
		"unknown format":  {func(r *ConvertRequest) { r.Formats = []string{"cvs"} }, "did you mean csv?"},
		"unknown mode":    {func(r *ConvertRequest) { r.Shape.Mode = "deep" }, `mode "deep" is unknown: use flat or relational`},
		"unknown lineage": {func(r *ConvertRequest) { r.Shape.Lineage = "all" }, "use none, line or full"},
		"unknown lists":   {func(r *ConvertRequest) { r.Shape.Lists = "tree" }, "use json, join or spread"},
		"bad separator":   {func(r *ConvertRequest) { r.Format.Separator = 'a' }, "can't divide CSV cells"},
		"wrong record":    {func(r *ConvertRequest) { r.Shape.Records = []string{"/orders/order"} }, "did you mean /Orders/Order?"},
		"wrong recipe": {func(r *ConvertRequest) {
			r.Recipes = []*xmltable.Recipe{{Kind: "Orders", Mode: "deep"}}
		}, `recipe mode "deep" is unknown`},
		"no such file": {func(r *ConvertRequest) { r.Source.Path = "nothere.zip" }, "doesn't exist"},
		"output in a file": {func(r *ConvertRequest) { r.Output = filepath.Join(r.Source.Path, "out") },
			"make the folder above the output"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := request(t, path)
			out := req.Output
			test.change(&req)
			c, err := New(Config{}).Convert(t.Context(), req)
			if c != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and the error %v, want one with %q", c, err, test.want)
			}
			if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) > 0 {
				t.Errorf("it left %v (%v)", left, err)
			}
		})
	}
}

func TestOutputNeverReplacesTheInput(t *testing.T) {
	path := bundleOf(t, map[string]string{"a.xml": orders})
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	convert := request(t, path)
	convert.Output, convert.Overwrite = path, true
	if _, err := New(Config{}).Convert(t.Context(), convert); !errors.Is(err, format.ErrInput) {
		t.Errorf("converted onto itself: %v", err)
	}
	tables := request(t, path)
	if _, err := New(Config{}).Convert(t.Context(), tables); err != nil {
		t.Fatal(err)
	}
	left, right := tables.Source, tables.Source
	left.Path = tables.Output
	compare := CompareRequest{Left: left, Right: right, Reports: []string{"json", "csv"}, Output: tables.Output, Overwrite: true}
	if _, err := New(Config{}).Compare(t.Context(), compare); !errors.Is(err, format.ErrInput) {
		t.Errorf("compared into a side: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the bundle is another one: %v", err)
	}
}

func TestCancelledWorkEndsWithTheReason(t *testing.T) {
	path := bundleOf(t, map[string]string{"a.xml": orders, "b.xml": orders})
	reason := errors.New("no longer wanted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	a := New(Config{})
	req := request(t, path)
	if _, err := a.Convert(ctx, req); !errors.Is(err, reason) {
		t.Errorf("convert: got %v", err)
	}
	if _, err := a.Scan(ctx, ScanRequest{Source: req.Source}); !errors.Is(err, reason) {
		t.Errorf("scan: got %v", err)
	}
	if _, err := a.Recipes(ctx, ScanRequest{Source: req.Source}); !errors.Is(err, reason) {
		t.Errorf("recipes: got %v", err)
	}
}

func TestInterruptDoesNotWaitForAStream(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close() // lets the read that was left behind end
	ctx, cancel := context.WithCancel(t.Context())
	req := request(t, "-")
	req.Source.Stdin = r
	done := make(chan error)
	go func() {
		_, err := New(Config{}).Convert(ctx, req)
		done <- err
	}()
	if _, err := io.WriteString(w, orders[:40]); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it waits for a writer that doesn't write")
	}
}

func TestStreamsReportWhatHasCome(t *testing.T) {
	var last Progress
	req := request(t, "-")
	req.Source.Stdin = io.MultiReader(strings.NewReader(orders[:10]), strings.NewReader(orders[10:]))
	req.Progress = func(p Progress) {
		if p.Phase == "read" {
			last = p
		}
	}
	if _, err := New(Config{}).Convert(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if last.Phase != "read" || last.Total != -1 || last.Done == 0 {
		t.Errorf("got the progress %+v", last)
	}
}

func TestRecipesComeBack(t *testing.T) {
	path := bundleOf(t, map[string]string{"a.xml": orders, "b.xml": `<o xmlns="urn:x:1"/>`, "c.xml": `<o xmlns="urn:y:1"/>`, "d.xml": `<o xmlns="urn:x:"/>`})
	a := New(Config{})
	recipes, err := a.Recipes(t.Context(), ScanRequest{Source: Source{Path: path, Limits: LocalLimits()}})
	if err != nil {
		t.Fatal(err)
	}
	names := RecipeFiles(recipes)
	want := []string{"Orders.recipe.json", "o-1.recipe.json", "o-1~2.recipe.json", "o-x.recipe.json"}
	if !slices.Equal(names, want) {
		t.Fatalf("got the names %q, want %q", names, want)
	}
	dir := t.TempDir()
	for i, name := range names {
		if err := SaveRecipe(filepath.Join(dir, name), recipes[i], false); err != nil {
			t.Fatal(err)
		}
	}
	if err := SaveRecipe(filepath.Join(dir, names[0]), recipes[0], false); err == nil {
		t.Error("a recipe that is there was replaced unasked")
	}
	if err := SaveRecipe(filepath.Join(dir, names[0]), recipes[0], true); err != nil {
		t.Error(err)
	}
	loaded, err := LoadRecipes([]string{dir})
	if err != nil || len(loaded) != len(recipes) {
		t.Fatalf("loaded %d of %d: %v", len(loaded), len(recipes), err)
	}
	req := request(t, path)
	req.Recipes = loaded
	c, err := a.Convert(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range c.Recipes() {
		again, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		saved, err := recipes[i].Marshal()
		if err != nil || string(again) != string(saved) {
			t.Errorf("%s: a recipe that was used says something else: %v\n%s\n%s", r.Kind, err, saved, again)
		}
	}
}

// book is a document past prefixBytes whose beginning tells the rest.
func book(t *testing.T, last string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("<book>\n")
	for i := 0; b.Len() < prefixBytes+1<<20; i++ {
		fmt.Fprintf(&b, "<line n='%d'><account>%d</account><amount>%d.%02d</amount></line>\n", i, i%97, i, i%100)
	}
	b.WriteString(last + "</book>\n")
	path := filepath.Join(t.TempDir(), "book.xml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnePassGivesTheRowsOfTwo(t *testing.T) {
	for name, test := range map[string]struct {
		last string
		once bool
	}{
		"the beginning tells the rest":       {"", true},
		"a new column at the end":            {"<line n='x'><fee>1</fee></line>", false},
		"a repeat at the end":                {"<line n='x'><account>1</account><account>2</account></line>", true},
		"a trailer":                          {"<total lines='many'>1</total>", true},
		"a trailer too long to be read":      {"<!--" + strings.Repeat("1", suffixBytes) + "--><total>1</total>", false},
		"malformed at the end":               {"<line n='x'><account>1</line>", false},
		"nothing but white space at its end": {"\n\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			path := book(t, test.last)
			sets := [][]string{{"csv", "jsonl"}, {"parquet", "sqlite", "xlsx"}}
			if testing.Short() {
				sets = sets[:1]
			}
			for _, formats := range sets {
				two := request(t, path)
				two.Formats = formats
				if _, err := New(Config{}).Convert(t.Context(), two); err != nil {
					t.Fatal(err)
				}
				one := request(t, path)
				one.OnePass, one.Formats = true, formats
				one.Progress = func(Progress) {}
				c, err := New(Config{}).Convert(t.Context(), one)
				if err != nil {
					t.Fatal(err)
				}
				if c.OnePass != test.once {
					t.Errorf("read in one pass: %v, want %v", c.OnePass, test.once)
				}
				a, b := contentOf(t, two.Output), contentOf(t, one.Output)
				for file := range a {
					tables := strings.HasSuffix(file, ".csv") && strings.HasPrefix(file, "book~") // the others hold types, which one pass does not know
					if tables && a[file] != b[file] {
						t.Errorf("%s differs", file)
					}
				}
				if len(a) != len(b) {
					t.Errorf("got %d files, want %d", len(b), len(a))
				}
			}
		})
	}
}

func TestScanReportsFaults(t *testing.T) {
	path := bundleOf(t, map[string]string{
		"a.xml": orders, "A.xml": orders, "bomb.xml": "<a>" + strings.Repeat(" ", 2<<20) + "</a>",
		"deep.xml": strings.Repeat("<d>", 40) + strings.Repeat("</d>", 40), "wide.xml": "<w><v>" + strings.Repeat("w", 500_000) + "</v></w>",
		"mixed.xml": "<m><v>" + strings.Repeat("w", 300) + "<!-- -->" + strings.Repeat("w", 300) + "</v></m>",
	})
	req := ScanRequest{Source: Source{Path: path, Limits: LocalLimits()}, Workers: 2, Progress: func(Progress) {}}
	req.Source.Limits.EntryBytes = 1 << 20
	req.Source.Parse.Limits.MaxDepth = 20
	req.Source.Parse.MaxValue, req.Source.Parse.Limits.MaxToken = 400, 100_000
	inv, err := New(Config{}).Scan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(inv.Kinds) == 0 || len(inv.Warnings) != 1 || !inv.Partial() || inv.Unread() {
		t.Errorf("got %+v", inv)
	}
	codes := map[string]string{}
	for _, f := range inv.Files {
		codes[f.Path] = f.Code
		if f.Code == "depth-limit" && !strings.Contains(f.Error, "raise the limit (RET_MAX_DEPTH)") ||
			f.Code == "token-limit" && !strings.Contains(f.Error, "RET_MAX_VALUE_BYTES") {
			t.Errorf("%s: no cure in %q", f.Path, f.Error)
		}
	}
	for name, want := range map[string]string{"a.xml": "", "deep.xml": "depth-limit", "wide.xml": "token-limit", "mixed.xml": "token-limit"} {
		if codes[name] != want {
			t.Errorf("%s: got the code %q, want %q", name, codes[name], want)
		}
	}
	if len(inv.Refused) != 1 || inv.Refused[0].Code != "ENTRY_TOO_LARGE" {
		t.Errorf("refused: %+v", inv.Refused)
	}
	req.Shape.Records = []string{"/Orders/order"}
	if _, err := New(Config{}).Scan(t.Context(), req); err == nil || !strings.Contains(err.Error(), "did you mean /Orders/Order?") {
		t.Errorf("a wrong record path: %v", err)
	}
	req.Shape = Shape{Mode: "deep"}
	if _, err := New(Config{}).Scan(t.Context(), req); err == nil {
		t.Error("a wrong mode was accepted")
	}
}

func TestSetsAndGuardedCells(t *testing.T) {
	path := bundleOf(t, map[string]string{"a.xml": orders, "b.xml": "<x><y>=1+2</y><y>@x</y></x>"})
	req := request(t, path)
	req.Formats = []string{"csv", "tsv", "parquet", "xlsx", "sqlite"}
	req.Format.Guard = true
	c, err := New(Config{Version: "v1"}).Convert(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if c.Guarded != 4 {
		t.Errorf("%d cells were guarded, want 2 in each of two formats", c.Guarded)
	}
	if want := []string{"x~y.csv", "x~y.parquet", "x~y.tsv"}; !slices.Equal(c.Tables[1].Files, want) {
		t.Errorf("got the files %q, want %q", c.Tables[1].Files, want)
	}
	found := contentOf(t, req.Output)
	for _, name := range []string{"bundle.xlsx", "bundle.sqlite", "Orders~Order.parquet", "datapackage.json"} {
		if found[name] == "" {
			t.Errorf("%s was not written", name)
		}
	}
}

func TestNamesOfOutputs(t *testing.T) {
	for name, want := range map[string]string{
		"orders.xml": "orders", "orders.xml.gz": "orders", "a.b.zip": "a.b", "ORDERS.XML": "ORDERS", "data.tar.zst": "data",
		"folder": "folder", ".xml": "tables", "/": "tables", "": "tables", "v1.2": "v1.2",
	} {
		if got := BaseName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := resourceName("Bücher & Co~1"); got != "b-cher---co-1" {
		t.Errorf("got the resource name %q", got)
	}
}

func TestNothingRead(t *testing.T) {
	files := func(errs ...string) *Inventory {
		inv := &Inventory{Name: "b.zip"}
		for i, e := range errs {
			inv.Files = append(inv.Files, FileReport{Path: fmt.Sprintf("%d.xml", i), Error: e})
		}
		return inv
	}
	for want, inv := range map[string]*Inventory{
		"b.zip holds no XML that could be read":                                                  files(),
		"0.xml can't be read: bad":                                                               files("bad"),
		"no file of b.zip could be read: 1.xml: bad":                                             files("", "bad"),
		"no file of b.zip could be read; the first is 0.xml: bad (and 2 more, see retable scan)": files("bad", "worse", "worst"),
	} {
		if got := nothingRead(inv).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEntitiesAreParsed(t *testing.T) {
	for _, word := range []string{"", "error", "keep", "html"} {
		if _, err := ParseEntities(word); err != nil {
			t.Errorf("%q: %v", word, err)
		}
	}
	if _, err := ParseEntities("fetch"); err == nil || !strings.Contains(err.Error(), "use error, keep or html") {
		t.Errorf("got %v", err)
	}
}

func TestFormatsAreListed(t *testing.T) {
	var names []string
	for _, f := range New(Config{Version: "v1"}).Formats() {
		if f.Extension == "" || f.MediaType == "" || f.Summary == "" {
			t.Errorf("%s is not described: %+v", f.Name, f)
		}
		names = append(names, f.Name)
	}
	if want := []string{"csv", "tsv", "jsonl", "parquet", "xlsx", "sqlite"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
