package xmltable

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// listState gathers one list column's cell over a row.
type listState struct {
	buf []byte
	has bool // a value in the current instance
	any bool // a value in the current row
}

// beginInstance opens one occurrence of a repeating element: every list
// column below it gets exactly one entry.
func (f *Flattener) beginInstance(g *group) {
	first := f.now.groups[g.id] == 0
	f.now.groups[g.id]++
	for _, c := range g.all {
		l := &f.now.lists[c.id]
		switch c.form {
		case ListJSON:
			if first {
				l.buf = append(l.buf, '[')
			} else {
				l.buf = append(l.buf, ',')
			}
		case ListJoin:
			if !first {
				l.buf = append(l.buf, c.sep...)
			}
		}
	}
	for _, c := range g.direct {
		f.now.lists[c.id].has = false
	}
}

// endInstance fills what the occurrence did not have.
func (f *Flattener) endInstance(g *group) {
	for _, c := range g.direct {
		if l := &f.now.lists[c.id]; !l.has && c.form == ListJSON {
			l.buf = append(l.buf, "null"...)
		}
	}
	for _, h := range g.nested {
		count := f.now.groups[h.id]
		f.now.groups[h.id] = 0
		for _, c := range h.all {
			l := &f.now.lists[c.id]
			if count == 0 {
				l.buf = append(l.buf, "null"...)
			} else {
				l.buf = append(l.buf, ']')
			}
		}
	}
}

// putList adds a value to its list's current entry.
func (f *Flattener) putList(c *column, b []byte) {
	l := &f.now.lists[c.id]
	l.has, l.any = true, true
	switch {
	case c.form == ListSpread:
		// one group around: its count is the occurrence
		f.sc.row.Set(c.col+(f.now.groups[c.group]-1)*c.stride, b, 0)
	case c.raw:
		l.buf = append(l.buf, b...)
	case c.form == ListJoin:
		l.buf = appendJoined(l.buf, b, c.sep)
	default:
		l.buf = appendJSONString(l.buf, b)
	}
}

// keptList is how large a list's memory may be to be used again.
const keptList = 1 << 20

// closeLists ends the lists of a row and sets their cells. A list without a
// single value is null.
func (f *Flattener) closeLists(sc *scope) {
	for _, g := range sc.step.tops {
		if f.now.groups[g.id] == 0 {
			continue
		}
		f.now.groups[g.id] = 0
		for _, c := range g.all {
			l := &f.now.lists[c.id]
			if c.form == ListJSON {
				l.buf = append(l.buf, ']')
			}
			if l.any && c.form != ListSpread {
				sc.row.Set(c.col, l.buf, 0)
			}
			if l.buf, l.any = l.buf[:0], false; cap(l.buf) > keptList {
				l.buf = nil // one huge record must not be held twice
			}
		}
	}
}

// appendJoined writes a value into a joined list; separators and backslashes
// inside it are escaped by a backslash, so that splitting stays possible.
func appendJoined(dst, v []byte, sep string) []byte {
	for i := 0; i < len(v); {
		switch {
		case v[i] == '\\':
			dst = append(dst, '\\', '\\')
			i++
		case sep != "" && len(v)-i >= len(sep) && string(v[i:i+len(sep)]) == sep:
			dst = append(append(dst, '\\'), sep...)
			i += len(sep)
		default:
			dst = append(dst, v[i])
			i++
		}
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// Eight bytes are looked at in one word; see jsonStops.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// jsonStops marks, in the top bit of the lowest such byte, what a JSON
// string escapes: a quote, a backslash, a control character. Marks above the
// lowest may be false.
func jsonStops(w uint64) uint64 {
	quote, slash := w^lowBits*'"', w^lowBits*'\\'
	return ((quote-lowBits)&^quote | (slash-lowBits)&^slash | (w-lowBits*0x20)&^w) & highBits
}

// appendJSONString writes v, which is valid UTF-8, as a JSON string.
func appendJSONString(dst, v []byte) []byte {
	dst = slices.Grow(dst, len(v)+16)
	l, i := len(dst), 0
	d := dst[:cap(dst)]
	d[l] = '"'
	l++
	for i+8 <= len(v) {
		w := binary.LittleEndian.Uint64(v[i:])
		binary.LittleEndian.PutUint64(d[l:], w)
		m := jsonStops(w)
		if m != 0 {
			n := bits.TrailingZeros64(m) / 8
			return appendEscapes(d[:l+n], v[i+n:])
		}
		l, i = l+8, i+8
	}
	for ; i < len(v); i++ {
		if c := v[i]; c < ' ' || c == '"' || c == '\\' {
			return appendEscapes(d[:l], v[i:])
		}
		d[l] = v[i]
		l++
	}
	d[l] = '"'
	return d[:l+1]
}

// appendEscapes writes the rest of a JSON string that needs escapes.
func appendEscapes(dst, v []byte) []byte {
	start := 0
	for i, c := range v {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, v[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, v[start:]...)
	return append(dst, '"')
}
