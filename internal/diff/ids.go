package diff

import (
	"context"
	"encoding/binary"
	"sort"
)

// idIndex maps the ids of a table's rows to numbers: sorted pairs in scratch.
type idIndex struct {
	st    *store
	first []uint64 // id that begins each block
}

const (
	idBlock   = 1 << 10 // pairs
	pairBytes = 16
)

func newIDIndex(sc *scratch, s *sorter[pair]) (*idIndex, error) {
	m, err := s.sorted()
	if err != nil {
		return nil, err
	}
	x := &idIndex{st: sc.newStore()}
	buf := make([]byte, 0, idBlock*pairBytes)
	for n := 0; ; n++ {
		p, ok, err := m.next()
		if err != nil {
			return nil, err
		}
		if ok && n%idBlock == 0 {
			x.first = append(x.first, p.k)
		}
		if ok {
			buf = p.put(buf)
		}
		if len(buf) == cap(buf) || !ok {
			if _, err := x.st.write(buf); err != nil {
				return nil, err
			}
			buf = buf[:0]
		}
		if !ok {
			return x, x.st.finish()
		}
	}
}

func (x *idIndex) close() {
	if x != nil {
		x.st.close()
	}
}

// lookup reads several indexes; it remembers where it was last, since
// children come in their parents' order. It belongs to one goroutine.
type lookup struct {
	in   []*idIndex
	last struct {
		at, block int
		view      []byte
	}
	buf   []byte
	id    uint64
	value uint64
	found bool
}

// find returns the number of an id.
func (l *lookup) find(id uint64) (uint64, bool, error) {
	if l.id == id && id != 0 {
		return l.value, l.found, nil
	}
	l.id, l.found = id, false
	for at, x := range l.in {
		block := sort.Search(len(x.first), func(i int) bool { return x.first[i] > id }) - 1
		if block < 0 {
			continue
		}
		if l.last.view == nil || l.last.at != at || l.last.block != block {
			view, grown, err := x.st.window(l.buf, int64(block)*idBlock*pairBytes, idBlock*pairBytes)
			if err != nil {
				return 0, false, err
			}
			l.buf = grown
			l.last.at, l.last.block, l.last.view = at, block, view
		}
		view := l.last.view
		n := len(view) / pairBytes
		i := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint64(view[i*pairBytes:]) >= id })
		if i < n && binary.LittleEndian.Uint64(view[i*pairBytes:]) == id {
			l.value, l.found = binary.LittleEndian.Uint64(view[i*pairBytes+8:]), true
			return l.value, true, nil
		}
	}
	return 0, false, nil
}

// placeKind is what stands for a row's place.
type placeKind uint8

const (
	noPlace placeKind = iota
	filePlace
	parentPlace
)

// An identity is equal for the rows of a matched pair, and else unique within
// its kind: rows have their table and the left row's place in its spool.
const (
	onlyRight  = 1 << 63
	tableShift = offBits + 4
)

// placer tells the identity of a row's place. It belongs to one goroutine.
type placer struct {
	kind    placeKind
	files   []uint64 // identities of the side's files
	parents lookup
}

// of is the identity of the parent row, or of the file where there is none.
// An unknown parent is 0: it compares as no difference.
func (p *placer) of(r *row) (uint64, error) {
	switch {
	case p.kind == noPlace:
		return 0, nil
	case p.kind == filePlace || r.parent == 0:
		return p.files[r.file], nil
	}
	v, _, err := p.parents.find(uint64(r.parent))
	return v, err
}

// indexRows makes the indexes that the tables below need: identity by id of
// both sides, and the place in the spool by id. On the left they are one.
func (t *tablePair) indexRows(ctx context.Context, sc *scratch, memory int64) (err error) {
	table := uint64(t.index+1) << tableShift
	left := newSorter[pair](sc, memory/16)
	defer left.close()
	err = t.left.scan(ctx, 0, t.left.st.size(), func(r *row) error {
		return left.add(pair{uint64(r.id), table | uint64(r.at)})
	})
	if err != nil {
		return err
	}
	if t.leftIDs, err = newIDIndex(sc, left); err != nil {
		return err
	}
	m, err := t.joined.matched.sorted()
	if err != nil {
		return err
	}
	next, ok, err := m.next()
	if err != nil {
		return err
	}
	right, places := newSorter[pair](sc, memory/16), newSorter[pair](sc, memory/16)
	defer right.close()
	defer places.close()
	err = t.right.scan(ctx, 0, t.right.st.size(), func(r *row) error {
		identity := onlyRight | table | uint64(r.at)
		if ok && next.k == uint64(r.at) {
			identity = table | next.v
			if next, ok, err = m.next(); err != nil {
				return err
			}
		}
		if err := places.add(pair{uint64(r.id), table | uint64(r.at)}); err != nil {
			return err
		}
		return right.add(pair{uint64(r.id), identity})
	})
	if err != nil {
		return err
	}
	if t.rightIDs, err = newIDIndex(sc, right); err != nil {
		return err
	}
	t.rightRows, err = newIDIndex(sc, places)
	return err
}
