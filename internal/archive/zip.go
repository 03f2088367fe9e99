package archive

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// zip lists the entries of a ZIP. What it returns refuses the archive itself.
func (l *lister) zip(at io.ReaderAt, size int64, inside string, depth int) error {
	var records []zipRecord
	end, err := findZipEnd(at, size)
	bound := end.start
	if err == nil {
		records, err = readZipDirectory(l.ctx, at, end, l.left())
	}
	if l.ctx.Err() != nil {
		return err
	}
	switch {
	case err == nil:
	case errors.Is(err, errTooMany):
		return l.tooMany()
	case errors.Is(err, errSplit):
		return &Refusal{Code: CodeSplit, Detail: "is one part of a split ZIP: join the parts (zip -s 0) and try again"}
	case errors.Is(err, errNoEnd):
		records, err = l.salvage(at, size, inside)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return &Refusal{Code: CodeDirectory, Detail: "has lost its directory and holds no complete entry: it is cut off or no ZIP, fetch it again"}
		}
		l.damaged(inside, CodeDirectory, fmt.Sprintf("has lost its directory: it is cut off. What is left has %d complete entries, which are read; fetch it again, or repair it (zip -FF)", len(records)))
		bound = size
	case errors.Is(err, io.ErrUnexpectedEOF):
		l.damaged(inside, CodeDirectory, fmt.Sprintf("has a damaged directory: it lists %d entries, which are read, then breaks off; fetch it again", len(records)))
	default:
		return err
	}
	if len(records) == 0 {
		return &Refusal{Code: CodeEmpty, Detail: "is an empty archive: nothing was packed into it"}
	}
	l.seen += len(records)
	markOverlaps(records, bound)
	for i := range records {
		if err := l.zipEntry(at, &records[i], inside, depth); err != nil {
			return err
		}
	}
	return nil
}

// markOverlaps finds entries whose data run into the next entry or into the
// directory: that is how a small ZIP inflates to petabytes. Only the local
// header's fixed part is reckoned with; its name and extra field are added when
// the entry is opened, against the end noted here.
func markOverlaps(records []zipRecord, bound int64) {
	order := make([]int32, 0, len(records))
	for i := range records {
		if r := &records[i]; r.offset >= 0 && r.offset <= bound-localLength {
			order = append(order, int32(i))
		} else {
			r.offset = -1
		}
	}
	// Of records with one offset the first comes last, and is kept.
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(records[a].offset, records[b].offset), cmp.Compare(b, a))
	})
	for i, n := range order {
		r := &records[n]
		next, end := "the directory", bound
		if i+1 < len(order) {
			next, end = records[order[i+1]].name, records[order[i+1]].offset
		}
		r.end = end
		if r.packed > end-r.offset-localLength {
			r.overlaps = next
		}
	}
}

// zipEntry judges one record: refused, skipped, taken or looked into.
func (l *lister) zipEntry(at io.ReaderAt, r *zipRecord, inside string, depth int) error {
	clean, bad := checkName(r.name)
	if bad != nil {
		bad.Path = inside + bad.Path
		l.refuse(bad)
		return l.ctx.Err()
	}
	path := inside + clean
	refuse := func(code Code, detail string) error {
		l.refuse(&Refusal{Path: path, Code: code, Detail: detail})
		return nil
	}
	if bad := special(path, r.mode); bad != nil {
		l.refuse(bad)
		return nil
	}
	if r.overlaps != "" {
		return refuse(CodeOverlap, fmt.Sprintf("shares its data with %q: a bomb or a damaged ZIP; fetch or pack it again", shortened(r.overlaps)))
	}
	v, reason := judgeName(path)
	if v == skipIt {
		l.skip(path, reason)
		return nil
	}
	switch {
	case r.offset < 0:
		return refuse(CodeCorrupt, "lies outside its ZIP: fetch or pack it again")
	case r.flags&(flagEncrypted|flagStrong|flagMasked) != 0 || r.method == 99:
		return refuse(CodeEncrypted, "is encrypted: unpack it with its password and give the plain files")
	case !r.method.supported():
		return refuse(CodeMethod, fmt.Sprintf("is compressed by a method that isn't supported (%s): pack it again with deflate", r.method))
	}
	e := &Entry{Path: path, Size: r.size, Packed: r.packed, Modified: r.modified, bundle: l.bundle}
	e.origin = &zipOrigin{at: at, offset: r.offset, end: r.end, packed: r.packed, size: r.size, crc: r.crc, method: r.method}
	return l.file(e, v, depth)
}

// zipOrigin reads an entry of a ZIP.
type zipOrigin struct {
	at           io.ReaderAt
	offset, end  int64
	packed, size int64 // size -1: neither it nor crc is known yet
	crc          uint32
	method       method
}

func (o *zipOrigin) open() (packed, error) {
	at, err := o.data()
	if err != nil {
		return packed{}, err
	}
	return packed{r: io.NewSectionReader(o.at, at, o.packed), method: o.method, size: o.size, crc: o.crc, hasCRC: o.size >= 0}, nil
}

// data returns where the data begin, and makes sure that they end before the
// next entry.
func (o *zipOrigin) data() (int64, error) {
	var h [localLength]byte
	if _, err := o.at.ReadAt(h[:], o.offset); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if le.Uint32(h[:]) != localSignature {
		return 0, &Refusal{Code: CodeCorrupt, Detail: "isn't where its ZIP says: fetch or pack it again"}
	}
	start := o.offset + localLength + int64(le.Uint16(h[26:])) + int64(le.Uint16(h[28:]))
	if o.packed > math.MaxInt64-start || start+o.packed > o.end {
		return 0, &Refusal{Code: CodeOverlap, Detail: "shares its data with the next entry: a bomb or a damaged ZIP; fetch or pack it again"}
	}
	return start, nil
}
