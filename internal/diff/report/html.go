package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"retable/internal/diff"
)

// HTMLOptions bound the page.
type HTMLOptions struct {
	// Rows is how many rows of each sort (changed, added, removed) a table
	// shows; 0 is 300. In all there are no more than fifty times as many.
	Rows int
	// Elsewhere says where all changes stand, such as "changes.csv"; "" if
	// nowhere.
	Elsewhere string
}

// NewHTML writes one page that needs nothing else: no script, no font, no
// picture from elsewhere. Changes wait in a file in scratch, an existing
// folder, until the summary that stands above them is known.
func NewHTML(w io.Writer, h Head, scratch string, opts HTMLOptions) (Report, error) {
	f, err := os.CreateTemp(scratch, "report-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("keep changes for the report: %w", err)
	}
	if opts.Rows <= 0 {
		opts.Rows = 300
	}
	return &htmlReport{out: w, head: h, opts: opts, left: 50 * opts.Rows, file: f, spool: bufio.NewWriterSize(f, 64<<10), tables: map[string]*kept{}}, nil
}

type htmlReport struct {
	out    io.Writer
	head   Head
	opts   HTMLOptions
	left   int // rows that the page may still show
	file   *os.File
	spool  *bufio.Writer
	size   int64
	tables map[string]*kept // by name
	now    *kept
}

// kept is what the page shows of a table.
type kept struct {
	from, to int64 // in the spool
	shown    [sorts]int
	last     [2]int64 // rows of the last change
	lastSort int
	cells    int // of that row
}

// The sorts of rows, each with a list of its own.
const (
	changedRows = iota
	addedRows
	removedRows
	sorts
)

// most of a row's cells on the page.
const (
	mostCells  = 60 // changed ones
	mostValues = 40 // of a row that was added or removed
)

func (h *htmlReport) Files([]diff.FilePair) error { return nil }

func (h *htmlReport) Table(t *diff.TableResult) error {
	h.now = &kept{from: h.size, to: h.size, last: [2]int64{-2, -2}}
	h.tables[t.Name()] = h.now
	return nil
}

func (h *htmlReport) Change(c *diff.Change) error {
	sort, ok := sortOf(c.Op)
	if !ok || h.now == nil {
		return nil // told by the result
	}
	k := h.now
	if row := [2]int64{c.RowA, c.RowB}; row != k.last || sort != k.lastSort {
		k.last, k.lastSort, k.cells = row, sort, 0
		if k.shown[sort]++; k.shown[sort] <= h.opts.Rows {
			h.left--
		}
	}
	k.cells++
	if k.shown[sort] > h.opts.Rows || h.left < 0 || k.cells > mostCells {
		return nil
	}
	line, err := json.Marshal(trimmed(c))
	if err != nil {
		return err
	}
	line = append(line, '\n')
	h.size += int64(len(line))
	k.to = h.size
	_, err = h.spool.Write(line)
	return err
}

func sortOf(op diff.Op) (int, bool) {
	switch op {
	case diff.CellChanged, diff.RowMoved:
		return changedRows, true
	case diff.RowAdded:
		return addedRows, true
	case diff.RowRemoved:
		return removedRows, true
	}
	return 0, false
}

// keptChange is a change as the page shows it.
type keptChange struct {
	diff.Change
	OldLen, NewLen int // characters, where the value was cut
	Extra          int // further values
}

func trimmed(c *diff.Change) *keptChange {
	k := &keptChange{Change: *c}
	k.Old, k.OldLen = shorten(c.Old, maxShown)
	k.New, k.NewLen = shorten(c.New, maxShown)
	k.XPathA, _ = shorten(c.XPathA, 2*maxShown)
	k.XPathB, _ = shorten(c.XPathB, 2*maxShown)
	k.Key = cutValues(c.Key)
	if len(c.Cells) > mostValues {
		k.Extra = len(c.Cells) - mostValues
	}
	k.Cells = cutValues(c.Cells[:len(c.Cells)-k.Extra])
	return k
}

func cutValues(values []diff.Value) []diff.Value {
	out := make([]diff.Value, len(values))
	for i, v := range values {
		var full int
		if v.Value, full = shorten(v.Value, maxShown/2); full > 0 {
			v.Value += fmt.Sprintf(" … (%d characters in all)", full)
		}
		out[i] = v
	}
	return out
}

// changes reads a table's changes of one sort back.
func (h *htmlReport) changes(k *kept, sort int, do func(c *keptChange) error) error {
	dec := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(h.file, k.from, k.to-k.from), 64<<10))
	for {
		c := &keptChange{}
		if err := dec.Decode(c); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read changes back for the report: %w", err)
		}
		if s, _ := sortOf(c.Op); s == sort {
			if err := do(c); err != nil {
				return err
			}
		}
	}
}

func (h *htmlReport) Finish(r *diff.Result) error {
	if err := h.spool.Flush(); err != nil {
		return fmt.Errorf("keep changes for the report: %w", err)
	}
	p := &page{w: bufio.NewWriterSize(h.out, 64<<10), report: h, sum: Summarise(h.head, r)}
	if err := p.write(r); err != nil {
		return err
	}
	return p.w.Flush()
}

func (h *htmlReport) Close() error {
	if h.file == nil {
		return nil
	}
	f := h.file
	h.file = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
