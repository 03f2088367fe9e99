package diff_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
	"retable/internal/xmltable"
)

// quality counts what was found of what is true.
type quality struct{ hit, miss, false_ int }

func (q *quality) precision() float64 {
	if q.hit+q.false_ == 0 {
		return 1
	}
	return float64(q.hit) / float64(q.hit+q.false_)
}

func (q *quality) recall() float64 {
	if q.hit+q.miss == 0 {
		return 1
	}
	return float64(q.hit) / float64(q.hit+q.miss)
}

// measure compares multisets of found and expected facts.
func (q *quality) measure(got, want []string) (wrong []string) {
	left := map[string]int{}
	for _, w := range want {
		left[w]++
	}
	for _, g := range got {
		if left[g] > 0 {
			left[g]--
			q.hit++
			continue
		}
		q.false_++
		wrong = append(wrong, "+"+g)
	}
	for w, n := range left {
		q.miss += n
		if n > 0 {
			wrong = append(wrong, "-"+w)
		}
	}
	slices.Sort(wrong)
	return wrong
}

type report struct{ files, columns, rows, cells, keyless quality }

func (r *report) String() string {
	var b strings.Builder
	for _, q := range []struct {
		name string
		q    *quality
	}{{"files", &r.files}, {"columns", &r.columns}, {"rows", &r.rows}, {"cells", &r.cells}, {"keyless rows", &r.keyless}} {
		fmt.Fprintf(&b, "%s: precision %.4f, recall %.4f (%d); ", q.name, q.q.precision(), q.q.recall(), q.q.hit+q.q.miss)
	}
	return b.String()
}

const short = "Export~Customers~Customer"

// tablesOfTruth are the tables that the generator speaks of.
var tablesOfTruth = map[string]string{
	short: "Customer", short + "~Orders~Order": "Order",
	short + "~Orders~Order~Items~Item": "Item", "Export~Products~Product": "Product",
}

// keyNames are the columns that the generator's keys are made of.
var keyNames = map[string]string{"Customer": "@id", "Order": "@id", "Item": "@line", "Product": "@sku"}

// against scores a comparison against the truth.
func against(t testing.TB, a, b *memory, res *diff.Result, r *record, tr truth, keyless bool) *report {
	t.Helper()
	rep := &report{}
	renamedTo := map[string]string{}
	droppedOrNew := map[string]bool{}
	var files, columns, rows, cells []string
	columnName := func(field string) string { return field }
	for _, c := range tr.Changes {
		switch c.Type {
		case "file_renamed":
			renamedTo[c.From] = c.To
			files = append(files, "rename "+c.From+" "+c.To)
		case "file_removed", "file_added":
			files = append(files, strings.TrimPrefix(c.Type, "file_")+" "+c.File)
			droppedOrNew[c.File] = true
		case "column_renamed":
			columns = append(columns, c.From+">"+c.To)
			from, to := c.From, c.To
			if from == "Qty" {
				columns = append(columns, "Qty/@unit>Quantity/@unit")
			}
			_ = to
		case "row_added", "row_removed":
			rows = append(rows, strings.TrimPrefix(c.Type, "row_")+" "+c.Table+" "+c.Key)
		case "value_changed":
			table, field := c.Table, c.Field
			if rest, ok := strings.CutPrefix(field, "Address[1]/"); ok {
				table, field = "Address", rest
			}
			cells = append(cells, fmt.Sprintf("%s %s %s %q>%q", table, c.Key, columnName(field), c.Old, c.New))
		}
	}
	var gotFiles, gotColumns, gotRows, gotCells []string
	for _, p := range res.Files {
		switch {
		case p.Left == nil:
			gotFiles = append(gotFiles, "added "+p.Right.Path)
		case p.Right == nil:
			gotFiles = append(gotFiles, "removed "+p.Left.Path)
		case p.Left.Path != p.Right.Path:
			gotFiles = append(gotFiles, "rename "+p.Left.Path+" "+p.Right.Path)
		}
	}
	for _, tb := range res.Tables {
		for _, c := range tb.Columns {
			if c.How == diff.ColumnRename {
				from, to := c.Left, c.Right
				if !strings.Contains(from, "@") {
					from, to = from[strings.LastIndexByte(from, '/')+1:], to[strings.LastIndexByte(to, '/')+1:]
				}
				gotColumns = append(gotColumns, from+">"+to)
			}
		}
	}
	ids := identities(t, a, b)
	for i := range r.changes {
		c := &r.changes[i]
		name, ok := tablesOfTruth[c.Table]
		if c.Table == short+"~Address" {
			name, ok = "Address", true
		}
		if !ok || c.FileA != "" && droppedOrNew[c.FileA] || c.FileB != "" && droppedOrNew[c.FileB] {
			continue
		}
		switch c.Op {
		case diff.RowAdded:
			if name != "Address" {
				gotRows = append(gotRows, "added "+name+" "+ids[1][c.Table][c.RowB])
			}
		case diff.RowRemoved:
			if name != "Address" {
				gotRows = append(gotRows, "removed "+name+" "+ids[0][c.Table][c.RowA])
			}
		case diff.CellChanged:
			if c.Class == diff.Content {
				gotCells = append(gotCells, fmt.Sprintf("%s %s %s %q>%q", name, ids[0][c.Table][c.RowA], c.Column, c.Old, c.New))
			}
		case diff.RowMoved:
			gotCells = append(gotCells, "moved "+name+" "+ids[0][c.Table][c.RowA])
		}
	}
	log := func(what string, wrong []string) {
		for i, w := range wrong {
			if i == 8 {
				t.Logf("%s: %d more", what, len(wrong)-i)
				return
			}
			t.Logf("%s: %s", what, w)
		}
	}
	log("files", rep.files.measure(gotFiles, files))
	log("columns", rep.columns.measure(gotColumns, columns))
	if keyless {
		log("rows", rep.keyless.measure(gotRows, rows))
	} else {
		log("rows", rep.rows.measure(gotRows, rows))
	}
	log("cells", rep.cells.measure(gotCells, cells))
	return rep
}

