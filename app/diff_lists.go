package app

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"retable/internal/diff/report"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// diffList is a choice of a table's rows, read by index. Rows have places in
// the whole listing; an index counts within the list.
type diffList struct {
	total   int64
	listed  *report.ListedTable
	cursor  *report.ListingCursor
	changes bool     // every row is a change
	file    *os.File // of places; nil: all rows, or all changes
}

// choice is a query that was read.
type choice struct {
	ops    []report.RowOp // in their order
	column int            // of the grid; -1: any
	search string
}

func (t *diffTable) choice(q DiffQuery) (choice, error) {
	c := choice{column: -1, search: strings.TrimSpace(q.Search)}
	ops, err := rowOps(q.Ops)
	if err != nil {
		return c, err
	}
	for _, op := range report.RowOps() {
		if len(ops) > 0 && !slices.Contains(ops, op) || op == report.RowSame && (q.OnlyChanges || q.Column != "") {
			continue
		}
		c.ops = append(c.ops, op)
	}
	if q.Column == "" {
		return c, nil
	}
	c.column = slices.IndexFunc(t.listed.Columns(), func(x DiffColumn) bool { return x.Left == q.Column })
	if c.column < 0 {
		c.column = slices.IndexFunc(t.listed.Columns(), func(x DiffColumn) bool { return x.Right == q.Column })
	}
	if c.column < 0 {
		return c, &retable.Error{
			Code: retable.Unprocessable, Detail: fmt.Sprintf("Neither side of the table has a column %q.", q.Column),
			Fields: []retable.FieldError{{Field: "column", Message: "is not there"}},
		}
	}
	return c, nil
}

// rowOps reads a list of ops; none if it is empty.
func rowOps(list string) ([]report.RowOp, error) {
	var out []report.RowOp
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	for _, part := range strings.Split(list, ",") {
		op := report.RowOp(strings.TrimSpace(part))
		if !slices.Contains(report.RowOps(), op) {
			return nil, &retable.Error{
				Code: retable.Unprocessable, Detail: fmt.Sprintf("%q is nothing that happens to rows: there are same, changed, added, removed, moved and format_only.", op),
				Fields: []retable.FieldError{{Field: "ops", Message: "are unknown"}},
			}
		}
		out = append(out, op)
	}
	return out, nil
}

func (c *choice) same() bool { return slices.Contains(c.ops, report.RowSame) }

// plain tells whether the listing itself is the list: whole, or its changes.
func (c *choice) plain() bool {
	all := len(report.RowOps())
	return c.column < 0 && c.search == "" && (len(c.ops) == all || len(c.ops) == all-1 && !c.same())
}

