package xmltable

import (
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// scope is an open row, or an open ancestor of rows with the cells it lends
// them.
type scope struct {
	step    *step
	row     table.Row
	pending []late // values no cell of their own shows, counted if the row is
	merged  int    // how many pending were left when they were last added up
	id      int64
	rows    int // rows delivered below: an ancestor without any is an orphan
	held    heldRows
	pos     int
	ord     int
	name    string
	xpath   []byte
}

// late is the tally of one path's values in a row that is still open.
type late struct {
	id int
	tally
}

// manyLate is how many late tallies a row may have before those of the same
// path are added up: a huge record has few paths, however many values.
const manyLate = 4096

// addLate adds a value to the innermost row's late tallies.
func (f *Flattener) addLate(id int, h uint64) {
	sc := f.sc
	if len(sc.pending) >= max(manyLate, 2*sc.merged) {
		from := 0
		if f.capture != nil {
			from = f.capture.from // what the capture may take back stays apart
		}
		sc.pending = append(sc.pending[:from], mergeLate(sc.pending[from:])...)
		sc.merged = len(sc.pending)
	}
	sc.pending = append(sc.pending, late{id, tally{1, h}})
}

// mergeLate adds up tallies of the same path, in place.
func mergeLate(all []late) []late {
	slices.SortFunc(all, func(a, b late) int { return a.id - b.id })
	out := all[:0]
	for _, l := range all {
		if n := len(out); n > 0 && out[n-1].id == l.id {
			out[n-1].n += l.n
			out[n-1].sum += l.sum
			continue
		}
		out = append(out, l)
	}
	return out
}

// openScope begins a row, or an ancestor of rows.
func (f *Flattener) openScope(s *step, node *xmltok.Node) error {
	sc := f.nextScope()
	fr := &f.frames[len(f.frames)-1]
	sc.step, sc.rows, sc.pending, sc.merged = s, 0, sc.pending[:0], 0
	sc.pos, sc.ord, sc.name = fr.pos, fr.ord, node.Name.Local
	if s.open == openSpine {
		sc.row.Reset(len(s.lent))
		sc.row.Pos = table.Position{File: f.file.Index, Line: f.tok.Line(), Offset: f.tok.Offset()}
		f.sc = sc
		return nil
	}
	t := f.now.Tables[s.table]
	sc.row.Reset(len(t.inner))
	if t.line {
		sc.row.Pos = table.Position{File: f.file.Index, Line: f.tok.Line(), Offset: f.tok.Offset()}
	}
	if t.own.xpath >= 0 {
		sc.xpath = f.appendXPath(sc.xpath[:0])
	}
	if t.own.name >= 0 && node.Overflow {
		sc.name = f.tok.OverflowName().Local
	}
	if f.now.Mode == Relational {
		f.nextID++
		if f.nextID >= int64(f.file.Index+2)*idsPerFile {
			return &TooManyRowsError{Path: f.file.Path}
		}
		sc.id = f.nextID
	}
	f.sc = sc
	return nil
}

// TooManyRowsError refuses a file with more rows than ids.
type TooManyRowsError struct{ Path string }

func (e *TooManyRowsError) Error() string {
	return e.Path + ": more than " + strconv.Itoa(idsPerFile) + " rows in one file: split it, or convert it in flat mode"
}

// maxRowBytes bounds the values of one row: cells point into them by 32 bits,
// and neither SQLite nor a comparison takes more.
const maxRowBytes = 1<<31 - 1

// RowTooLongError refuses a record whose values together pass the limit.
type RowTooLongError struct {
	Path  string
	Line  int64
	Bytes int
}

func (e *RowTooLongError) Error() string {
	return e.Path + ": the record at line " + strconv.FormatInt(e.Line, 10) + " has " + strconv.Itoa(e.Bytes) + " bytes, more than the " +
		strconv.Itoa(maxRowBytes) + " that a row can hold: choose smaller records (--record)"
}

// nextScope takes a scope from the stack's spare ones.
func (f *Flattener) nextScope() *scope {
	n := len(f.scopes)
	if n < cap(f.scopes) {
		f.scopes = f.scopes[:n+1]
		if f.scopes[n] != nil {
			return f.scopes[n]
		}
	} else {
		f.scopes = append(f.scopes, nil)
	}
	f.scopes[n] = &scope{}
	return f.scopes[n]
}

// closeScope ends a row or an ancestor.
func (f *Flattener) closeScope(fr *open) error {
	sc := f.sc
	f.closeLists(sc)
	if sc.step.open == openSpine {
		return f.closeSpine(sc)
	}
	t := f.now.Tables[sc.step.table]
	incomplete := f.dropping && (f.now.Mode == Flat || sc.rows == 0)
	f.scopes = f.scopes[:len(f.scopes)-1]
	f.sc = nil
	if n := len(f.scopes); n > 0 {
		f.sc = f.scopes[n-1]
	}
	if incomplete {
		f.drop(t, sc)
		return nil
	}
	for _, sp := range f.scopes {
		sp.rows++
	}
	f.settle(sc.pending)
	f.fillOwn(t, sc, fr)
	f.copyCells(t, sc)
	return f.passOn(sc.step.table, t, &sc.row, 0)
}

// copyCells repeats the ancestors' values in a row.
func (f *Flattener) copyCells(t *Table, sc *scope) {
	for _, c := range t.copies {
		f.copyCell(c, &sc.row)
	}
}

func (f *Flattener) copyCell(c copied, row *table.Row) {
	if c.scope >= len(f.scopes) {
		return
	}
	from := &f.scopes[c.scope].row
	if v, ok := from.Value(c.from); ok {
		row.Set(c.to, v, from.Cells[c.from].Flags)
	}
}

// closeSpine ends an ancestor of rows: rows that waited for it go on, and
// without any row its own values get one.
func (f *Flattener) closeSpine(sc *scope) error {
	if err := f.releaseHeld(sc); err != nil {
		return err
	}
	if sc.rows == 0 && sc.step.table >= 0 && f.lends(sc) {
		if err := f.orphan(sc); err != nil {
			return err
		}
	}
	if sc.rows > 0 {
		f.settle(sc.pending)
		for i, id := range sc.step.lent {
			if v, ok := sc.row.Value(i); ok && id >= 0 {
				f.tally(int(id), xxh3.Hash(v))
			}
		}
	}
	f.scopes = f.scopes[:len(f.scopes)-1]
	f.sc = nil
	if n := len(f.scopes); n > 0 {
		f.sc = f.scopes[n-1]
	}
	return nil
}

// lends reports whether an ancestor has any value.
func (f *Flattener) lends(sc *scope) bool {
	for i := range sc.row.Cells {
		if sc.row.Cells[i].Flags&table.Present != 0 {
			return true
		}
	}
	return false
}

// orphan writes the row of an ancestor that has none below.
func (f *Flattener) orphan(sc *scope) error {
	t := f.now.Tables[sc.step.table]
	row := &f.out
	row.Reset(len(t.inner))
	row.Pos = sc.row.Pos
	for _, c := range t.copies {
		f.copyCell(c, row)
	}
	if t.own.file >= 0 {
		row.SetString(t.own.file, f.file.Path)
	}
	f.setLine(t, row)
	if t.own.xpath >= 0 {
		row.Set(t.own.xpath, f.appendXPath(nil), 0)
	}
	for _, sp := range f.scopes {
		sp.rows++
	}
	// Rows held for ancestors further out do not apply: those are open, and
	// this row is written with what they hold now plus what comes later.
	return f.passOn(sc.step.table, t, row, t.firstHold(sc.step.scope))
}

// firstHold is the position of the first hold further out than a scope.
func (t *Table) firstHold(scope int) int {
	for i, h := range t.holds {
		if h.scope < scope {
			return i
		}
	}
	return len(t.holds)
}

// passOn hands a row to the next ancestor it must wait for, or to the sink.
func (f *Flattener) passOn(ti int, t *Table, row *table.Row, hold int) error {
	if n := len(row.Data); n > f.rowBytes {
		return &RowTooLongError{f.file.Path, row.Pos.Line, n}
	}
	if hold < len(t.holds) {
		return f.scopes[t.holds[hold].scope].held.add(ti, row, f.opts.Scratch)
	}
	return f.deliver(ti, t, row)
}

// deliver counts a finished row's values and gives it to the sink.
func (f *Flattener) deliver(ti int, t *Table, row *table.Row) error {
	if f.guess == nil {
		f.countCells(ti, t, row)
	}
	f.now.rows[ti]++
	f.result.Rows[ti]++
	if t.picked != nil {
		row = f.pick(t, row)
	}
	return f.sink.Row(f.now.Plan, ti, row)
}

// countCells is the emitting side of the proof: what stands in the cells.
func (f *Flattener) countCells(ti int, t *Table, row *table.Row) {
	present := f.now.present[ti]
	for i, id := range t.owned {
		if row.Cells[i].Flags&table.Present == 0 {
			continue
		}
		present[i]++
		if id >= 0 {
			c := row.Cells[i]
			f.tally(int(id), xxh3.Hash(row.Data[c.Off:c.Off+c.Len]))
		}
	}
}

// pick arranges a built row's cells as they are delivered.
func (f *Flattener) pick(t *Table, row *table.Row) *table.Row {
	f.picked.Data, f.picked.Pos = row.Data, row.Pos
	f.picked.Cells = f.picked.Cells[:0]
	for _, i := range t.picked {
		f.picked.Cells = append(f.picked.Cells, row.Cells[i])
	}
	return &f.picked
}

func (f *Flattener) tally(id int, h uint64) {
	t := &f.now.emitted[id]
	t.n++
	t.sum += h
}

// settle counts the late values of a row that is written, and says how many
// they are.
func (f *Flattener) settle(pending []late) (n uint64) {
	for _, l := range pending {
		t := &f.now.emitted[l.id]
		t.n += l.n
		t.sum += l.sum
		n += l.n
	}
	return n
}

// drop accounts for a row that was open when its document broke.
func (f *Flattener) drop(t *Table, sc *scope) {
	f.result.Incomplete += f.settle(sc.pending)
	for i, id := range t.owned {
		if v, ok := sc.row.Value(i); ok && id >= 0 {
			f.tally(int(id), xxh3.Hash(v))
			f.result.Incomplete++
		}
	}
}

// fillOwn sets Retable's own columns.
func (f *Flattener) fillOwn(t *Table, sc *scope, fr *open) {
	row, own := &sc.row, &t.own
	if own.record >= 0 {
		row.SetString(own.record, sc.name)
	}
	if own.name >= 0 {
		row.SetString(own.name, sc.name)
	}
	if own.file >= 0 {
		row.SetString(own.file, f.file.Path)
	}
	f.setLine(t, row)
	if own.xpath >= 0 {
		row.Set(own.xpath, sc.xpath, 0)
	}
	if own.id < 0 {
		return
	}
	setInt(row, own.id, sc.id)
	if f.sc != nil {
		setInt(row, own.parent, f.sc.id)
		if own.parentTable >= 0 {
			row.SetString(own.parentTable, f.now.Tables[f.sc.step.table].Schema.Name)
		}
	}
	setInt(row, own.fileID, int64(f.file.Index+1))
	setInt(row, own.pos, int64(sc.pos))
	setInt(row, own.ord, int64(sc.ord))
	setInt(row, own.lineNo, row.Pos.Line)
	setInt(row, own.offsetNo, row.Pos.Offset)
	off := len(row.Data)
	row.Data = fr.hash.appendHex(row.Data)
	row.Cells[own.hash_] = table.Cell{Off: uint32(off), Len: uint32(len(row.Data) - off), Flags: table.Present | table.Plain}
}

func (f *Flattener) setLine(t *Table, row *table.Row) {
	if t.own.line >= 0 {
		setInt(row, t.own.line, row.Pos.Line)
	}
	if t.own.offset >= 0 {
		setInt(row, t.own.offset, row.Pos.Offset)
	}
}

func setInt(row *table.Row, col int, n int64) {
	off := len(row.Data)
	row.Data = strconv.AppendInt(row.Data, n, 10)
	row.Cells[col] = table.Cell{Off: uint32(off), Len: uint32(len(row.Data) - off), Flags: table.Present | table.Plain}
}

// appendXPath writes the absolute path of the innermost element with
// positions where a name repeats.
func (f *Flattener) appendXPath(dst []byte) []byte {
	for i := range f.frames {
		fr := &f.frames[i]
		dst = append(append(dst, '/'), fr.node.Name.QName()...)
		if fr.step.node.Repeats() {
			dst = append(strconv.AppendInt(append(dst, '['), int64(fr.pos), 10), ']')
		}
	}
	return dst
}
