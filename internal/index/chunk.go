package index

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
	"unicode/utf8"

	"retable/internal/table"
)

// Kind says what a chunk is.
type Kind string

// The kinds.
const (
	KindRow    Kind = "row"    // a row, or a part of a wide one
	KindTable  Kind = "table"  // the card of a table, or a part of it
	KindChange Kind = "change" // the card of a comparison, or a part of it
)

// chunkID names a chunk; the zero ID stands for a part of a row without
// values, which is no chunk.
type chunkID [sha256.Size]byte

// identify makes an id: everything of variable length is preceded by its
// length, so no two places run into each other.
func identify(h hash.Hash, session, tbl string, place []byte, text [sha256.Size]byte) (id chunkID) {
	h.Reset()
	var b []byte
	for _, s := range []string{chunkerVersion, session, tbl} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(place)))
	b = append(b, place...)
	h.Write(append(b, text[:]...))
	h.Sum(id[:0])
	return id
}

// rowPlace is the place of a part of a row: the file, which of the files of
// that path, the number of the row among the file's rows of the table, the
// part.
func rowPlace(b []byte, file string, occurrence int, ordinal int64, part int) []byte {
	b = binary.AppendUvarint(b[:0], uint64(len(file)))
	b = append(b, file...)
	b = binary.AppendUvarint(b, uint64(occurrence))
	b = binary.AppendUvarint(b, uint64(ordinal))
	return binary.AppendUvarint(b, uint64(part))
}

// maxIndexed is how many bytes of a value go to the full text.
const maxIndexed = 256 << 10

// entry is what a chunk gives to the full text.
type entry struct {
	label, body, codes []byte
	cut                bool // a value was longer than maxIndexed
}

// hasValues tells whether a part of a row is a chunk: it has a value that
// isn't the key alone, unless it is the first.
func (s *shape) hasValues(row *table.Row, part int) bool {
	for _, c := range s.parts[part] {
		if _, ok := row.Value(c); ok && (part == 0 || c != s.key) {
			return true
		}
	}
	return false
}

// digest is the hash of what a part of a row says.
func (s *shape) digest(h hash.Hash, row *table.Row, part int) (sum [sha256.Size]byte) {
	h.Reset()
	h.Write(s.signature[:])
	var b [2 * binary.MaxVarintLen64]byte
	for _, c := range s.parts[part] {
		v, ok := row.Value(c)
		if !ok {
			continue
		}
		n := binary.PutUvarint(b[:], uint64(c))
		n += binary.PutUvarint(b[n:], uint64(len(v)))
		h.Write(b[:n])
		h.Write(v)
	}
	h.Sum(sum[:0])
	return sum
}

// entry files the values of a part of a row.
func (s *shape) entry(e *entry, row *table.Row, part int) {
	e.label, e.body, e.codes, e.cut = e.label[:0], e.body[:0], e.codes[:0], false
	for _, c := range s.parts[part] {
		v, ok := row.Value(c)
		if !ok || len(v) == 0 || s.uses[c] == useNothing || part > 0 && c == s.key {
			continue
		}
		if len(v) > maxIndexed {
			v, e.cut = v[:whole(v, maxIndexed)], true
		}
		if s.uses[c] == useCode {
			e.codes = append(append(e.codes, v...), '\n')
		}
		text := string(v)
		if s.schema.Columns[c].Form == table.XML {
			text = untagged(text)
		}
		text = searchable(text)
		if c == s.key || c == s.label {
			e.label = append(append(e.label, text...), '\n')
			continue
		}
		e.body = append(append(e.body, text...), '\n')
	}
}

// whole returns the last place at or before n where a letter begins.
func whole[T string | []byte](s T, n int) int {
	if n >= len(s) {
		return len(s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// rowText writes a part of a row for people and models: where it stands, then
// a line for each value. Line breaks and control characters in values become
// spaces. It also says which column each line after the first is of.
func (s *shape) rowText(file string, row *table.Row, part int) (text string, columns []string) {
	var b strings.Builder
	b.WriteString(place(file, s.info.Name, s.info.Path))
	for _, c := range s.parts[part] {
		v, ok := row.Value(c)
		if !ok {
			continue
		}
		b.WriteByte('\n')
		b.WriteString(oneLine(s.schema.Columns[c].Name))
		b.WriteString(": ")
		b.WriteString(oneLine(string(v[:whole(v, maxIndexed)])))
		columns = append(columns, s.schema.Columns[c].Name)
	}
	return b.String(), columns
}

// place is the first line of a row's text.
func place(file, tbl, path string) string {
	return oneLine(file) + " / " + oneLine(tbl) + " (" + oneLine(path) + ")"
}

// oneLine replaces line breaks and other control characters by spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// prose is what a row says in words: its label and its sentences with their
// headers. "" if there is none worth a vector.
func (s *shape) prose(row *table.Row) string {
	var b strings.Builder
	found := false
	for c, u := range s.uses {
		if u != useProse && c != s.label {
			continue
		}
		v, ok := row.Value(c)
		if !ok || len(v) == 0 {
			continue
		}
		text := string(v[:whole(v, maxIndexed)])
		if s.schema.Columns[c].Form == table.XML {
			text = untagged(text)
		}
		if text = strings.Join(strings.Fields(oneLine(text)), " "); text == "" {
			continue
		}
		found = found || u == useProse
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(spelled(s.schema.Columns[c].Name) + ": " + text)
	}
	if !found {
		return ""
	}
	return b.String()
}
