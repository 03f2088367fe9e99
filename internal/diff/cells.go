package diff

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"retable/internal/table"
)

// cellKind is how the values of a matched column are read.
type cellKind uint8

const (
	asText cellKind = iota
	asNumber
	asInstant
)

// cellRule says when two cells of a matched column are equal. It is not
// written after it is made.
type cellRule struct {
	kind                    cellKind
	fold, trim, collapse    bool
	unwrapLeft, unwrapRight bool // lists whose other side is no list
	nulls                   map[string]bool
	tolerance               *tolerance
	plain                   bool // ASCII text is its own canonical form
}

// verdict of two cells.
type verdict uint8

const (
	same verdict = iota
	sameButFormat
	differs
)

func isNumber(t table.Type) bool  { return t == table.Integer || t == table.Decimal }
func isInstant(t table.Type) bool { return t == table.Date || t == table.DateTime }
func isNested(f table.Form) bool  { return f == table.JSON || f == table.XML }

// newCellRule makes the rule for columns of the types and forms.
func newCellRule(r CellRules, tol *tolerance, a, b table.Type, fa, fb table.Form) *cellRule {
	c := &cellRule{fold: r.IgnoreCase, trim: r.Trim, collapse: r.CollapseSpace, tolerance: tol}
	c.unwrapLeft = fa == table.List && fb == table.Scalar
	c.unwrapRight = fb == table.List && fa == table.Scalar
	either := func(is func(table.Type) bool) bool { return is(a) || is(b) }
	both := func(is func(table.Type) bool) bool {
		return either(is) && (is(a) || a == table.Unknown) && (is(b) || b == table.Unknown)
	}
	switch {
	case r.AsText || fa == table.List && fb == table.List, isNested(fa), isNested(fb):
	case both(isNumber), tol != nil && tol.abs.Sign()+tol.rel.Sign() > 0:
		c.kind = asNumber
	case both(isInstant), either(isInstant) && (a == table.Text || b == table.Text), tol != nil && tol.seconds > 0:
		c.kind = asInstant
	}
	if len(r.NullTokens) > 0 {
		c.nulls = map[string]bool{}
		var w cellWork
		for _, token := range r.NullTokens {
			c.nulls[string(c.text(&w, 0, []byte(token)))] = true
		}
	}
	c.plain = c.kind == asText && !c.fold && !c.trim && !c.collapse && !c.unwrapLeft && !c.unwrapRight && c.nulls == nil
	return c
}

// cellWork is the memory of one goroutine that compares cells.
type cellWork struct {
	bufs   [2][]byte
	spare  [2][]byte
	number [2]decimal
	lower  cases.Caser
	folder cases.Caser
	folds  bool
}

