package diff

import (
	"context"
	"errors"
)

// The head of a table tells which keys are hopeless; what looks good is
// measured on the whole table.
const (
	sampleRows  = 20_000
	sampleCells = 1 << 21
	sampleBytes = 32 << 20
)

// sample is the hashes of a table's first rows.
type sample struct {
	rows  int
	cells [][]uint64 // by column, by row
	place []uint64
}

var errEnough = errors.New("enough rows")

func (t *tablePair) sample(ctx context.Context, left bool) (*sample, error) {
	sp, skip := t.right, t.skipRight
	if left {
		sp, skip = t.left, t.skipLeft
	}
	limit := min(sampleRows, max(sampleCells/max(len(t.cols), 1), 64))
	s := &sample{cells: make([][]uint64, len(t.cols))}
	rh := t.rowHasher(left)
	err := sp.scan(ctx, 0, sp.st.size(), func(r *row) error {
		if skip != nil && skip[r.file] {
			return nil
		}
		if err := rh.hash(r, nil); err != nil {
			return err
		}
		for i, h := range rh.cells {
			s.cells[i] = append(s.cells[i], h)
		}
		s.place = append(s.place, rh.place)
		s.rows++
		if s.rows >= limit || r.at > sampleBytes {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return s, nil
}

// distinct is the share of distinct keys among the sample's rows.
func (s *sample) distinct(c *candidate, set *hashSet) float64 {
	if s.rows == 0 {
		return 1
	}
	set.reset(s.rows)
	n := 0
	for i := range s.rows {
		h := c.base(s.place[i])
		for _, col := range c.cols {
			h = mix64(h, s.cells[col][i])
		}
		if set.add(h) {
			n++
		}
	}
	return float64(n) / float64(s.rows)
}

// hashSet is a set of hashes in one piece of memory that is used again.
type hashSet struct {
	slots []uint64
	mask  uint64
	zero  bool
}

func (s *hashSet) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]uint64, size)
	}
	s.slots = s.slots[:size]
	clear(s.slots)
	s.mask, s.zero = uint64(size-1), false
}

// add tells whether h is new.
func (s *hashSet) add(h uint64) bool {
	if h == 0 {
		was := s.zero
		s.zero = true
		return !was
	}
	for at := (h ^ h>>32) & s.mask; ; at = (at + 1) & s.mask {
		switch s.slots[at] {
		case 0:
			s.slots[at] = h
			return true
		case h:
			return false
		}
	}
}

// chance is how often cells of the column agree in rows put together by
// chance: the inner product of the two sides' value shares.
func chance(a, b []uint64) float64 {
	a, b = a[:min(len(a), chanceRows)], b[:min(len(b), chanceRows)]
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	counts := make(map[uint64]int, len(a))
	for _, h := range a {
		counts[h]++
	}
	sum := 0
	for _, h := range b {
		sum += counts[h]
	}
	return float64(sum) / float64(len(a)*len(b))
}

const chanceRows = 2000

// rowOrder is the share of equal cells in rows of the same position.
func rowOrder(a, b *sample, leaveOut []bool) float64 {
	n := min(a.rows, b.rows, 1000)
	equal, all := 0, 0
	for c := range a.cells {
		if leaveOut[c] {
			continue
		}
		for i := range n {
			all++
			if a.cells[c][i] == b.cells[c][i] {
				equal++
			}
		}
	}
	if all == 0 {
		return 1
	}
	return float64(equal) / float64(all)
}
