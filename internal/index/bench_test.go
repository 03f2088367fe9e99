package index

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/philippgille/chromem-go"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// benchRows is how many rows the benchmarks of the full text have;
// RET_INDEX_ROWS says another number, such as a million.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("RET_INDEX_ROWS")); err == nil && n > 0 {
		return n
	}
	return 50_000
}

// benchTables streams a table of orders into tables.sqlite: a code, a
// customer, a name of two words, a town, a date, an amount, and in a tenth of
// the rows a remark.
func benchTables(b *testing.B, rows int) (*tabledb.DB, int64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "tables.sqlite")
	w, err := tabledb.Create(path, tabledb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	w.AddFile(tabledb.File{ID: 1, Path: "orders.xml", Status: "ok"})
	schema := &table.Schema{Name: "Order", Kind: "root", Path: "/orders/order", Columns: []table.Column{
		column("order_id", table.Text, "ORD-0000001", "ORD-0000002"), column("customer", table.Text, "C-10021", "C-10448"),
		column("name", table.Text, "word1 word2"), column("town", table.Text, "Oslo", "Lyon"), column("placed", table.Date, "2024-05-01"),
		column("total", table.Decimal, "12.50"), column("remark", table.Text, "the customer wrote a long remark"),
	}}
	schema.Columns[0].Stats.Distinct, schema.Columns[0].Stats.Values = uint64(rows), uint64(rows)
	tw, err := w.Table(schema)
	if err != nil {
		b.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 9))
	word := func() string { return "w" + strconv.Itoa(int(dice.ExpFloat64()*400)) }
	towns := []string{"Oslo", "Lyon", "Porto", "Graz", "Turku", "Leeds", "Ghent", "Basel"}
	var row table.Row
	for i := range rows {
		row.Reset(7)
		row.Pos = table.Position{Line: int64(i + 2)}
		row.SetString(0, fmt.Sprintf("ORD-%07d", i))
		row.SetString(1, fmt.Sprintf("C-%05d", dice.IntN(50_000)))
		row.SetString(2, word()+" "+word())
		row.SetString(3, towns[dice.IntN(len(towns))])
		row.SetString(4, fmt.Sprintf("2024-%02d-%02d", 1+dice.IntN(12), 1+dice.IntN(28)))
		row.SetString(5, strconv.FormatFloat(float64(dice.IntN(100_000))/100, 'f', 2, 64))
		if i%10 == 0 {
			row.SetString(6, strings.Join([]string{word(), word(), word(), word(), word(), word(), word(), word()}, " "))
		}
		if err := tw.Write(&row); err != nil {
			b.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		b.Fatal(err)
	}
	if err := w.Commit(context.Background()); err != nil {
		b.Fatal(err)
	}
	db, err := tabledb.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return db, info.Size()
}

