package report

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sort"
)

// Listing reads a listing. It is safe for use by several goroutines.
type Listing struct {
	file      *os.File
	directory []byte
}

// OpenListing opens a listing that a ListingWriter wrote. The caller closes it.
func OpenListing(path string) (l *Listing, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the listing: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	var head [len(listingMagic)]byte
	var tail [trailerSize]byte
	if size < int64(len(head)+len(tail)) {
		return nil, errListing
	}
	if err := readExactly(f, head[:], 0); err != nil {
		return nil, err
	}
	if err := readExactly(f, tail[:], size-trailerSize); err != nil {
		return nil, err
	}
	at, n := binary.LittleEndian.Uint64(tail[:]), binary.LittleEndian.Uint64(tail[8:])
	if string(head[:]) != listingMagic || string(tail[20:]) != trailerMagic || at > uint64(size) || n > uint64(size)/entrySize ||
		at+n*entrySize != uint64(size-trailerSize) {
		return nil, errListing
	}
	l = &Listing{file: f, directory: make([]byte, n*entrySize)}
	if err := readExactly(f, l.directory, int64(at)); err != nil { //nolint:gosec // within the file, as was checked
		return nil, err
	}
	if crc32.ChecksumIEEE(l.directory) != binary.LittleEndian.Uint32(tail[16:]) {
		return nil, errListing
	}
	return l, nil
}

func readExactly(f io.ReaderAt, p []byte, at int64) error {
	n, err := f.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		return errListing
	}
	return fmt.Errorf("read the listing: %w", err)
}

// Close closes the file.
func (l *Listing) Close() error { return l.file.Close() }

// Tables is how many tables there are.
func (l *Listing) Tables() int { return len(l.directory) / entrySize }

// Table reads what is known of a table, from 0.
func (l *Listing) Table(i int) (*ListedTable, error) {
	at, n := binary.LittleEndian.Uint64(l.directory[i*entrySize:]), binary.LittleEndian.Uint64(l.directory[i*entrySize+8:])
	info, err := l.file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if at > uint64(size) || n > uint64(size)-at { //nolint:gosec // the size of a file
		return nil, errListing
	}
	raw := make([]byte, n)
	if err := readExactly(l.file, raw, int64(at)); err != nil { //nolint:gosec // within the file, as was checked
		return nil, err
	}
	t := &ListedTable{file: l.file}
	if err := json.Unmarshal(raw, &t.meta); err != nil {
		return nil, fmt.Errorf("%w: %w", errListing, err)
	}
	for _, s := range []struct {
		section
		size int64
	}{{t.meta.Runs, runSize}, {t.meta.Changes, changeSize}, {t.meta.Details, 1}} {
		if s.At < 0 || s.N < 0 || s.At > size || s.N > (size-s.At)/s.size {
			return nil, errListing
		}
	}
	t.marks = map[RowOp]string{}
	for _, op := range RowOps() {
		t.marks[op] = marksOf(t.meta.Columns, op)
	}
	return t, nil
}

// ListedTable is a table of a listing.
type ListedTable struct {
	file  io.ReaderAt
	meta  listedMeta
	marks map[RowOp]string // without what the cells bear
}

// Summary is the table's part of the summary.
func (t *ListedTable) Summary() *Table { return &t.meta.Table }

// Columns are the grid's.
func (t *ListedTable) Columns() []GridColumn { return t.meta.Columns }

// Len is the number of rows.
func (t *ListedTable) Len() int64 { return t.meta.Rows }

// Changed is the number of rows whose op isn't same.
func (t *ListedTable) Changed() int64 { return t.meta.Rows - t.meta.Ops[RowSame] }

// Count is the number of rows with the op.
func (t *ListedTable) Count(op RowOp) int64 { return t.meta.Ops[op] }

// Marks has a letter per column of the grid: what the row bears there.
func (t *ListedTable) Marks(r *ListedRow) string {
	if len(r.Cells) == 0 {
		return t.marks[r.Op]
	}
	b := []byte(t.marks[r.Op])
	for _, c := range r.Cells {
		b[c.Column] = 'c'
		if c.FormatOnly {
			b[c.Column] = 'f'
		}
	}
	return string(b)
}

