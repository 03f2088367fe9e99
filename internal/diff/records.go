package diff

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/zeebo/xxh3"
)

// record stands for a row in the join: 32 bytes.
type record struct {
	key xxh3.Uint128 // of the key's canonical values and scope
	row uint64       // of the row's place and compared cells, as they are written; the last bit: see hasMore
	ref ref
}

// ref is a row's file and its place in the spool.
type ref uint64

const offBits = 40

func newRef(file int32, off int64) ref { return ref(file)<<offBits | ref(off) }
func (r ref) file() int32              { return int32(r >> offBits) }
func (r ref) off() int64               { return int64(r & (1<<offBits - 1)) }

// hasMore marks a row with a value in a column that only its side has: it needs
// a look, even if all that is compared is equal.
const hasMore = 1

// compared is the hash of what is compared alone.
func (r record) compared() uint64 { return r.row &^ hasMore }

const recordSize = 32

func (r record) size() int { return recordSize }
func (r record) put(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, r.key.Hi)
	dst = binary.LittleEndian.AppendUint64(dst, r.key.Lo)
	dst = binary.LittleEndian.AppendUint64(dst, r.row)
	return binary.LittleEndian.AppendUint64(dst, uint64(r.ref))
}

func (r record) get(src []byte) record {
	return record{
		xxh3.Uint128{Hi: binary.LittleEndian.Uint64(src), Lo: binary.LittleEndian.Uint64(src[8:])},
		binary.LittleEndian.Uint64(src[16:]), ref(binary.LittleEndian.Uint64(src[24:])),
	}
}

func (r record) compare(o record) int {
	if c := (pair{r.key.Hi, r.key.Lo}).compare(pair{o.key.Hi, o.key.Lo}); c != 0 {
		return c
	}
	return pair{r.row, uint64(r.ref)}.compare(pair{o.row, uint64(o.ref)})
}

func (r record) keyLess(key xxh3.Uint128) bool {
	return r.key.Hi < key.Hi || r.key.Hi == key.Hi && r.key.Lo < key.Lo
}

// buckets are one side's records, parted by the first bits of the key's hash.
type buckets struct {
	mu     sync.Mutex
	shift  uint // of key.Hi
	chunk  int  // bytes gathered before they are written
	st     *store
	chunks [][]span64 // by bucket
	counts []int64
}

type span64 struct{ off, size int64 }

const (
	bucketRows = 1 << 14 // aimed at: a bucket of both sides fits a CPU's cache
	maxBuckets = 1 << 10
	chunkSize  = 8 << 10
)

func newBuckets(sc *scratch, rows int64) *buckets {
	n, bits := int64(1), uint(0)
	for n < maxBuckets && n*bucketRows < rows {
		n *= 2
		bits++
	}
	return &buckets{shift: 64 - bits, chunk: chunkSize, st: sc.newStore(), chunks: make([][]span64, n), counts: make([]int64, n)}
}

// bucketWriter is one goroutine's way into buckets.
type bucketWriter struct {
	to   *buckets
	bufs [][]byte
}

func (b *buckets) writer() *bucketWriter { return &bucketWriter{b, make([][]byte, len(b.counts))} }

func (w *bucketWriter) add(r *record) error {
	i := 0
	if w.to.shift < 64 {
		i = int(r.key.Hi >> w.to.shift)
	}
	if w.bufs[i] == nil {
		w.bufs[i] = make([]byte, 0, w.to.chunk)
	}
	w.bufs[i] = r.put(w.bufs[i])
	if len(w.bufs[i]) < w.to.chunk {
		return nil
	}
	return w.flush(i)
}

func (w *bucketWriter) flush(i int) error {
	b := w.to
	b.mu.Lock()
	defer b.mu.Unlock()
	off, err := b.st.write(w.bufs[i])
	if err != nil {
		return err
	}
	b.chunks[i] = append(b.chunks[i], span64{off, int64(len(w.bufs[i]))})
	b.counts[i] += int64(len(w.bufs[i]) / recordSize)
	w.bufs[i] = w.bufs[i][:0]
	return nil
}

