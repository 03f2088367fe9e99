package diff

import (
	"context"

	"github.com/zeebo/xxh3"
)

// heldRows is how many rows of a key and side are looked at together; a key
// with more is joined as a stream.
const heldRows = 256

// sorted joins a bucket that is too large to be held, since keys repeat or
// memory is short: by sorting both sides through scratch.
func (w *joiner) sorted(ctx context.Context, sc *scratch, a, b *buckets, i int, memory int64, into *joined) error {
	sa, sb := newSorter[record](sc, memory/2), newSorter[record](sc, memory/2)
	defer sa.close()
	defer sb.close()
	if err := a.each(i, &w.buf, sa.add); err != nil {
		return err
	}
	if err := b.each(i, &w.buf, sb.add); err != nil {
		return err
	}
	as, err := newPeeked(sa)
	if err != nil {
		return err
	}
	bs, err := newPeeked(sb)
	if err != nil {
		return err
	}
	for n := 0; as.ok || bs.ok; n++ {
		if n%checkEvery == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := w.flush(into); err != nil {
				return err
			}
		}
		key := as.now.key
		if !as.ok || bs.ok && bs.now.keyLess(key) {
			key = bs.now.key
		}
		if w.as, err = as.take(w.as[:0], key, heldRows); err != nil {
			return err
		}
		if w.bs, err = bs.take(w.bs[:0], key, heldRows); err != nil {
			return err
		}
		if as.at(key) || bs.at(key) {
			err = w.stream(ctx, as, bs, key, into)
		} else {
			w.resolve()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stream joins the rows of one key without holding them: those held so far,
// then those still to be read. Rests go to alignment, however few.
func (w *joiner) stream(ctx context.Context, as, bs *peeked, key xxh3.Uint128, into *joined) error {
	a := &queue{held: w.as, from: as, key: key}
	b := &queue{held: w.bs, from: bs, key: key}
	w.duplicates[0] -= int64(min(len(w.as), 1)) // the first row of a key is none
	w.duplicates[1] -= int64(min(len(w.bs), 1))
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := w.flush(into); err != nil {
				return err
			}
		}
		ra, aok := a.front()
		rb, bok := b.front()
		if !aok && !bok {
			break
		}
		takeA := aok && (!bok || ra.compared() <= rb.compared())
		takeB := bok && (!aok || rb.compared() <= ra.compared())
		switch {
		case takeA && takeB:
			w.match(&ra, &rb)
		case takeA:
			w.left = append(w.left, pair{key.Lo, uint64(ra.ref)})
		default:
			w.right = append(w.right, pair{key.Lo, uint64(rb.ref)})
		}
		if takeA {
			w.rows[0]++
			w.duplicates[0]++
			if err := a.pop(); err != nil {
				return err
			}
		}
		if takeB {
			w.rows[1]++
			w.duplicates[1]++
			if err := b.pop(); err != nil {
				return err
			}
		}
	}
	return nil
}

// peeked is sorted records with a look at the next.
type peeked struct {
	m   *merge[record]
	now record
	ok  bool
}

func newPeeked(s *sorter[record]) (*peeked, error) {
	m, err := s.sorted()
	if err != nil {
		return nil, err
	}
	p := &peeked{m: m}
	return p, p.next()
}

func (p *peeked) next() (err error) {
	p.now, p.ok, err = p.m.next()
	return err
}

// at tells whether the next record is of the key.
func (p *peeked) at(key xxh3.Uint128) bool { return p.ok && p.now.key == key }

// take appends up to n records of the key.
func (p *peeked) take(dst []record, key xxh3.Uint128, n int) ([]record, error) {
	for p.at(key) && len(dst) < n {
		dst = append(dst, p.now)
		if err := p.next(); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// queue is records of one key: held ones, then those to come.
type queue struct {
	held []record
	from *peeked
	key  xxh3.Uint128
}

func (q *queue) front() (record, bool) {
	if len(q.held) > 0 {
		return q.held[0], true
	}
	return q.from.now, q.from.at(q.key)
}

func (q *queue) pop() error {
	if len(q.held) > 0 {
		q.held = q.held[1:]
		return nil
	}
	return q.from.next()
}
