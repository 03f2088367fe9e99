package archive

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"time"
)

// Why not archive/zip's reader: it builds its whole list before anybody can
// object, several times the size of the directory it reads, so a file of
// nothing but directory records takes gigabytes of memory. Here the count is
// checked record by record, folders are dropped at once, and the offsets that
// the overlap check needs are at hand. archive/zip is the oracle in the tests.

// zipRecord is one file of a ZIP's central directory.
type zipRecord struct {
	name         string
	flags        uint16
	method       method
	crc          uint32
	packed, size int64
	offset       int64 // of the local header, in the file
	end          int64 // the data must end before: where the next entry begins
	mode         fs.FileMode
	modified     time.Time
	overlaps     string // name of the entry it runs into
}

// The parts of a ZIP that are read.
const (
	localSignature     = 0x04034b50
	recordSignature    = 0x02014b50
	endSignature       = 0x06054b50
	end64Signature     = 0x06064b50
	locator64Signature = 0x07064b50
	localLength        = 30
	recordLength       = 46
	endLength          = 22
	end64Length        = 56
	locator64Length    = 20
)

// The flag bits that matter.
const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // sizes stand behind the data
	flagStrong     = 1 << 6
	flagMasked     = 1 << 13
)

// zipEnd is what the end of a ZIP says about its directory.
type zipEnd struct {
	records uint64
	start   int64 // of the directory, in the file
	stop    int64 // where the directory must have ended
	base    int64 // bytes before the ZIP proper, as in self-extracting files
	is64    bool
}

var (
	errNoEnd = errors.New("no end record")
	errSplit = errors.New("one part of several")
)

// findZipEnd looks for the end record in the last 64 kB.
func findZipEnd(at io.ReaderAt, size int64) (zipEnd, error) {
	tail := make([]byte, min(size, endLength+math.MaxUint16))
	if _, err := at.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return zipEnd{}, err
	}
	le := binary.LittleEndian
	for i := len(tail) - endLength; i >= 0; i-- {
		r := tail[i:]
		if le.Uint32(r) != endSignature || int(le.Uint16(r[20:])) > len(r)-endLength {
			continue
		}
		e := zipEnd{records: uint64(le.Uint16(r[10:])), stop: size - int64(len(r))}
		length, offset := uint64(le.Uint32(r[12:])), uint64(le.Uint32(r[16:]))
		disk := uint64(le.Uint16(r[4:])) | uint64(le.Uint16(r[6:]))
		if e.records == math.MaxUint16 || length == math.MaxUint32 || offset == math.MaxUint32 {
			if err := e.read64(at, &length, &offset, &disk); err != nil {
				return zipEnd{}, err
			}
		}
		if disk != 0 && disk != math.MaxUint16 {
			return zipEnd{}, errSplit
		}
		return e, e.place(at, length, offset)
	}
	return zipEnd{}, errNoEnd
}

// read64 takes over the numbers of a ZIP64 end record, if there is one.
func (e *zipEnd) read64(at io.ReaderAt, length, offset, disk *uint64) error {
	var locator [locator64Length]byte
	where := e.stop - locator64Length
	if where < 0 {
		return nil
	}
	if _, err := at.ReadAt(locator[:], where); err != nil {
		return err
	}
	le := binary.LittleEndian
	if le.Uint32(locator[:]) != locator64Signature {
		return nil
	}
	if le.Uint32(locator[16:]) > 1 {
		return errSplit
	}
	var r [end64Length]byte
	// Its offset is wrong by what stands before the ZIP; then it is looked for
	// where it usually stands, just before its locator.
	for _, where := range []uint64{le.Uint64(locator[8:]), uint64(where - end64Length)} { //nolint:gosec // a negative one is beyond MaxInt64, and skipped
		if where > math.MaxInt64 {
			continue
		}
		if _, err := at.ReadAt(r[:], int64(where)); err != nil || le.Uint32(r[:]) != end64Signature {
			continue
		}
		e.is64, e.stop = true, int64(where)
		*disk = uint64(le.Uint32(r[16:])) | uint64(le.Uint32(r[20:]))
		e.records, *length, *offset = le.Uint64(r[32:]), le.Uint64(r[40:]), le.Uint64(r[48:])
		return nil
	}
	return errNoEnd
}

// place finds where the directory lies in the file.
func (e *zipEnd) place(at io.ReaderAt, length, offset uint64) error {
	if length > uint64(e.stop) || offset > uint64(e.stop) { //nolint:gosec // a place in the file: not negative
		return errNoEnd
	}
	e.base = e.stop - int64(length) - int64(offset)                     //nolint:gosec // both lie within the file, as was checked
	if e.base > 0 && hasSignature(at, int64(offset), recordSignature) { //nolint:gosec // it lies within the file
		e.base = 0 // the directory is where it says; its length is wrong
	}
	e.start = e.base + int64(offset) //nolint:gosec // it lies within the file
	if e.base < 0 || e.records > 0 && !hasSignature(at, e.start, recordSignature) {
		return errNoEnd
	}
	return nil
}

func hasSignature(at io.ReaderAt, off int64, signature uint32) bool {
	var b [4]byte
	_, err := at.ReadAt(b[:], off)
	return err == nil && binary.LittleEndian.Uint32(b[:]) == signature
}

var errTooMany = errors.New("too many entries")

