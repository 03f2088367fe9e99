package diff

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
)

// large aligns a group of any size. Rows are compared only if they share a
// block: a rare value, or all cells but one. Blocks and scores pass through
// sorted scratch; in memory are a byte and two bits per row.
type large struct {
	*aligner
	refs   [2]*store // of a row, by rank: 8 bytes each
	n      [2]int64
	blocks [2]*sorter[pair] // block, rank
	width  int
	row    []uint64
	buf    []byte
	rows   [2]*store // tokens of a row, by rank
}

const (
	rareTokens  = 6  // of a row that make blocks
	leaveOneOut = 64 // columns that are left out in turn
	blockRows   = 12 // of a side: a block with more is too common to tell
	bestOfRow   = 50 // candidates of a row that are scored; others if they are among the other row's
)

func (a *aligner) newLarge() *large {
	b := &large{aligner: a, width: len(a.t.cols) + 1}
	for s := range b.refs {
		b.refs[s], b.rows[s] = a.sc.newStore(), a.sc.newStore()
		b.blocks[s] = newSorter[pair](a.sc, a.memory/16)
	}
	return b
}

// add takes a row with its blocks.
func (b *large) add(left bool, at ref) (err error) {
	s := 1
	if left {
		s = 0
	}
	if b.row, err = b.aligner.tokens(b.row[:0], left, at); err != nil {
		return err
	}
	rank := uint64(b.n[s])
	b.n[s]++
	b.buf = binary.LittleEndian.AppendUint64(b.buf[:0], uint64(at))
	if _, err := b.refs[s].write(b.buf); err != nil {
		return err
	}
	b.buf = b.buf[:0]
	sum := uint64(0)
	for i, t := range b.row {
		b.buf = binary.LittleEndian.AppendUint64(b.buf, t)
		sum += mix64(t, uint64(i))
	}
	if _, err := b.rows[s].write(b.buf); err != nil {
		return err
	}
	for i, t := range b.row[:min(len(b.row), leaveOneOut)] {
		if err := b.blocks[s].add(pair{mix64(sum-mix64(t, uint64(i)), uint64(i)), rank}); err != nil {
			return err
		}
	}
	type rare struct {
		weight float64
		token  uint64
	}
	var rarest []rare
	for _, t := range b.row {
		rarest = append(rarest, rare{b.weights.of(t), t})
	}
	slices.SortFunc(rarest, func(x, y rare) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.token, y.token))
	})
	for _, r := range rarest[:min(len(rarest), rareTokens)] {
		if err := b.blocks[s].add(pair{r.token, rank}); err != nil {
			return err
		}
	}
	return nil
}

func (b *large) close() {
	for s := range b.refs {
		b.refs[s].close()
		b.rows[s].close()
		b.blocks[s].close()
	}
}

// run finds candidates in blocks, scores them, and takes the best first.
func (b *large) run(ctx context.Context) error {
	for s := range b.refs {
		if err := b.refs[s].finish(); err != nil {
			return err
		}
		if err := b.rows[s].finish(); err != nil {
			return err
		}
	}
	candidates := newSorter[pair](b.sc, b.memory/16)
	defer candidates.close()
	if err := b.collect(ctx, candidates); err != nil {
		return err
	}
	scores := newSorter[scoredPair](b.sc, b.memory/16)
	defer scores.close()
	if err := b.scoreAll(ctx, candidates, scores); err != nil {
		return err
	}
	return b.choose(ctx, scores)
}

// collect puts pairs of rows that share a block into candidates.
func (b *large) collect(ctx context.Context, into *sorter[pair]) error {
	left, err := b.blocks[0].sorted()
	if err != nil {
		return err
	}
	right, err := b.blocks[1].sorted()
	if err != nil {
		return err
	}
	l, lok, err := left.next()
	if err != nil {
		return err
	}
	r, rok, err := right.next()
	if err != nil {
		return err
	}
	var as, bs []uint64
	for n := 0; lok && rok; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		block := max(l.k, r.k)
		as, bs = as[:0], bs[:0]
		countA, countB := 0, 0
		for lok && l.k <= block {
			if l.k == block {
				if countA++; countA <= blockRows {
					as = append(as, l.v)
				}
			}
			if l, lok, err = left.next(); err != nil {
				return err
			}
		}
		for rok && r.k <= block {
			if r.k == block {
				if countB++; countB <= blockRows {
					bs = append(bs, r.v)
				}
			}
			if r, rok, err = right.next(); err != nil {
				return err
			}
		}
		if countA > blockRows || countB > blockRows {
			continue
		}
		for _, x := range as {
			for _, y := range bs {
				if err := into.add(pair{x, y}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
