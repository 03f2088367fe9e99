package format

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"

	"retable/internal/table"
)

// csvReader reads CSV by RFC 4180; lines may end by LF or CR LF. A quote
// inside a cell that doesn't begin with one stands for itself.
type csvReader struct {
	*lineReader
	sep   byte
	cells [][2]int // of a record with quotes, and of the header
	text  []byte   // cells, quotes resolved
	bare  []bool   // by cell: not quoted
}

func newCSVReader(l *lineReader) (*csvReader, error) {
	r := &csvReader{lineReader: l, sep: l.opts.Separator}
	if r.sep == 0 {
		r.sep = ','
		if l.opts.Schema == nil {
			first, _ := l.in.Peek(64 << 10)
			r.sep = likelySeparator(first)
		}
	}
	line, err := r.filled()
	if err == nil {
		err = r.record(line)
	}
	if err == io.EOF {
		return nil, l.fault("the file is empty: not even a header is in it")
	}
	if err != nil {
		return nil, err
	}
	var header []string
	for i := range r.cells {
		header = append(header, string(r.cell(i)))
	}
	return r, l.settle(header)
}

// likelySeparator is the one that the header holds most of, outside quotes.
func likelySeparator(head []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, c := range head {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t', '|'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

func (r *csvReader) cell(i int) []byte { return r.text[r.cells[i][0]:r.cells[i][1]] }

// Read implements table.RowReader.
func (r *csvReader) Read(row *table.Row) error {
	line, err := r.filled()
	if err != nil {
		return err
	}
	r.begin(row, r.line)
	if whole, err := r.plain(row, endless(line)); whole {
		return err
	}
	clear(row.Cells)
	if err := r.record(line); err != nil {
		return err
	}
	n := len(r.schema.Columns)
	if len(r.cells) < n {
		r.short++
	}
	for i := range r.cells {
		v := r.cell(i)
		if i >= n {
			if len(v) == 0 {
				continue // a separator at the end
			}
			return r.tooMany(len(r.cells))
		}
		if len(v) > 0 || !r.bare[i] && r.opts.Schema != nil && n > 1 {
			r.set(row, i, v)
		}
	}
	return nil
}

// filled returns the next line that isn't blank.
func (r *csvReader) filled() ([]byte, error) {
	for {
		line, err := r.next()
		if err != nil || len(endless(line)) > 0 {
			return line, err
		}
		r.blank++
	}
}

// plain reads a record without quotes, as most are: the line is the row's
// arena, separators and all. It reports false for one with quotes.
func (r *csvReader) plain(row *table.Row, line []byte) (bool, error) {
	c := cutter{cells: row.Cells}
	i, seps, high := 0, lowBits*uint64(r.sep), uint64(0)
	for ; i+8 <= len(line); i += 8 {
		w := binary.LittleEndian.Uint64(line[i:])
		if zeroFlags(w^lowBits*'"') != 0 {
			return false, nil
		}
		high |= w
		for m := zeroBytes(w ^ seps); m != 0; m &= m - 1 {
			c.cut(i + bits.TrailingZeros64(m)/8)
		}
	}
	for ; i < len(line); i++ {
		if line[i] == '"' {
			return false, nil
		}
		high |= uint64(line[i])
		if line[i] == r.sep {
			c.cut(i)
		}
	}
	c.cut(len(line))
	if high&highBits != 0 {
		if err := r.utf8(line); err != nil {
			return true, err
		}
	}
	if c.extra {
		return true, r.tooMany(c.n)
	}
	if c.n < len(row.Cells) {
		r.short++
	}
	row.Data = append(row.Data, line...)
	if r.opts.Guarded {
		for i := range row.Cells {
			if v, ok := row.Value(i); ok && isGuarded(v) {
				row.Cells[i].Off++
				row.Cells[i].Len--
			}
		}
	}
	return true, nil
}

// cutter gives a line's cells their places. Empty ones are null.
type cutter struct {
	cells []table.Cell
	n     int // cells so far
	from  int // where the next one begins
	extra bool
}

func (c *cutter) cut(at int) {
	if at > c.from {
		if c.n < len(c.cells) {
			c.cells[c.n] = table.Cell{Off: uint32(c.from), Len: uint32(at - c.from), Flags: table.Present} //nolint:gosec // within a line of maxRecord bytes
		} else {
			c.extra = true
		}
	}
	c.n++
	c.from = at + 1
}

func (r *csvReader) tooMany(cells int) error {
	return r.fault("%d cells, but the header has %d; is a cell with the separator %q not quoted?", cells, len(r.schema.Columns), r.sep)
}

// record reads the record that begins with the line into cells.
func (r *csvReader) record(line []byte) error {
	if err := r.utf8(line); err != nil {
		return err
	}
	first := r.line
	r.cells, r.text, r.bare = r.cells[:0], r.text[:0], r.bare[:0]
	for at := 0; ; {
		from := len(r.text)
		if at < len(line) && line[at] == '"' {
			var err error
			if line, at, err = r.quoted(line, at+1, first); err != nil {
				return err
			}
			r.bare = append(r.bare, false)
		} else {
			rest := line[at:]
			end := bytes.IndexByte(rest, r.sep)
			if end < 0 {
				rest = endless(rest)
				end = len(rest)
			}
			r.text = append(r.text, rest[:end]...)
			at += end
			r.bare = append(r.bare, true)
		}
		r.cells = append(r.cells, [2]int{from, len(r.text)})
		if at >= len(line) || line[at] != r.sep {
			break
		}
		at++
	}
	return nil
}

// quoted reads a cell from behind its opening quote on, over as many lines as
// it has, and returns the line it ends in and the place behind it.
func (r *csvReader) quoted(line []byte, at int, first int64) ([]byte, int, error) {
	for {
		end := bytes.IndexByte(line[at:], '"')
		if end < 0 {
			r.text = append(r.text, line[at:]...)
			if len(r.text) > maxRecord {
				return nil, 0, r.open(first)
			}
			more, err := r.next()
			if err == io.EOF {
				return nil, 0, r.open(first)
			}
			if err == nil {
				err = r.utf8(more)
			}
			if err != nil {
				return nil, 0, err
			}
			line, at = more, 0
			continue
		}
		r.text = append(r.text, line[at:at+end]...)
		at += end + 1
		if at < len(line) && line[at] == '"' {
			r.text = append(r.text, '"')
			at++
			continue
		}
		if at < len(line) && line[at] != r.sep && len(endless(line[at:])) > 0 {
			return nil, 0, r.fault("a quoted cell goes on behind its closing quote; quotes inside are doubled")
		}
		return line, at, nil
	}
}

// open is the fault of a quote that is never closed.
func (r *csvReader) open(first int64) error {
	r.line = first
	return r.fault("a quoted cell that begins here is never closed")
}
