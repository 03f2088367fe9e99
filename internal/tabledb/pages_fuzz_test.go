package tabledb

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"retable/internal/table"
)

// FuzzPages damages a file of tables: where (four bytes) and how (one byte),
// as often as there is input. Each row comes, or an error does.
func FuzzPages(f *testing.F) {
	schema, rows := strange()
	rows[1][6] = strings.Repeat("é𝄞", 9000)
	for range 3 {
		rows = append(rows, rows...)
	}
	db := build(f, Options{}, schema, rows...)
	whole, err := os.ReadFile(db.path)
	if err != nil {
		f.Fatal(err)
	}
	l, err := db.layout(ctx, schema.Name)
	if err != nil {
		f.Fatal(err)
	}
	sel, err := l.selection(nil)
	if err != nil {
		f.Fatal(err)
	}
	found, err := db.cursor(ctx, l)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	for page := range byte(8) {
		f.Add([]byte{0, 0, page * 16, 3, 0xff, 0, 0, page * 16, 8, 0x80})
	}
	f.Fuzz(func(t *testing.T, damage []byte) {
		file := bytes.Clone(whole)
		for ; len(damage) >= 5; damage = damage[5:] {
			file[int(binary.BigEndian.Uint32(damage))%len(file)] ^= damage[4]
		}
		pages, err := openPager(bytes.NewReader(file))
		if err != nil {
			return
		}
		overflow := *pages
		c := &cursor{pages: pages, overflow: &overflow, root: found.root}
		r := &reader{ctx: context.Background(), sel: sel, rows: c, spans: []ridSpan{{1, int64(len(rows))}}}
		var row table.Row
		for range 2*len(rows) + 1 {
			if r.Read(&row) != nil {
				return
			}
			for i := range row.Cells {
				row.Value(i)
			}
		}
		t.Fatalf("more rows than there are: %d", len(rows))
	})
}
