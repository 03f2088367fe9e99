package tabledb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Rows are read from the file's pages directly: the file never changes, its
// format is stable and documented (sqlite.org/fileformat2.html), and a row
// costs a tenth of what it costs through SQL and two language borders. Only
// what this package writes is understood: rowid tables of NULL, INTEGER and
// UTF-8 TEXT. Everything read is checked, so that a damaged file gives
// errDamaged and never a panic.
var errDamaged = errors.New("the file is damaged")

// pager reads pages, more and more at once while they are asked for in order.
type pager struct {
	file   io.ReaderAt
	size   int // of a page
	usable int
	bytes  uint64 // of the whole file, more than any row has
	window []byte
	first  uint32 // page number of the window's start, 1-based
	ahead  int    // pages to read with the next miss
}

const maxAhead = 32

// openPager reads the file's header.
func openPager(file io.ReaderAt) (*pager, error) {
	var h [100]byte
	if _, err := file.ReadAt(h[:], 0); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	size := int(binary.BigEndian.Uint16(h[16:]))
	if size == 1 {
		size = 65536
	}
	if string(h[:16]) != "SQLite format 3\x00" || size < 512 || size&(size-1) != 0 ||
		int(h[20]) > size-480 || binary.BigEndian.Uint32(h[56:]) != 1 {
		return nil, fmt.Errorf("%w: its header makes no sense", errDamaged)
	}
	return &pager{
		file: file, size: size, usable: size - int(h[20]), ahead: 1,
		bytes: uint64(binary.BigEndian.Uint32(h[28:])) * uint64(size),
	}, nil
}

// page returns page n, valid until the next call.
func (p *pager) page(n uint32) ([]byte, error) {
	if n < 1 {
		return nil, errDamaged
	}
	if held := uint32(len(p.window) / p.size); n >= p.first && n < p.first+held { //nolint:gosec // a window of a few pages
		at := int(n-p.first) * p.size
		return p.window[at : at+p.size], nil
	}
	if n == p.first+uint32(len(p.window)/p.size) { //nolint:gosec // a window of a few pages
		p.ahead = min(2*p.ahead, maxAhead)
	} else {
		p.ahead = max(p.ahead/2, 1)
	}
	if cap(p.window) < p.ahead*p.size {
		p.window = make([]byte, p.ahead*p.size)
	}
	p.window = p.window[:p.ahead*p.size]
	got, err := p.file.ReadAt(p.window, int64(n-1)*int64(p.size))
	p.first, p.window = n, p.window[:got-got%p.size]
	if len(p.window) == 0 {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%w: page %d: %w", errDamaged, n, err)
	}
	return p.window[:p.size], nil
}

// The kinds of pages of a table's tree.
const (
	interiorPage = 0x05
	leafPage     = 0x0d
)

// level is an inner page on the way to the leaf.
type level struct {
	data  []byte
	next  int // child to visit next
	cells int
}

// cursor walks the rows of a table in the order of their row ids.
type cursor struct {
	pages    *pager
	overflow *pager // apart, so that long rows don't move the window
	root     uint32
	path     []level
	leaf     []byte
	cell     int
	cells    int
	payload  []byte // of rows that span pages
}

// maxDepth is far above any real tree's and ends a circle of a damaged one.
const maxDepth = 24

// seek moves before the first row whose id is at least rid.
func (c *cursor) seek(rid int64) error {
	c.path = c.path[:0]
	n := c.root
	for len(c.path) < maxDepth {
		data, err := c.pages.page(n)
		if err != nil {
			return err
		}
		kind, cells, err := c.head(data)
		if err != nil {
			return err
		}
		if kind == leafPage {
			c.leaf, c.cells, c.cell = append(c.leaf[:0], data...), cells, 0
			return c.seekLeaf(rid)
		}
		l := c.push(data, cells)
		if n, err = c.childFor(l, rid); err != nil {
			return err
		}
	}
	return errDamaged
}

// push keeps a copy of an inner page.
func (c *cursor) push(data []byte, cells int) *level {
	if len(c.path) < cap(c.path) {
		c.path = c.path[:len(c.path)+1]
	} else {
		c.path = append(c.path, level{})
	}
	l := &c.path[len(c.path)-1]
	l.data, l.cells, l.next = append(l.data[:0], data...), cells, 0
	return l
}

// head checks a page of the tree and returns its kind and number of cells.
func (c *cursor) head(data []byte) (kind byte, cells int, err error) {
	kind, cells = data[0], int(binary.BigEndian.Uint16(data[3:]))
	start := 8
	if kind == interiorPage {
		start = 12
	} else if kind != leafPage {
		return 0, 0, errDamaged
	}
	if start+2*cells > c.pages.usable {
		return 0, 0, errDamaged
	}
	return kind, cells, nil
}

