package report

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"retable/internal/diff"
)

// ListingWriter writes a listing while the comparison is made. Memory is
// bounded; what doesn't fit waits in scratch.
type ListingWriter struct {
	head Head
	file *os.File
	out  *bufio.Writer
	size int64

	tables  []*tableLister
	now     *tableLister
	notes   spill // details in the order of the changes, each with its length
	changes spill
	details spill
}

var (
	_ Report      = (*ListingWriter)(nil)
	_ diff.Lister = (*ListingWriter)(nil)
)

// tableLister is the table at hand.
type tableLister struct {
	result      *diff.TableResult
	left, right map[string]int // columns by label
	meta        listedMeta
	op          RowOp  // of the row at hand, as far as is known
	cells       []Mark //
	run         listedRun
	change      listedChange
	index       int64 // of the next change
}

// Mark is a cell that differs.
type Mark struct {
	Column     int // in the grid's columns
	FormatOnly bool
}

// listedRun is rows that follow each other.
type listedRun struct{ place, a, b, n int64 }

// listedChange is changed rows that follow each other. Detail is its place in
// the details + 1; 0 for none.
type listedChange struct {
	index, place, n int64
	op              RowOp
	detail          uint64
}

const opShift = 56

// NewListing begins a listing at path; scratch is a folder.
func NewListing(path, scratch string, h Head) (*ListingWriter, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin the listing: %w", err)
	}
	w := &ListingWriter{head: h, file: f, out: bufio.NewWriterSize(f, 64<<10)}
	for _, s := range []*spill{&w.notes, &w.changes, &w.details} {
		s.dir, s.limit = scratch, spillBytes
	}
	return w, w.write([]byte(listingMagic))
}

func (w *ListingWriter) write(p []byte) error {
	w.size += int64(len(p))
	_, err := w.out.Write(p)
	return err
}

// Files implements diff.Sink.
func (w *ListingWriter) Files([]diff.FilePair) error { return nil }

// Table implements diff.Sink.
func (w *ListingWriter) Table(t *diff.TableResult) error {
	if err := w.endTable(); err != nil {
		return err
	}
	w.now = &tableLister{result: t, left: map[string]int{}, right: map[string]int{}, op: RowSame}
	w.now.meta.Ops = map[RowOp]int64{}
	w.now.meta.Runs.At = w.size
	for i := range t.Columns {
		if p := &t.Columns[i]; p.Left != "" {
			w.now.left[p.Left] = i
		}
		if p := &t.Columns[i]; p.Right != "" {
			w.now.right[p.Right] = i
		}
	}
	w.tables = append(w.tables, w.now)
	return nil
}

// Change implements diff.Sink: it gathers what happened to the row at hand.
func (w *ListingWriter) Change(c *diff.Change) error {
	t := w.now
	switch c.Op {
	case diff.RowAdded:
		t.op = RowAdded
	case diff.RowRemoved:
		t.op = RowRemoved
	case diff.RowMoved:
		t.op = RowMoved
	case diff.CellChanged:
		at, ok := t.left[c.Column]
		if !ok {
			return fmt.Errorf("list table %s: no column %q", t.result.Name(), c.Column)
		}
		t.cells = append(t.cells, Mark{at, c.Class == diff.FormatOnly})
		switch {
		case t.op == RowMoved:
		case c.Class == diff.Content:
			t.op = RowChanged
		case t.op == RowSame:
			t.op = RowFormatOnly
		}
	}
	return nil
}

// Row implements diff.Lister: the note is the op and where the details stand.
func (w *ListingWriter) Row(int64, int64) (uint64, error) {
	t := w.now
	note := opCode(t.op) << opShift
	if len(t.cells) > 0 {
		note |= uint64(w.notes.size()) + 1
		if err := w.notes.write(appendMarks(nil, t.cells)); err != nil {
			return 0, err
		}
	}
	t.op, t.cells = RowSame, t.cells[:0]
	return note, nil
}

