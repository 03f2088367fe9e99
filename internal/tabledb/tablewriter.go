package tabledb

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"retable/internal/table"
)

// Batches: a statement inserts up to batchRows rows at once and has no more
// than SQLite's number of variables; a table buffers no more than its share
// of bufferBytes.
const (
	batchRows    = 32
	maxVariables = 32766
	bufferBytes  = 16 << 20
	minBuffer    = 2 << 10
	maxBuffer    = 128 << 10
)

// hiddenLineage are the columns every table has, in schema or hidden.
var hiddenLineage = [...]string{"_file_id", "_line", "_offset"}

// tableWriter collects the rows of one table and inserts them in batches.
type tableWriter struct {
	w       *Writer
	schema  *table.Schema
	id      int
	sqlName string
	columns []string // names in SQL of the data columns outside _extra
	hidden  []string // lineage columns that the schema lacks
	extra   bool
	integer []bool // by schema column: stored as INTEGER
	fileCol int    // schema column _file_id, or -1

	data      []byte
	cells     []table.Cell
	positions []table.Position
	per       int
	args      []driver.NamedValue
	extraBuf  []byte

	rows      int64
	run       span
	manyFiles bool
	closed    bool
}

var _ table.RowWriter = (*tableWriter)(nil)

func newTableWriter(w *Writer, schema *table.Schema) *tableWriter {
	t := &tableWriter{w: w, schema: schema, id: len(w.tables) + 1, fileCol: schema.Index("_file_id")}
	t.sqlName = w.sqlName.unique(tableName(schema.Name), "~")
	used := names{}
	used.unique("_rid", "")
	used.unique("_extra", "")
	for _, name := range hiddenLineage {
		if schema.Index(name) < 0 {
			t.hidden = append(t.hidden, name)
			used.unique(name, "")
		}
	}
	t.integer = make([]bool, len(schema.Columns))
	for i := range schema.Columns {
		c := &schema.Columns[i]
		t.integer[i] = c.Role == table.Bookkeeping && c.Type == table.Integer
		if i == w.opts.DataColumns {
			t.extra = true
		}
		if !t.extra {
			t.columns = append(t.columns, used.unique(columnName(c.Name), "~"))
		}
	}
	t.per = max(1, min(batchRows, maxVariables/t.width()))
	return t
}

// width is the number of values a row of the table in SQL has, _rid apart.
func (t *tableWriter) width() int {
	n := len(t.columns) + len(t.hidden)
	if t.extra {
		n++
	}
	return n
}

func (t *tableWriter) has(column string) bool {
	for _, c := range t.hidden {
		if c == column {
			return true
		}
	}
	i := t.schema.Index(column)
	return i >= 0 && i < len(t.columns)
}

func (t *tableWriter) createSQL() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + quote(t.sqlName) + " (_rid INTEGER PRIMARY KEY")
	for i, c := range t.columns {
		b.WriteString(", " + quote(c))
		if t.integer[i] {
			b.WriteString(" INTEGER")
		} else {
			b.WriteString(" TEXT")
		}
	}
	for _, c := range t.hidden {
		b.WriteString(", " + c + " INTEGER")
	}
	if t.extra {
		b.WriteString(", _extra TEXT")
	}
	b.WriteString(")")
	return b.String()
}

// insertSQL is the statement that inserts n rows.
func (t *tableWriter) insertSQL(n int) string {
	row := "(NULL" + strings.Repeat(",?", t.width()) + ")"
	return "INSERT INTO " + quote(t.sqlName) + " VALUES " + row + strings.Repeat(","+row, n-1)
}

// Write buffers a row. After a failure every call reports it.
func (t *tableWriter) Write(row *table.Row) error {
	if len(row.Cells) != len(t.schema.Columns) {
		return fmt.Errorf("table %s has %d columns, the row has %d", t.schema.Name, len(t.schema.Columns), len(row.Cells))
	}
	off := uint32(len(t.data)) //nolint:gosec // at most maxBuffer
	t.data = append(t.data, row.Data...)
	for _, c := range row.Cells {
		c.Off += off
		t.cells = append(t.cells, c)
	}
	t.positions = append(t.positions, row.Pos)
	if len(t.positions) >= t.per || len(t.data) >= maxBuffer || len(t.data) >= minBuffer && len(t.data) > t.share() {
		return t.flush()
	}
	return nil
}

