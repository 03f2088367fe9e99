package diff

import (
	"context"
	"fmt"
	"io"
	"slices"

	"retable/internal/table"
)

// Patch is the changes of a comparison, kept to be applied to the left side.
// It is a Sink; its memory grows with the number of changes. Ignored columns
// stay as they are.
type Patch struct {
	files  map[string]string // left path -> right path
	tables map[string]*tablePatch
	order  []string
}

// tablePatch is the changes of one table.
type tablePatch struct {
	to      string // the right's name
	gone    bool
	removed map[string]bool
	renamed map[string]string
	added   []string
	rows    map[int64]*rowPatch
	extra   []addedRow
}

type rowPatch struct {
	gone  bool
	file  string
	cells map[string]Value // by left name
	added map[string]Value // by right name
}

type addedRow struct {
	file  string
	cells []Value
}

// NewPatch returns an empty patch.
func NewPatch() *Patch { return &Patch{files: map[string]string{}, tables: map[string]*tablePatch{}} }

var _ Sink = (*Patch)(nil)

// Files implements Sink.
func (p *Patch) Files(pairs []FilePair) error {
	for i := range pairs {
		if pairs[i].Left != nil && pairs[i].Right != nil {
			p.files[pairs[i].Left.Path] = pairs[i].Right.Path
		}
	}
	return nil
}

// Table implements Sink.
func (p *Patch) Table(t *TableResult) error {
	p.table(t.Name())
	return nil
}

func (p *Patch) table(name string) *tablePatch {
	t := p.tables[name]
	if t == nil {
		t = &tablePatch{to: name, removed: map[string]bool{}, renamed: map[string]string{}, rows: map[int64]*rowPatch{}}
		p.tables[name] = t
		p.order = append(p.order, name)
	}
	return t
}

// Change implements Sink.
func (p *Patch) Change(c *Change) error {
	switch c.Op {
	case FileRenamed:
		p.files[c.FileA] = c.FileB
		return nil
	case FileAdded, FileRemoved:
		return nil
	}
	t := p.table(c.Table)
	switch c.Op {
	case TableRemoved:
		t.gone = true
	case TableRenamed:
		t.to = c.New
	case ColumnRemoved:
		t.removed[c.Column] = true
	case ColumnRenamed:
		t.renamed[c.Column] = c.ColumnB
	case ColumnAdded:
		t.added = append(t.added, c.ColumnB)
	case RowAdded:
		t.extra = append(t.extra, addedRow{c.FileB, c.Cells})
	case RowRemoved:
		t.row(c.RowA).gone = true
	case RowMoved:
		t.row(c.RowA).file = c.FileB
	case CellChanged:
		t.row(c.RowA).cells[c.Column] = Value{c.ColumnB, c.New, c.NewNull}
	case CellAdded:
		t.row(c.RowA).added[c.ColumnB] = Value{c.ColumnB, c.New, c.NewNull}
	}
	return nil
}

func (t *tablePatch) row(at int64) *rowPatch {
	r := t.rows[at]
	if r == nil {
		r = &rowPatch{cells: map[string]Value{}, added: map[string]Value{}}
		t.rows[at] = r
	}
	return r
}

// Apply gives the rows of the right side: table by table, the left's rows
// with their changes, then the added ones. Equal to the right side as
// multisets of rows, columns by name; the emitted slice is used again.
func (p *Patch) Apply(ctx context.Context, left Source, emit func(table, file string, row []Value) error) error {
	sd, err := newSide(left, newScratch("", 0))
	if err != nil {
		return err
	}
	moved := map[int64]string{}
	tables := slices.Clone(left.Tables())
	slices.SortStableFunc(tables, func(x, y *table.Schema) int { return len(x.Path) - len(y.Path) }) // parents first
	for _, s := range tables {
		t := p.tables[s.Name]
		if t != nil && t.gone {
			continue
		}
		if t == nil {
			t = p.table(s.Name)
		}
		if err := p.rewrite(ctx, sd, s, t, moved, emit); err != nil {
			return fmt.Errorf("apply changes to table %s: %w", s.Name, err)
		}
	}
	for _, name := range p.order {
		for _, r := range p.tables[name].extra {
			if err := emit(p.tables[name].to, r.file, r.cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewrite emits the rows of one table of the left that stay. Rows follow
// parents that were moved to another file.
func (p *Patch) rewrite(ctx context.Context, sd *side, s *table.Schema, t *tablePatch, moved map[int64]string, emit func(table, file string, row []Value) error) error {
	r, err := sd.src.Open(ctx, s.Name)
	if err != nil {
		return err
	}
	defer r.Close()
	sp := newSpool(sd, s)
	labels := sp.labels()
	var in table.Row
	var out []Value
	for n := int64(0); ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.Read(&in); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		edit := t.rows[n]
		if edit != nil && edit.gone {
			continue
		}
		h, err := sp.headOf(&in)
		if err != nil {
			return err
		}
		file := sd.files[h.file].Path
		if to, ok := p.files[file]; ok {
			file = to
		}
		to, follows := moved[h.parent]
		if edit != nil && edit.file != "" {
			to, follows = edit.file, true
		}
		if follows = follows && to != file; follows {
			file = to
			if h.id != 0 {
				moved[h.id] = to
			}
		}
		out = out[:0]
		for i, label := range labels {
			if t.removed[label] {
				continue
			}
			v, ok := in.Value(sp.columns[i])
			cell := Value{label, string(v), !ok}
			if edit != nil {
				if c, changed := edit.cells[label]; changed {
					cell = c
				}
			}
			if to, ok := t.renamed[label]; ok {
				cell.Column = to
			}
			out = append(out, cell)
		}
		for _, label := range t.added {
			cell := Value{label, "", true}
			if edit != nil {
				if c, ok := edit.added[label]; ok {
					cell = c
				}
			}
			out = append(out, cell)
		}
		if err := emit(t.to, file, out); err != nil {
			return err
		}
	}
}