// BenchmarkBuild measures rows/s and bytes a row, from nothing and on a base
// in which everything is the same.
func BenchmarkBuild(b *testing.B) {
	rows := benchRows()
	db, size := benchTables(b, rows)
	base := ""
	for _, name := range []string{"fresh", "nothing new"} {
		b.Run(name, func(b *testing.B) {
			var m *Manifest
			for i := 0; b.Loop(); i++ {
				dir := filepath.Join(b.TempDir(), strconv.Itoa(i))
				var err error
				if m, err = Build(b.Context(), dir, Source{Session: "s", Revision: name, Tables: db}, BuildOptions{Base: base}); err != nil {
					b.Fatal(err)
				}
				if name == "fresh" {
					base = filepath.Join(b.TempDir(), "base")
					if err := os.Rename(dir, base); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(m.Words.Bytes)/float64(rows), "B/row")
			b.ReportMetric(float64(size)/float64(rows), "tables-B/row")
		})
		if base != "" && name == "fresh" { // the folders of a run go with it
			base = filepath.Join(b.TempDir(), "base")
			if _, err := Build(b.Context(), base, Source{Session: "s", Revision: "base", Tables: db}, BuildOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBareFTS5 is what SQLite does by itself: the same rows' texts, stored
// in one FTS5 table with the default tokenizer.
func BenchmarkBareFTS5(b *testing.B) {
	rows := benchRows()
	tables, _ := benchTables(b, rows)
	var bytes int64
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "bare.sqlite")
		db, err := openWork(path, "CREATE VIRTUAL TABLE bare USING fts5(text)")
		if err != nil {
			b.Fatal(err)
		}
		fillBare(b, db, tables)
		if err := finishWork(b.Context(), db, path); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		bytes = info.Size()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(bytes)/float64(rows), "B/row")
}

func fillBare(b *testing.B, db *sql.DB, tables *tabledb.DB) {
	b.Helper()
	schema, err := tables.Schema(b.Context(), "Order")
	if err != nil {
		b.Fatal(err)
	}
	s := newShape(tables.Tables()[0], schema)
	r, err := tables.Reader(b.Context(), "Order", tabledb.ReadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	st, err := tx.Prepare("INSERT INTO bare (text) VALUES (?)") //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		b.Fatal(err)
	}
	var row table.Row
	for r.Read(&row) == nil {
		text, _ := s.rowText("orders.xml", &row, 0)
		if _, err := st.Exec(text); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearch measures the latency of questions over the whole way, hits
// filled and marked.
func BenchmarkSearch(b *testing.B) {
	rows := benchRows()
	db, _ := benchTables(b, rows)
	dir := filepath.Join(b.TempDir(), "set")
	if _, err := Build(b.Context(), dir, Source{Session: "s", Revision: "r", Tables: db}, BuildOptions{}); err != nil {
		b.Fatal(err)
	}
	s := opened(b, dir, db, OpenOptions{})
	for _, q := range []struct{ name, text string }{
		{"rare word", "w2717"},
		{"code", fmt.Sprintf("ORD-%07d", rows/2)},
		{"part of a code", fmt.Sprintf("%05d", rows/2)},
		{"a word of an eighth of the rows", "Oslo"},
		{"eight words", "show w10 w20 w300 w44 w511 w60 w7 orders placed"},
		{"table", "How many orders are there?"},
	} {
		b.Run(q.name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := s.Search(b.Context(), Query{Text: q.text}); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}

// BenchmarkVectors compares 50 nearest of 10,000 and 100,000 vectors of 384
// dimensions: chromem-go as it comes, behind our guard, and brute force.
func BenchmarkVectors(b *testing.B) {
	const dimensions = 384
	for _, count := range []int{10_000, 100_000} {
		dice := rand.New(rand.NewPCG(3, 3))
		vectors := make([][]float32, count)
		for i := range vectors {
			x, err := unitVector(randomVector(dice, dimensions), dimensions)
			if err != nil {
				b.Fatal(err)
			}
			vectors[i] = x
		}
		questions := make([][]float32, 16)
		for i := range questions {
			questions[i] = randomVector(dice, dimensions)
		}
		b.Run(fmt.Sprintf("chromem-go as it comes/%d", count), func(b *testing.B) {
			docs, err := chromem.NewDB().CreateCollection("c", nil, nil)
			if err != nil {
				b.Fatal(err)
			}
			for i, x := range vectors {
				if err := docs.AddDocument(b.Context(), chromem.Document{ID: strconv.Itoa(i), Embedding: x}); err != nil {
					b.Fatal(err)
				}
			}
			for i := 0; b.Loop(); i++ {
				if _, err := docs.QueryEmbedding(b.Context(), questions[i%len(questions)], Depth, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		for name, s := range sets(dimensions, count) {
			b.Run(fmt.Sprintf("%s/%d", name, count), func(b *testing.B) {
				if s.len() == 0 {
					for i, x := range vectors {
						if err := s.add(int64(i), x); err != nil {
							b.Fatal(err)
						}
					}
				}
				for i := 0; b.Loop(); i++ {
					if _, err := s.search(b.Context(), questions[i%len(questions)], Depth); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkLoadVectors measures reading 100,000 x 384 from SQLite.
func BenchmarkLoadVectors(b *testing.B) {
	const dimensions, count = 384, 100_000
	path := filepath.Join(b.TempDir(), "v.sqlite")
	w, err := openVectors(b.Context(), path, "words", "fingerprint")
	if err != nil {
		b.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(3, 3))
	for first := 0; first < count; first += 1000 {
		vectors, links := map[textHash][]float32{}, []link{}
		for i := first; i < first+1000; i++ {
			h := textHash{byte(i), byte(i >> 8), byte(i >> 16)}
			vectors[h], links = randomVector(dice, dimensions), append(links, link{h, int64(i)})
		}
		if err := w.put(b.Context(), vectors, links, 0, 0); err != nil {
			b.Fatal(err)
		}
	}
	if err := finishWork(b.Context(), w.db, path); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := openSQLite(path, readParams, 1)
		if err != nil {
			b.Fatal(err)
		}
		d := &dense{info: &VectorInfo{Vectors: count}, db: db}
		d.info.Model.Dimensions = dimensions
		if set, err := d.load(b.Context()); err != nil || set.len() != count {
			b.Fatal(err)
		}
		if err := d.close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}