// ListedRow is a row of a listing: its place, what happened to it, its numbers
// on both sides from 1, 0 where it isn't, and its cells that differ.
type ListedRow struct {
	Place int64
	Op    RowOp
	A, B  int64
	Cells []Mark // used again by the cursor
}

// Cursor reads rows of a listing. It belongs to one goroutine.
func (t *ListedTable) Cursor() *ListingCursor {
	return &ListingCursor{
		t: t, runs: blocks{file: t.file, at: t.meta.Runs.At, n: t.meta.Runs.N, size: runSize},
		changes: blocks{file: t.file, at: t.meta.Changes.At, n: t.meta.Changes.N, size: changeSize},
		details: blocks{file: t.file, at: t.meta.Details.At, n: t.meta.Details.N, size: 1},
		run:     -1, change: -1,
	}
}

// ListingCursor finds rows by their place. Reading on from the last place
// costs least.
type ListingCursor struct {
	t                      *ListedTable
	runs, changes, details blocks
	run, change            int64 // looked at last
	row                    ListedRow
	marks                  []Mark
}

// At reads the row at a place, from 0. It is valid until the next call.
func (c *ListingCursor) At(place int64) (*ListedRow, error) {
	if place < 0 || place >= c.t.meta.Rows {
		return nil, fmt.Errorf("there is no row at %d of %d: %w", place, c.t.meta.Rows, io.EOF)
	}
	run, err := c.seek(&c.runs, &c.run, 0, place)
	if err != nil {
		return nil, err
	}
	if run == nil {
		return nil, errListing
	}
	first := int64(binary.LittleEndian.Uint32(run))
	c.row = ListedRow{Place: place, Op: RowSame, A: int64(binary.LittleEndian.Uint32(run[4:])), B: int64(binary.LittleEndian.Uint32(run[8:]))}
	if c.row.A > 0 {
		c.row.A += place - first
	}
	if c.row.B > 0 {
		c.row.B += place - first
	}
	x, err := c.changeUpTo(4, place)
	if err != nil || x.n == 0 || place >= x.place+x.n {
		return &c.row, err
	}
	c.row.Op = x.op
	if x.detail > 0 {
		c.row.Cells, err = c.cells(int64(x.detail) - 1) //nolint:gosec // 48 bits
	}
	return &c.row, err
}

// Place is the place of the row with an index among those whose op isn't same.
func (c *ListingCursor) Place(index int64) (int64, error) {
	x, err := c.changeUpTo(0, index)
	if err != nil {
		return 0, err
	}
	if index < 0 || index >= x.index+x.n {
		return 0, fmt.Errorf("there is no change %d: %w", index, io.EOF)
	}
	return x.place + index - x.index, nil
}

// Next is the place of the first change from a place on; false if there is none.
func (c *ListingCursor) Next(place int64) (int64, bool, error) {
	x, err := c.changeUpTo(4, max(place, 0))
	if err != nil {
		return 0, false, err
	}
	if x.n > 0 && place < x.place+x.n {
		return max(place, x.place), true, nil
	}
	if next := x.index + x.n; next < c.t.Changed() {
		at, err := c.Place(next)
		return at, err == nil, err
	}
	return 0, false, nil
}

// Previous is the place of the last change up to a place; false if there is none.
func (c *ListingCursor) Previous(place int64) (int64, bool, error) {
	if place < 0 {
		return 0, false, nil
	}
	x, err := c.changeUpTo(4, place)
	if err != nil || x.n == 0 {
		return 0, false, err
	}
	return min(place, x.place+x.n-1), true, nil
}