// readZipDirectory returns the records of the files, in the directory's order.
// With an error it returns the records before the fault as well.
func readZipDirectory(ctx context.Context, at io.ReaderAt, e zipEnd, most int) ([]zipRecord, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(at, e.start, e.stop-e.start), 64<<10)
	var records []zipRecord
	if fit := uint64(e.stop-e.start) / recordLength; e.records <= fit && (most < 0 || e.records <= uint64(most)) { //nolint:gosec // the directory ends after it begins
		records = make([]zipRecord, 0, e.records) // the directory is long enough for them
	}
	var seen uint64
	var variable []byte
	for {
		if seen%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		head, err := in.Peek(recordLength)
		if err != nil && err != io.EOF {
			return records, err
		}
		if len(head) < recordLength || binary.LittleEndian.Uint32(head) != recordSignature {
			break
		}
		var r zipRecord
		lengths := r.parse(head)
		_, _ = in.Discard(recordLength) // peeked: it is there
		need := lengths[0] + lengths[1] + lengths[2]
		if cap(variable) < need {
			variable = make([]byte, need, 2*need)
		}
		variable = variable[:need]
		if _, err := io.ReadFull(in, variable); err != nil {
			return records, io.ErrUnexpectedEOF
		}
		seen++
		r.name = decodeName(variable[:lengths[0]])
		sane := r.parseExtra(variable[lengths[0] : lengths[0]+lengths[1]])
		if strings.HasSuffix(r.name, "/") || r.mode.IsDir() {
			if r.size == 0 {
				continue
			}
			r.mode = fs.ModeIrregular // a folder with content hides something
		}
		if !sane || r.offset > math.MaxInt64-e.base {
			r.offset = -1 // refused by name later
		} else {
			r.offset += e.base
		}
		if most >= 0 && len(records) >= most {
			return records, errTooMany
		}
		records = append(records, r)
	}
	if e.is64 && seen != e.records || uint16(seen) != uint16(e.records) { //nolint:gosec // the old form has but these 16 bits
		return records, fmt.Errorf("%d of %d records: %w", seen, e.records, io.ErrUnexpectedEOF)
	}
	return records, nil
}

// parse reads the fixed part and returns the lengths of name, extra field and
// comment.
func (r *zipRecord) parse(h []byte) [3]int {
	le := binary.LittleEndian
	r.flags, r.method = le.Uint16(h[8:]), method(le.Uint16(h[10:]))
	r.modified = dosTime(le.Uint16(h[14:]), le.Uint16(h[12:]))
	r.crc = le.Uint32(h[16:])
	r.packed, r.size = int64(le.Uint32(h[20:])), int64(le.Uint32(h[24:]))
	r.offset = int64(le.Uint32(h[42:]))
	r.mode = zipMode(h[5], le.Uint32(h[38:]))
	return [3]int{int(le.Uint16(h[28:])), int(le.Uint16(h[30:])), int(le.Uint16(h[32:]))}
}

// parseExtra reads ZIP64 sizes and better times. False means that a size is
// missing or absurd.
func (r *zipRecord) parseExtra(extra []byte) bool {
	le := binary.LittleEndian
	missing := r.packed == math.MaxUint32 || r.size == math.MaxUint32 || r.offset == math.MaxUint32
	for len(extra) >= 4 {
		tag, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		field := extra[:n]
		extra = extra[n:]
		switch tag {
		case 0x0001: // ZIP64: only what didn't fit, in this order
			if !missing {
				continue
			}
			missing = false
			for _, v := range []*int64{&r.size, &r.packed, &r.offset} {
				if *v != math.MaxUint32 {
					continue
				}
				if len(field) < 8 || le.Uint64(field) > math.MaxInt64 {
					return false
				}
				*v, field = int64(le.Uint64(field)), field[8:] //nolint:gosec // compared with MaxInt64 above
			}
		case 0x5455: // Unix time
			if n >= 5 && field[0]&1 != 0 {
				r.modified = time.Unix(int64(int32(le.Uint32(field[1:]))), 0).UTC() //nolint:gosec // the field is a signed number
			}
		case 0x000a: // NTFS time, in 100 ns since 1601
			if n >= 32 && le.Uint16(field[4:]) == 1 && le.Uint16(field[6:]) == 24 {
				const to1970 = 116444736000000000
				ticks := int64(le.Uint64(field[8:])) - to1970 //nolint:gosec // a time: any is one
				r.modified = time.Unix(ticks/1e7, ticks%1e7*100).UTC()
			}
		}
	}
	// 4 GB less one byte without ZIP64 is possible, if unlikely; such an
	// offset would have to lie in the file, which is checked.
	return true
}

// dosTime has no zone; UTC makes it the same everywhere.
func dosTime(date, clock uint16) time.Time {
	if date == 0 {
		return time.Time{}
	}
	return time.Date(int(date>>9)+1980, time.Month(date>>5&15), int(date&31),
		int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}

// zipMode returns the type bits of an entry, as its maker's system wrote them.
func zipMode(maker byte, attributes uint32) fs.FileMode {
	const unix, macOS = 3, 19
	if maker == unix || maker == macOS {
		switch attributes >> 16 & 0xF000 {
		case 0x4000:
			return fs.ModeDir
		case 0xA000:
			return fs.ModeSymlink
		case 0x6000, 0x2000:
			return fs.ModeDevice
		case 0x1000:
			return fs.ModeNamedPipe
		case 0xC000:
			return fs.ModeSocket
		}
	}
	return 0
}
