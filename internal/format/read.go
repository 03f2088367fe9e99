package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"retable/internal/table"
)

// ReadOptions say how a line format's file is read.
type ReadOptions struct {
	// Schema is the table that the file holds; its header must agree. Nil
	// takes the columns from the header (csv, tsv), with unknown types.
	Schema *table.Schema
	// Name of the table where there is no Schema.
	Name string
	// Separator of csv; 0 is the comma, or without a Schema what the header
	// shows.
	Separator byte
	// Guarded undoes the formula guard (csv, tsv).
	Guarded bool
}

// Reader reads a table from a file of a line format.
type Reader interface {
	table.RowReader
	// Oddities tells what was read otherwise than written, so far.
	Oddities() []string
}

// ErrMalformed is wrapped by everything that is wrong with a file's content.
var ErrMalformed = errors.New("can't be read as a table")

// NewReader reads what the format's encoder writes: nulls and empty texts are
// told apart, but for a csv file without a Schema, where all empty cells are
// null, since other programs quote as they like. It closes r at its own
// Close, and at once if it fails.
func (f Format) NewReader(r io.ReadCloser, opts ReadOptions) (Reader, error) {
	l := &lineReader{src: r, in: bufio.NewReaderSize(r, 256<<10), opts: opts}
	var out Reader
	var err error
	switch f.Name {
	case "csv":
		out, err = newCSVReader(l)
	case "tsv":
		out, err = newTSVReader(l)
	case "jsonl":
		out, err = newJSONLReader(l)
	default:
		err = fmt.Errorf("%s files can't be read back: only csv, tsv and jsonl can", f.Name)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return out, nil
}

// lineReader reads lines and keeps count of them.
type lineReader struct {
	src  io.Closer
	in   *bufio.Reader
	opts ReadOptions
	buf  []byte // a line that does not fit the reader's buffer
	line int64  // number of the line that was read last

	schema *table.Schema
	short  int64 // rows with fewer cells than columns
	blank  int64 // blank lines
}

// maxRecord bounds a row, so that a missing quote doesn't read a whole file
// into memory.
const maxRecord = 1 << 29

// next returns the next line without its end; valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.buf = append(l.buf[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(l.buf) > maxRecord {
				return nil, l.fault("the line is longer than %d bytes", maxRecord)
			}
			line, err = l.in.ReadSlice('\n')
			l.buf = append(l.buf, line...)
		}
		line = l.buf
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("line %d: %w", l.line+1, err)
	}
	if len(line) == 0 {
		return nil, io.EOF
	}
	l.line++
	if l.line == 1 {
		if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) {
			return nil, l.fault("the file is encoded in UTF-16: save it as UTF-8")
		}
		line = bytes.TrimPrefix(line, []byte(bomUTF8))
	}
	return line, nil
}

// endless cuts a line's end.
func endless(line []byte) []byte {
	for _, c := range [...]byte{'\n', '\r'} {
		if n := len(line) - 1; n >= 0 && line[n] == c {
			line = line[:n]
		}
	}
	return line
}

func (l *lineReader) fault(text string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrMalformed, max(l.line, 1), fmt.Sprintf(text, args...))
}

// utf8 refuses other encodings, naming the byte.
func (l *lineReader) utf8(line []byte) error {
	if utf8.Valid(line) {
		return nil
	}
	i := 0
	for {
		r, n := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && n <= 1 {
			return l.fault("byte %d (0x%02X) is not UTF-8: save the file as UTF-8", i+1, line[i])
		}
		i += n
	}
}

// settle takes the header over, or compares it with the schema.
func (l *lineReader) settle(header []string) error {
	if l.opts.Schema == nil {
		s := &table.Schema{Name: l.opts.Name}
		for i, name := range header {
			if name == "" {
				name = fmt.Sprintf("column %d", i+1)
			}
			s.Columns = append(s.Columns, table.Column{Name: name, XPath: name})
		}
		l.schema = s
		return nil
	}
	l.schema = l.opts.Schema
	if len(header) != len(l.schema.Columns) {
		return l.fault("the header has %d columns, %s says %d: the file was changed since it was written", len(header), PackageName, len(l.schema.Columns))
	}
	for i, name := range header {
		if want := l.schema.Columns[i].Name; name != want {
			return l.fault("column %d is called %q, %s says %q: the file was changed since it was written", i+1, name, PackageName, want)
		}
	}
	return nil
}

// begin prepares a row that starts at the given line.
func (l *lineReader) begin(row *table.Row, line int64) {
	row.Reset(len(l.schema.Columns))
	row.Pos = table.Position{}
	if l.opts.Schema == nil {
		row.Pos.Line = line
	}
}

// set stores a cell.
func (l *lineReader) set(row *table.Row, i int, v []byte) {
	if l.opts.Guarded && isGuarded(v) {
		v = v[1:]
	}
	row.Set(i, v, 0)
}

// isGuarded tells a cell that the formula guard has changed.
func isGuarded(v []byte) bool { return len(v) > 1 && v[0] == '\'' && needsGuard(v[1:]) }

// Schema implements table.RowReader.
func (l *lineReader) Schema() *table.Schema { return l.schema }

// Close closes the file.
func (l *lineReader) Close() error { return l.src.Close() }

// Oddities implements Reader.
func (l *lineReader) Oddities() []string {
	var out []string
	if l.short > 0 {
		out = append(out, fmt.Sprintf("rows with fewer cells than the header: %d; the missing ones are null", l.short))
	}
	if l.blank > 0 {
		out = append(out, fmt.Sprintf("blank lines that were passed over: %d", l.blank))
	}
	return out
}
