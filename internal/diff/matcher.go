package diff

import (
	"context"
	"fmt"
	"sync/atomic"
)

// matcher matches the rows of one table.
type matcher struct {
	*comparison
	t       *tablePair
	workers int
	memory  int64
}

const nearKey = 0.01 // share of duplicate rows up to which a key is taken

func (m *matcher) run(ctx context.Context) error {
	t := m.t
	if !t.both() {
		return m.single(ctx)
	}
	m.setPlace()
	m.setSkips()
	matches := matchColumns(t.left, t.right)
	t.setColumns(matches)
	renamed, err := t.findRenames(ctx, matches, m.workers)
	if err != nil {
		return m.wrap(err)
	}
	if len(renamed) > 0 {
		t.setColumns(append(matches, renamed...))
	}
	chosen, err := t.detectKey(ctx, m.workers)
	if err != nil {
		return m.wrap(err)
	}
	for {
		if err := m.join(ctx, chosen); err != nil {
			return m.wrap(err)
		}
		if !m.refuse(chosen) {
			break
		}
		t.joined.close()
		if chosen, err = m.next(ctx, chosen); err != nil {
			return m.wrap(err)
		}
	}
	m.describe(chosen)
	if err := m.matchSkipped(ctx); err != nil {
		return m.wrap(err)
	}
	if t.isParent {
		if err := t.indexRows(ctx, m.sc, m.memory); err != nil {
			return m.wrap(err)
		}
	}
	return t.joined.settle()
}

func (m *matcher) wrap(err error) error {
	return fmt.Errorf("match table %s: %w", m.t.res.Name(), err)
}

// single prepares a table that only one side has: all its rows are added or
// removed.
func (m *matcher) single(ctx context.Context) error {
	t := m.t
	t.joined = newJoined(m.sc, m.memory, false, false, false)
	sp, to := t.left, t.joined.removed
	if sp == nil {
		sp, to = t.right, t.joined.added
	}
	for i, label := range sp.labels() {
		p := ColumnPair{Left: label, LeftType: sp.stats[i].kind, How: ColumnRemoves}
		if t.left == nil {
			p = ColumnPair{Right: label, RightType: sp.stats[i].kind, How: ColumnAdds}
		}
		switch {
		case t.ignored(sp.column(i)):
			p.How = ColumnIgnored
		case t.left == nil:
			t.extra = append(t.extra, i)
		default:
			t.onlyLeft++
		}
		t.res.Columns = append(t.res.Columns, p)
	}
	t.res.Key.Why = "the table is on one side only"
	err := sp.scan(ctx, 0, sp.st.size(), func(r *row) error { return to.add(pair{k: uint64(r.at)}) })
	if err != nil {
		return err
	}
	return t.joined.settle()
}

// setPlace decides what stands for a row's place, and numbers the files:
// those of a pair alike.
func (m *matcher) setPlace() {
	t := m.t
	t.filesLeft, t.filesRight = make([]uint64, len(m.left.files)), make([]uint64, len(m.right.files))
	for i := range t.filesLeft {
		t.filesLeft[i] = uint64(m.pairOfLeft[i]) + 1
	}
	for i := range t.filesRight {
		t.filesRight[i] = uint64(m.pairOfRight[i]) + 1
	}
	switch {
	case len(t.parents) > 0:
		t.place, t.res.Place = parentPlace, "_parent_id"
	case len(m.left.files) > 1 || len(m.right.files) > 1:
		t.place, t.res.Place = filePlace, "_file"
	}
	if t.left.own.parentTable >= 0 && t.right.own.parentTable >= 0 {
		t.note("rows within rows of this table are compared without regard to their parent")
	}
}

// setSkips leaves out the rows of identical files: they match as they are. The
// fingerprint decides, not the digest: in flat tables a value may have become
// a list because of another file.
func (m *matcher) setSkips() {
	t := m.t
	t.rowsLeft, t.rowsRight = t.left.rows, t.right.rows
	for i := range m.pairs {
		p := &m.pairs[i]
		if p.Stage != StageIdentical {
			continue
		}
		l, r := m.left.byID[int64(p.Left.ID)], m.right.byID[int64(p.Right.ID)]
		if !m.left.prints[l].identical(&m.right.prints[r]) {
			continue
		}
		if t.skipLeft == nil {
			t.skipLeft, t.skipRight = make([]bool, len(m.left.files)), make([]bool, len(m.right.files))
		}
		t.skipLeft[l], t.skipRight[r] = true, true
		n := t.left.byFile[l]
		t.skipped += n
		t.rowsLeft -= n
		t.rowsRight -= n
	}
}

