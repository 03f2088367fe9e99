package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"retable/internal/table"
)

// CSV by RFC 4180, UTF-8, with these choices where the RFC leaves one or
// where practice has left the RFC:
//
//   - Lines end by LF. The RFC says CR LF; every reader takes both, LF is
//     what Unix tools expect and a byte less per row. Options.CRLF follows
//     the letter.
//   - A null is an empty cell, a present empty string is "". Readers that
//     tell them apart (PostgreSQL, DuckDB, R, Go) get both back, the others
//     see two empty cells.
//   - Values are verbatim and quoted only where the grammar needs it: a
//     separator, a quote, CR or LF inside. Outer spaces belong to the value
//     by the RFC and are left alone.
//   - A row that would be a blank line (the null of a one-column table)
//     is written as "", since many readers skip blank lines: the row is
//     kept, and told from an empty string no longer. Callers who need the
//     difference add a column.
func csvFormat() Format {
	return Format{
		Name:      "csv",
		Ext:       ".csv",
		MediaType: "text/csv",
		Summary:   "comma-separated values, RFC 4180, UTF-8; one file per table",
		Line: func(schema *table.Schema, opts Options) LineEncoder {
			return newCSV(schema, opts)
		},
	}
}

type csvEncoder struct {
	schema  *table.Schema
	sep     byte
	plain   bool // the Plain flag covers the separator
	guard   bool
	bom     bool
	crlf    bool
	guarded uint64
}

var _ LineEncoder = (*csvEncoder)(nil)

func newCSV(schema *table.Schema, opts Options) *csvEncoder {
	e := &csvEncoder{schema: schema, sep: opts.Separator, guard: opts.Guard, bom: opts.BOM, crlf: opts.CRLF}
	if e.sep == 0 {
		e.sep = ','
	}
	e.plain = e.sep == ',' || e.sep == '\t'
	return e
}

func (e *csvEncoder) Guarded() uint64 { return e.guarded }

func (e *csvEncoder) AppendHeader(dst []byte) []byte {
	if e.bom {
		dst = append(dst, bomUTF8...)
	}
	for i := range e.schema.Columns {
		if i > 0 {
			dst = append(dst, e.sep)
		}
		name := []byte(e.schema.Columns[i].Name)
		if len(name) == 0 || quoteIndex(name, e.sep) >= 0 || i == 0 && !e.bom && bytes.HasPrefix(name, []byte(bomUTF8)) {
			dst = appendQuoted(dst, name)
		} else {
			dst = append(dst, name...)
		}
	}
	return e.endLine(dst)
}

const bomUTF8 = "\xEF\xBB\xBF"

func (e *csvEncoder) AppendRow(dst []byte, row *table.Row) []byte {
	data, cells := row.Data, row.Cells
	start := len(dst)
	// With room for all cells verbatim, the plain ones below never grow dst.
	if need := len(data) + 2*len(cells) + table.ShortCell; cap(dst)-len(dst) < need {
		dst = grow(dst, need)
	}
	for i := range cells {
		if i > 0 {
			dst = append(dst, e.sep)
		}
		c := &cells[i]
		if c.Flags&table.Present == 0 {
			continue
		}
		n := int(c.Len)
		if n == 0 {
			dst = append(dst, '"', '"')
			continue
		}
		off := int(c.Off)
		if e.guard && mayNeedGuard(data[off]) || c.Flags&table.Plain == 0 || !e.plain {
			dst = e.appendCell(dst, data[off:off+n], c.Flags)
			continue
		}
		dst = table.AppendSpan(dst, data, off, n)
	}
	if len(dst) == start {
		dst = append(dst, '"', '"')
	}
	return e.endLine(dst)
}

// appendCell is the long way for cells that may need a guard or quotes.
func (e *csvEncoder) appendCell(dst, v []byte, flags table.CellFlags) []byte {
	guard := e.guard && needsGuard(v)
	if guard {
		e.guarded++
	}
	if flags&table.Plain != 0 && e.plain || quoteIndex(v, e.sep) < 0 {
		if guard {
			dst = append(dst, '\'')
		}
		return append(dst, v...)
	}
	if !guard {
		return appendQuoted(dst, v)
	}
	dst = append(dst, '"', '\'')
	return appendQuoteBody(dst, v)
}

func (e *csvEncoder) endLine(dst []byte) []byte {
	if e.crlf {
		return append(dst, '\r', '\n')
	}
	return append(dst, '\n')
}

func appendQuoted(dst, v []byte) []byte {
	return appendQuoteBody(append(dst, '"'), v)
}

// appendQuoteBody appends v with its quotes doubled, and the closing quote.
// Lists are dense with quotes, so v is copied in words of eight bytes up to
// each quote rather than searched for one call at a time.
func appendQuoteBody(dst, v []byte) []byte {
	if most := 2*len(v) + 16; cap(dst)-len(dst) < most {
		if need := len(v) + bytes.Count(v, []byte{'"'}) + 16; cap(dst)-len(dst) < need {
			dst = grow(dst, need)
		}
	}
	l, i := len(dst), 0
	d := dst[:cap(dst)]
	for i+8 <= len(v) {
		w := binary.LittleEndian.Uint64(v[i:])
		binary.LittleEndian.PutUint64(d[l:], w)
		m := zeroFlags(w ^ lowBits*'"')
		if m == 0 {
			l, i = l+8, i+8
			continue
		}
		n := bits.TrailingZeros64(m)/8 + 1
		l, i = l+n, i+n
		d[l] = '"'
		l++
	}
	for ; i < len(v); i++ {
		d[l] = v[i]
		l++
		if v[i] == '"' {
			d[l] = '"'
			l++
		}
	}
	d[l] = '"'
	return d[:l+1]
}
