package format

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/table"
)

// spooledTable keeps the rows of a table in a scratch file until its set has
// room for it.
type spooledTable struct {
	name   string
	schema *table.Schema
	path   string
	pool   *pool
	file   *pooledFile
	buf    []byte
	rows   int64
}

var _ table.RowWriter = (*spooledTable)(nil)

func newSpooledTable(dir Dir, p *pool, name string, schema *table.Schema) (*spooledTable, error) {
	scratch, err := dir.Scratch()
	if err != nil {
		return nil, err
	}
	// The name is free: it will be the only file of that name in the set.
	path := filepath.Join(scratch, "spool-"+strings.TrimPrefix(name, "."))
	f, err := p.create(path, nil)
	if err != nil {
		return nil, err
	}
	return &spooledTable{name: name, schema: schema, path: path, pool: p, file: f}, nil
}

func (t *spooledTable) Write(row *table.Row) error {
	if len(row.Cells) != len(t.schema.Columns) {
		return fmt.Errorf("table %s has %d columns, the row has %d", t.schema.Name, len(t.schema.Columns), len(row.Cells))
	}
	t.buf = table.AppendRow(t.buf[:0], row)
	t.rows++
	_, err := t.file.Write(t.buf)
	return err
}

func (t *spooledTable) Close() error { return t.file.Close() }

// replay writes the rows through the writer that open returns, closes it and
// removes the scratch file.
func (t *spooledTable) replay(open func() (table.RowWriter, error)) (err error) {
	if err := t.file.Close(); err != nil {
		return err
	}
	f, err := t.pool.fs.OpenFile(t.path, os.O_RDONLY)
	if err != nil {
		return outputError("read", t.path, err)
	}
	defer func() { err = errors.Join(err, f.Close(), t.pool.fs.Remove(t.path)) }()
	w, err := open()
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, bufferSize)
	var row table.Row
	for range t.rows {
		if err = table.ReadRow(r, &row, len(t.schema.Columns)); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			err = outputError("read", t.path, err)
			break
		}
		if err = w.Write(&row); err != nil {
			break
		}
	}
	return errors.Join(err, w.Close())
}
