package xmltable

import (
	"bytes"
	"fmt"

	"github.com/zeebo/xxh3"

	"retable/internal/xmltok"
)

// tagSize and valueSize are what an element and an attribute add to Size:
// the bytes of plain writing, however the document wrote them.
func tagSize(n *xmltok.Node) int64 { return int64(2*len(n.Name.Local) + 5) }

func valueSize(a *xmltok.Attr) int64 { return int64(len(a.Node.Name.Local)+4) + textSize(a.Value) }

// mostOfValue bounds what one value adds: an embedded picture makes no
// element the record.
const mostOfValue = 1024

func textSize(v []byte) int64 { return int64(min(len(v), mostOfValue)) }

func isTrue(v []byte) bool {
	v = bytes.TrimSpace(v)
	return string(v) == "true" || string(v) == "1"
}

// hasText is the one rule of when an element instance has a text value:
// always without child elements (then perhaps an empty one), otherwise only
// non-blank text; never an empty one under xsi:nil.
func hasText(kids, null bool, v []byte) bool {
	return len(v) > 0 || !kids && !null
}

// strayHash hashes text beside child elements without its white space, which
// is layout there: what of it is delivered depends on who reads.
func strayHash(v []byte) uint64 {
	var h xxh3.Hasher
	for len(v) > 0 {
		n := 0
		for n < len(v) && !isWhite(v[n]) {
			n++
		}
		_, _ = h.Write(v[:n]) // a hash's Write cannot fail
		for n < len(v) && isWhite(v[n]) {
			n++
		}
		v = v[n:]
	}
	return h.Sum64()
}

// trim cuts XML white space at both ends.
func trim(v []byte) []byte {
	for len(v) > 0 && isWhite(v[0]) {
		v = v[1:]
	}
	for len(v) > 0 && isWhite(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

func isWhite(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// ValueError refuses one text or attribute that passes the limit.
type ValueError struct {
	Path  string
	Line  int64
	Limit int
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("line %d: the value of %s is longer than %d bytes: raise the limit (RET_MAX_VALUE_BYTES) to convert it", e.Line, e.Path, e.Limit)
}
