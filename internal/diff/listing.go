package diff

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/zeebo/xxh3"
)

// Lister is a Sink that takes all rows of a table too, side by side, those
// that are equal among them. Compare looks for it in the sink it is given;
// without it, equal rows cost nothing.
type Lister interface {
	Sink
	// Row ends the changes of a row, or of a pair of rows whose bytes differ
	// somewhere: there may have been none. Positions are -1 where there is no
	// row. The note comes back with the row in Rows.
	Row(rowA, rowB int64) (note uint64, err error)
	// Rows comes after the changes of a table, with all its rows in the order
	// of the right side. A removed row stands behind the last row before it on
	// the left that is still there. It is called until all are told; what it
	// is given is used again.
	Rows(rows []ListedRow) error
}

// ListedRow is a row of a table, or a pair: positions from 0, -1 where there
// is none. The note is what Row gave for it; 0 for equal rows.
type ListedRow struct {
	RowA, RowB int64
	Note       uint64
}

var errPrints = errors.New("two files of different content have one fingerprint")

// wantsRows is the sink's wish for rows, or nil.
func (c *comparison) wantsRows() Lister {
	l, ok := c.sink.(Lister)
	if !ok {
		return nil
	}
	return l
}

// matchSkipped pairs the rows of identical files for a listing: equal rows, in
// their order. They are told apart as the fingerprints do it.
func (m *matcher) matchSkipped(ctx context.Context) error {
	t := m.t
	if t.joined.alike == nil || t.skipped == 0 {
		return nil
	}
	var rows [2]*merge[pair]
	for s, sp := range []*spool{t.left, t.right} {
		skip, files := t.skipLeft, t.filesLeft
		if s == 1 {
			skip, files = t.skipRight, t.filesRight
		}
		seeds := make([]uint64, len(sp.columns))
		for i := range seeds {
			seeds[i] = xxh3.HashString(sp.column(i).XPath)
		}
		sorter := newSorter[pair](m.sc, m.memory/16)
		defer sorter.close()
		err := sp.scan(ctx, 0, sp.st.size(), func(r *row) error {
			if !skip[r.file] {
				return nil
			}
			sum := uint64(0) // of the values: columns that are null in the whole file don't matter
			for i := range seeds {
				if v, ok := r.value(i); ok {
					sum += xxh3.HashSeed(v, seeds[i])
				}
			}
			return sorter.add(pair{mix64(sum, files[r.file]), uint64(r.at)})
		})
		if err != nil {
			return err
		}
		if rows[s], err = sorter.sorted(); err != nil {
			return err
		}
	}
	for {
		a, aok, err := rows[0].next()
		if err != nil {
			return err
		}
		b, bok, err := rows[1].next()
		switch {
		case err != nil:
			return err
		case !aok && !bok:
			return nil
		case aok != bok || a.k != b.k:
			return errPrints
		}
		if err := t.joined.alike.add(pair{a.v, b.v}); err != nil {
			return err
		}
	}
}

// listing puts the rows of a table in their order while they are explained.
// The left's rows come to it in their order, the added ones last.
type listing struct {
	to    Lister
	alike *merge[pair] // left, right: equal rows
	next  pair
	more  bool
	left  *places
	right *places
	rows  *sorter[lined]
	at    uint64 // right place + 1 of the last row of the left that is still there
}

func (c *comparison) newListing(t *tablePair) (*listing, error) {
	to := c.wantsRows()
	if to == nil {
		return nil, nil
	}
	l := &listing{to: to, rows: newSorter[lined](c.sc, c.opts.MemoryBytes/8)}
	if t.left != nil {
		l.left = &places{sp: t.left}
	}
	if t.right != nil {
		l.right = &places{sp: t.right}
	}
	if t.joined.alike == nil {
		return l, nil
	}
	var err error
	if l.alike, err = t.joined.alike.sorted(); err != nil {
		return nil, err
	}
	return l, l.advance()
}

func (l *listing) close() {
	if l != nil {
		l.rows.close()
	}
}

