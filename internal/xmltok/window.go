package xmltok

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
)

// pad is how many bytes past the end of a buffer may be read; they are zero,
// and no document holds a zero, so every comparison ends there by itself.
const pad = 64

// keepBuffer is the largest buffer a Reset keeps.
const keepBuffer = 1 << 20

// A window is the part of the document at hand, as UTF-8. Everything in
// buf[:end] is valid characters, classified in bits.
type window struct {
	src source

	buf  []byte
	bits bitmaps
	high []uint64
	wid  []uint8 // transcoded input: original bytes behind each byte of buf
	end  int
	size int // bytes to hold

	tail    [4]byte // a character cut off by the end of the data
	tailWid [4]uint8
	ntail   int
	eof     bool

	bad     *badInput // what follows buf[:end] is no character
	badTail []byte    // those bytes, for the excerpt

	base       int64 // UTF-8 bytes before buf
	origin     int64 // original bytes before buf
	lines      int64 // line ends before buf[counted]
	counted    int
	baseLines  int64 // line ends before buf
	column     int64 // characters between the last line end and buf, while no line end is in buf
	mark       int   // transcoded input: markOrigin original bytes before buf[mark]
	markOrigin int64
	classify   func([]byte, bitmaps, []uint64)
	validate   func([]byte, []uint64, int, int) (int, bool)
}

// badInput is an error that waits until the parser has reached it.
type badInput struct {
	code    Code
	message string
	err     error
}

func (w *window) reset(r io.Reader, size int) {
	w.src.reset(r)
	if len(w.buf) > keepBuffer {
		w.buf, w.bits, w.high = nil, bitmaps{}, nil
	}
	w.wid = nil
	w.size = size
	w.end, w.ntail, w.eof = 0, 0, false
	w.bad, w.badTail = nil, nil
	w.base, w.origin, w.lines, w.baseLines, w.counted, w.column, w.mark, w.markOrigin = 0, 0, 0, 0, 0, 0, 0, 0
	w.grow(0)
	w.seal()
}

// grow makes room for n bytes and the pad.
func (w *window) grow(n int) {
	need := (n+2*pad)&^(blockSize-1) + blockSize
	if len(w.buf) >= need {
		return
	}
	buf, m, high := make([]byte, need), newBitmaps(need/blockSize), make([]uint64, need/blockSize)
	copy(buf, w.buf[:min(len(w.buf), w.end+pad)])
	if len(w.high) > 0 {
		m.move(w.bits, 0, len(w.high))
	}
	copy(high, w.high)
	w.buf, w.bits, w.high = buf, m, high
}

// seal zeroes the pad and ends all scans at end.
func (w *window) seal() {
	clear(w.buf[w.end : w.end+pad])
	w.bits.seal(w.end)
}

// full tells whether fill(keep) would have to hold more than size bytes.
func (w *window) full(keep int) bool { return w.end-keep >= w.size }

// fill forgets what lies before buf[keep] and reads on. It returns how far
// the positions moved to the front.
func (w *window) fill(keep int) (shift int) {
	shift = keep &^ (blockSize - 1)
	if shift > 0 {
		w.forget(shift)
	}
	keep -= shift
	for w.end-keep >= w.size {
		w.size *= 2
	}
	target := keep + w.size + len(w.tail) + minRead
	w.grow(target)

	from := w.end
	n := from + copy(w.buf[from:], w.tail[:w.ntail])
	if w.src.dec != nil {
		if len(w.wid) < len(w.buf) {
			wid := make([]uint8, len(w.buf))
			copy(wid, w.wid)
			w.wid = wid
		}
		copy(w.wid[from:], w.tailWid[:w.ntail])
	}
	w.ntail = 0
	for target-n >= minRead && !w.eof && w.bad == nil {
		got, err := w.src.read(w.buf[n:target], w.wid, n)
		n += got
		switch {
		case err == io.EOF:
			w.eof = true
		case err != nil:
			w.bad = asBadInput(err)
		}
	}
	w.accept(from, n)
	return shift
}

