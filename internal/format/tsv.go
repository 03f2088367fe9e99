package format

import (
	"bytes"
	"strings"

	"retable/internal/table"
)

// TSV by the rules of PostgreSQL's COPY text form, because they are lossless
// where IANA's text/tab-separated-values simply forbids tabs and line ends,
// and because PostgreSQL, MySQL and ClickHouse load it as it is: a tab,
// LF, CR and backslash inside a value become \t \n \r \\, a null is \N, an
// empty string is empty, lines end by LF. No byte is ever quoted, so cut,
// sort and awk see true columns.
//
// The empty string of a one-column table is a blank line, as in PostgreSQL.
func tsvFormat() Format {
	return Format{
		Name:      "tsv",
		Ext:       ".tsv",
		MediaType: "text/tab-separated-values",
		Summary:   "tab-separated values, backslash escapes, \\N for null; one file per table",
		Line: func(schema *table.Schema, opts Options) LineEncoder {
			return &tsvEncoder{schema: schema, guard: opts.Guard, bom: opts.BOM}
		},
	}
}

type tsvEncoder struct {
	schema  *table.Schema
	guard   bool
	bom     bool
	guarded uint64
}

var _ LineEncoder = (*tsvEncoder)(nil)

func (e *tsvEncoder) Guarded() uint64 { return e.guarded }

func (e *tsvEncoder) AppendHeader(dst []byte) []byte {
	if e.bom || len(e.schema.Columns) > 0 && strings.HasPrefix(e.schema.Columns[0].Name, bomUTF8) {
		dst = append(dst, bomUTF8...) // a reader takes away one
	}
	for i := range e.schema.Columns {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = appendTSV(dst, []byte(e.schema.Columns[i].Name))
	}
	return append(dst, '\n')
}

func (e *tsvEncoder) AppendRow(dst []byte, row *table.Row) []byte {
	data, cells := row.Data, row.Cells
	if need := len(data) + 3*len(cells) + table.ShortCell; cap(dst)-len(dst) < need {
		dst = grow(dst, need)
	}
	for i := range cells {
		if i > 0 {
			dst = append(dst, '\t')
		}
		c := &cells[i]
		if c.Flags&table.Present == 0 {
			dst = append(dst, '\\', 'N')
			continue
		}
		off, n := int(c.Off), int(c.Len)
		if n == 0 {
			continue
		}
		v := data[off : off+n]
		if e.guard && mayNeedGuard(v[0]) && needsGuard(v) {
			e.guarded++
			dst = append(dst, '\'')
		}
		// Plain leaves only the backslash open, which the library's own
		// search finds fastest.
		if c.Flags&table.Plain != 0 && bytes.IndexByte(v, '\\') < 0 {
			dst = table.AppendSpan(dst, data, off, n)
			continue
		}
		dst = appendTSV(dst, v)
	}
	return append(dst, '\n')
}

// appendTSV appends v with tabs, line ends and backslashes escaped.
func appendTSV(dst, v []byte) []byte {
	for {
		i := tsvIndex(v)
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(append(dst, v[:i]...), '\\')
		switch v[i] {
		case '\t':
			dst = append(dst, 't')
		case '\n':
			dst = append(dst, 'n')
		case '\r':
			dst = append(dst, 'r')
		default:
			dst = append(dst, '\\')
		}
		v = v[i+1:]
	}
}