// appendMarks writes details.
func appendMarks(dst []byte, cells []Mark) []byte {
	var body []byte
	last := 0
	for _, c := range cells {
		n := uint64(c.Column-last) << 1
		if c.FormatOnly {
			n |= 1
		}
		body = binary.AppendUvarint(body, n)
		last = c.Column
	}
	return append(binary.AppendUvarint(dst, uint64(len(body))), body...)
}

// Rows implements diff.Lister.
func (w *ListingWriter) Rows(rows []diff.ListedRow) error {
	t := w.now
	for i := range rows {
		r := &rows[i]
		if t.meta.Rows == mostRows {
			return errTooLarge
		}
		if err := w.addRun(r.RowA+1, r.RowB+1); err != nil {
			return err
		}
		op := RowOps()[r.Note>>opShift]
		t.meta.Ops[op]++
		if op != RowSame {
			if err := w.addChange(op, r.Note&(1<<opShift-1)); err != nil {
				return err
			}
		}
		t.meta.Rows++
	}
	return nil
}

func (w *ListingWriter) addRun(a, b int64) error {
	t := w.now
	if r := &t.run; r.n > 0 && follows(r.a, r.n, a) && follows(r.b, r.n, b) {
		r.n++
		return nil
	}
	if err := w.flushRun(); err != nil {
		return err
	}
	t.run = listedRun{t.meta.Rows, a, b, 1}
	return nil
}

// follows tells whether now comes after n rows from first on; 0 is no row.
func follows(first, n, now int64) bool {
	if first == 0 {
		return now == 0
	}
	return now == first+n
}

func (w *ListingWriter) flushRun() error {
	r := &w.now.run
	if r.n == 0 {
		return nil
	}
	var b [runSize]byte
	binary.LittleEndian.PutUint32(b[:], uint32(r.place))
	binary.LittleEndian.PutUint32(b[4:], uint32(r.a))
	binary.LittleEndian.PutUint32(b[8:], uint32(r.b))
	r.n = 0
	w.now.meta.Runs.N++
	return w.write(b[:])
}

// addChange adds the row at hand to the changes; note is its details' place
// among the notes + 1, 0 for none.
func (w *ListingWriter) addChange(op RowOp, note uint64) error {
	t := w.now
	c := &t.change
	if note == 0 && c.n > 0 && c.detail == 0 && c.op == op && c.place+c.n == t.meta.Rows {
		c.n++
		t.index++
		return nil
	}
	if err := w.flushChange(); err != nil {
		return err
	}
	*c = listedChange{index: t.index, place: t.meta.Rows, n: 1, op: op}
	t.index++
	if note == 0 {
		return nil
	}
	marks, err := w.notes.prefixed(int64(note) - 1)
	if err != nil {
		return err
	}
	c.detail = uint64(w.details.size()) + 1
	return w.details.write(marks)
}

func (w *ListingWriter) flushChange() error {
	c := &w.now.change
	if c.n == 0 {
		return nil
	}
	var b [changeSize]byte
	binary.LittleEndian.PutUint32(b[:], uint32(c.index))
	binary.LittleEndian.PutUint32(b[4:], uint32(c.place))
	binary.LittleEndian.PutUint64(b[8:], opCode(c.op)<<opShift|c.detail)
	c.n = 0
	w.now.meta.Changes.N++
	return w.changes.write(b[:])
}

// endTable puts the parts of the table at hand into the file.
func (w *ListingWriter) endTable() error {
	t := w.now
	if t == nil {
		return nil
	}
	if err := errors.Join(w.flushRun(), w.flushChange()); err != nil {
		return err
	}
	t.meta.Changes.At = w.size
	t.meta.Details.At, t.meta.Details.N = w.size+w.changes.size(), w.details.size()
	for _, s := range []*spill{&w.changes, &w.details} {
		n, err := s.copyTo(w.out)
		if w.size += n; err != nil {
			return err
		}
	}
	w.now = nil
	return errors.Join(w.notes.reset(), w.changes.reset(), w.details.reset())
}

