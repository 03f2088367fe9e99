package diff

import (
	"container/heap"
	"encoding/binary"
	"slices"
)

// fixed is a record of fixed size that can be sorted through scratch.
type fixed[T any] interface {
	put(dst []byte) []byte // appends the record
	get(src []byte) T      // reads what put wrote
	size() int
	compare(o T) int
}

// pair is two numbers, sorted by the first, then the second.
type pair struct{ k, v uint64 }

func (p pair) size() int { return 16 }
func (p pair) put(dst []byte) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, p.k), p.v)
}

func (p pair) get(src []byte) pair {
	return pair{binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])}
}

func (p pair) compare(o pair) int {
	switch {
	case p.k < o.k:
		return -1
	case p.k > o.k:
		return 1
	case p.v < o.v:
		return -1
	case p.v > o.v:
		return 1
	}
	return 0
}

// sorter sorts records of any number: in memory up to a limit, by runs in
// scratch beyond it. It belongs to one goroutine.
type sorter[T fixed[T]] struct {
	sc    *scratch
	limit int // records in memory
	rows  []T
	runs  []*store
	n     int64
	buf   []byte
}

func newSorter[T fixed[T]](sc *scratch, memory int64) *sorter[T] {
	var zero T
	return &sorter[T]{sc: sc, limit: int(max(memory/int64(zero.size()), 1024))}
}

func (s *sorter[T]) add(r T) error {
	s.rows = append(s.rows, r)
	s.n++
	if len(s.rows) < s.limit {
		return nil
	}
	return s.spill()
}

func (s *sorter[T]) sort() {
	if !slices.IsSortedFunc(s.rows, T.compare) {
		slices.SortFunc(s.rows, T.compare)
	}
}

func (s *sorter[T]) spill() error {
	s.sort()
	st := s.sc.newStore()
	s.runs = append(s.runs, st)
	for i := range s.rows {
		s.buf = s.rows[i].put(s.buf)
		if len(s.buf) >= readBlock || i == len(s.rows)-1 {
			if _, err := st.write(s.buf); err != nil {
				return err
			}
			s.buf = s.buf[:0]
		}
	}
	s.rows = s.rows[:0]
	return st.finish()
}

// close gives the scratch back. The sorter may be nil.
func (s *sorter[T]) close() {
	if s == nil {
		return
	}
	for _, st := range s.runs {
		st.close()
	}
	s.runs, s.rows = nil, nil
}

// sorted ends the adding. Each call returns a reader of its own from the start.
func (s *sorter[T]) sorted() (*merge[T], error) {
	if len(s.runs) > 0 && len(s.rows) > 0 {
		if err := s.spill(); err != nil {
			return nil, err
		}
		s.rows = nil
	}
	s.sort()
	m := &merge[T]{rows: s.rows}
	for _, st := range s.runs {
		r := &run[T]{st: st}
		if ok, err := r.next(); err != nil {
			return nil, err
		} else if ok {
			m.runs = append(m.runs, r)
		}
	}
	heap.Init((*runHeap[T])(&m.runs))
	return m, nil
}

// merge reads sorted records, from memory or from several runs.
type merge[T fixed[T]] struct {
	rows []T
	runs []*run[T]
}

// next returns the next record; false at the end.
func (m *merge[T]) next() (rec T, ok bool, err error) {
	if len(m.runs) == 0 {
		if len(m.rows) == 0 {
			return rec, false, nil
		}
		rec = m.rows[0]
		m.rows = m.rows[1:]
		return rec, true, nil
	}
	r := m.runs[0]
	rec = r.now
	more, err := r.next()
	if err != nil {
		return rec, false, err
	}
	if more {
		heap.Fix((*runHeap[T])(&m.runs), 0)
	} else {
		heap.Pop((*runHeap[T])(&m.runs))
	}
	return rec, true, nil
}

type run[T fixed[T]] struct {
	st   *store
	off  int64
	buf  []byte
	view []byte
	now  T
}

// runBlock is small: there may be many runs.
const runBlock = 16 << 10

func (r *run[T]) next() (bool, error) {
	size := r.now.size()
	if len(r.view) == 0 {
		var err error
		r.view, r.buf, err = r.st.window(r.buf, r.off, runBlock/size*size)
		if err != nil || len(r.view) == 0 {
			return false, err
		}
		r.off += int64(len(r.view))
	}
	r.now = r.now.get(r.view)
	r.view = r.view[size:]
	return true, nil
}

type runHeap[T fixed[T]] []*run[T]

func (h runHeap[T]) Len() int           { return len(h) }
func (h runHeap[T]) Less(i, j int) bool { return h[i].now.compare(h[j].now) < 0 }
func (h runHeap[T]) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is part of heap.Interface.
func (h *runHeap[T]) Push(x any) {
	if r, ok := x.(*run[T]); ok {
		*h = append(*h, r)
	}
}

// Pop is part of heap.Interface.
func (h *runHeap[T]) Pop() any {
	old := *h
	r := old[len(old)-1]
	*h = old[:len(old)-1]
	return r
}
