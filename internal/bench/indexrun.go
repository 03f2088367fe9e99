package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // the rival's engine

	"retable/internal/index"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// Answers is what the runs about index and answers print.
type Answers struct {
	Rows    int64              `json:"rows"`
	Bytes   int64              `json:"bytes"`   // on disk
	Seconds float64            `json:"seconds"` // of making
	Asked   map[string]Latency `json:"asked"`
	Found   []string           `json:"found"` // what must be the same for all contestants
}

// Latency is how long questions of a kind took, in milliseconds.
type Latency struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

// latencyOf summarises times.
func latencyOf(times []float64) Latency {
	all := slices.Sorted(slices.Values(times))
	at := func(p float64) float64 { return all[min(len(all)-1, int(math.Ceil(p*float64(len(all))))-1)] }
	return Latency{N: len(all), P50: at(0.5), P95: at(0.95)}
}

// asks is how often each question is asked, after once for nothing.
const asks = 10

// clocked asks again and again and returns the times in milliseconds.
func clocked(times int, ask func() error) ([]float64, error) {
	if err := ask(); err != nil {
		return nil, err
	}
	var out []float64
	for range times {
		start := time.Now()
		if err := ask(); err != nil {
			return nil, err
		}
		out = append(out, float64(time.Since(start).Nanoseconds())/1e6)
	}
	return out, nil
}

// fullText is a full text over the rows of a tables.sqlite.
type fullText interface {
	// find returns the rows in which a word stands, as "table row".
	find(ctx context.Context, word string) ([]string, error)
	// ask looks for the best of any of the words.
	ask(ctx context.Context, words string) error
	close() error
}

