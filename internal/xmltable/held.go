package xmltable

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"retable/internal/table"
)

// heldInMemory is how many bytes of waiting rows are kept before they go to
// a scratch file.
const heldInMemory = 1 << 20

// heldRows are rows that wait for the end of an ancestor, in their order.
type heldRows struct {
	buf  []byte
	file *os.File
	n    int
}

// add keeps a copy of a row.
func (h *heldRows) add(t int, row *table.Row, scratch string) error {
	h.buf = binary.AppendUvarint(h.buf, uint64(t))
	h.buf = table.AppendRow(h.buf, row)
	h.n++
	if len(h.buf) < heldInMemory {
		return nil
	}
	if h.file == nil {
		file, err := os.CreateTemp(scratch, "rows-*.tmp")
		if err != nil {
			return fmt.Errorf("keep rows that wait for values behind them: %w", err)
		}
		h.file = file
	}
	if _, err := h.file.Write(h.buf); err != nil {
		return fmt.Errorf("keep rows that wait for values behind them: %w", err)
	}
	h.buf = h.buf[:0]
	return nil
}

// discard forgets all rows and removes the scratch file.
func (h *heldRows) discard() error {
	file := h.file
	h.buf, h.file, h.n = h.buf[:0], nil, 0
	if file == nil {
		return nil
	}
	err := file.Close()
	if rerr := os.Remove(file.Name()); err == nil {
		err = rerr
	}
	return err
}

// reader returns the rows from the first. It uses back, which is made where
// there is none: a buffer for each of many small documents would cost more
// than reading them.
func (h *heldRows) reader(back **bufio.Reader) (*bufio.Reader, error) {
	rest := io.Reader(bytes.NewReader(h.buf))
	if h.file != nil {
		if _, err := h.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		rest = io.MultiReader(h.file, rest)
	}
	if *back == nil {
		*back = bufio.NewReaderSize(nil, 64<<10)
	}
	(*back).Reset(rest)
	return *back, nil
}

// releaseHeld fills the waiting rows' cells with what the ancestor has now
// and passes them on.
func (f *Flattener) releaseHeld(sc *scope) error {
	h := &sc.held
	if h.n == 0 {
		return nil
	}
	r, err := h.reader(&f.back)
	if err != nil {
		return err
	}
	row := &f.out
	for range h.n {
		ti, err := binary.ReadUvarint(r)
		if err != nil {
			return fmt.Errorf("read waiting rows: %w", err)
		}
		t := f.now.Tables[ti]
		if err := table.ReadRow(r, row, len(t.inner)); err != nil {
			return err
		}
		at := t.firstHold(sc.step.scope + 1)
		for _, c := range t.holds[at].copies {
			row.Cells[c.to] = table.Cell{}
			f.copyCell(c, row)
		}
		if err := f.passOn(int(ti), t, row, at+1); err != nil {
			return err
		}
	}
	return h.discard()
}

// Close removes what an interrupted document left behind.
func (f *Flattener) Close() error {
	var first error
	for _, sc := range f.scopes[:cap(f.scopes)] {
		if sc == nil {
			continue
		}
		if err := sc.held.discard(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
