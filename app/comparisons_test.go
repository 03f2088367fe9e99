package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"retable/internal/archive"
	"retable/internal/diff"
	"retable/internal/sample"
)

// put writes a file into a new folder and returns its path.
func put(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// folder writes files into a new folder and returns its path.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func local(path string) Source { return Source{Path: path, Limits: archive.LocalLimits()} }

func newApp(t *testing.T) *App {
	t.Helper()
	return New(Config{Version: "test", Scratch: t.TempDir()})
}

// compared compares two paths and fails on an error.
func compared(t *testing.T, left, right string, options ...func(*CompareRequest)) *Comparison {
	t.Helper()
	req := CompareRequest{Left: local(left), Right: local(right), Workers: 2}
	for _, o := range options {
		o(&req)
	}
	scratch := t.TempDir()
	c, err := New(Config{Version: "test", Scratch: scratch}).Compare(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("left behind in scratch: %v, %v", left, err)
	}
	return c
}

// tableOf finds a table of the comparison.
func tableOf(t *testing.T, c *Comparison, name string) ComparedTable {
	t.Helper()
	for _, x := range c.Tables {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("there is no table %s", name)
	return ComparedTable{}
}

// deliveries writes the sample's two bundles, and returns their edits.
func deliveries(t *testing.T, customers int) (left, right string, truth sample.Truth) {
	t.Helper()
	dir := t.TempDir()
	for n := 1; n <= 2; n++ {
		var b bytes.Buffer
		var err error
		if truth, err = sample.Write(&b, sample.Options{Customers: customers}, n); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("delivery-%d.zip", n)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "delivery-1.zip"), filepath.Join(dir, "delivery-2.zip"), truth
}

// changesOf reads a JSON Lines report.
func changesOf(t *testing.T, path string) []diff.Change {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []diff.Change
	for line := range bytes.Lines(b) {
		var c diff.Change
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out[1 : len(out)-1]
}

// TestSampleTruth: the comparison of the two deliveries says what was edited,
// no more and no less.
func TestSampleTruth(t *testing.T) {
	left, right, truth := deliveries(t, 500)
	out := filepath.Join(t.TempDir(), "changes.jsonl")
	c := compared(t, left, right, func(r *CompareRequest) { r.Reports, r.Output = []string{"jsonl"}, out })
	tables := map[string]string{ // the truth's names
		"CustomerExport~Customer": "Customer", "CustomerExport~Customer~Orders~Order": "Order", "CustomerExport~Customer~Orders~Order~Position": "Position",
		"InvoiceBatch~Invoice": "ubl:Invoice", "InvoiceBatch~Invoice~InvoiceLine": "cac:InvoiceLine", "catalogue~category~product": "product",
	}
	oneSided := map[string]bool{}
	var want, got []string
	for _, x := range truth.Changes {
		switch x.Type {
		case sample.FileAdded, sample.FileRemoved:
			oneSided[x.File] = true
			want = append(want, string(x.Type)+" "+x.File)
		case sample.FileRenamed:
			want = append(want, "file_renamed "+x.Old+" "+x.New)
		case sample.ColumnRenamed:
			want = append(want, "column_renamed "+filepath.Base(x.Old)+" "+filepath.Base(x.New))
		case sample.ValueChanged:
			want = append(want, "cell_changed "+x.Old+" -> "+x.New)
		default:
			want = append(want, string(x.Type)+" "+x.Table+" "+x.Key)
		}
	}
	for _, x := range changesOf(t, out) {
		switch x.Op {
		case diff.FileAdded, diff.FileRemoved:
			got = append(got, string(x.Op)+" "+x.FileA+x.FileB)
		case diff.FileRenamed:
			got = append(got, "file_renamed "+x.FileA+" "+x.FileB)
		case diff.ColumnRenamed:
			got = append(got, "column_renamed "+x.Column+" "+x.ColumnB)
		case diff.CellChanged:
			if x.Class == diff.Content {
				got = append(got, "cell_changed "+x.Old+" -> "+x.New)
			}
			if x.LineA == 0 || x.LineB == 0 || x.XPathA == "" || x.XPathB == "" || x.FileA == "" || x.FileB == "" {
				t.Errorf("the lineage is incomplete: %+v", x)
			}
		case diff.RowAdded, diff.RowRemoved:
			name, known := tables[x.Table]
			if oneSided[x.FileA+x.FileB] || !known {
				continue // with its file, or a part of a row that is told
			}
			keys := x.Key
			if n := len(keys); name == "Position" || name == "cac:InvoiceLine" {
				keys = keys[n-2:]
			} else {
				keys = keys[n-1:]
			}
			var key []string
			for _, k := range keys {
				key = append(key, k.Value)
			}
			got = append(got, string(x.Op)+" "+name+" "+strings.Join(key, "/"))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		for _, x := range want {
			if !slices.Contains(got, x) {
				t.Errorf("not found: %s", x)
			}
		}
		for _, x := range got {
			if !slices.Contains(want, x) {
				t.Errorf("found, but not there: %s", x)
			}
		}
		t.Errorf("got %d changes, want %d", len(got), len(want))
	}
	if c.Same || c.Equal() || c.Similarity >= 1 || c.Similarity < 0.9 {
		t.Errorf("got same %v, similarity %v", c.Same, c.Similarity)
	}
	if len(c.Left.Problems) != 1 || len(c.Right.Problems) != 1 || !c.Certain {
		t.Errorf("the broken file is the same on both sides: got %q, %q, certain %v", c.Left.Problems, c.Right.Problems, c.Certain)
	}
	sum := 1 - c.Similarity
	for _, s := range c.Waterfall.Steps() {
		sum -= s.Lost
	}
	if sum > 1e-9 || sum < -1e-9 {
		t.Errorf("the waterfall leaves %v", sum)
	}
}

// TestExchangedSides: exchanging the sides exchanges added and removed.
func TestExchangedSides(t *testing.T) {
	left, right, _ := deliveries(t, 60)
	a, b := compared(t, left, right), compared(t, right, left)
	x, y := a.Totals, b.Totals
	if x.RowsAdded != y.RowsRemoved || x.RowsRemoved != y.RowsAdded || x.CellsChanged != y.CellsChanged ||
		x.FilesAdded != y.FilesRemoved || x.ColumnsAdded != y.ColumnsRemoved || x.ColumnsRemoved != y.ColumnsAdded || a.Exact != b.Exact {
		t.Errorf("got %+v, %s\nand %+v, %s", x, a.Exact, y, b.Exact)
	}
}

// TestConvertedSides: converted tables compare like the bundle that they are
// from, whatever the format.
func TestConvertedSides(t *testing.T) {
	left, right, _ := deliveries(t, 40)
	dirs := map[string]string{}
	for _, mode := range []string{"relational", "flat"} {
		for _, f := range []string{"csv", "tsv", "jsonl", "sqlite"} {
			dir := filepath.Join(t.TempDir(), "out")
			_, err := newApp(t).Convert(t.Context(), ConvertRequest{
				Source: local(left), Output: dir, Formats: []string{f}, Shape: Shape{Mode: mode, Lineage: "line"},
				Format: FormatOptions{Guard: f == "csv", BOM: f == "tsv", Separator: map[bool]byte{true: ';'}[f == "csv"]},
			})
			if err != nil {
				t.Fatal(err)
			}
			dirs[mode+" "+f] = dir
			c := compared(t, left, dir)
			if !c.Same || c.Totals.CellsFormatOnly > 0 || c.Totals.TablesSame == 0 {
				t.Errorf("%s %s: a bundle and its tables differ: %+v, %q", mode, f, c.Totals, c.Notes)
			}
			if mode == "relational" && !c.Certain {
				t.Errorf("%s %s: the same broken file on both sides is no doubt", mode, f)
			}
		}
		for _, f := range []string{"tsv", "jsonl", "sqlite"} {
			if c := compared(t, dirs[mode+" csv"], dirs[mode+" "+f]); !c.Same {
				t.Errorf("%s: csv and %s differ: %+v", mode, f, c.Totals)
			}
		}
	}
	want := compared(t, left, right).Totals
	got := compared(t, dirs["relational sqlite"], right).Totals
	if got != want {
		t.Errorf("a converted left side: got %+v, want %+v", got, want)
	}
	file, err := filepath.Glob(filepath.Join(dirs["relational sqlite"], "*.sqlite"))
	if err != nil || len(file) != 1 {
		t.Fatal(file, err)
	}
	if c := compared(t, file[0], dirs["relational csv"]); !c.Same || c.Left.Form != SideSQLite || c.Right.Form != SideTables {
		t.Errorf("a SQLite file: got %+v", c.Totals)
	}
}

// TestListsAgree: what repeats on one side only is a table on both.
func TestListsAgree(t *testing.T) {
	left := put(t, "a.xml", `<o><order id="1"><item>pen</item></order><order id="2"><item>ink</item></order></o>`)
	right := put(t, "a.xml", `<o><order id="1"><item>pen</item><item>cap</item></order><order id="2"><item>ink</item></order></o>`)
	c := compared(t, left, right)
	x := tableOf(t, c, "o~order~item")
	if x.RowsAdded != 1 || x.RowsRemoved != 0 || x.OnlyLeft || x.OnlyRight || c.Totals.ColumnsAdded+c.Totals.ColumnsRemoved > 0 {
		t.Errorf("got %+v", c.Totals)
	}
}

// TestColumnsOfOneSide: a column without a value on a side is not there.
func TestColumnsOfOneSide(t *testing.T) {
	file := func(name string) string {
		var b strings.Builder
		for i := range 30 {
			fmt.Fprintf(&b, `<order id="%d"><%s>0%d77</%s><x>%d</x></order>`, i, name, 1000+i*37, name, i%4)
		}
		return put(t, "a.xml", "<o>"+b.String()+"</o>")
	}
	left, right := file("Postcode"), file("PostalCode")
	c := compared(t, left, right)
	if c.Totals.ColumnsRenamed != 1 || c.Totals.CellsChanged > 0 {
		t.Errorf("got %+v of %+v", c.Totals, c.Tables)
	}
}

// TestKindsOfOneSide: a kind that one side has is a table of that side.
func TestKindsOfOneSide(t *testing.T) {
	left := folder(t, map[string]string{"a.xml": "<a><r>1</r><r>2</r></a>", "b.xml": "<b><r>1</r><r>2</r></b>"})
	right := folder(t, map[string]string{"a.xml": "<a><r>1</r><r>2</r></a>", "c.xml": "<c><s>8</s><s>9</s></c>"})
	c := compared(t, left, right)
	if c.Totals.TablesPaired != 2 || c.Totals.TablesAdded != 2 || c.Totals.TablesRemoved != 2 || c.Totals.FilesAdded != 1 || c.Totals.FilesRemoved != 1 {
		t.Errorf("got %+v", c.Totals)
	}
}

// TestPartialSides: what could be read is compared, and the rest is named.
func TestPartialSides(t *testing.T) {
	whole := "<o>\n<r id='1'>a</r>\n<r id='2'>b</r>\n</o>"
	broken := put(t, "x.xml", "<o>\n<r id='1'>a</r>\n<r id='2'>b</r>\n<r id='3'")
	c := compared(t, put(t, "x.xml", whole), broken)
	if !c.Same || c.Certain || c.Equal() || len(c.Right.Problems) != 1 || !strings.Contains(c.Right.Problems[0], "line 4") {
		t.Errorf("got same %v, certain %v, %q", c.Same, c.Certain, c.Right.Problems)
	}
	if c := compared(t, broken, broken); !c.Equal() || len(c.Left.Problems) != 1 {
		t.Errorf("the same broken file twice: got %v, %q", c.Equal(), c.Left.Problems)
	}
	some := folder(t, map[string]string{"x.xml": whole, "y.xml": "no XML"})
	c = compared(t, put(t, "x.xml", whole), some)
	if c.Certain || c.Equal() || !strings.Contains(strings.Join(c.Right.Problems, ""), "y.xml (refused)") {
		t.Errorf("got certain %v, %q", c.Certain, c.Right.Problems)
	}
}

// TestCosmetic: a delivery that is only printed otherwise is the same.
func TestCosmetic(t *testing.T) {
	corpus := os.Getenv("RET_CORPUS")
	if corpus == "" {
		t.Skip("RET_CORPUS names no folder with generate.py")
	}
	script := filepath.Join(corpus, "generate.py")
	if _, err := os.Stat(script); err != nil {
		t.Skipf("no generate.py: %v", err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	dir := t.TempDir()
	left, right := filepath.Join(dir, "first.zip"), filepath.Join(dir, "second.zip")
	size := []string{"--files", "12", "--size", "2MB", "--seed", "7"}
	for _, args := range [][]string{
		append([]string{"bundle", "-o", left}, size...),
		append([]string{
			"second", "-o", right, "--cosmetic", "--added", "0", "--removed", "0", "--changed", "0",
			"--rename-columns", "0", "--rename-files", "0", "--drop-files", "0", "--new-files", "0",
		}, size...),
	} {
		if out, err := exec.CommandContext(t.Context(), python, append([]string{script}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	c := compared(t, left, right)
	if !c.Equal() || c.Similarity != 1 || c.Totals.CellsFormatOnly > 0 {
		t.Errorf("got same %v, similarity %v: %+v", c.Same, c.Similarity, c.Totals)
	}
}

// TestDelimitedFiles: two CSV or TSV files.
func TestDelimitedFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		left, right   string // "name: content"
		options       CompareOptions
		same          bool
		changed       int64
		added, remove int64
		notes         string
	}{
		"the same":              {"a.csv: id,v\n1,x\n", "b.csv: id,v\n1,x\n", CompareOptions{}, true, 0, 0, 0, ""},
		"other spelling":        {"a.csv: id,v\n1,x\n2,\n", "b.csv: \ufeff\"id\";\"v\"\r\n\"1\";\"x\"\r\n\"2\";\"\"\r\n", CompareOptions{}, true, 0, 0, 0, ""},
		"csv and tsv":           {"a.csv: id,v\n1,x\n", "a.tsv: id\tv\n1\tx\n", CompareOptions{}, true, 0, 0, 0, ""},
		"rows in another order": {"a.csv: id,v\n1,x\n2,y\n", "b.csv: v,id\ny,2\nx,1\n", CompareOptions{}, true, 0, 0, 0, ""},
		"changed":               {"a.csv: id,v\n1,x\n2,y\n3,z\n", "b.csv: id,v\n1,x\n2,w\n3,z\n", CompareOptions{Keys: []TableColumns{{"", []string{"id"}}}}, false, 1, 0, 0, ""},
		"key of the table":      {"a.csv: id,v\n1,x\n2,y\n", "b.csv: id,v\n1,x\n3,y\n", CompareOptions{Keys: []TableColumns{{"a", []string{"id"}}}}, false, 0, 1, 1, ""},
		"tolerance":             {"a.csv: id,v\n1,10.0\n2,20\n", "b.csv: id,v\n1,10.004\n2,20\n", CompareOptions{Tolerances: []ColumnTolerance{{Column: "v", Abs: "0.01"}}}, true, 0, 0, 0, ""},
		"ignored":               {"a.csv: id,v\n1,a\n2,b\n", "b.csv: id,v\n1,c\n2,d\n", CompareOptions{Ignore: []TableColumns{{"", []string{"v"}}}}, true, 0, 0, 0, ""},
		"case":                  {"a.csv: id,v\n1,AB\n2,b\n", "b.csv: id,v\n1,ab\n2,b\n", CompareOptions{IgnoreCase: true}, true, 0, 0, 0, ""},
		"space":                 {"a.csv: id,v\n1,a  b \n2,b\n", "b.csv: id,v\n1,a b\n2,b\n", CompareOptions{Trim: true, CollapseSpace: true}, true, 0, 0, 0, ""},
		"null":                  {"a.csv: id,v\n1,NA\n2,b\n", "b.csv: id,v\n1,\n2,b\n", CompareOptions{NullTokens: []string{"NA"}}, true, 0, 0, 0, ""},
		"headers twice":         {"a.csv: id,v,v\n1,x,y\n2,x,y\n", "b.csv: id,v,v\n1,x,z\n2,x,y\n", CompareOptions{Keys: []TableColumns{{"", []string{"id"}}}}, false, 1, 0, 0, `header "v" stands 2 times`},
		"no rows":               {"a.csv: id,v\n", "b.csv: id,v\n", CompareOptions{}, true, 0, 0, 0, ""},
		"no rows on one side":   {"a.csv: id,v\n", "b.csv: id,v\n1,x\n", CompareOptions{}, false, 0, 1, 0, ""},
		"one column":            {"a.csv: id\n1\n2\n2\n", "b.csv: id\n2\n1\n", CompareOptions{}, false, 0, 0, 1, ""},
		"duplicate keys":        {"a.csv: id,v\n1,a\n1,b\n1,c\n", "b.csv: id,v\n1,c\n1,a\n1,b\n", CompareOptions{Keys: []TableColumns{{"", []string{"id"}}}}, true, 0, 0, 0, ""},
		"short rows":            {"a.csv: id,v\n1\n2,b\n", "b.csv: id,v\n1,\n2,b\n", CompareOptions{}, true, 0, 0, 0, "rows with fewer cells than the header: 1"},
		"no columns in common":  {"a.csv: a\n1\n", "b.csv: b\nx\n", CompareOptions{}, false, 0, 0, 0, ""},
	} {
		file := func(s string) string {
			n, content, _ := strings.Cut(s, ": ")
			return put(t, n, content)
		}
		c := compared(t, file(tt.left), file(tt.right), func(r *CompareRequest) { r.Options = tt.options })
		if c.Same != tt.same || c.Totals.CellsChanged != tt.changed || c.Totals.RowsAdded != tt.added || c.Totals.RowsRemoved != tt.remove {
			t.Errorf("%s: got same %v and %+v", name, c.Same, c.Totals)
		}
		if !strings.Contains(strings.Join(c.Notes, "\n"), tt.notes) {
			t.Errorf("%s: got the notes %q, want %q", name, c.Notes, tt.notes)
		}
	}
}

// TestHugeTables: ten thousand columns, and cells of a megabyte.
func TestHugeTables(t *testing.T) {
	var head, a, b []string
	for i := range 10_000 {
		head, a, b = append(head, fmt.Sprintf("c%d", i)), append(a, fmt.Sprint(i)), append(b, fmt.Sprint(i))
	}
	b[77] = "other"
	a[99], b[99] = strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20)+"y"
	file := func(cells []string) string {
		return put(t, "wide.csv", strings.Join(head, ",")+"\n"+strings.Join(cells, ",")+"\n")
	}
	out := filepath.Join(t.TempDir(), "out")
	c := compared(t, file(a), file(b), func(r *CompareRequest) {
		r.Options.Keys = []TableColumns{{"", []string{"c0"}}}
		r.Reports, r.Output = []string{"html", "xlsx", "jsonl", "csv", "daff", "json"}, out
	})
	if c.Totals.CellsChanged != 2 {
		t.Errorf("got %+v", c.Totals)
	}
	for _, x := range changesOf(t, filepath.Join(out, "changes.jsonl")) {
		if x.Column == "c99" && len(x.New) != 1<<20+1 {
			t.Errorf("the long value has %d bytes", len(x.New))
		}
	}
}

// TestRefusedComparisons: what can't be compared is refused, with fault and
// cure, and nothing is written.
func TestRefusedComparisons(t *testing.T) {
	xml := put(t, "a.xml", "<a><r>1</r><r>2</r></a>")
	table := put(t, "a.csv", "id,value\n1,x\n")
	converted := func(mode, f string) string {
		dir := filepath.Join(t.TempDir(), "out")
		if _, err := newApp(t).Convert(t.Context(), ConvertRequest{Source: local(xml), Output: dir, Formats: []string{f}, Shape: Shape{Mode: mode}}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	edited := converted("flat", "csv")
	if err := os.WriteFile(filepath.Join(edited, "a~r.csv"), []byte("x,y\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flat := converted("flat", "csv")
	key := func(table string, columns ...string) func(*CompareRequest) {
		return func(r *CompareRequest) { r.Options.Keys = []TableColumns{{table, columns}} }
	}
	for name, tt := range map[string]struct {
		left, right string
		option      func(*CompareRequest)
		says        string
	}{
		"left is missing":        {filepath.Join(t.TempDir(), "no.zip"), xml, nil, `"no.zip" doesn't exist`},
		"right is missing":       {xml, filepath.Join(t.TempDir(), "no.zip"), nil, `"no.zip" doesn't exist`},
		"CSV is missing":         {table, filepath.Join(t.TempDir(), "no.csv"), nil, `file "no.csv" doesn't exist: check the path`},
		"SQLite is missing":      {filepath.Join(t.TempDir(), "no.sqlite"), xml, nil, "no.sqlite"},
		"no SQLite":              {put(t, "x.sqlite", "hello"), xml, nil, "x.sqlite"},
		"no XML":                 {put(t, "x.xml", "hello"), xml, nil, "x.xml can't be read"},
		"empty CSV":              {put(t, "x.csv", ""), table, nil, "x.csv: can't be read as a table: line 1: the file is empty"},
		"malformed CSV":          {table, put(t, "x.csv", "a,b\n1,\"2\n"), nil, "x.csv: can't be read as a table: line 2: a quoted cell"},
		"a table and a bundle":   {xml, table, nil, "a.csv is one table, a.xml holds many"},
		"modes":                  {flat, converted("relational", "csv"), nil, "in relational mode: convert both the same way"},
		"parquet alone":          {converted("flat", "parquet"), xml, nil, "no tables that compare can read, only parquet, csv: convert again with -f sqlite or -f csv"},
		"a lone workbook":        {put(t, "x.xlsx", "PK"), xml, nil, "x.xlsx: a lone .xlsx file can't be compared"},
		"a changed table":        {edited, xml, nil, "the file was changed since it was written"},
		"a broken package":       {folder(t, map[string]string{"datapackage.json": "{"}), xml, nil, "datapackage.json in "},
		"both from stdin":        {"-", "-", nil, "both sides are standard input"},
		"no such key":            {table, table, key("", "ids"), `key: no table has a column "ids"; did you mean "id"?`},
		"no such second key":     {table, table, key("", "id", "nothing"), `key: no table has a column "nothing"; there are id, value`},
		"no such key of a table": {table, table, key("a", "ID"), `key: table a has no column "ID"; did you mean "id"?`},
		"no such table":          {table, table, key("b", "id"), `key: neither side has a table "b"; did you mean "a"?`},
		"no such keyless table":  {table, table, func(r *CompareRequest) { r.Options.Keyless = []string{"zzzzz"} }, `keyless: neither side has a table "zzzzz"; there are a`},
		"nothing to ignore":      {table, table, func(r *CompareRequest) { r.Options.Ignore = []TableColumns{{"", []string{"valeu"}}} }, `ignore: no table has a column "valeu"; did you mean "value"?`},
		"nothing to ignore in a": {table, table, func(r *CompareRequest) { r.Options.Ignore = []TableColumns{{"a", []string{"x*"}}} }, `ignore: table a has no column "x*"`},
		"ignore in no table":     {table, table, func(r *CompareRequest) { r.Options.Ignore = []TableColumns{{"q", []string{"x"}}} }, `ignore: neither side has a table "q"`},
		"nothing to tolerate":    {table, table, func(r *CompareRequest) { r.Options.Tolerances = []ColumnTolerance{{Column: "q", Abs: "1"}} }, `tolerance: no table has a column "q"`},
		"tolerance of no table":  {table, table, func(r *CompareRequest) { r.Options.Tolerances = []ColumnTolerance{{Table: "q", Column: "q"}} }, `tolerance: neither side has a table "q"`},
		"tolerance in a":         {table, table, func(r *CompareRequest) { r.Options.Tolerances = []ColumnTolerance{{Table: "a", Column: "q"}} }, `tolerance: table a has no column "q"`},
		"no such file":           {xml, xml, func(r *CompareRequest) { r.Options.Pair = [][2]string{{"b.xml", "a.xml"}} }, "b.xml"},
		"unknown report":         {xml, xml, func(r *CompareRequest) { r.Reports, r.Output = []string{"pdf"}, "x" }, `report "pdf" is unknown`},
		"report to nowhere":      {xml, xml, func(r *CompareRequest) { r.Reports = []string{"html"} }, "no output was named"},
		"output without report":  {xml, xml, func(r *CompareRequest) { r.Output = "x" }, "an output is named, but no report"},
		"two reports, one file": {xml, xml, func(r *CompareRequest) {
			r.Reports, r.Output = []string{"html", "csv"}, filepath.Join(t.TempDir(), "x.html")
		}, "x.html is no folder, and html, csv don't fit into one file"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		req := CompareRequest{Left: local(tt.left), Right: local(tt.right), Reports: []string{"html", "daff"}, Output: out}
		if tt.option != nil {
			req.Reports, req.Output = nil, ""
			tt.option(&req)
		}
		_, err := newApp(t).Compare(t.Context(), req)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", name, err, tt.says)
		}
		if found, _ := filepath.Glob(filepath.Join(filepath.Dir(out), "*")); len(found) > 0 {
			t.Errorf("%s: %q was left", name, found)
		}
	}
}

// TestReports: one report is a file, several are a folder, and neither
// replaces anything unasked.
func TestReports(t *testing.T) {
	left, right, _ := deliveries(t, 20)
	dir := filepath.Join(t.TempDir(), "new", "out")
	all := func(overwrite bool) func(*CompareRequest) {
		return func(r *CompareRequest) {
			r.Reports, r.Output, r.Overwrite = []string{"html", "xlsx", "jsonl", "csv", "daff", "json", "HTML"}, dir, overwrite
		}
	}
	c := compared(t, left, right, all(false))
	for _, r := range c.Reports {
		if st, err := os.Stat(r.Path); err != nil || st.Size() != r.Bytes || r.Bytes == 0 {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if len(c.Reports) < 8 {
		t.Errorf("got %d reports", len(c.Reports))
	}
	first, err := os.ReadFile(filepath.Join(dir, "comparison.html"))
	if err != nil {
		t.Fatal(err)
	}
	req := CompareRequest{Left: local(left), Right: local(right)}
	all(false)(&req)
	if _, err := newApp(t).Compare(t.Context(), req); err == nil || !strings.Contains(err.Error(), "--overwrite") {
		t.Errorf("got %v", err)
	}
	compared(t, left, right, all(true), func(r *CompareRequest) { r.Workers = 1 })
	if again, err := os.ReadFile(filepath.Join(dir, "comparison.html")); err != nil || !bytes.Equal(again, first) {
		t.Errorf("the number of workers changed the report (%v)", err)
	}
	for _, kind := range []string{"html", "xlsx", "jsonl", "csv", "json"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "my."+kind)
		c := compared(t, left, right, func(r *CompareRequest) { r.Reports, r.Output = []string{kind}, file })
		if len(c.Reports) != 1 || c.Reports[0].Path != file {
			t.Errorf("%s: got %+v", kind, c.Reports)
		}
		if found, err := os.ReadDir(dir); err != nil || len(found) != 1 {
			t.Errorf("%s: found %v, %v", kind, found, err)
		}
	}
}

// TestCancelledComparison: an interrupt ends it in any phase and leaves
// nothing behind.
func TestCancelledComparison(t *testing.T) {
	left, right, _ := deliveries(t, 200)
	stop := errors.New("stop")
	phases := map[string]bool{}
	for after := range 12 {
		ctx, cancel := context.WithCancelCause(t.Context())
		dir, scratch := t.TempDir(), t.TempDir()
		n := 0
		_, err := New(Config{Scratch: scratch}).Compare(ctx, CompareRequest{
			Left: local(left), Right: local(right), Reports: []string{"html", "xlsx"}, Output: filepath.Join(dir, "out"),
			Progress: func(p Progress) {
				phases[p.Phase] = true
				if n++; n > after {
					cancel(stop)
				}
			},
		})
		cancel(nil)
		if err == nil {
			break
		}
		if !errors.Is(err, stop) && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		for _, d := range []string{dir, scratch} {
			if found, err := os.ReadDir(d); err != nil || len(found) > 0 {
				t.Errorf("left behind: %v, %v", found, err)
			}
		}
	}
	if len(phases) == 0 {
		t.Error("there was no progress")
	}
}

// TestComparisonRecipes: what was decided is kept, and used again.
func TestComparisonRecipes(t *testing.T) {
	left := put(t, "a.csv", "id,v,stamp,w\n1,10,a,x\n2,20,b,x\n3,30,c,x\n")
	right := put(t, "b.csv", "id,v,stamp,w\n1,10.1,d,X\n2,20,e,x\n3,30,f,x\n")
	options := CompareOptions{
		Keys: []TableColumns{{"", []string{"id"}}}, Ignore: []TableColumns{{"", []string{"stamp"}}}, IgnoreCase: true,
		Tolerances: []ColumnTolerance{{Column: "v", Abs: "0.5"}}, NullTokens: []string{"NA"},
	}
	c := compared(t, left, right, func(r *CompareRequest) { r.Options = options })
	if !c.Same || len(c.Recipes) != 1 {
		t.Fatalf("got same %v, %d recipes", c.Same, len(c.Recipes))
	}
	path := filepath.Join(t.TempDir(), "r.json")
	if err := SaveComparisonRecipes(path, c.Recipes, false); err != nil {
		t.Fatal(err)
	}
	if err := SaveComparisonRecipes(path, c.Recipes, false); err == nil {
		t.Error("an existing recipe was replaced unasked")
	}
	recipes, err := LoadComparisonRecipes([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	again := compared(t, left, right, func(r *CompareRequest) { r.Recipes = recipes })
	if !again.Same || !slices.Equal(again.Tables[0].Key.Columns, []string{"id"}) || !again.Tables[0].Key.Given {
		t.Errorf("by the recipe: got %+v", again.Tables[0])
	}
	if len(again.Recipes) != 1 || cmp.Compare(fmt.Sprint(again.Recipes[0]), fmt.Sprint(c.Recipes[0])) != 0 {
		x, _ := json.Marshal(c.Recipes[0])
		y, _ := json.Marshal(again.Recipes[0])
		if !bytes.Equal(x, y) {
			t.Errorf("the recipe became another one:\n%s\n%s", x, y)
		}
	}
	// Columns come and go: the recipe says so, and goes on.
	gone := put(t, "a.csv", "nr,v,w\n1,10,x\n2,20,x\n")
	c = compared(t, gone, gone, func(r *CompareRequest) { r.Recipes = recipes })
	if !strings.Contains(strings.Join(c.Notes, "\n"), `has no column "id" any more`) {
		t.Errorf("got the notes %q", c.Notes)
	}
	// Options go before recipes.
	c = compared(t, left, right, func(r *CompareRequest) { r.Recipes, r.Options.Keyless = recipes, []string{"a"} })
	if len(c.Tables[0].Key.Columns) > 0 {
		t.Errorf("got the key %v", c.Tables[0].Key)
	}
	c = compared(t, left, right, func(r *CompareRequest) { r.Recipes, r.Options.Keyless = recipes, []string{""} })
	if len(c.Tables[0].Key.Columns) > 0 {
		t.Errorf("got the key %v", c.Tables[0].Key)
	}
	x, y, _ := deliveries(t, 30)
	c = compared(t, x, y)
	if err := SaveComparisonRecipes(path, c.Recipes, true); err != nil {
		t.Fatal(err)
	}
	if recipes, err = LoadComparisonRecipes([]string{path}); err != nil || len(recipes) != len(c.Recipes) || len(recipes) < 3 {
		t.Errorf("got %d recipes of %d, %v", len(recipes), len(c.Recipes), err)
	}
	again = compared(t, x, y, func(r *CompareRequest) { r.Recipes = recipes })
	if again.Totals != c.Totals {
		t.Errorf("by its recipes: got %+v, want %+v", again.Totals, c.Totals)
	}
}

func TestBadComparisonRecipes(t *testing.T) {
	for content, says := range map[string]string{
		"":                                    "this is no comparison recipe",
		"{":                                   "this is no comparison recipe",
		`{"retable":"recipe/1"}`:              `its "retable" member is "recipe/1", not "comparison/1"`,
		`[null]`:                              `its "retable" member is ""`,
		`{"retable":"comparison/1","what":1}`: "what",
	} {
		if _, err := LoadComparisonRecipes([]string{put(t, "r.json", content)}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", content, err, says)
		}
	}
	if _, err := LoadComparisonRecipes([]string{filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a file that isn't there was read")
	}
	r := &resolver{tables: []sideTable{{name: "t", kind: "k"}}, out: diff.Options{Tables: map[string]diff.Rules{}}}
	r.recipe(&ComparisonRecipe{Kind: "k", Tables: map[string]ComparedRules{
		"gone": {}, "t": {
			Keyless: true, Cells: &RecipeCells{Trim: true}, Columns: map[string]RecipeCells{"c": {AsText: true}},
			Tolerances: map[string]RecipeTolerance{"d": {Seconds: 5}},
		},
	}})
	if len(r.notes) != 1 || !r.out.Tables["t"].Keyless || !r.out.Tables["t"].Cells.Trim || !r.out.Tables["t"].Columns["c"].AsText {
		t.Errorf("got %q, %+v", r.notes, r.out)
	}
}

func TestReportKinds(t *testing.T) {
	if got := newApp(t).ReportKinds(); len(got) != 6 || got[0].Name != "html" {
		t.Errorf("got %+v", got)
	}
}