func (l *listing) advance() (err error) {
	l.next, l.more, err = l.alike.next()
	return err
}

// equals takes the equal rows of the left before a place in its spool.
func (l *listing) equals(before uint64) error {
	for l.more && l.next.k < before {
		a, err := l.left.ord(int64(l.next.k))
		if err != nil {
			return err
		}
		l.at = l.next.v + 1
		if err := l.rows.add(lined{l.at, uint64(a), 0}); err != nil {
			return err
		}
		if err := l.advance(); err != nil {
			return err
		}
	}
	return nil
}

// add takes a task that was explained; rowA is its position on the left.
func (l *listing) add(job task, rowA int64, note uint64) error {
	if job.op == RowAdded {
		if err := l.equals(1 << 63); err != nil {
			return err
		}
		return l.rows.add(lined{uint64(job.right) + 1, noRow, note})
	}
	if err := l.equals(uint64(job.left)); err != nil {
		return err
	}
	if job.op == RowRemoved {
		return l.rows.add(lined{l.at, goneRow | uint64(rowA), note})
	}
	l.at = uint64(job.right) + 1
	return l.rows.add(lined{l.at, uint64(rowA), note})
}

const listedBatch = 1 << 12

// tell gives the rows in their order.
func (l *listing) tell(ctx context.Context) error {
	if err := l.equals(1 << 63); err != nil {
		return err
	}
	rows, err := l.rows.sorted()
	if err != nil {
		return err
	}
	batch := make([]ListedRow, 0, min(listedBatch, l.rows.n))
	for {
		r, ok, err := rows.next()
		if err != nil {
			return err
		}
		if len(batch) == listedBatch || !ok && len(batch) > 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := l.to.Rows(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if !ok {
			return nil
		}
		out := ListedRow{RowA: int64(r.row &^ goneRow), RowB: -1, Note: r.note}
		if r.row == noRow {
			out.RowA = -1
		}
		if r.row&goneRow == 0 {
			if out.RowB, err = l.right.ord(int64(r.at) - 1); err != nil {
				return err
			}
		}
		batch = append(batch, out)
	}
}

// lined is a row of a listing: where it stands, its position on the left, and
// its note.
type lined struct {
	at   uint64 // right place + 1 of the row, or of the row before a removed one; 0: before all
	row  uint64 // position on the left, with goneRow if it was removed; or noRow
	note uint64
}

const (
	goneRow = 1 << 63
	noRow   = 1 << 62 // only on the right
)

func (x lined) size() int { return 24 }
func (x lined) put(dst []byte) []byte {
	return binary.LittleEndian.AppendUint64(pair{x.at, x.row}.put(dst), x.note)
}

func (x lined) get(src []byte) lined {
	p := pair{}.get(src)
	return lined{p.k, p.v, binary.LittleEndian.Uint64(src[16:])}
}

func (x lined) compare(o lined) int {
	return pair{x.at, x.row}.compare(pair{o.at, o.row})
}

// places tells the positions of rows by their places in a spool, which are
// asked for in order. It only jumps from row to row.
type places struct {
	sp   *spool
	off  int64 // of the row at hand
	row  int64
	buf  []byte
	view []byte
	from int64 // of the view
}

func (p *places) ord(off int64) (int64, error) {
	for p.off < off {
		size, k, err := p.length()
		if err != nil {
			return 0, err
		}
		p.off += int64(k) + int64(size)
		p.row++
	}
	if p.off != off {
		return 0, errTorn
	}
	return p.row, nil
}

// length reads how long the row at hand is.
func (p *places) length() (size uint64, k int, err error) {
	at := p.off - p.from
	if at < 0 || at+binary.MaxVarintLen64 > int64(len(p.view)) {
		if p.view, p.buf, err = p.sp.st.window(p.buf, p.off, readBlock); err != nil {
			return 0, 0, err
		}
		p.from, at = p.off, 0
	}
	if size, k = binary.Uvarint(p.view[at:]); k <= 0 {
		return 0, 0, errTorn
	}
	return size, k, nil
}