// changeUpTo is the last change that begins at most at want: its member at
// the byte tells. Its n is 0 if there is none.
func (c *ListingCursor) changeUpTo(member int, want int64) (listedChange, error) {
	b, err := c.seek(&c.changes, &c.change, member, want)
	if err != nil || b == nil {
		return listedChange{}, err
	}
	what := binary.LittleEndian.Uint64(b[8:])
	x := listedChange{
		index: int64(binary.LittleEndian.Uint32(b)), place: int64(binary.LittleEndian.Uint32(b[4:])), detail: what & (1<<opShift - 1),
	}
	if code := what >> opShift; code < uint64(len(RowOps())) {
		x.op = RowOps()[code]
	} else {
		return x, errListing
	}
	end := c.t.Changed()
	if c.change+1 < c.changes.n {
		next, err := c.changes.entry(c.change + 1)
		if err != nil {
			return x, err
		}
		end = int64(binary.LittleEndian.Uint32(next))
	}
	if x.n = end - x.index; x.n <= 0 {
		return x, errListing
	}
	return x, nil
}

// seek finds the last entry whose number at a byte isn't above want, beginning
// with the one found last; nil if there is none.
func (c *ListingCursor) seek(in *blocks, at *int64, member int, want int64) ([]byte, error) {
	var err error
	fits := func(i int64) bool {
		b, ferr := in.entry(i)
		if ferr != nil {
			err = errors.Join(err, ferr)
			return false
		}
		return int64(binary.LittleEndian.Uint32(b[member:])) <= want
	}
	near := *at >= 0 && fits(*at)
	for step := 0; near && step < 8 && *at+1 < in.n && fits(*at+1); step++ {
		*at++
	}
	if near && (*at+1 == in.n || !fits(*at+1)) {
		if err != nil {
			return nil, err
		}
		return in.entry(*at)
	}
	*at = int64(sort.Search(int(in.n), func(i int) bool { return err == nil && !fits(int64(i)) })) - 1
	if err != nil {
		*at = -1
		return nil, err
	}
	if *at < 0 {
		return nil, nil
	}
	return in.entry(*at)
}

// cells reads the details of a row.
func (c *ListingCursor) cells(at int64) ([]Mark, error) {
	head, err := c.details.bytes(at, binary.MaxVarintLen64)
	if err != nil {
		return nil, err
	}
	size, k := binary.Uvarint(head)
	if k <= 0 || size > uint64(c.details.n) { //nolint:gosec // checked when the table was opened
		return nil, errListing
	}
	body, err := c.details.bytes(at+int64(k), int(size)) //nolint:gosec // at most the details, as was checked
	if err != nil {
		return nil, err
	}
	if len(body) != int(size) { //nolint:gosec // at most the details, as was checked
		return nil, errListing
	}
	c.marks = c.marks[:0]
	column := 0
	for len(body) > 0 {
		n, k := binary.Uvarint(body)
		if k <= 0 || n>>1 >= uint64(len(c.t.meta.Columns)-column) {
			return nil, errListing
		}
		column += int(n >> 1)
		c.marks = append(c.marks, Mark{column, n&1 == 1})
		body = body[k:]
	}
	return c.marks, nil
}

// blocks reads entries of one size, a block at a time.
type blocks struct {
	file io.ReaderAt
	at   int64
	n    int64
	size int64
	buf  []byte
	from int64 // first byte in buf, within the section
}

const blockBytes = 48 << 10 // a multiple of every entry's size

func (b *blocks) entry(i int64) ([]byte, error) {
	e, err := b.bytes(i*b.size, int(b.size))
	if err == nil && len(e) < int(b.size) {
		err = errListing
	}
	return e, err
}

// bytes are n bytes of the section from a place on, fewer at its end.
func (b *blocks) bytes(off int64, n int) ([]byte, error) {
	end := b.n * b.size
	if off < 0 || off > end {
		return nil, errListing
	}
	n = int(min(int64(n), end-off))
	if off < b.from || off+int64(n) > b.from+int64(len(b.buf)) {
		from := off - off%blockBytes
		if off+int64(n) > from+blockBytes {
			from = off
		}
		size := min(max(int64(n), blockBytes), end-from)
		if int64(cap(b.buf)) < size {
			b.buf = make([]byte, size)
		}
		b.buf, b.from = b.buf[:size], from
		if err := readExactly(b.file, b.buf, b.at+from); err != nil {
			b.buf = b.buf[:0]
			return nil, err
		}
	}
	return b.buf[off-b.from : off-b.from+int64(n)], nil
}