// identities tells the generator's key of each row, by side, table, position.
func identities(t testing.TB, a, b *memory) [2]map[string][]string {
	t.Helper()
	var out [2]map[string][]string
	for s, m := range []*memory{a, b} {
		out[s] = map[string][]string{}
		byID := map[string]string{}
		for _, name := range []string{short, short + "~Address", short + "~Orders~Order", short + "~Orders~Order~Items~Item", "Export~Products~Product"} {
			r, err := m.Open(context.Background(), name)
			if err != nil {
				continue
			}
			var row table.Row
			for r.Read(&row) == nil {
				get := func(column string) string {
					i := r.Schema().Index(column)
					if i < 0 {
						return ""
					}
					v, _ := row.Value(i)
					return string(v)
				}
				id := get(keyNames[tablesOfTruth[name]])
				if strings.HasSuffix(name, "Item") {
					id = byID[get("_parent_id")] + "/" + id
				}
				if strings.HasSuffix(name, "Address") {
					id = byID[get("_parent_id")]
				}
				byID[get("_id")] = id
				out[s][name] = append(out[s][name], id)
			}
		}
	}
	return out
}

// scenarios are all options of the generator.
var scenarios = map[string][]string{
	"plain":     nil,
	"reordered": {"--reorder"},
	"cosmetic":  {"--cosmetic", "--reorder"},
	"many":      {"--reorder", "--added", ".05", "--removed", ".05", "--changed", ".1", "--rename-columns", "4", "--rename-files", "4", "--drop-files", "2", "--new-files", "2"},
}

func seeds(t testing.TB, def ...int) []int {
	if v := os.Getenv("RET_SEEDS"); v != "" {
		var out []int
		for _, s := range strings.Split(v, ",") {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		}
		return out
	}
	if testing.Short() {
		return def[:1]
	}
	return def
}