// accept classifies and validates buf[from:n], and ends the window where
// validity ends.
func (w *window) accept(from, n int) {
	first, last := from/blockSize, (n+blockSize-1)/blockSize
	clear(w.buf[n : n+pad])
	w.classify(w.buf[first*blockSize:last*blockSize], w.bits.blocks(first, last), w.high[first:last])
	q, ok := w.validate(w.buf, w.high, from, n)
	w.end = q
	if q < n {
		rest := w.buf[q:n]
		switch {
		case !ok || w.eof || w.bad != nil:
			if w.bad == nil || !ok {
				w.bad = badChar(rest, w.src.dec != nil)
			}
			w.badTail = append([]byte(nil), rest[:min(len(rest), excerptAfter)]...)
		default:
			w.ntail = copy(w.tail[:], rest)
			if w.wid != nil {
				copy(w.tailWid[:], w.wid[q:n])
			}
		}
		clear(rest)
	}
	w.seal()
}

// forget drops the first n bytes, a multiple of the block size.
func (w *window) forget(n int) {
	w.origin = w.offset(n)
	w.mark, w.markOrigin = 0, w.origin
	w.countLines(n)
	w.counted -= n
	last := -1
	if w.lines > w.baseLines {
		w.baseLines = w.lines
		last = bytes.LastIndexByte(w.buf[:n], '\n')
		w.column = 0
	}
	w.column += w.charactersOf(last+1, n)
	w.base += int64(n)
	copy(w.buf, w.buf[n:w.end])
	w.bits.move(w.bits, n/blockSize, w.end/blockSize+1)
	copy(w.high, w.high[n/blockSize:w.end/blockSize+1])
	if w.wid != nil {
		copy(w.wid, w.wid[n:w.end])
	}
	w.end -= n
}

// countLines brings lines up to buf[p]. Going back is rare and costs a count
// of the bytes between.
func (w *window) countLines(p int) {
	if p >= w.counted {
		w.lines += lineEnds(w.buf[w.counted:p])
	} else {
		w.lines -= lineEnds(w.buf[p:w.counted])
	}
	w.counted = p
}

// lineEnds counts LF. A lone CR ends a line for XML as well, but the line
// numbers are for editors and for the tools beside this one, which count LF.
func lineEnds(s []byte) int64 { return int64(bytes.Count(s, newline)) }

var newline = []byte{'\n'}

// lineColumn gives the position of buf[p], both from 1.
func (w *window) lineColumn(p int) (line, column int64) {
	p = min(p, w.end)
	w.countLines(p)
	if i := bytes.LastIndexByte(w.buf[:p], '\n'); i >= 0 {
		return w.lines + 1, characters(w.buf[i+1:p]) + 1
	}
	return w.lines + 1, w.column + characters(w.buf[:p]) + 1
}

// charactersOf counts the characters of buf[p:q], which is simple where stage
// 1 has seen nothing but ASCII.
func (w *window) charactersOf(p, q int) int64 {
	for _, h := range w.high[p/blockSize : (q+blockSize-1)/blockSize] {
		if h != 0 {
			return characters(w.buf[p:q])
		}
	}
	return int64(q - p)
}

// characters counts the characters of valid UTF-8: the bytes that do not
// continue one.
func characters(s []byte) int64 {
	n := len(s)
	for ; len(s) >= 8; s = s[8:] {
		x := binary.LittleEndian.Uint64(s)
		n -= bits.OnesCount64(x >> 7 & ^(x >> 6) & 0x0101010101010101)
	}
	for _, c := range s {
		if c&0xC0 == 0x80 {
			n--
		}
	}
	return int64(n)
}

// offset gives the place of buf[p] in the original input.
func (w *window) offset(p int) int64 {
	p = min(p, w.end)
	if w.wid == nil {
		return w.origin + int64(p)
	}
	if p < w.mark {
		w.mark, w.markOrigin = 0, w.origin
	}
	n := 0
	for _, c := range w.wid[w.mark:p] {
		n += int(c)
	}
	w.mark, w.markOrigin = p, w.markOrigin+int64(n)
	return w.markOrigin
}