// runIndex makes a full text of the tables in dir, and asks it.
func runIndex(ctx context.Context, impl, tables, dir string) (*Answers, error) {
	db, err := tabledb.Open(tables)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := &Answers{Asked: map[string]Latency{}}
	for _, t := range db.Tables() {
		out.Rows += t.Rows
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	fill := makeOwnText
	if impl == "bare" {
		fill = makeBareText
	}
	start := time.Now()
	text, bytes, err := fill(ctx, db, dir)
	if err != nil {
		return nil, err
	}
	out.Seconds, out.Bytes = time.Since(start).Seconds(), bytes
	return out, errors.Join(out.search(ctx, db, text), text.close())
}

// search asks for rare words, which must be found in the same rows by all, and
// for several words at once.
func (a *Answers) search(ctx context.Context, db *tabledb.DB, text fullText) error {
	words, err := rareWords(ctx, db)
	if err != nil {
		return err
	}
	var rare, many []float64
	for i, w := range words {
		rows, err := text.find(ctx, w)
		if err != nil {
			return err
		}
		slices.Sort(rows)
		a.Found = append(a.Found, w+": "+strings.Join(rows, ", "))
		times, err := clocked(asks, func() error { return text.ask(ctx, w) })
		if err != nil {
			return err
		}
		rare = append(rare, times...)
		question := "orders sent by " + w + " and " + words[(i+1)%len(words)] + " to the delivery site"
		if times, err = clocked(asks, func() error { return text.ask(ctx, question) }); err != nil {
			return err
		}
		many = append(many, times...)
	}
	a.Asked["a rare word"], a.Asked["ten words"] = latencyOf(rare), latencyOf(many)
	return nil
}

// rareWords are numbers of ten digits and more that stand in few rows each, one
// of every tenth part of the largest table that has any.
func rareWords(ctx context.Context, db *tabledb.DB) ([]string, error) {
	var words []string
	for _, t := range db.Tables() {
		schema, err := db.Schema(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		var found []string
		for part := range int64(10) {
			r, err := db.Reader(ctx, t.Name, tabledb.ReadOptions{Offset: part * t.Rows / 10, Limit: 200})
			if err != nil {
				return nil, err
			}
			word, err := longNumber(r, schema)
			if err := errors.Join(err, r.Close()); err != nil {
				return nil, err
			}
			if word != "" {
				found = append(found, word)
			}
		}
		if len(found) > len(words) {
			words = found
		}
	}
	if len(words) == 0 {
		return nil, errors.New("the tables hold no long numbers to look for")
	}
	return words, nil
}

func longNumber(r table.RowReader, schema *table.Schema) (string, error) {
	var row table.Row
	for {
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return "", nil
		} else if err != nil {
			return "", err
		}
		for c := range schema.Columns {
			if v, ok := row.Value(c); ok && schema.Columns[c].Role == table.Data && len(v) >= 10 && strings.Trim(string(v), "0123456789") == "" {
				return string(v), nil
			}
		}
	}
}

// ownText is Retable's index.
type ownText struct{ snap *index.Snapshot }

func makeOwnText(ctx context.Context, db *tabledb.DB, dir string) (fullText, int64, error) {
	m, err := index.Build(ctx, dir, index.Source{Session: "bench", Revision: "1", Tables: db}, index.BuildOptions{})
	if err != nil {
		return nil, 0, err
	}
	snap, err := index.Open(ctx, dir, db, index.OpenOptions{})
	return &ownText{snap}, m.Words.Bytes, err
}

func (t *ownText) find(ctx context.Context, word string) ([]string, error) {
	r, err := t.snap.Search(ctx, index.Query{Text: word, Kinds: []index.Kind{index.KindRow}, Limit: index.Depth})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, h := range r.Hits {
		if h.WordRank > 0 {
			out = append(out, fmt.Sprintf("%s %d", h.Table, h.Row))
		}
	}
	return out, nil
}

func (t *ownText) ask(ctx context.Context, words string) error {
	_, err := t.snap.Search(ctx, index.Query{Text: words})
	return err
}

func (t *ownText) close() error { return t.snap.Release() }

// bareText is what one writes with SQLite alone: a table of FTS5 as it comes,
// a row for each row, its values joined.
type bareText struct{ db *sql.DB }

func makeBareText(ctx context.Context, tables *tabledb.DB, dir string) (fullText, int64, error) {
	path := dir + ".sqlite"
	if err := os.RemoveAll(path); err != nil {
		return nil, 0, err
	}
	db, err := sql.Open("sqlite3", path+"?_journal_mode=OFF&_synchronous=OFF")
	if err != nil {
		return nil, 0, err
	}
	if err := fillBareText(ctx, db, tables); err != nil {
		return nil, 0, errors.Join(err, db.Close())
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, errors.Join(err, db.Close())
	}
	return &bareText{db}, info.Size(), nil
}

func fillBareText(ctx context.Context, db *sql.DB, tables *tabledb.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE VIRTUAL TABLE bare USING fts5(text, tbl UNINDEXED, row UNINDEXED)"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	insert, err := tx.PrepareContext(ctx, "INSERT INTO bare VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, t := range tables.Tables() {
		if err := fillBareTable(ctx, insert, tables, t.Name); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func fillBareTable(ctx context.Context, insert *sql.Stmt, tables *tabledb.DB, name string) error {
	schema, err := tables.Schema(ctx, name)
	if err != nil {
		return err
	}
	r, err := tables.Reader(ctx, name, tabledb.ReadOptions{})
	if err != nil {
		return err
	}
	defer r.Close()
	var row table.Row
	var text strings.Builder
	for n := int64(1); ; n++ {
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		text.Reset()
		for c := range schema.Columns {
			if v, ok := row.Value(c); ok && schema.Columns[c].Role == table.Data {
				text.Write(v)
				text.WriteByte('\n')
			}
		}
		if _, err := insert.ExecContext(ctx, text.String(), name, n); err != nil {
			return err
		}
	}
}

func (t *bareText) find(ctx context.Context, word string) ([]string, error) {
	return t.query(ctx, `SELECT tbl || ' ' || row FROM bare WHERE bare MATCH ? LIMIT 50`, quoted(word))
}

func (t *bareText) ask(ctx context.Context, words string) error {
	var each []string
	for w := range strings.FieldsSeq(words) {
		each = append(each, quoted(w))
	}
	_, err := t.query(ctx, `SELECT tbl || ' ' || row || text FROM bare WHERE bare MATCH ? ORDER BY rank LIMIT 12`, strings.Join(each, " OR "))
	return err
}

func (t *bareText) query(ctx context.Context, query, match string) ([]string, error) {
	rows, err := t.db.QueryContext(ctx, query, match)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (t *bareText) close() error { return t.db.Close() }

func quoted(word string) string { return `"` + strings.ReplaceAll(word, `"`, `""`) + `"` }
