package index

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"

	"go.uber.org/goleak"

	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// column makes a column of values, statistics and type included.
func column(name string, t table.Type, values ...string) table.Column {
	distinct := map[string]bool{}
	st := &table.Stats{}
	for _, v := range values {
		if v == null {
			st.Nulls++
			continue
		}
		st.Values++
		if v == "" {
			st.Empty++
		}
		if !distinct[v] && len(st.Examples) < 5 {
			st.Examples = append(st.Examples, v)
		}
		if st.Min == "" || v < st.Min {
			st.Min = v
		}
		st.Max = max(st.Max, v)
		st.Longest = max(st.Longest, len(v))
		distinct[v] = true
	}
	st.Distinct = uint64(len(distinct))
	return table.Column{Name: name, XPath: name, Path: "/root/row/" + name, Type: t, Stats: st}
}

// null is a cell without a value.
const null = "\x00null"

// content is a table with the file of each row.
type content struct {
	name    string
	columns []string
	types   []table.Type
	rows    [][]string
	files   []int // by row, from 0; nil for all from the first file
}

// tables writes a tables.sqlite of the contents and opens it.
func tables(t testing.TB, fileNames []string, contents ...content) *tabledb.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tables.sqlite")
	w, err := tabledb.Create(path, tabledb.Options{Engine: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for i, name := range fileNames {
		w.AddFile(tabledb.File{ID: int64(i + 1), Path: name, SHA256: fmt.Sprintf("%064d", i), Status: "ok"})
	}
	for _, c := range contents {
		schema := &table.Schema{Name: c.name, Kind: "root", Path: "/root/" + c.name}
		for i, name := range c.columns {
			values := make([]string, len(c.rows))
			for r := range c.rows {
				values[r] = c.rows[r][i]
			}
			kind := table.Text
			if c.types != nil {
				kind = c.types[i]
			}
			schema.Columns = append(schema.Columns, column(name, kind, values...))
		}
		tw, err := w.Table(schema)
		if err != nil {
			t.Fatal(err)
		}
		var row table.Row
		for r, values := range c.rows {
			row.Reset(len(values))
			row.Pos = table.Position{Line: int64(r + 2), Offset: int64(100 * r)}
			if c.files != nil {
				row.Pos.File = c.files[r]
			}
			for i, v := range values {
				if v != null {
					row.SetString(i, v)
				}
			}
			if err := tw.Write(&row); err != nil {
				t.Fatal(err)
			}
		}
		if err := tw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	db, err := tabledb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// shop is a small data set: customers in two files, invoices in one.
func shop(t testing.TB) *tabledb.DB {
	return tables(t, []string{"north/customers.xml", "south/customers.xml", "invoices.xml"},
		content{
			name: "Customer", columns: []string{"@id", "Name", "Address/City", "Remarks", "active"},
			types: []table.Type{table.Text, table.Text, table.Text, table.Text, table.Boolean},
			rows: [][]string{
				{"C-1001", "Møller & Søn", "Oslo", "prefers to be called in the morning hours", "true"},
				{"C-1002", "ACME Trading", "Bergen", "always pays its bills too late", "true"},
				{"C-1003", "北京软件公司", "Beijing", null, "false"},
				{"C-2001", "Blue Ocean", "Lisbon", "ships by sea and complains about damaged parcels", "true"},
			},
			files: []int{0, 0, 0, 1},
		},
		content{
			name: "Invoice", columns: []string{"InvoiceNumber", "customer", "total", "issued"},
			types: []table.Type{table.Text, table.Text, table.Decimal, table.Date},
			rows: [][]string{
				{"INV-2024/00017", "C-1001", "1204.50", "2024-05-01"},
				{"INV-2024/00018", "C-1002", "99.90", "2024-05-02"},
				{"INV-2024/00019", "C-1002", "12.00", "2024-06-11"},
			},
			files: []int{2, 2, 2},
		},
	)
}

// built builds a set in a new folder.
func built(t testing.TB, src Source) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := Build(t.Context(), dir, src, BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// opened opens a set until the test is over.
func opened(t testing.TB, dir string, db *tabledb.DB, opts OpenOptions) *Snapshot {
	t.Helper()
	s, err := Open(context.Background(), dir, db, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Release(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// find searches and fails the test on an error.
func find(t testing.TB, s *Snapshot, q Query) *Result {
	t.Helper()
	r, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// topics is an embedder that counts words of a few topics: texts that share a
// topic without sharing a word lie near each other.
type topics struct {
	mu     sync.Mutex
	name   string
	asked  int    // texts
	max    int    // characters it takes, 0 for any number
	fail   error  // of every call
	before func() // each call
}

var topicWords = [][]string{
	{"late", "overdue", "pays", "bills", "invoice", "invoices", "debt", "money", "settle"},
	{"sea", "ships", "ocean", "boat", "harbour", "parcels", "delivery"},
	{"morning", "hours", "called", "phone", "time", "clock", "telephone"},
	{"customer", "customers", "client", "buyer", "name", "city"},
}

func (e *topics) Model(context.Context) (retable.EmbedModel, error) {
	return retable.EmbedModel{Provider: "test", Name: e.name, Dimensions: 8, MaxTokens: 128, Normalised: true}, nil
}

func (e *topics) Embed(ctx context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.before != nil {
		e.before()
	}
	if e.fail != nil {
		return nil, e.fail
	}
	var out [][]float32
	for _, text := range texts {
		if e.max > 0 && len(text) > e.max {
			return nil, retable.Errorf(retable.TooLarge, "too long")
		}
		e.asked++
		v := make([]float32, 8)
		v[7] = 0.05
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
			for i, words := range topicWords {
				for _, w := range words {
					if w == word {
						v[i]++
					}
				}
			}
			v[6] += 0.01 * float32(len(word)%3)
		}
		if e.name == "other" { // another model lies elsewhere
			v[0], v[5] = v[5], v[0]
		}
		out = append(out, v)
	}
	return out, ctx.Err()
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
