package diff

import (
	"context"
	"slices"
	"sync"
)

// joined is what a join found. Offsets are places in the spools.
type joined struct {
	mu      sync.Mutex
	whole   bool                 // keyless: the key is the whole row
	changed *sorter[pair]        // left, right: matched rows whose bytes differ
	removed *sorter[pair]        // left
	added   *sorter[pair]        // right
	matched *sorter[pair]        // right, left of all matched rows; nil if nobody asks
	alike   *sorter[pair]        // left, right of equal rows; nil if nobody asks
	left    *sorter[pair]        // group, ref of rows that are to be aligned within their group
	right   *sorter[pair]        //
	equal   map[filesOfRow]int64 // matched rows whose bytes are equal

	duplicates [2]int64 // rows beyond the first of their key
	rows       [2]int64
	aligned    int64 // rows matched by likeness within a group
	ties       int64 // of them, where another row was as like
	forced     int64 // of them, by order alone: the group was too large
}

// filesOfRow are the files of a matched pair of rows.
type filesOfRow struct{ left, right int32 }

func newJoined(sc *scratch, memory int64, whole, parent, list bool) *joined {
	j := &joined{whole: whole, equal: map[filesOfRow]int64{}}
	share := memory / 24
	j.changed, j.removed, j.added = newSorter[pair](sc, share), newSorter[pair](sc, share), newSorter[pair](sc, share)
	j.left, j.right = newSorter[pair](sc, share), newSorter[pair](sc, share)
	if parent {
		j.matched = newSorter[pair](sc, share)
	}
	if list {
		j.alike = newSorter[pair](sc, share)
	}
	return j
}

func (j *joined) close() {
	if j == nil {
		return
	}
	for _, s := range []*sorter[pair]{j.changed, j.removed, j.added, j.matched, j.alike, j.left, j.right} {
		s.close()
	}
}

// match notes two rows that belong together.
func (j *joined) match(a, b int64, equal bool) error {
	if j.matched != nil {
		if err := j.matched.add(pair{uint64(b), uint64(a)}); err != nil {
			return err
		}
	}
	if equal {
		if j.alike == nil {
			return nil
		}
		return j.alike.add(pair{uint64(a), uint64(b)})
	}
	return j.changed.add(pair{uint64(a), uint64(b)})
}

// join joins the buckets; the records of a bucket that has more than limit
// are sorted through scratch instead of being held.
func join(ctx context.Context, sc *scratch, a, b *buckets, into *joined, workers int, memory int64, tick func()) error {
	limit := max(memory/int64(8*workers*recordSize), 256)
	pool := sync.Pool{New: func() any { return &joiner{} }}
	return parallel(len(a.counts), workers, func(i int) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w, ok := pool.Get().(*joiner)
		if !ok {
			w = &joiner{}
		}
		defer pool.Put(w)
		w.whole, w.keep, w.list = into.whole, into.matched != nil, into.alike != nil
		var err error
		if a.counts[i]+b.counts[i] > limit {
			err = w.sorted(ctx, sc, a, b, i, memory/int64(8*workers), into)
		} else {
			err = w.bucket(a, b, i)
		}
		if err != nil {
			return err
		}
		tick()
		return w.flush(into)
	})
}

// joiner joins one bucket after another.
type joiner struct {
	whole  bool
	keep   bool // all matches
	list   bool // equal rows
	buf    []byte
	a, b   []record
	slots  []int32 // open addressing: group + 1
	groups []group
	nextA  []int32
	nextB  []int32
	as, bs []record // of a group with duplicates

	matched, alike, changed, removed, added, left, right []pair
	equal                                                map[filesOfRow]int64
	duplicates, rows                                     [2]int64
}

// group is the rows of a key: chains through nextA and nextB, latest first.
type group struct{ a, b, countA, countB int32 }

// bucket joins bucket i in memory.
func (w *joiner) bucket(a, b *buckets, i int) error {
	w.a, w.b = w.a[:0], w.b[:0]
	if err := a.each(i, &w.buf, func(r record) error { w.a = append(w.a, r); return nil }); err != nil {
		return err
	}
	if err := b.each(i, &w.buf, func(r record) error { w.b = append(w.b, r); return nil }); err != nil {
		return err
	}
	size := 16
	for size < 2*(len(w.a)+len(w.b)) {
		size *= 2
	}
	w.slots = slices.Grow(w.slots[:0], size)[:size]
	clear(w.slots)
	w.groups = w.groups[:0]
	w.nextA = slices.Grow(w.nextA[:0], len(w.a))[:len(w.a)]
	w.nextB = slices.Grow(w.nextB[:0], len(w.b))[:len(w.b)]
	for n := range w.a {
		g := w.group(&w.a[n])
		w.nextA[n] = g.a
		g.a = int32(n)
		g.countA++
	}
	for n := range w.b {
		g := w.group(&w.b[n])
		w.nextB[n] = g.b
		g.b = int32(n)
		g.countB++
	}
	for n := range w.groups {
		g := &w.groups[n]
		if g.countA == 1 && g.countB == 1 {
			w.rows[0]++
			w.rows[1]++
			w.match(&w.a[g.a], &w.b[g.b])
			continue
		}
		w.as, w.bs = w.as[:0], w.bs[:0]
		for at := g.a; at >= 0; at = w.nextA[at] {
			w.as = append(w.as, w.a[at])
		}
		for at := g.b; at >= 0; at = w.nextB[at] {
			w.bs = append(w.bs, w.b[at])
		}
		w.resolve()
	}
	return nil
}

