package format

import (
	"bytes"
	"io"

	"retable/internal/table"
)

// tsvReader reads tab-separated values as PostgreSQL writes them: \N is null,
// \t \n \r \\ are undone, any other backslash stands for itself. Quotes are
// text.
type tsvReader struct {
	*lineReader
	cell []byte
}

func newTSVReader(l *lineReader) (*tsvReader, error) {
	r := &tsvReader{lineReader: l}
	line, err := l.next()
	if err == io.EOF {
		return nil, l.fault("the file is empty: not even a header is in it")
	}
	if err != nil {
		return nil, err
	}
	line = endless(line)
	if err := l.utf8(line); err != nil {
		return nil, err
	}
	var header []string
	for _, name := range bytes.Split(line, []byte{'\t'}) {
		v, _ := r.unescape(name)
		header = append(header, string(v))
	}
	return r, l.settle(header)
}

// Read implements table.RowReader.
func (r *tsvReader) Read(row *table.Row) error {
	n := len(r.schema.Columns)
	line, err := r.next()
	for err == nil && len(endless(line)) == 0 && n > 1 {
		r.blank++
		line, err = r.next()
	}
	if err != nil {
		return err
	}
	line = endless(line)
	if err := r.utf8(line); err != nil {
		return err
	}
	r.begin(row, r.line)
	i := 0
	for ; ; i++ {
		v, rest, more := bytes.Cut(line, []byte{'\t'})
		if i >= n {
			if len(v) > 0 {
				return r.fault("more cells than the %d of the header", n)
			}
		} else if v, ok := r.unescape(v); ok {
			r.set(row, i, v)
		}
		if !more {
			break
		}
		line = rest
	}
	if i+1 < n {
		r.short++
	}
	return nil
}

// unescape returns a cell's value, or false for null.
func (r *tsvReader) unescape(v []byte) ([]byte, bool) {
	at := bytes.IndexByte(v, '\\')
	if at < 0 {
		return v, true
	}
	if string(v) == `\N` {
		return nil, false
	}
	r.cell = append(r.cell[:0], v[:at]...)
	for ; at < len(v); at++ {
		c := v[at]
		if c == '\\' && at+1 < len(v) {
			switch v[at+1] {
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case '\\':
			default:
				r.cell = append(r.cell, c)
				continue
			}
			at++
		}
		r.cell = append(r.cell, c)
	}
	return r.cell, true
}