// join joins the rows by a key, or by likeness without one.
func (m *matcher) join(ctx context.Context, key *candidate) error {
	t := m.t
	t.key = key
	j := newJoined(m.sc, m.memory, key == nil, t.isParent, m.wantsRows() != nil)
	t.joined = j
	rows := t.rowsLeft + t.rowsRight
	a, b := newBuckets(m.sc, rows), newBuckets(m.sc, rows)
	defer a.st.close()
	defer b.st.close()
	err := parallel(2, m.workers, func(i int) error {
		workers := max(m.workers/2, 1)
		if i == 0 {
			return fillBuckets(ctx, t.left, a, workers, t.skipLeft, func() *hasher { return t.hasher(true) })
		}
		return fillBuckets(ctx, t.right, b, workers, t.skipRight, func() *hasher { return t.hasher(false) })
	})
	if err != nil {
		return err
	}
	var done atomic.Int64
	err = join(ctx, m.sc, a, b, j, m.workers, m.memory, func() {
		m.progress.report(Progress{"match", t.res.Name(), done.Add(1), int64(len(a.counts))})
	})
	if err != nil || j.left.n+j.right.n == 0 {
		return err
	}
	x, err := t.sample(ctx, true)
	if err != nil {
		return err
	}
	y, err := t.sample(ctx, false)
	if err != nil {
		return err
	}
	return t.align(ctx, m.sc, j, newWeights(x, y), m.memory)
}

func (t *tablePair) hasher(left bool) *hasher {
	h := &hasher{left: left, place: t.placer(left), cells: t.cols, whole: t.key == nil, scoped: true, inPiece: t.inPiece(left)}
	if t.key != nil {
		h.scoped = t.key.scoped
		for _, i := range t.key.cols {
			h.keys = append(h.keys, t.cols[i])
		}
	}
	if !left {
		h.extra = t.extra
	}
	return h
}

// refuse tells whether the join has shown that the key isn't one.
func (m *matcher) refuse(c *candidate) bool {
	if c == nil || m.t.res.Key.Given || c.info.Scope == ScopeRoot {
		return false
	}
	for s, rows := range m.t.joined.rows {
		if share := ratio(m.t.joined.duplicates[s], rows); share > nearKey {
			c.info.Refused = fmt.Sprintf("%.1f %% of the rows repeat a key", 100*share)
			return true
		}
	}
	return false
}

// next is the next best candidate that isn't refused, or nil.
func (m *matcher) next(ctx context.Context, refused *candidate) (*candidate, error) {
	var a, b *sample
	after := false
	for _, c := range m.t.ranked {
		if c == refused {
			after = true
			continue
		}
		if !after || c.info.Refused != "" {
			continue
		}
		if a == nil {
			var err error
			if a, err = m.t.sample(ctx, true); err != nil {
				return nil, err
			}
			if b, err = m.t.sample(ctx, false); err != nil {
				return nil, err
			}
		}
		if err := m.t.examine(c, a, b); err != nil {
			return nil, err
		}
		if c.info.Refused == "" {
			return c, nil
		}
	}
	m.t.res.Key.Why = "all candidates were refused"
	return nil, nil
}

// describe puts the key into the result, and what was greedy into notes.
func (m *matcher) describe(c *candidate) {
	t, j := m.t, m.t.joined
	key := &t.res.Key
	key.DuplicateLeft, key.DuplicateRight = j.duplicates[0], j.duplicates[1]
	key.UniqueLeft, key.UniqueRight = 1-ratio(j.duplicates[0], j.rows[0]), 1-ratio(j.duplicates[1], j.rows[1])
	for _, r := range t.ranked {
		key.Candidates = append(key.Candidates, r.info)
	}
	if c != nil && c.info.Scope != ScopeRoot {
		key.Columns, key.Scope = c.info.Columns, c.info.Scope
		key.Overlap, key.Agreement, key.RowOrder, key.Chance = c.info.Overlap, c.test.share, c.test.rowOrder, c.test.byChance
		if key.Why == "" {
			key.Why = fmt.Sprintf("unique on both sides; about %.0f %% of its values are on both; %d sample rows with the same value agree in %.0f %% of their cells",
				100*c.info.Overlap, c.test.pairs, 100*c.test.share)
		}
		for _, i := range c.cols {
			t.res.Columns[t.cols[i].pair].Key = true
		}
		if d := j.duplicates[0] + j.duplicates[1]; d > 0 {
			t.note("%d rows repeat a key: they were matched within it, those with most equal cells first", d)
		}
	}
	if c == nil && t.rowsLeft > 0 && t.rowsRight > 0 {
		if j.aligned == 0 {
			t.note("rows have no key: equal rows were matched")
		} else {
			t.note("rows have no key: equal rows were matched, then %d by likeness", j.aligned)
		}
	}
	if j.ties > 0 {
		t.note("%d rows matched by likeness were as like another row", j.ties)
	}
	if j.forced > 0 {
		t.note("%d rows of keys that repeat too often were matched in order", j.forced)
	}
}

// settle gives back memory until the changes are explained.
func (j *joined) settle() error {
	for _, s := range []*sorter[pair]{j.changed, j.removed, j.added, j.matched, j.alike, j.left, j.right} {
		if s != nil && len(s.rows) > 1<<12 {
			if err := s.spill(); err != nil {
				return err
			}
			s.rows = nil
		}
	}
	j.matched.close()
	j.left.close()
	j.right.close()
	return nil
}
