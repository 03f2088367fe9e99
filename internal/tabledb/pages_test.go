package tabledb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

// bySQL reads a table through SQLite, the oracle of the page reader.
func bySQL(t testing.TB, db *DB, name string) [][]any {
	t.Helper()
	l, err := db.layout(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range l.sqlColumns {
		columns = append(columns, "CAST("+quote(c)+" AS TEXT)")
	}
	var out [][]any
	err = db.query(ctx, "SELECT "+strings.Join(columns, ",")+" FROM "+quote(l.info.SQLName)+" ORDER BY _rid", nil, func(scan func(...any) error) error {
		row, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		err := scan(dest...)
		out = append(out, row)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPagesReadWhatSQLiteReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		columns := rapid.IntRange(1, 6).Draw(rt, "columns")
		schemas := []*table.Schema{{Name: "a~b"}, {Name: "c"}}
		rows := map[*table.Schema][][]any{}
		for _, s := range schemas {
			s.Columns = append(s.Columns, own("_id"))
			for i := range columns {
				s.Columns = append(s.Columns, textColumn(fmt.Sprint("c", i)))
			}
			for range rapid.IntRange(0, 60).Draw(rt, "rows") {
				row := []any{rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300), rapid.SampledFrom([]int64{0, 1, 1 << 15, 1 << 23, 1 << 31, 1 << 47, -1 << 47})).Draw(rt, "id")}
				for range columns {
					switch rapid.IntRange(0, 9).Draw(rt, "kind") {
					case 0:
						row = append(row, nil)
					case 1: // around the sizes where a row leaves its page
						row = append(row, strings.Repeat("x", rapid.IntRange(7900, 8300).Draw(rt, "size")))
					case 2:
						row = append(row, strings.Repeat("long ", rapid.IntRange(0, 8000).Draw(rt, "size")))
					default:
						row = append(row, rapid.String().Draw(rt, "text"))
					}
				}
				rows[s] = append(rows[s], row)
			}
		}
		db := buildAll(t, Options{}, rows, schemas)
		defer db.Close()
		for _, s := range schemas {
			r, err := db.Reader(ctx, s.Name, ReadOptions{})
			got, _ := readAll(t, r, err)
			want := bySQL(t, db, s.Name)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				rt.Fatalf("table %s: got %.300q, want %.300q", s.Name, got, want)
			}
			for i := range want {
				var row table.Row
				if err := db.Row(ctx, s.Name, int64(i+1), &row); err != nil || fmt.Sprint(values(&row)) != fmt.Sprint(want[i]) {
					rt.Fatalf("row %d: %v", i+1, err)
				}
			}
		}
	})
}

// TestDeepTrees has three levels of pages, and reads from every place.
func TestDeepTrees(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{textColumn("a")}}
	const rows = 30_000
	filler := strings.Repeat("f", 700)
	path := filepath.Join(t.TempDir(), "t.sqlite")
	w, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	tw, _ := w.Table(schema)
	for i := range rows {
		if err := tw.Write(rowOf(table.Position{Line: int64(i)}, fmt.Sprint(i, filler))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), w.Commit(ctx)); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for offset := int64(0); offset < rows; offset += 997 {
		r, err := db.Reader(ctx, "t", ReadOptions{Offset: offset, Limit: 30})
		got, positions := readAll(t, r, err)
		want := min(30, rows-offset)
		if int64(len(got)) != want || positions[0].Line != offset || got[want-1][0] != fmt.Sprint(offset+want-1, filler) {
			t.Fatalf("offset %d: %d rows from line %v", offset, len(got), positions)
		}
	}
	r, err := db.Reader(ctx, "t", ReadOptions{})
	if got, _ := readAll(t, r, err); len(got) != rows {
		t.Errorf("got %d rows", len(got))
	}
}

// TestDamageIsAnError flips bytes all over a file: reading may give an error
// or other rows, but neither a panic nor an endless loop.
func TestDamageIsAnError(t *testing.T) {
	schema, rows := strange()
	rows[1][6] = strings.Repeat("é𝄞", 9000)
	for range 5 {
		rows = append(rows, rows...)
	}
	db := build(t, Options{}, schema, rows...)
	whole, err := os.ReadFile(db.path)
	if err != nil {
		t.Fatal(err)
	}
	l := db.layoutOf(t, schema.Name)
	sel, err := l.selection(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.cursor(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	read := func(file []byte) (err error) {
		pages, err := openPager(bytes.NewReader(file))
		if err != nil {
			return err
		}
		overflow := *pages
		c := &cursor{pages: pages, overflow: &overflow, root: c.root}
		r := &reader{ctx: context.Background(), sel: sel, rows: c, spans: []ridSpan{{1, int64(len(rows))}}}
		var row table.Row
		for range 2 * len(rows) {
			if err := r.Read(&row); err != nil {
				return err
			}
			for i := range row.Cells {
				row.Value(i)
			}
		}
		return nil
	}
	if err := read(whole); err != io.EOF {
		t.Fatalf("the whole file: %v", err)
	}
	if err := read(whole[:50]); !errors.Is(err, errDamaged) {
		t.Errorf("a short file: %v", err)
	}
	if err := read(whole[:9000]); !errors.Is(err, errDamaged) {
		t.Errorf("a cut file: %v", err)
	}
	checks := 600
	if testing.Short() {
		checks = 100
	}
	damaged := 0
	for i := range checks {
		file := bytes.Clone(whole)
		for j := range 1 + i%4 {
			at := (i*7919 + j*104729) * 31 % len(file)
			if i%2 == 0 { // near the starts of pages, where the structure is
				at = at/8192*8192 + at%64
			}
			file[at] ^= byte(1 + i*j*37%255)
		}
		if err := read(file); err != nil && err != io.EOF {
			damaged++
		}
	}
	if damaged == 0 {
		t.Error("no damage was noticed")
	}
}

func TestVarints(t *testing.T) {
	for _, c := range []struct {
		b []byte
		v uint64
		n int
	}{
		{[]byte{0x7f}, 127, 1}, {[]byte{0x81, 0}, 128, 2}, {bytes.Repeat([]byte{0xff}, 9), 1<<64 - 1, 9},
		{[]byte{0x80}, 0, 0}, {nil, 0, 0}, {bytes.Repeat([]byte{0xff}, 8), 0, 0},
	} {
		if v, n := varint(c.b); v != c.v || n != c.n {
			t.Errorf("%x: got %d, %d", c.b, v, n)
		}
	}
}