// share is what each table may buffer. The number of tables is read
// without the lock held elsewhere, so it is asked for rarely.
func (t *tableWriter) share() int {
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	return max(minBuffer, bufferBytes/len(t.w.tables))
}

// Close inserts the rest.
func (t *tableWriter) Close() error {
	if t.closed {
		return nil
	}
	err := t.flush()
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	t.closed = true
	t.endRun()
	t.data, t.cells, t.positions, t.args, t.extraBuf = nil, nil, nil, nil, nil
	return err
}

// flush inserts the buffered rows: all at once if they fill a batch, else
// one by one.
func (t *tableWriter) flush() error {
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	if t.w.err != nil {
		return t.w.err
	}
	if t.w.ended || t.closed {
		return fmt.Errorf("%w: %s", ErrClosed, t.w.path)
	}
	n := len(t.positions)
	step := 1
	if n == t.per {
		step = n
	}
	for from := 0; from < n; from += step {
		if err := t.insert(from, step); err != nil {
			return t.w.fail(fmt.Errorf("insert into table %s: %w", t.schema.Name, err))
		}
	}
	t.data, t.cells, t.positions = t.data[:0], t.cells[:0], t.positions[:0]
	if cap(t.data) > 4*maxBuffer {
		t.data = nil // a giant row passed
	}
	return nil
}

func (t *tableWriter) insert(from, n int) error {
	t.args, t.extraBuf = t.args[:0], t.extraBuf[:0]
	width := len(t.schema.Columns)
	for r := from; r < from+n; r++ {
		cells := t.cells[r*width : (r+1)*width]
		for i := range t.columns {
			t.bind(t.value(cells[i], t.integer[i]))
		}
		t.count(t.fileOf(cells, t.positions[r]))
		for _, name := range t.hidden {
			switch name {
			case "_file_id":
				t.bind(int64(t.positions[r].File) + 1)
			case "_line":
				t.bind(t.positions[r].Line)
			case "_offset":
				t.bind(t.positions[r].Offset)
			}
		}
		if t.extra {
			t.bind(t.extraValue(cells))
		}
	}
	s, err := t.w.stmt(t, n)
	if err != nil {
		return err
	}
	return s.run(t.args)
}

func (t *tableWriter) bind(v driver.Value) {
	t.args = append(t.args, driver.NamedValue{Ordinal: len(t.args) + 1, Value: v})
}

func (t *tableWriter) value(c table.Cell, integer bool) driver.Value {
	if c.Flags&table.Present == 0 {
		return nil
	}
	// The driver copies the text before insert returns and the buffer changes.
	text := unsafe.String(unsafe.SliceData(t.data[c.Off:]), int(c.Len)) //nolint:gosec // the buffer is not written to while the statement runs
	if c.Len == 0 {
		text = ""
	}
	if integer {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	}
	return text
}

// extraValue is the JSON object of the values past the column limit.
func (t *tableWriter) extraValue(cells []table.Cell) driver.Value {
	start := len(t.extraBuf)
	b := t.extraBuf
	b = append(b, '{')
	for i := len(t.columns); i < len(cells); i++ {
		c := cells[i]
		if c.Flags&table.Present == 0 {
			continue
		}
		if len(b) > start+1 {
			b = append(b, ',')
		}
		b = appendJSON(b, t.schema.Columns[i].Name)
		b = append(b, ':')
		b = appendJSON(b, string(t.data[c.Off:c.Off+c.Len]))
	}
	b = append(b, '}')
	t.extraBuf = b
	return string(t.extraBuf[start:])
}

// fileOf is the file id of a row: its own column's, else its position's.
func (t *tableWriter) fileOf(cells []table.Cell, pos table.Position) int64 {
	if t.fileCol >= 0 {
		if id, ok := t.value(cells[t.fileCol], true).(int64); ok {
			return id
		}
	}
	return int64(pos.File) + 1
}

// count notes the row in the span of its file.
func (t *tableWriter) count(file int64) {
	t.rows++
	if t.run.rows > 0 && t.run.file == file {
		t.run.rows++
		return
	}
	if t.run.rows > 0 {
		t.manyFiles = true
	}
	t.endRun()
	t.run = span{table: t.id, file: file, first: t.rows, rows: 1}
}

func (t *tableWriter) endRun() {
	if t.run.rows > 0 {
		t.w.spans = append(t.w.spans, t.run)
		t.run = span{}
	}
}
