package archive

import (
	"encoding/binary"
	"io"
	"math"
	"strings"
)

// salvage lists what a ZIP without a directory holds, by walking from one
// local header to the next. It stops at the first entry that isn't complete.
func (l *lister) salvage(at io.ReaderAt, size int64, inside string) ([]zipRecord, error) {
	var records []zipRecord
	most := l.left()
	for off := int64(0); off >= 0 && size-off >= localLength; {
		if err := l.ctx.Err(); err != nil {
			return nil, err
		}
		r, start, ok := readLocalHeader(at, off, size)
		if !ok {
			break
		}
		if r.flags&flagDescriptor != 0 && r.packed == 0 {
			if err := l.measure(at, &r, start, size); err != nil {
				if l.ctx.Err() != nil {
					return nil, err
				}
				r.packed = -1
			}
		}
		if r.packed < 0 || r.packed > size-start {
			l.cutOff(inside + r.name)
			break
		}
		off = start + r.packed
		if r.flags&flagDescriptor != 0 {
			off += descriptorLength(at, off)
		}
		if strings.HasSuffix(r.name, "/") {
			continue
		}
		if most >= 0 && len(records) >= most {
			return nil, l.tooMany()
		}
		records = append(records, r)
	}
	return records, nil
}

func readLocalHeader(at io.ReaderAt, off, size int64) (r zipRecord, start int64, ok bool) {
	var h [localLength]byte
	if _, err := at.ReadAt(h[:], off); err != nil {
		return r, 0, false
	}
	le := binary.LittleEndian
	if le.Uint32(h[:]) != localSignature {
		return r, 0, false
	}
	r.flags, r.method = le.Uint16(h[6:]), method(le.Uint16(h[8:]))
	r.modified = dosTime(le.Uint16(h[12:]), le.Uint16(h[10:]))
	r.crc = le.Uint32(h[14:])
	r.packed, r.size = int64(le.Uint32(h[18:])), int64(le.Uint32(h[22:]))
	names, extras := int(le.Uint16(h[26:])), int(le.Uint16(h[28:]))
	variable := make([]byte, names+extras)
	if _, err := at.ReadAt(variable, off+localLength); err != nil && err != io.EOF {
		return r, 0, false
	}
	r.name = decodeName(variable[:names])
	ok = r.parseExtra(variable[names:])
	r.offset = off
	start = off + localLength + int64(names+extras)
	return r, start, ok && start <= size
}

// measure finds out by inflating it how long an entry is whose sizes stand
// behind it. That is reading like any other: under all limits.
func (l *lister) measure(at io.ReaderAt, r *zipRecord, start, size int64) error {
	if r.method != deflated || r.flags&flagEncrypted != 0 {
		return &Refusal{Code: CodeTruncated}
	}
	e := &Entry{Path: r.name, bundle: l.bundle}
	e.origin = &zipOrigin{at: at, offset: r.offset, end: size, packed: size - start, method: r.method, size: -1}
	read, err := e.open(l.ctx, unpacking)
	if err != nil {
		return err
	}
	defer read.Close()
	defer read.stopwatch()()
	// The first layer alone: what is inside doesn't matter here. It will be
	// read again, and counted then.
	r.size, err = io.Copy(io.Discard, &read.first)
	l.unspend(e)
	if err != nil {
		return err
	}
	r.packed = read.first.source.taken - int64(read.first.buffer.Buffered())
	return l.readDescriptor(at, r, start)
}

// readDescriptor takes the checksum and checks the sizes against it.
func (l *lister) readDescriptor(at io.ReaderAt, r *zipRecord, start int64) error {
	var d [24]byte
	n, err := at.ReadAt(d[:], start+r.packed)
	if err != nil && err != io.EOF {
		return err
	}
	le := binary.LittleEndian
	b := d[:n]
	if len(b) >= 4 && le.Uint32(b) == 0x08074b50 {
		b = b[4:]
	}
	if len(b) < 12 || le.Uint32(b[4:]) != uint32(r.packed&math.MaxUint32) {
		return &Refusal{Code: CodeTruncated}
	}
	r.crc = le.Uint32(b)
	return nil
}

// descriptorLength returns how much stands between the data and the next
// header: 12 bytes, 8 more in ZIP64, 4 more with a signature.
func descriptorLength(at io.ReaderAt, off int64) int64 {
	for _, n := range []int64{16, 12, 24, 20} {
		if hasSignature(at, off+n, localSignature) || hasSignature(at, off+n, recordSignature) {
			return n
		}
	}
	return 16
}
