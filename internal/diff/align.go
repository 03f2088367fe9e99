package diff

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// aligner matches rows that share a group, a key that repeats or the place of
// keyless rows, by the cells they have in common. An equal cell weighs by how
// rare its value is: -log of its share.
type aligner struct {
	t       *tablePair
	j       *joined
	weights *weights
	least   float64 // score from which rows belong together; 0 where the key says so
	left    *rowHasher
	right   *rowHasher
	ra, rb  *reader
	sc      *scratch
	memory  int64
}

const (
	keylessLeast = 0.5     // least score of rows without a key
	smallGroup   = 1 << 12 // pairs of rows that are all compared
	heldGroup    = 1 << 14 // rows of a side that are held at once
)

// align goes through the groups that the join left, in the order of their hashes.
func (t *tablePair) align(ctx context.Context, sc *scratch, j *joined, w *weights, memory int64) error {
	if j.left.n+j.right.n == 0 {
		return nil
	}
	a := &aligner{
		t: t, j: j, weights: w, left: t.rowHasher(true), right: t.rowHasher(false),
		ra: t.left.reader(), rb: t.right.reader(), sc: sc, memory: memory,
	}
	if j.whole {
		a.least = keylessLeast
	}
	left, err := newGrouped(j.left)
	if err != nil {
		return err
	}
	right, err := newGrouped(j.right)
	if err != nil {
		return err
	}
	for n := 0; left.ok || right.ok; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		group := left.now.k
		if !left.ok || right.ok && right.now.k < group {
			group = right.now.k
		}
		if err := a.group(ctx, group, left, right); err != nil {
			return err
		}
	}
	return nil
}

// group aligns the rows of one group: a small one in memory.
func (a *aligner) group(ctx context.Context, group uint64, left, right *grouped) error {
	if err := left.hold(group); err != nil {
		return err
	}
	if err := right.hold(group); err != nil {
		return err
	}
	as, bs := left.held, right.held
	if !left.at(group) && !right.at(group) && (len(as) == 0 || len(bs) == 0 || len(as)*len(bs) <= smallGroup) {
		return a.small(as, bs)
	}
	big := a.newLarge()
	defer big.close()
	for _, side := range []struct {
		left bool
		rows *grouped
	}{{true, left}, {false, right}} {
		for _, x := range side.rows.held {
			if err := big.add(side.left, x); err != nil {
				return err
			}
		}
		for side.rows.at(group) {
			if err := big.add(side.left, ref(side.rows.now.v)); err != nil {
				return err
			}
			if err := side.rows.next(); err != nil {
				return err
			}
		}
	}
	return big.run(ctx)
}

// grouped reads one side's rows group by group.
type grouped struct {
	m    *merge[pair]
	now  pair
	ok   bool
	held []ref
}

func newGrouped(s *sorter[pair]) (*grouped, error) {
	m, err := s.sorted()
	if err != nil {
		return nil, err
	}
	g := &grouped{m: m}
	return g, g.next()
}

func (g *grouped) next() (err error) {
	g.now, g.ok, err = g.m.next()
	return err
}

// at tells whether the next row is of the group.
func (g *grouped) at(group uint64) bool { return g.ok && g.now.k == group }

// hold takes the group's rows, as many as are held at once.
func (g *grouped) hold(group uint64) error {
	g.held = g.held[:0]
	for g.at(group) && len(g.held) < heldGroup {
		g.held = append(g.held, ref(g.now.v))
		if err := g.next(); err != nil {
			return err
		}
	}
	return nil
}

// scored is a pair of rows, by their ranks within the group, and their score.
type scored struct {
	a, b  int
	score float64
}

// better orders pairs: the higher score first; then those whose later row
// comes first. Exchanging the sides doesn't change what a greedy choice makes
// of it, since two pairs with the same ranks have no row in common.
func better(x, y scored) int {
	if c := cmp.Compare(y.score, x.score); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(abs(float64(x.a-x.b)), abs(float64(y.a-y.b))),
		cmp.Compare(max(x.a, x.b), max(y.a, y.b)),
		cmp.Compare(x.a, y.a),
	)
}

