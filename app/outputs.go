package app

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"

	"retable/internal/format"
	"retable/internal/table"
	"retable/internal/xmltable"
)

// output is one table of one plan in every asked format.
type output struct {
	schema *table.Schema
	plan   *xmltable.Plan
	lines  []io.WriteCloser  // by line format, opened with the first row
	sets   []table.RowWriter // by set format
	slot   int               // first slot: one per line format, then one for all sets
	rows   uint64
}

// outputs writes all tables of a conversion. Its methods are called by one
// goroutine at a time, in the order of the files.
type outputs struct {
	dir     format.Dir
	opts    format.Options
	lines   []format.Format
	sets    []format.Set
	setName []format.Format
	tables  []*output
	byPlan  map[*xmltable.Plan]int // first table
	slots   []*output              // by slot
	names   format.Names
	files   map[string]*table.Schema // file name -> table
	row     table.Row
}

// openOutputs prepares the formats; files are made when their first row or
// the end comes.
func openOutputs(dir format.Dir, base string, formats []format.Format, opts format.Options, plans []*xmltable.Plan) (*outputs, error) {
	o := &outputs{dir: dir, opts: opts, byPlan: map[*xmltable.Plan]int{}, files: map[string]*table.Schema{}}
	for _, f := range formats {
		if f.Line != nil {
			o.lines = append(o.lines, f)
			continue
		}
		set, err := f.Open(dir, base, opts)
		if err != nil {
			o.abort()
			return nil, fmt.Errorf("open %s: %w", f.Name, err)
		}
		o.sets, o.setName = append(o.sets, set), append(o.setName, f)
	}
	for _, p := range plans {
		o.byPlan[p] = len(o.tables)
		for _, s := range p.Schemas() {
			t := &output{schema: s, plan: p, slot: len(o.slots), lines: make([]io.WriteCloser, len(o.lines)), sets: make([]table.RowWriter, len(o.sets))}
			o.tables = append(o.tables, t)
			for range len(o.lines) + min(1, len(o.sets)) {
				o.slots = append(o.slots, t)
			}
		}
	}
	return o, nil
}

// start makes a table's files.
func (o *outputs) start(t *output) error {
	if len(t.lines) > 0 && t.lines[0] != nil || len(t.sets) > 0 && t.sets[0] != nil {
		return nil
	}
	for i, f := range o.lines {
		name := o.names.Of(t.schema.Name, f.Ext)
		w, err := o.dir.Create(name)
		if err != nil {
			return err
		}
		t.lines[i] = w
		o.files[name] = t.schema
		if _, err := w.Write(f.Line(t.schema, o.opts).AppendHeader(nil)); err != nil {
			return err
		}
	}
	for i, s := range o.sets {
		w, err := s.Table(t.schema)
		if err != nil {
			return err
		}
		t.sets[i] = w
	}
	return nil
}

// flush implements slotWriter.
func (o *outputs) flush(slot int, b []byte) error {
	t := o.slots[slot]
	if err := o.start(t); err != nil {
		return err
	}
	if i := slot - t.slot; i < len(o.lines) {
		_, err := t.lines[i].Write(b)
		return err
	}
	r := bufio.NewReader(bytes.NewReader(b))
	for {
		err := table.ReadRow(r, &o.row, len(t.schema.Columns))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, w := range t.sets {
			if err := w.Write(&o.row); err != nil {
				return err
			}
		}
	}
}

// finish writes what tables without rows need and closes everything. Sets
// that hold more than tables hear of the run.
func (o *outputs) finish(run format.Run) error {
	for _, t := range o.tables {
		if t.rows == 0 && t.plan.Optional(t.schema) {
			continue
		}
		if err := o.start(t); err != nil {
			return err
		}
		for _, w := range t.lines {
			if err := w.Close(); err != nil {
				return err
			}
		}
		for _, w := range t.sets {
			if err := w.Close(); err != nil {
				return err
			}
		}
	}
	for i, s := range o.sets {
		if d, ok := s.(format.Describer); ok {
			d.Describe(run)
		}
		if err := s.Close(); err != nil {
			return fmt.Errorf("finish %s: %w", o.setName[i].Name, err)
		}
		if f, ok := s.(format.Filer); ok {
			maps.Copy(o.files, f.TableFiles())
		}
	}
	return nil
}

func (o *outputs) abort() {
	for _, s := range o.sets {
		s.Abort()
	}
}

// encoder is a worker's xmltable.Sink: it encodes rows into the part of the
// file at hand.
type encoder struct {
	out  *outputs
	part *part
	line [][]format.LineEncoder // by table, then line format
}

func newEncoder(o *outputs) *encoder {
	e := &encoder{out: o}
	for _, t := range o.tables {
		var encs []format.LineEncoder
		for _, f := range o.lines {
			encs = append(encs, f.Line(t.schema, o.opts))
		}
		e.line = append(e.line, encs)
	}
	return e
}

// Row implements xmltable.Sink.
func (e *encoder) Row(p *xmltable.Plan, ti int, row *table.Row) error {
	i := e.out.byPlan[p] + ti
	t := e.out.tables[i]
	grown := 0
	slot := t.slot
	for _, enc := range e.line[i] {
		before := len(e.part.bufs[slot])
		e.part.bufs[slot] = enc.AppendRow(e.part.bufs[slot], row)
		grown += len(e.part.bufs[slot]) - before
		slot++
	}
	if len(e.out.sets) > 0 {
		before := len(e.part.bufs[slot])
		e.part.bufs[slot] = table.AppendRow(e.part.bufs[slot], row)
		grown += len(e.part.bufs[slot]) - before
	}
	return e.part.grown(grown)
}

// guarded counts the cells that the formula guard changed.
func (e *encoder) guarded() uint64 {
	var n uint64
	for _, encs := range e.line {
		for _, enc := range encs {
			n += enc.Guarded()
		}
	}
	return n
}
