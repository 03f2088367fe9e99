package xmltok

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code names one kind of refusal. Codes are stable: programs may decide by
// them, and catalogues of messages in other languages may be keyed by them.
type Code string

// The codes, in the order in which a document meets them.
const (
	CodeRead             Code = "read"              // the reader failed
	CodeEncodingUnknown  Code = "encoding-unknown"  // no decoder for the declared or detected encoding
	CodeEncodingMismatch Code = "encoding-mismatch" // the declaration contradicts the bytes
	CodeEncodingBytes    Code = "encoding-bytes"    // bytes that mean nothing in the encoding
	CodeChar             Code = "char"              // a character XML does not allow [2]
	CodeXMLDecl          Code = "xml-declaration"   // [23]
	CodeDTD              Code = "dtd"               // malformed document type declaration [28]
	CodeOutsideRoot      Code = "outside-root"      // data before or after the root element
	CodeNoRoot           Code = "no-root"           // no element at all
	CodeSyntax           Code = "syntax"            // malformed markup
	CodeName             Code = "name"              // malformed name [5]
	CodeAttrValue        Code = "attribute-value"   // missing, not quoted, or with < in it [10]
	CodeDuplicateAttr    Code = "duplicate-attribute"
	CodeNamespace        Code = "namespace"    // Namespaces in XML 1.0
	CodeTagMismatch      Code = "tag-mismatch" // an end tag that closes something else
	CodeUnclosed         Code = "unclosed"     // the input ends too early
	CodeCDATAEnd         Code = "cdata-end"    // ]]> in text [14]
	CodeComment          Code = "comment"      // [15]
	CodePI               Code = "processing-instruction"
	CodeReference        Code = "reference" // malformed reference, or to a character XML does not allow [66]
	CodeEntityUndeclared Code = "entity-undeclared"
	CodeEntityExternal   Code = "entity-external"  // an external entity, which is never fetched
	CodeEntityUnparsed   Code = "entity-unparsed"  // a reference to a binary entity
	CodeEntityRecursive  Code = "entity-recursive" // an entity that contains itself
	CodeEntityNesting    Code = "entity-nesting"   // an entity that is not well-formed on its own
	CodeEntityLimit      Code = "entity-limit"     // Limits.EntityDepth, EntityBytes, EntityFactor
	CodeDepthLimit       Code = "depth-limit"      // Limits.MaxDepth
	CodeTokenLimit       Code = "token-limit"      // Limits.MaxToken
	CodeAttrLimit        Code = "attribute-limit"  // Limits.MaxAttrs
	CodePathLimit        Code = "path-limit"       // twice Limits.MaxPaths
	CodeDTDLimit         Code = "dtd-limit"        // Limits.MaxDTD
)

// Error tells why a document is refused, and where. Positions are those of
// the document; an error inside an entity is placed at the reference, and the
// message names the entity.
type Error struct {
	Code    Code
	Message string // fault and, where there is one, cure
	Line    int64  // from 1
	Column  int64  // from 1, in characters
	Offset  int64  // in bytes of the original input, from 0
	Excerpt string // the line around the place, control characters made visible
	Path    string // the open elements, /a/b/c
	Err     error  // the reader's error (CodeRead)
}

// Error gives one line: place, fault, path.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d, column %d (byte %d): %s", e.Line, e.Column, e.Offset, e.Message)
	if e.Path != "" {
		fmt.Fprintf(&b, " [in %s]", e.Path)
	}
	if e.Excerpt != "" {
		fmt.Fprintf(&b, ": %s", e.Excerpt)
	}
	return b.String()
}

// Unwrap gives the reader's error.
func (e *Error) Unwrap() error { return e.Err }

// fail records the error for the place p of the current input; it is sticky.
func (t *Tokenizer) fail(p int, code Code, format string, args ...any) status {
	if t.err != nil {
		return failed
	}
	message := fmt.Sprintf(format, args...)
	if n := len(t.frames); n > 0 {
		message += " (inside entity &" + t.frames[n-1].ent.name + ";)"
		p = t.frames[0].pos
	}
	line, column := t.win.lineColumn(p)
	t.err = &Error{
		Code: code, Message: message,
		Line: line, Column: column, Offset: t.win.offset(p),
		Excerpt: t.win.excerpt(p), Path: t.path(),
	}
	return failed
}

// path gives the open elements as /a/b/c, the middle left out when it is long.
func (t *Tokenizer) path() string {
	var names []string
	overflow := len(t.overflow)
	for n := t.cur; n != nil && n.Depth > 0; n = n.Parent {
		name := n.raw
		if n.Overflow && overflow > 0 {
			overflow--
			name = string(t.overflow[overflow].raw)
		}
		names = append(names, shorten(name, 60))
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		if skip := len(names) - 24; skip > 0 && i == len(names)-13 {
			fmt.Fprintf(&b, "/…(%d more)", skip)
			i -= skip - 1
			continue
		}
		b.WriteString("/" + names[i])
	}
	return b.String()
}

const (
	excerptBefore = 60 // bytes
	excerptAfter  = 40
)

// excerpt gives the line around buf[p], capped, with a mark at the place.
func (w *window) excerpt(p int) string {
	all := w.buf[:w.end]
	if w.badTail != nil {
		all = append(append([]byte(nil), all...), w.badTail...)
	}
	p = min(p, len(all))
	from := max(0, p-excerptBefore)
	for i := p; i > from; i-- {
		if all[i-1] == '\n' || all[i-1] == '\r' {
			from = i
		}
	}
	to := min(len(all), p+excerptAfter)
	for i := p; i < to; i++ {
		if i > p && (all[i] == '\n' || all[i] == '\r') {
			to = i
		}
	}
	for from < p && !utf8.RuneStart(all[from]) {
		from++
	}
	return visible(all[from:p]) + "▸" + visible(all[p:to])
}

// visible writes control characters and bad bytes in a readable form.
func visible(s []byte) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == utf8.RuneError && n == 1:
			if !utf8.FullRune(s) && len(s) < 4 {
				return b.String() // cut by the cap
			}
			fmt.Fprintf(&b, `\x%02X`, s[0])
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || (r >= 0x7F && r < 0xA0):
			fmt.Fprintf(&b, `\x%02X`, r)
		case r == 0xFEFF || (r >= 0x200B && r <= 0x200F) || (r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069) || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.Write(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// shorten caps a name for a message.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// charName names a byte at p for a message.
func (t *Tokenizer) charName(p int) string {
	if p >= t.end {
		return "the end of the input"
	}
	r, _ := utf8.DecodeRune(t.buf[p:t.end])
	if r < 0x20 {
		return fmt.Sprintf("U+%04X", r)
	}
	return fmt.Sprintf("%q", string(r))
}
