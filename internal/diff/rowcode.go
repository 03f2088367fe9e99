package diff

import (
	"encoding/binary"
	"errors"
)

// A spooled row is
//
//	uvarint  bytes that follow
//	uvarint  position in the table, file, line, offset, id, parent id, _pos
//	uvarint  per column: length + 1, 0 for null
//	bytes    the cells
//
// Lengths stand before the bytes, so that rows with the same columns are
// hashed in one piece and a column is found without touching the others.

// head is the fixed part of a row.
type head struct {
	ord    int64 // position in the table, from 0
	file   int32 // index in the side's files
	line   int64
	offset int64
	id     int64 // _id, 0 for none
	parent int64 // _parent_id, 0 for none
	pos    int64 // _pos, 0 for none
}

// span is a cell within row.data; size is -1 for null.
type span struct {
	at   uint32
	size int32
}

// row is a decoded row. It aliases the bytes that it was decoded from.
type row struct {
	head
	at    int64  // in the spool
	tail  []byte // lengths and cells
	data  []byte // cells
	cells []span
}

// value returns cell i; nil and false if it is null.
func (r *row) value(i int) ([]byte, bool) {
	s := r.cells[i]
	if s.size < 0 {
		return nil, false
	}
	return r.data[s.at : s.at+uint32(s.size) : s.at+uint32(s.size)], true
}

func appendHead(dst []byte, h *head) []byte {
	for _, v := range [...]int64{h.ord, int64(h.file), h.line, h.offset, h.id, h.parent, h.pos} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	return dst
}

var errTorn = errors.New("scratch row is torn")

// decode reads a row's bytes behind the leading length.
func (r *row) decode(p []byte, columns int) error {
	var fields [7]int64
	for i := range fields {
		if len(p) > 0 && p[0] < 0x80 {
			fields[i] = int64(p[0])
			p = p[1:]
			continue
		}
		v, n := binary.Uvarint(p)
		if n <= 0 {
			return errTorn
		}
		fields[i] = int64(v)
		p = p[n:]
	}
	r.head = head{fields[0], int32(fields[1]), fields[2], fields[3], fields[4], fields[5], fields[6]}
	r.tail = p
	if cap(r.cells) < columns {
		r.cells = make([]span, columns)
	}
	r.cells = r.cells[:columns]
	at := uint32(0)
	i := 0
	for i < columns && i < len(p) && p[i] < 0x80 { // short cells and nulls
		size := int32(p[i]) - 1
		r.cells[i] = span{at, size}
		at += uint32(max(size, 0))
		i++
	}
	for c := i; c < columns; c++ {
		v, n := binary.Uvarint(p[i:])
		if n <= 0 {
			return errTorn
		}
		i += n
		size := int32(int64(v) - 1)
		r.cells[c] = span{at, size}
		at += uint32(max(size, 0))
	}
	r.data = p[i:]
	if uint32(len(r.data)) != at {
		return errTorn
	}
	return nil
}
