package diff

import (
	"context"
	"encoding/binary"
	"sync"
)

// scan calls do for each row of [from, to) in the spool, in order. The row is
// valid during the call only.
func (sp *spool) scan(ctx context.Context, from, to int64, do func(r *row) error) error {
	var r row
	var buf []byte
	want := readBlock
	for n := 0; from < to; {
		view, grown, err := sp.st.window(buf, from, int(min(int64(want), to-from)))
		if err != nil {
			return err
		}
		buf = grown
		used := 0
		for {
			size, k := binary.Uvarint(view[used:])
			if k <= 0 || used+k+int(size) > len(view) {
				break
			}
			body := view[used+k : used+k+int(size)]
			r.at = from + int64(used)
			if err := r.decode(body, len(sp.columns)); err != nil {
				return err
			}
			if n%checkEvery == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			n++
			if err := do(&r); err != nil {
				return err
			}
			used += k + int(size)
			if used == len(view) {
				break
			}
		}
		if used == 0 { // a row longer than the window
			if int64(len(view)) == to-from {
				return errTorn
			}
			want *= 2
			continue
		}
		from += int64(used)
		want = readBlock
	}
	return nil
}

// parts cuts the spool at marks into at most n runs of about equal size.
func (sp *spool) parts(n int) [][2]int64 {
	end := sp.st.size()
	n = min(n, len(sp.marks))
	var out [][2]int64
	for i := range n {
		from := sp.marks[i*len(sp.marks)/n].off
		to := end
		if i+1 < n {
			to = sp.marks[(i+1)*len(sp.marks)/n].off
		}
		out = append(out, [2]int64{from, to})
	}
	return out
}

// reader reads single rows. It belongs to one goroutine.
type reader struct {
	sp  *spool
	buf []byte
	row row
}

func (sp *spool) reader() *reader { return &reader{sp: sp} }

// guessRow is read at once for a single row; most rows are shorter.
const guessRow = 1 << 10

// read returns the row at off, valid until the next read.
func (rd *reader) read(off int64) (*row, error) {
	view, grown, err := rd.sp.st.window(rd.buf, off, guessRow)
	if err != nil {
		return nil, err
	}
	rd.buf = grown
	size, k := binary.Uvarint(view)
	if k <= 0 {
		return nil, errTorn
	}
	if need := k + int(size); need > len(view) {
		if view, rd.buf, err = rd.sp.st.window(rd.buf, off, need); err != nil {
			return nil, err
		}
		if len(view) < need {
			return nil, errTorn
		}
	}
	rd.row.at = off
	return &rd.row, rd.row.decode(view[k:k+int(size)], len(rd.sp.columns))
}

// parallel runs do(0..n-1) on up to workers goroutines and waits for all. It
// returns the error of the lowest number that failed.
func parallel(n, workers int, do func(i int) error) error {
	if n == 0 {
		return nil
	}
	errs := make([]error, n)
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, failed := 0, false
	for range workers {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := failed
				mu.Unlock()
				if i >= n || stop {
					return
				}
				if errs[i] = do(i); errs[i] != nil {
					mu.Lock()
					failed = true
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
