package index

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// chunkerVersion changes with every change of how chunks are made or filed:
// all ids are then new.
const chunkerVersion = "retable chunks 1"

// partColumns is how many columns a part of a wide row has, the key aside.
const partColumns = 24

// use is what a column's values are good for.
type use uint8

const (
	useNothing use = iota // booleans and columns without values
	useNumber             // numbers, dates and times: full text
	useCode               // ids and codes: full text and parts of them
	useText               // full text
	useProse              // full text, and embedded
)

// shape is how the rows of a table become chunks.
type shape struct {
	info      tabledb.Info
	schema    *table.Schema
	uses      []use   // by column
	key       int     // column that tells rows apart, or -1
	label     int     // column that names rows for people, or -1
	parts     [][]int // columns of each part
	signature [sha256.Size]byte
}

func newShape(info tabledb.Info, schema *table.Schema) *shape {
	s := &shape{info: info, schema: schema, uses: make([]use, len(schema.Columns)), key: -1, label: -1}
	best := 0
	for i := range schema.Columns {
		c := &schema.Columns[i]
		s.uses[i] = usesOf(c)
		if score := keyScore(c, info.Rows); score > best {
			s.key, best = i, score
		}
		if s.label < 0 && s.uses[i] >= useText && names(c.Name) {
			s.label = i
		}
	}
	if s.key >= 0 && s.uses[s.key] == useNumber && schema.Columns[s.key].Type == table.Integer {
		s.uses[s.key] = useCode
	}
	s.split()
	s.sign()
	return s
}

// split makes the parts: the key stands in each.
func (s *shape) split() {
	var part []int
	begin := func() {
		if part = nil; s.key >= 0 {
			part = append(part, s.key)
		}
	}
	begin()
	room := partColumns
	for i := range s.schema.Columns {
		if s.schema.Columns[i].Role != table.Data || i == s.key {
			continue
		}
		if room == 0 {
			s.parts = append(s.parts, part)
			begin()
			room = partColumns
		}
		part = append(part, i)
		room--
	}
	if room < partColumns || len(s.parts) == 0 {
		s.parts = append(s.parts, part)
	}
}

// sign makes the signature, which goes into the ids: the same text that is
// filed otherwise is another chunk.
func (s *shape) sign() {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %d %d", s.schema.Name, s.schema.Path, s.key, s.label)
	for i, c := range s.schema.Columns {
		fmt.Fprintf(&b, " %q %d", c.Name, s.uses[i])
	}
	s.signature = sha256.Sum256([]byte(b.String()))
}

func usesOf(c *table.Column) use {
	if c.Role != table.Data || c.Stats != nil && c.Stats.Values == 0 {
		return useNothing
	}
	if c.Form != table.Scalar {
		if c.Form == table.XML || longProse(c) {
			return useProse
		}
		return useText
	}
	switch c.Type {
	case table.Boolean:
		return useNothing
	case table.Integer, table.Decimal, table.Date, table.DateTime, table.Time:
		if c.Type == table.Integer && endsLikeID(c.Name) {
			return useCode
		}
		return useNumber
	}
	switch {
	case c.Stats == nil:
		return useProse
	case likeCodes(c.Stats.Examples):
		return useCode
	case longProse(c):
		return useProse
	}
	return useText
}

// longProse tells whether values are sentences rather than names: three words
// or more on the average.
func longProse(c *table.Column) bool {
	if c.Stats == nil {
		return false
	}
	words := 0
	for _, e := range c.Stats.Examples {
		for _, w := range strings.Fields(e) {
			if strings.IndexFunc(w, unicode.IsLetter) >= 0 {
				words++
			}
		}
	}
	return len(c.Stats.Examples) > 0 && words >= 3*len(c.Stats.Examples)
}

// likeCodes tells whether values are codes: one word each, most with a digit.
func likeCodes(examples []string) bool {
	digits, filled := 0, 0
	for _, e := range examples {
		if e == "" {
			continue
		}
		filled++
		if len(e) > 64 || strings.IndexFunc(e, unicode.IsSpace) >= 0 {
			return false
		}
		if strings.ContainsAny(e, "0123456789") {
			digits++
		}
	}
	return filled > 0 && 2*digits > filled
}

// keyScore rates a column as the key of its table, 0 for none. The estimate
// of distinct values may be a few percent low.
func keyScore(c *table.Column, rows int64) int {
	st := c.Stats
	if c.Role != table.Data || c.Form != table.Scalar || st == nil || rows < 1 || st.Nulls > 0 || st.Empty > 0 ||
		st.Longest > 64 || float64(st.Distinct) < 0.95*float64(rows) {
		return 0
	}
	switch {
	case endsLikeID(c.Name):
		return 3
	case c.Type == table.Text:
		return 2
	case c.Type == table.Integer:
		return 1
	}
	return 0
}

// endsLikeID tells whether a header's last word is that of an identifier.
func endsLikeID(header string) bool {
	words := strings.Fields(strings.ToLower(spelled(header)))
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "id", "ident", "identifier", "key", "code", "number", "nr", "no", "num", "ref", "reference", "sku", "isbn", "uuid", "guid":
		return true
	}
	return false
}

// names tells whether a header's last word is that of a name.
func names(header string) bool {
	words := strings.Fields(strings.ToLower(spelled(header)))
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "name", "title", "label", "subject", "caption":
		return true
	}
	return false
}