// childFor returns the page below l that holds rid.
func (c *cursor) childFor(l *level, rid int64) (uint32, error) {
	low, high := 0, l.cells
	for low < high {
		mid := (low + high) / 2
		_, key, err := c.child(l, mid)
		if err != nil {
			return 0, err
		}
		if key < rid {
			low = mid + 1
		} else {
			high = mid
		}
	}
	l.next = low
	return c.nextChild(l)
}

// child reads cell i of an inner page: the page below it and its greatest id.
func (c *cursor) child(l *level, i int) (page uint32, key int64, err error) {
	at := int(binary.BigEndian.Uint16(l.data[12+2*i:]))
	if at+5 > len(l.data) {
		return 0, 0, errDamaged
	}
	k, n := varint(l.data[at+4:])
	if n == 0 {
		return 0, 0, errDamaged
	}
	return binary.BigEndian.Uint32(l.data[at:]), int64(k), nil //nolint:gosec // row ids are signed: the same 64 bits
}

// nextChild returns the next page below l; the last is the right-most one.
func (c *cursor) nextChild(l *level) (uint32, error) {
	i := l.next
	l.next++
	if i == l.cells {
		return binary.BigEndian.Uint32(l.data[8:]), nil
	}
	page, _, err := c.child(l, i)
	return page, err
}

// nextLeaf moves to the leaf after this one; io.EOF after the last.
func (c *cursor) nextLeaf() error {
	for len(c.path) > 0 {
		l := &c.path[len(c.path)-1]
		if l.next > l.cells {
			c.path = c.path[:len(c.path)-1]
			continue
		}
		n, err := c.nextChild(l)
		if err != nil {
			return err
		}
		data, err := c.pages.page(n)
		if err != nil {
			return err
		}
		kind, cells, err := c.head(data)
		if err != nil {
			return err
		}
		if kind == leafPage {
			c.leaf, c.cells, c.cell = append(c.leaf[:0], data...), cells, 0
			return nil
		}
		if len(c.path) >= maxDepth {
			return errDamaged
		}
		c.push(data, cells)
	}
	return io.EOF
}

// seekLeaf moves within the leaf.
func (c *cursor) seekLeaf(rid int64) error {
	low, high := 0, c.cells
	for low < high {
		mid := (low + high) / 2
		_, key, _, err := c.leafCell(mid)
		if err != nil {
			return err
		}
		if key < rid {
			low = mid + 1
		} else {
			high = mid
		}
	}
	c.cell = low
	return nil
}

// leafCell reads the start of cell i: size of the payload, row id, and the
// bytes from the payload on.
func (c *cursor) leafCell(i int) (size uint64, rid int64, rest []byte, err error) {
	at := int(binary.BigEndian.Uint16(c.leaf[8+2*i:]))
	if at >= len(c.leaf) {
		return 0, 0, nil, errDamaged
	}
	size, n := varint(c.leaf[at:])
	if n == 0 {
		return 0, 0, nil, errDamaged
	}
	k, m := varint(c.leaf[at+n:])
	if m == 0 {
		return 0, 0, nil, errDamaged
	}
	return size, int64(k), c.leaf[at+n+m:], nil //nolint:gosec // row ids are signed: the same 64 bits
}

// next returns the id and the record of the next row, valid until the call
// after it; io.EOF after the last.
func (c *cursor) next() (rid int64, record []byte, err error) {
	for c.cell >= c.cells {
		if err := c.nextLeaf(); err != nil {
			return 0, nil, err
		}
	}
	size, rid, rest, err := c.leafCell(c.cell)
	if err != nil {
		return 0, nil, err
	}
	c.cell++
	u := uint64(c.pages.usable) //nolint:gosec // the size of a page, at least 480
	if size <= u-35 {
		if uint64(len(rest)) < size {
			return 0, nil, errDamaged
		}
		return rid, rest[:size], nil
	}
	record, err = c.spanning(size, rest)
	return rid, record, err
}

// maxRecord is SQLite's own limit of a row.
const maxRecord = 1 << 30

// spanning collects a record that goes on in overflow pages.
func (c *cursor) spanning(size uint64, rest []byte) ([]byte, error) {
	u := uint64(c.pages.usable) //nolint:gosec // the size of a page, at least 480
	least := (u-12)*32/255 - 23
	local := least + (size-least)%(u-4)
	if local > u-35 {
		local = least
	}
	if size > maxRecord || size > c.pages.bytes || uint64(len(rest)) < local+4 {
		return nil, errDamaged
	}
	c.payload = append(c.payload[:0], rest[:local]...)
	page := binary.BigEndian.Uint32(rest[local:])
	for uint64(len(c.payload)) < size {
		data, err := c.overflow.page(page)
		if err != nil {
			return nil, err
		}
		n := min(u-4, size-uint64(len(c.payload)))
		c.payload = append(c.payload, data[4:4+n]...)
		page = binary.BigEndian.Uint32(data)
	}
	return c.payload, nil
}

// varint reads SQLite's variable-length integer: big-endian, seven bits a
// byte, eight in the ninth. n is 0 if b is too short.
func varint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	for i := 0; i < len(b); i++ {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