// group finds or makes the group of a record's key.
func (w *joiner) group(r *record) *group {
	mask := len(w.slots) - 1
	for at := int(r.key.Lo^r.key.Hi>>7) & mask; ; at = (at + 1) & mask {
		n := w.slots[at]
		if n == 0 {
			w.slots[at] = int32(len(w.groups)) + 1
			w.groups = append(w.groups, group{a: -1, b: -1})
			return &w.groups[len(w.groups)-1]
		}
		g := &w.groups[n-1]
		var first *record
		if g.a >= 0 {
			first = &w.a[g.a]
		} else {
			first = &w.b[g.b]
		}
		if first.key == r.key {
			return g
		}
	}
}

func (w *joiner) match(a, b *record) {
	if w.keep {
		w.matched = append(w.matched, pair{uint64(b.ref.off()), uint64(a.ref.off())})
	}
	if a.row == b.row {
		if w.equal == nil {
			w.equal = map[filesOfRow]int64{}
		}
		w.equal[filesOfRow{a.ref.file(), b.ref.file()}]++
		if w.list {
			w.alike = append(w.alike, pair{uint64(a.ref.off()), uint64(b.ref.off())})
		}
		return
	}
	w.changed = append(w.changed, pair{uint64(a.ref.off()), uint64(b.ref.off())})
}

// resolve matches the rows as and bs of one key: equal rows first, in order;
// a single rest on both sides is a change, all else is left to alignment.
func (w *joiner) resolve() {
	w.count(len(w.as), len(w.bs))
	a, b := w.as, w.bs
	if len(a) > 0 && len(b) > 0 {
		slices.SortFunc(a, record.compare)
		slices.SortFunc(b, record.compare)
		a, b = w.takeEqual(a, b)
		if w.whole { // equal under the options
			n := min(len(a), len(b))
			for i := range n {
				w.match(&a[i], &b[i])
			}
			a, b = a[n:], b[n:]
		}
	}
	switch {
	case len(a) == 1 && len(b) == 1:
		w.match(&a[0], &b[0])
	case w.whole || len(a) > 0 && len(b) > 0:
		for i := range a {
			w.left = append(w.left, pair{a[i].key.Lo, uint64(a[i].ref)})
		}
		for i := range b {
			w.right = append(w.right, pair{b[i].key.Lo, uint64(b[i].ref)})
		}
	default:
		for i := range a {
			w.removed = append(w.removed, pair{k: uint64(a[i].ref.off())})
		}
		for i := range b {
			w.added = append(w.added, pair{k: uint64(b[i].ref.off())})
		}
	}
}

func (w *joiner) count(a, b int) {
	w.rows[0] += int64(a)
	w.rows[1] += int64(b)
	w.duplicates[0] += int64(max(a-1, 0))
	w.duplicates[1] += int64(max(b-1, 0))
}

// takeEqual matches rows of equal bytes, both sorted, and returns the rests,
// sorted still.
func (w *joiner) takeEqual(a, b []record) (restA, restB []record) {
	restA, restB = a[:0], b[:0]
	i, k := 0, 0
	for i < len(a) && k < len(b) {
		switch {
		case a[i].compared() < b[k].compared():
			restA = append(restA, a[i])
			i++
		case a[i].compared() > b[k].compared():
			restB = append(restB, b[k])
			k++
		default:
			w.match(&a[i], &b[k])
			i++
			k++
		}
	}
	return append(restA, a[i:]...), append(restB, b[k:]...)
}

// flush hands over what a bucket gave.
func (w *joiner) flush(j *joined) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, part := range []struct {
		from *[]pair
		to   *sorter[pair]
	}{{&w.matched, j.matched}, {&w.alike, j.alike}, {&w.changed, j.changed}, {&w.removed, j.removed}, {&w.added, j.added}, {&w.left, j.left}, {&w.right, j.right}} {
		if part.to != nil {
			for _, p := range *part.from {
				if err := part.to.add(p); err != nil {
					return err
				}
			}
		}
		*part.from = (*part.from)[:0]
	}
	for files, n := range w.equal {
		j.equal[files] += n
	}
	clear(w.equal)
	for s := range w.rows {
		j.rows[s] += w.rows[s]
		j.duplicates[s] += w.duplicates[s]
	}
	w.rows, w.duplicates = [2]int64{}, [2]int64{}
	return nil
}