// list opens the list of a query, and makes it if need be. The caller closes it.
func (t *diffTable) list(ctx context.Context, q DiffQuery) (*diffList, error) {
	c, err := t.choice(q)
	if err != nil {
		return nil, err
	}
	l := &diffList{listed: t.listed, cursor: t.listed.Cursor(), changes: !c.same()}
	if c.plain() {
		l.total = t.listed.Len()
		if l.changes {
			l.total = t.listed.Changed()
		}
		return l, nil
	}
	id := hashOf("rows of a comparison", t.content, t.number, c.ops, c.column, strings.ToLower(c.search))
	path := t.s.viewFile(id)
	if err := l.open(path); err == nil {
		now := t.s.clock()
		_ = os.Chtimes(path, now, now) // when it was last used; without it the list goes sooner
		return l, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := t.make(ctx, l, c, path); err != nil {
		return nil, err
	}
	if err := l.open(path); err != nil {
		return nil, err
	}
	if err := t.s.trimViews(id); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// placesMagic begins a file of places; four bytes follow per row, little endian.
const placesMagic = "retable places 1\n"

func (l *diffList) open(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	head := make([]byte, len(placesMagic))
	info, err := f.Stat()
	if err == nil {
		_, err = f.ReadAt(head, 0)
	}
	if err == nil && string(head) != placesMagic {
		err = fs.ErrInvalid
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.total = f, (info.Size()-int64(len(placesMagic)))/4
	return nil
}

func (l *diffList) close() {
	if l.file != nil {
		_ = l.file.Close() // it was only read
	}
}

// make goes through the listing once and writes the places of what is chosen.
func (t *diffTable) make(ctx context.Context, l *diffList, c choice, path string) (err error) {
	fits, err := t.filter(ctx, c)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".retable-view-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if _, err := w.WriteString(placesMagic); err != nil {
		return err
	}
	for i := int64(0); ; i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		place := i
		if !c.same() {
			if i == l.listed.Changed() {
				break
			}
			if place, err = l.cursor.Place(i); err != nil {
				return err
			}
		} else if i == l.listed.Len() {
			break
		}
		r, err := l.cursor.At(place)
		if err != nil {
			return err
		}
		if !fits(r) {
			continue
		}
		if _, err := w.Write(binary.LittleEndian.AppendUint32(w.AvailableBuffer(), uint32(place))); err != nil {
			return err
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// filter tells rows that are chosen.
func (t *diffTable) filter(ctx context.Context, c choice) (func(r *report.ListedRow) bool, error) {
	var found [2]rowSet
	if c.search != "" {
		for i, side := range t.sides() {
			if side.name == "" {
				continue
			}
			err := t.s.databases.use(ctx, t.s.blobs, side.tables.Key, func(db *tabledb.DB) (err error) {
				found[i], err = t.s.rowsWith(ctx, db, side, c.search)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return func(r *report.ListedRow) bool {
		if !slices.Contains(c.ops, r.Op) {
			return false
		}
		if c.search != "" && !found[0].has(r.A) && !found[1].has(r.B) {
			return false
		}
		return c.column < 0 || slices.ContainsFunc(r.Cells, func(m report.Mark) bool { return m.Column == c.column })
	}, nil
}

// rowSet is a set of row numbers, a bit each.
type rowSet []uint64

func (s rowSet) has(rid int64) bool {
	return rid>>6 < int64(len(s)) && s[rid>>6]>>(rid&63)&1 == 1
}

// rowsWith are the rows of a side in which a value contains the text: those of
// the view with this search.
func (s *Service) rowsWith(ctx context.Context, db *tabledb.DB, side diffSide, search string) (rowSet, error) {
	id := tableID(db, side.name)
	view, _, err := s.makeView(ctx, db, "", side.tables.SHA256, id, tabledb.ViewSpec{Search: search})
	if err != nil {
		return nil, err
	}
	v, err := s.openView(ctx, db, "", id, view)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	info, err := db.Table(side.name)
	if err != nil {
		return nil, err
	}
	out := make(rowSet, info.Rows>>6+1)
	for at := int64(0); at < v.Len(); at += 100_000 {
		rids, err := v.Rids(at, 100_000)
		if err != nil {
			return nil, err
		}
		for _, rid := range rids {
			out[rid>>6] |= 1 << (rid & 63)
		}
	}
	return out, nil
}

// places are those of the rows from an index on.
func (l *diffList) places(offset, limit int64) ([]int64, error) {
	n := max(0, min(limit, l.total-offset))
	out := make([]int64, n)
	if l.file != nil && n > 0 {
		b := make([]byte, 4*n)
		if _, err := l.file.ReadAt(b, int64(len(placesMagic))+4*offset); err != nil {
			return nil, err
		}
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint32(b[4*i:]))
		}
		return out, nil
	}
	for i := range out {
		out[i] = offset + int64(i)
		if l.changes {
			var err error
			if out[i], err = l.cursor.Place(out[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// next is the index of the first change behind an index.
func (l *diffList) next(from int64) (int64, bool, error) {
	i := max(from+1, 0)
	for i < l.total && !l.changes {
		place, err := l.place(i)
		if err != nil {
			return 0, false, err
		}
		change, ok, err := l.cursor.Next(place)
		if err != nil || !ok {
			return 0, false, err
		}
		if change == place {
			break
		}
		if i, err = l.index(change); err != nil { // the list may lack it: go on from there
			return 0, false, err
		}
	}
	return i, i < l.total, nil
}

// previous is the index of the last change before an index.
func (l *diffList) previous(from int64) (int64, bool, error) {
	i := min(from, l.total) - 1
	for i >= 0 && !l.changes {
		place, err := l.place(i)
		if err != nil {
			return 0, false, err
		}
		change, ok, err := l.cursor.Previous(place)
		if err != nil || !ok {
			return 0, false, err
		}
		if change == place {
			break
		}
		if i, err = l.index(change + 1); err != nil {
			return 0, false, err
		}
		i--
	}
	return i, i >= 0, nil
}

func (l *diffList) place(i int64) (int64, error) {
	p, err := l.places(i, 1)
	if err != nil {
		return 0, err
	}
	return p[0], nil
}

// index is that of the first row from a place on.
func (l *diffList) index(place int64) (int64, error) {
	if l.file == nil {
		return place, nil // the list is all rows
	}
	var err error
	i := sort.Search(int(l.total), func(i int) bool {
		p, perr := l.place(int64(i))
		err = errors.Join(err, perr)
		return perr == nil && p >= place
	})
	return int64(i), err
}