// TestFindsWhatTheGeneratorDid measures quality on deliveries with a known
// truth. Thresholds were chosen on seeds 1 to 9; these are others.
func TestFindsWhatTheGeneratorDid(t *testing.T) {
	for _, name := range sortedNames(scenarios) {
		t.Run(name, func(t *testing.T) {
			var all report
			for _, seed := range seeds(t, 101, 102, 103) {
				first, second, tr := makeDeliveries(t, "1MB", 10, seed, scenarios[name]...)
				a, b := convert(t, first, xmltable.Options{Mode: xmltable.Relational}, false), convert(t, second, xmltable.Options{Mode: xmltable.Relational}, false)
				res, r := compare(t, a, b, diff.Options{})
				rep := against(t, a, b, res, r, tr, false)
				t.Logf("seed %d: %s S=%.4f mean=%.4f", seed, rep, res.Similarity(), res.Mean)
				for _, tb := range res.Tables {
					t.Logf("  %s: key %v (%s) %s; %v", tb.Name(), tb.Key.Columns, tb.Key.Scope, tb.Key.Why, tb.Notes)
				}
				all.add(rep)
			}
			t.Logf("all: %s", &all)
			for _, q := range []struct {
				name string
				q    *quality
				want float64
			}{{"files", &all.files, 1}, {"columns", &all.columns, 1}, {"rows", &all.rows, 0.999}, {"cells", &all.cells, 0.99}} {
				if q.q.precision() < q.want || q.q.recall() < q.want {
					t.Errorf("%s: precision %.4f, recall %.4f, want %.3f", q.name, q.q.precision(), q.q.recall(), q.want)
				}
			}
		})
	}
}

func (r *report) add(o *report) {
	for i, q := range []*quality{&r.files, &r.columns, &r.rows, &r.cells, &r.keyless} {
		p := []*quality{&o.files, &o.columns, &o.rows, &o.cells, &o.keyless}[i]
		q.hit += p.hit
		q.miss += p.miss
		q.false_ += p.false_
	}
}

func sortedNames[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// TestCosmeticRewritingIsNoDifference compares a delivery with itself in
// other bytes: attributes, quotes, indentation, CDATA, comments.
func TestCosmeticRewritingIsNoDifference(t *testing.T) {
	for _, seed := range seeds(t, 104, 105) {
		first, second, _ := makeDeliveries(t, "500KB", 5, seed, "--cosmetic", "--added", "0", "--removed", "0", "--changed", "0",
			"--rename-columns", "0", "--rename-files", "0", "--drop-files", "0", "--new-files", "0")
		for _, mode := range []xmltable.Options{{Mode: xmltable.Relational}, {Lineage: xmltable.LineageLine}} {
			res, r := compare(t, convert(t, first, mode, true), convert(t, second, mode, true), diff.Options{})
			if len(r.changes) > 0 || !res.Same() || res.Similarity() != 1 {
				t.Errorf("seed %d: %d changes, S=%v: %v", seed, len(r.changes), res.Similarity(), r.ops()[:min(5, len(r.changes))])
			}
		}
	}
}

// TestFindsRowsWithoutAKey does the same by likeness alone: with the ids as
// mere values, and without them.
func TestFindsRowsWithoutAKey(t *testing.T) {
	for name, rules := range map[string]diff.Rules{
		"ids as values": {Keyless: true},
		"no ids":        {Keyless: true, Ignore: []string{"@id", "@sku", "@line"}},
	} {
		t.Run(name, func(t *testing.T) {
			var all report
			for _, seed := range seeds(t, 106, 107, 108) {
				first, second, tr := makeDeliveries(t, "1MB", 10, seed, "--reorder", "--changed", ".05")
				a, b := convert(t, first, xmltable.Options{Mode: xmltable.Relational}, false), convert(t, second, xmltable.Options{Mode: xmltable.Relational}, false)
				res, r := compare(t, a, b, diff.Options{Rules: rules})
				rep := against(t, a, b, res, r, tr, true)
				t.Logf("seed %d: %s S=%.4f", seed, rep, res.Similarity())
				all.add(rep)
			}
			t.Logf("all: %s", &all)
			if q := &all.keyless; q.precision() < 0.97 || q.recall() < 0.97 {
				t.Errorf("rows: precision %.4f, recall %.4f", q.precision(), q.recall())
			}
		})
	}
}