func (w *bucketWriter) close() error {
	for i := range w.bufs {
		if len(w.bufs[i]) > 0 {
			if err := w.flush(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// each calls do for the records of a bucket.
func (b *buckets) each(i int, buf *[]byte, do func(r record) error) error {
	for _, c := range b.chunks[i] {
		view, grown, err := b.st.window(*buf, c.off, int(c.size))
		*buf = grown
		if err != nil {
			return err
		}
		for len(view) >= recordSize {
			if err := do(record{}.get(view)); err != nil {
				return err
			}
			view = view[recordSize:]
		}
	}
	return nil
}

// hasher turns rows of one side into records. It belongs to one goroutine.
type hasher struct {
	left    bool
	place   *placer
	scoped  bool // the key is within the row's place
	whole   bool // the key is the whole row
	keys    []col
	cells   []col
	extra   []int // columns that only the right has
	inPiece bool  // the compared cells are all cells, in order
	work    cellWork
	buf     []byte
}

// column is the hasher's side of a column.
func (h *hasher) column(c *col) int {
	if h.left {
		return c.left
	}
	return c.right
}

func (h *hasher) side() int {
	if h.left {
		return 0
	}
	return 1
}

// record hashes a row. Lengths go before values, so that no two keys of
// several columns are the same bytes.
func (h *hasher) record(r *row) (record, error) {
	place, err := h.place.of(r)
	if err != nil {
		return record{}, err
	}
	rec := record{ref: newRef(r.file, r.at)}
	keys := h.keys
	if h.whole {
		keys = h.cells
	}
	if len(keys) == 1 && !h.scoped {
		v, ok := r.value(h.column(&keys[0]))
		if v, ok = keys[0].rule.canon(&h.work, h.side(), v, ok); ok {
			rec.key = xxh3.Hash128(v)
		}
	} else {
		h.buf = h.buf[:0]
		if h.scoped {
			h.buf = binary.LittleEndian.AppendUint64(h.buf, place)
		}
		for i := range keys {
			c := &keys[i]
			v, ok := r.value(h.column(c))
			if v, ok = c.rule.canon(&h.work, h.side(), v, ok); !ok {
				h.buf = append(h.buf, 0)
				continue
			}
			h.buf = binary.AppendUvarint(h.buf, uint64(len(v))+1)
			h.buf = append(h.buf, v...)
		}
		rec.key = xxh3.Hash128(h.buf)
	}
	if h.whole { // rests are aligned within their place
		rec.key = xxh3.Uint128{Hi: mix64(rec.key.Hi, rec.key.Lo), Lo: mix64(place, 1)}
	}
	rec.row = mix64(h.rowHash(r), place) &^ hasMore
	for _, c := range h.extra {
		if _, ok := r.value(c); ok {
			rec.row |= hasMore
		}
	}
	return rec, nil
}

func (h *hasher) rowHash(r *row) uint64 {
	if h.inPiece {
		return xxh3.Hash(r.tail)
	}
	h.buf = h.buf[:0]
	for i := range h.cells {
		size := r.cells[h.column(&h.cells[i])].size + 1
		h.buf = binary.AppendUvarint(h.buf, uint64(size))
	}
	for i := range h.cells {
		v, _ := r.value(h.column(&h.cells[i]))
		h.buf = append(h.buf, v...)
	}
	return xxh3.Hash(h.buf)
}

// fillBuckets makes the records of a side.
func fillBuckets(ctx context.Context, sp *spool, b *buckets, workers int, skip []bool, newHasher func() *hasher) error {
	parts := sp.parts(workers)
	err := parallel(len(parts), len(parts), func(i int) error {
		h, w := newHasher(), b.writer()
		err := sp.scan(ctx, parts[i][0], parts[i][1], func(r *row) error {
			if skip != nil && skip[r.file] {
				return nil
			}
			rec, err := h.record(r)
			if err != nil {
				return err
			}
			return w.add(&rec)
		})
		if err != nil {
			return err
		}
		return w.close()
	})
	if err != nil {
		return err
	}
	return b.st.finish()
}
