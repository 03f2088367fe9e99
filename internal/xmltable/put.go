package xmltable

import (
	"fmt"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
)

// put sets a value's cell in the innermost scope. Values that no cell of
// their own shows are tallied here, the others when their row is delivered.
func (f *Flattener) put(v *value, b []byte, plain bool) error {
	if v.cell {
		row := &f.sc.row
		c := &row.Cells[v.col]
		if c.Flags&table.Present == 0 {
			*c = table.Cell{Off: uint32(len(row.Data)), Len: uint32(len(b)), Flags: table.Present}
			if plain {
				c.Flags |= table.Plain
			}
			row.Data = append(row.Data, b...)
			return nil
		}
	}
	if v.late && v.id >= 0 && f.guess == nil {
		f.addLate(v.id, xxh3.Hash(b))
	}
	return f.set(v, b, plain)
}

// putText puts an element's own text.
func (f *Flattener) putText(v *value, b []byte, kids, plain bool) error {
	if kids {
		return f.putStray(v, b)
	}
	return f.put(v, b, plain)
}

// putStray is put for text beside child elements, where white space is
// layout: the tally leaves it out, as the profile's does.
func (f *Flattener) putStray(v *value, b []byte) error {
	if v.id >= 0 && f.guess == nil {
		f.addLate(v.id, strayHash(b))
	}
	return f.set(v, b, false)
}

func (f *Flattener) set(v *value, b []byte, plain bool) error {
	if v.list != nil {
		f.putList(v.list, b)
		return nil
	}
	if v.col < 0 {
		return nil
	}
	row := &f.sc.row
	if row.Cells[v.col].Flags&table.Present != 0 {
		return fmt.Errorf("%s: %s occurs twice: %w", f.file.Path, pathOf(v.node), ErrChanged)
	}
	var flags table.CellFlags
	if plain {
		flags = table.Plain
	}
	row.Set(v.col, b, flags)
	return nil
}

func (f *Flattener) tooLong(path string) error {
	return &ValueError{Path: path, Line: f.tok.Line(), Limit: f.opts.MaxValue}
}