// small compares all pairs of two short lists of rows.
func (a *aligner) small(as, bs []ref) error {
	if len(as) > 0 && len(bs) > 0 {
		pairs, err := a.scores(as, bs)
		if err != nil {
			return err
		}
		slices.SortFunc(pairs, better)
		takenA, takenB := make([]bool, len(as)), make([]bool, len(bs))
		for i, p := range pairs {
			if takenA[p.a] || takenB[p.b] {
				continue
			}
			takenA[p.a], takenB[p.b] = true, true
			a.j.aligned++
			if i+1 < len(pairs) && pairs[i+1].score == p.score && (pairs[i+1].a == p.a || pairs[i+1].b == p.b) {
				a.j.ties++
			}
			if err := a.j.match(as[p.a].off(), bs[p.b].off(), false); err != nil {
				return err
			}
		}
		as, bs = untaken(as, takenA), untaken(bs, takenB)
	}
	for _, x := range as {
		if err := a.j.removed.add(pair{k: uint64(x.off())}); err != nil {
			return err
		}
	}
	for _, x := range bs {
		if err := a.j.added.add(pair{k: uint64(x.off())}); err != nil {
			return err
		}
	}
	return nil
}

func untaken(refs []ref, taken []bool) []ref {
	out := refs[:0]
	for i, r := range refs {
		if !taken[i] {
			out = append(out, r)
		}
	}
	return out
}

func (a *aligner) scores(as, bs []ref) ([]scored, error) {
	n := len(a.t.cols) + 1
	rows := make([]uint64, 0, (len(as)+len(bs))*n)
	var err error
	for _, x := range as {
		if rows, err = a.tokens(rows, true, x); err != nil {
			return nil, err
		}
	}
	for _, x := range bs {
		if rows, err = a.tokens(rows, false, x); err != nil {
			return nil, err
		}
	}
	var out []scored
	for i := range as {
		for k := range bs {
			at := (len(as) + k) * n
			s := a.weights.score(rows[i*n:(i+1)*n], rows[at:at+n])
			if s >= a.least {
				out = append(out, scored{i, k, s})
			}
		}
	}
	return out, nil
}

// tokens appends the hashes of a row's cells and of its place.
func (a *aligner) tokens(dst []uint64, left bool, at ref) ([]uint64, error) {
	h, rd := a.right, a.rb
	if left {
		h, rd = a.left, a.ra
	}
	r, err := rd.read(at.off())
	if err != nil {
		return dst, err
	}
	if err := h.hash(r, nil); err != nil {
		return dst, err
	}
	return append(append(dst, h.cells...), mix64(h.place, 0x706c)), nil
}

// weights tell how rare a value is: a count-min sketch with one row over the
// heads of both sides. Collisions only make a value look more common.
type weights struct {
	counts []uint32
	rows   float64
}

const weightSlots = 1 << 16

func newWeights(a, b *sample) *weights {
	w := &weights{counts: make([]uint32, weightSlots)}
	for _, s := range []*sample{a, b} {
		w.rows += float64(s.rows)
		for _, cells := range s.cells {
			for _, h := range cells {
				w.counts[h%weightSlots]++
			}
		}
		for _, p := range s.place {
			w.counts[mix64(p, 0x706c)%weightSlots]++
		}
	}
	return w
}

// of is the information of a value in nats; a value of every row has little.
func (w *weights) of(token uint64) float64 {
	return math.Log((w.rows+2)/(float64(w.counts[token%weightSlots])+1)) + 0.01
}

// score is the weight of equal cells over the weight of all, the mean of the
// two rows' where they differ. It is symmetric.
func (w *weights) score(a, b []uint64) float64 {
	var equal, all float64
	for i := range a {
		x := w.of(a[i])
		if a[i] == b[i] {
			equal += x
			all += x
			continue
		}
		all += (x + w.of(b[i])) / 2
	}
	return rounded(equal / all) // the order of columns must not tell
}
