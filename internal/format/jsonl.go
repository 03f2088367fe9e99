package format

import (
	"encoding/json"

	"retable/internal/table"
)

// JSON Lines: one object per line, the column names as keys in column order,
// every key on every line, null for null.
//
// Values are JSON strings holding the verbatim text, except where the column
// is of type Integer or Decimal and the text is a JSON number of at most 15
// significant digits: then the text itself stands as the number token.
// Whoever reads numbers as doubles gets the exact value, whoever keeps the
// token (Python's parse_float=str, Go's json.Number) gets the exact
// text, "79500.00" included; longer numbers, INF and NaN stay strings.
// true and false of a Boolean column are JSON booleans. Options.Strings
// makes every scalar a string, for readers that must have the text.
//
// List and JSON cells are embedded as the JSON they are; one that isn't
// valid JSON is written as a string, so that a line is always valid.
func jsonlFormat() Format {
	return Format{
		Name:      "jsonl",
		Ext:       ".jsonl",
		MediaType: "application/jsonl",
		Summary:   "JSON Lines, lists and subtrees embedded; one file per table",
		Line: func(schema *table.Schema, opts Options) LineEncoder {
			return newJSONL(schema, opts)
		},
	}
}

type jsonlEncoder struct {
	keys  [][]byte // `{"name":` for the first column, `,"name":` for the others
	kinds []jsonKind
}

// jsonKind says how the cells of a column may be written.
type jsonKind uint8

const (
	jsonString jsonKind = iota
	jsonNumber
	jsonBoolean
	jsonRaw
)

var _ LineEncoder = (*jsonlEncoder)(nil)

func newJSONL(schema *table.Schema, opts Options) *jsonlEncoder {
	e := &jsonlEncoder{}
	for i := range schema.Columns {
		c := &schema.Columns[i]
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		e.keys = append(e.keys, append(appendJSONString(key, []byte(c.Name)), ':'))
		e.kinds = append(e.kinds, jsonKindOf(c, opts.Strings))
	}
	return e
}

func jsonKindOf(c *table.Column, strings bool) jsonKind {
	switch {
	case c.Form == table.List || c.Form == table.JSON:
		return jsonRaw
	case strings || c.Form != table.Scalar:
		return jsonString
	case c.Type == table.Integer || c.Type == table.Decimal:
		return jsonNumber
	case c.Type == table.Boolean:
		return jsonBoolean
	}
	return jsonString
}

func (e *jsonlEncoder) Guarded() uint64 { return 0 }

// AppendHeader appends nothing: every line names its columns.
func (e *jsonlEncoder) AppendHeader(dst []byte) []byte { return dst }

func (e *jsonlEncoder) AppendRow(dst []byte, row *table.Row) []byte {
	if len(e.keys) == 0 {
		return append(dst, "{}\n"...)
	}
	for i, key := range e.keys {
		dst = append(dst, key...)
		v, ok := row.Value(i)
		if !ok {
			dst = append(dst, "null"...)
			continue
		}
		switch e.kinds[i] {
		case jsonNumber:
			if isJSONNumber(v) {
				dst = append(dst, v...)
				continue
			}
		case jsonBoolean:
			if s := string(v); s == "true" || s == "false" {
				dst = append(dst, v...)
				continue
			}
		case jsonRaw:
			if json.Valid(v) {
				dst = appendOneLine(dst, v)
				continue
			}
		}
		dst = appendJSONString(dst, v)
	}
	return append(dst, '}', '\n')
}

// isJSONNumber reports whether v is a number by the JSON grammar with at most
// 15 significant digits and an exponent that a double holds.
func isJSONNumber(v []byte) bool {
	i := 0
	if i < len(v) && v[i] == '-' {
		i++
	}
	whole := digits(v, i)
	if whole == 0 || whole > 1 && v[i] == '0' {
		return false
	}
	significant := whole
	if v[i] == '0' {
		significant = 0
	}
	i += whole
	if i < len(v) && v[i] == '.' {
		n := digits(v, i+1)
		if n == 0 {
			return false
		}
		for j := i + 1; j <= i+n; j++ {
			if significant > 0 || v[j] != '0' {
				significant++
			}
		}
		i += 1 + n
	}
	if i < len(v) && (v[i] == 'e' || v[i] == 'E') {
		i++
		if i < len(v) && (v[i] == '+' || v[i] == '-') {
			i++
		}
		n := digits(v, i)
		if n == 0 || n > 2 { // two digits stay clear of the ends of a double's range
			return false
		}
		i += n
	}
	return i == len(v) && significant <= 15
}

// appendOneLine appends valid JSON with its line ends, which can only stand
// between tokens, turned to spaces.
func appendOneLine(dst, v []byte) []byte {
	start := len(dst)
	dst = append(dst, v...)
	for i := start; i < len(dst); i++ {
		if dst[i] == '\n' || dst[i] == '\r' {
			dst[i] = ' '
		}
	}
	return dst
}

// appendJSONString appends v as a JSON string: quotes, backslashes and
// control characters escaped, all else as it is.
func appendJSONString(dst, v []byte) []byte {
	dst = append(dst, '"')
	for {
		i := jsonIndex(v)
		if i < 0 {
			return append(append(dst, v...), '"')
		}
		dst = append(dst, v[:i]...)
		const hex = "0123456789abcdef"
		switch c := v[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		v = v[i+1:]
	}
}
