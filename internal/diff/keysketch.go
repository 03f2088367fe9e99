package diff

import (
	"context"
	"slices"
)

// keySketchSize is how many distinct keys stand for all. The same keys are
// kept on both sides, so that common ones give matched sample rows whatever
// the order of rows.
const keySketchSize = 1024

// keySeen is a key of a sketch: how many rows have it, and the first of them.
type keySeen struct {
	hash  uint64
	count int64
	off   int64
}

// keySketch is a bottom-k sample of a table's distinct keys with their counts.
type keySketch struct {
	seen  []keySeen
	limit uint64 // 0: none yet
	rows  int64
}

func (k *keySketch) add(hash uint64, off int64) {
	k.rows++
	if k.limit != 0 && hash > k.limit {
		return
	}
	k.seen = append(k.seen, keySeen{hash, 1, off})
	if len(k.seen) >= 4*keySketchSize {
		k.compact()
	}
}

func (k *keySketch) compact() {
	slices.SortFunc(k.seen, func(a, b keySeen) int {
		return pair{a.hash, uint64(a.off)}.compare(pair{b.hash, uint64(b.off)})
	})
	out := k.seen[:0]
	for _, s := range k.seen {
		if n := len(out); n > 0 && out[n-1].hash == s.hash {
			out[n-1].count += s.count
			continue
		}
		out = append(out, s)
	}
	if len(out) > keySketchSize {
		out = out[:keySketchSize]
	}
	if k.seen = out; len(out) == keySketchSize {
		k.limit = out[len(out)-1].hash
	}
}

// merge adds another sketch of the same key.
func (k *keySketch) merge(o *keySketch) {
	k.rows += o.rows
	if o.limit != 0 && (k.limit == 0 || o.limit < k.limit) {
		k.limit = o.limit
	}
	k.seen = append(k.seen, o.seen...)
	if k.limit != 0 {
		k.seen = slices.DeleteFunc(k.seen, func(s keySeen) bool { return s.hash > k.limit })
	}
	k.compact()
}

// unique is the share of keys that occur once.
func (k *keySketch) unique() float64 {
	if len(k.seen) == 0 {
		return 1
	}
	once := 0
	for i := range k.seen {
		if k.seen[i].count == 1 {
			once++
		}
	}
	return float64(once) / float64(len(k.seen))
}

// common returns the places of rows that share a key which both sides have
// once, and the share of the smaller side's keys that the other has.
func common(a, b *keySketch) (pairs [][2]int64, overlap float64) {
	limit := ^uint64(0)
	for _, k := range []*keySketch{a, b} {
		if k.limit != 0 {
			limit = min(limit, k.limit)
		}
	}
	both, inA, inB := 0, 0, 0
	i, j := 0, 0
	for i < len(a.seen) || j < len(b.seen) {
		switch {
		case j == len(b.seen) || i < len(a.seen) && a.seen[i].hash < b.seen[j].hash:
			if a.seen[i].hash <= limit {
				inA++
			}
			i++
		case i == len(a.seen) || a.seen[i].hash > b.seen[j].hash:
			if b.seen[j].hash <= limit {
				inB++
			}
			j++
		default:
			if a.seen[i].hash <= limit {
				inA++
				inB++
				both++
				if a.seen[i].count == 1 && b.seen[j].count == 1 {
					pairs = append(pairs, [2]int64{a.seen[i].off, b.seen[j].off})
				}
			}
			i++
			j++
		}
	}
	if least := min(inA, inB); least > 0 {
		overlap = float64(both) / float64(least)
	}
	return pairs, overlap
}

// sketchKeys makes the sketches of candidates on one side in one pass.
func (t *tablePair) sketchKeys(ctx context.Context, left bool, candidates []*candidate, workers int) ([]*keySketch, error) {
	sp, skip := t.right, t.skipRight
	if left {
		sp, skip = t.left, t.skipLeft
	}
	parts := sp.parts(workers)
	found := make([][]*keySketch, len(parts))
	used := make([]bool, len(t.cols))
	for _, c := range candidates {
		for _, i := range c.cols {
			used[i] = true
		}
	}
	err := parallel(len(parts), len(parts), func(n int) error {
		sketches := make([]*keySketch, len(candidates))
		for i := range sketches {
			sketches[i] = &keySketch{}
		}
		found[n] = sketches
		rh := t.rowHasher(left)
		return sp.scan(ctx, parts[n][0], parts[n][1], func(r *row) error {
			if skip != nil && skip[r.file] {
				return nil
			}
			if err := rh.hash(r, used); err != nil {
				return err
			}
			for i, c := range candidates {
				sketches[i].add(c.hash(rh.cells, rh.place), r.at)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	out := make([]*keySketch, len(candidates))
	for i := range out {
		out[i] = &keySketch{}
		for n := range found {
			out[i].merge(found[n][i])
		}
		out[i].compact()
	}
	return out, nil
}

// rowHasher hashes the compared cells of rows, one by one.
type rowHasher struct {
	t      *tablePair
	left   bool
	placer *placer
	work   cellWork
	cells  []uint64
	place  uint64
}

func (t *tablePair) rowHasher(left bool) *rowHasher {
	return &rowHasher{t: t, left: left, placer: t.placer(left), cells: make([]uint64, len(t.cols))}
}

// hash hashes the columns that are used; nil for all.
func (h *rowHasher) hash(r *row, used []bool) (err error) {
	side := 1
	if h.left {
		side = 0
	}
	for i := range h.t.cols {
		if used != nil && !used[i] {
			continue
		}
		c := &h.t.cols[i]
		at := c.right
		if h.left {
			at = c.left
		}
		v, ok := r.value(at)
		h.cells[i] = c.rule.hash(&h.work, side, v, ok, c.seed)
	}
	h.place, err = h.placer.of(r)
	return err
}