func isASCII(v []byte) bool {
	for len(v) >= 8 {
		if (uint64(v[0])|uint64(v[1])|uint64(v[2])|uint64(v[3])|uint64(v[4])|uint64(v[5])|uint64(v[6])|uint64(v[7]))&0x80 != 0 {
			return false
		}
		v = v[8:]
	}
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// canon returns the form that all equal values share, tolerances aside; false
// for null. The result aliases v or the work's buffer of that side.
func (c *cellRule) canon(w *cellWork, side int, v []byte, present bool) ([]byte, bool) {
	if !present || c.plain && isASCII(v) || c.isCanonical(v) {
		return v, present
	}
	if side == 0 && c.unwrapLeft || side == 1 && c.unwrapRight {
		if v, present = unwrap(v); !present {
			return nil, false
		}
	}
	v = c.text(w, side, v)
	if c.nulls != nil && c.nulls[string(v)] {
		return nil, false
	}
	switch c.kind {
	case asNumber:
		if d := &w.number[side]; d.parse(v) {
			w.spare[side] = d.appendTo(w.spare[side][:0])
			return w.spare[side], true
		}
	case asInstant:
		if t, ok := parseInstant(v); ok {
			w.spare[side] = t.appendTo(w.spare[side][:0])
			return w.spare[side], true
		}
	}
	return v, true
}

// isCanonical tells numbers that are their own canonical form.
func (c *cellRule) isCanonical(v []byte) bool {
	return c.kind == asNumber && c.nulls == nil && len(v) > 0 && plainInteger(v) && (v[0] != '-' || v[1] != '0')
}

// text is Unicode's NFC and what the options ask for.
func (c *cellRule) text(w *cellWork, side int, v []byte) []byte {
	ascii := isASCII(v)
	if !ascii && !norm.NFC.IsNormal(v) {
		w.bufs[side] = norm.NFC.Append(w.bufs[side][:0], v...)
		v = w.bufs[side]
	}
	if c.trim || c.collapse && c.kind != asText {
		v = bytes.TrimSpace(v)
	}
	if c.collapse && hasLooseSpace(v) {
		w.bufs[side] = collapse(w.bufs[side], v)
		v = w.bufs[side]
	}
	if c.fold {
		if ascii && bytes.IndexFunc(v, unicode.IsUpper) < 0 {
			return v
		}
		if !w.folds {
			w.lower, w.folder, w.folds = cases.Lower(language.Und), cases.Fold(), true
		}
		// Folding alone exchanges Cherokee's cases instead of joining them.
		v = norm.NFC.Bytes(w.folder.Bytes(w.lower.Bytes(v)))
	}
	return v
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func hasLooseSpace(v []byte) bool {
	for i, c := range v {
		if isSpace(c) && (c != ' ' || i > 0 && isSpace(v[i-1])) {
			return true
		}
	}
	return false
}

// collapse writes v to dst with one space for each run of XML white space; v
// may be dst's own bytes, since the result never overtakes it.
func collapse(dst, v []byte) []byte {
	dst = dst[:0]
	if cap(dst) < len(v) {
		dst = make([]byte, 0, len(v))
	}
	for i, c := range v {
		switch {
		case !isSpace(c):
			dst = append(dst, c)
		case i == 0 || !isSpace(v[i-1]):
			dst = append(dst, ' ')
		}
	}
	return dst
}

// unwrap reads the one value of a JSON list: [["x"]] is x. A longer list stays
// as it is.
func unwrap(v []byte) ([]byte, bool) {
	inner := v
	for len(inner) >= 2 && inner[0] == '[' && inner[len(inner)-1] == ']' {
		inner = inner[1 : len(inner)-1]
	}
	if string(inner) == "null" || len(inner) == 0 {
		return nil, false
	}
	var s string
	if inner[0] != '"' || json.Unmarshal(inner, &s) != nil {
		return v, true
	}
	return []byte(s), true
}

// compare compares the cells of a matched column.
func (c *cellRule) compare(w *cellWork, a []byte, aok bool, b []byte, bok bool) verdict {
	if aok == bok && bytes.Equal(a, b) {
		return same
	}
	ca, aok := c.canon(w, 0, a, aok)
	cb, bok := c.canon(w, 1, b, bok)
	switch {
	case aok != bok:
		return differs
	case !aok || bytes.Equal(ca, cb):
		return sameButFormat
	case c.tolerance == nil:
		return differs
	}
	if c.kind == asNumber && w.number[0].parse(ca) && w.number[1].parse(cb) && c.tolerance.near(&w.number[0], &w.number[1]) {
		return sameButFormat
	}
	if c.tolerance.seconds > 0 {
		x, xok := parseInstant(ca)
		y, yok := parseInstant(cb)
		if xok && yok && x.within(y, c.tolerance.seconds) {
			return sameButFormat
		}
	}
	return differs
}

// hash is the hash of the canonical form, told apart by column.
func (c *cellRule) hash(w *cellWork, side int, v []byte, ok bool, seed uint64) uint64 {
	v, ok = c.canon(w, side, v, ok)
	if !ok {
		return mix64(seed, 0x6e756c6c)
	}
	return xxh3.HashSeed(v, seed)
}