// Finish implements Report: the file is whole then.
func (w *ListingWriter) Finish(r *diff.Result) error {
	if err := w.endTable(); err != nil {
		return err
	}
	if len(w.tables) != len(r.Tables) {
		return fmt.Errorf("%d tables were listed, %d compared", len(w.tables), len(r.Tables))
	}
	summary := Summarise(w.head, r)
	var directory []byte
	for i, t := range w.tables {
		t.meta.Table, t.meta.Columns = summary.Tables[i], gridColumns(r.Tables[i])
		raw, err := json.Marshal(&t.meta)
		if err != nil {
			return err
		}
		directory = binary.LittleEndian.AppendUint64(directory, uint64(w.size))
		directory = binary.LittleEndian.AppendUint64(directory, uint64(len(raw)))
		if err := w.write(raw); err != nil {
			return err
		}
	}
	tail := binary.LittleEndian.AppendUint64(nil, uint64(w.size))
	tail = binary.LittleEndian.AppendUint64(tail, uint64(len(w.tables)))
	tail = binary.LittleEndian.AppendUint32(tail, crc32.ChecksumIEEE(directory))
	if err := errors.Join(w.write(directory), w.write(append(tail, trailerMagic...)), w.out.Flush()); err != nil {
		return fmt.Errorf("write the listing: %w", err)
	}
	return nil
}

// Close implements Report. The file stays where it is.
func (w *ListingWriter) Close() error {
	return errors.Join(w.notes.close(), w.changes.close(), w.details.close(), w.file.Close())
}

// spill is bytes that are written, then read: in memory as long as they are
// few, else in a file.
type spill struct {
	dir    string
	limit  int // bytes in memory
	buf    []byte
	file   *os.File
	inFile int64
	view   []byte // of the file, read last
	from   int64
}

const (
	spillBytes  = 1 << 20
	spillWindow = 64 << 10
)

func (s *spill) size() int64 { return s.inFile + int64(len(s.buf)) }

func (s *spill) write(p []byte) error {
	if s.buf = append(s.buf, p...); len(s.buf) < s.limit {
		return nil
	}
	return s.flush()
}

func (s *spill) flush() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "listing-*.tmp")
		if err != nil {
			return fmt.Errorf("keep the changes: %w", err)
		}
		s.file = f
	}
	if _, err := s.file.WriteAt(s.buf, s.inFile); err != nil {
		return fmt.Errorf("keep the changes: %w", err)
	}
	s.inFile += int64(len(s.buf))
	s.buf = s.buf[:0]
	return nil
}

// at is n bytes from a place on, fewer at the end.
func (s *spill) at(off int64, n int) ([]byte, error) {
	if s.inFile == 0 {
		return s.buf[min(off, int64(len(s.buf))):min(off+int64(n), int64(len(s.buf)))], nil
	}
	if len(s.buf) > 0 {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	n = int(min(int64(n), s.inFile-off))
	if off < s.from || off+int64(n) > s.from+int64(len(s.view)) {
		s.view = append(s.view[:0], make([]byte, max(n, spillWindow))...)
		got, err := s.file.ReadAt(s.view, off)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read the changes: %w", err)
		}
		s.from, s.view = off, s.view[:got]
	}
	return s.view[off-s.from : off-s.from+int64(n)], nil
}

// prefixed is what stands at a place with its length before it, the length
// included.
func (s *spill) prefixed(off int64) ([]byte, error) {
	b, err := s.at(off, binary.MaxVarintLen64)
	if err != nil {
		return nil, err
	}
	size, k := binary.Uvarint(b)
	if k <= 0 || size > uint64(s.size()) {
		return nil, errListing
	}
	return s.at(off, k+int(size))
}

func (s *spill) copyTo(w io.Writer) (int64, error) {
	var n int64
	if s.inFile > 0 {
		var err error
		if n, err = io.Copy(w, io.NewSectionReader(s.file, 0, s.inFile)); err != nil {
			return n, fmt.Errorf("write the changes: %w", err)
		}
	}
	more, err := w.Write(s.buf)
	return n + int64(more), err
}

func (s *spill) reset() error {
	s.buf, s.view = s.buf[:0], s.view[:0]
	if s.inFile == 0 {
		return nil
	}
	s.inFile = 0
	return s.file.Truncate(0)
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
