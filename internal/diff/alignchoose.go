package diff

import (
	"context"
	"encoding/binary"
)

// scoredPair sorts like scored through scratch.
type scoredPair struct {
	score float64
	a, b  uint32
}

func (p scoredPair) size() int { return 16 }
func (p scoredPair) put(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(p.score*(1<<52)))
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(dst, p.a), p.b)
}

func (p scoredPair) get(src []byte) scoredPair {
	return scoredPair{
		float64(binary.LittleEndian.Uint64(src)) / (1 << 52),
		binary.LittleEndian.Uint32(src[8:]), binary.LittleEndian.Uint32(src[12:]),
	}
}

func (p scoredPair) compare(o scoredPair) int {
	return better(scored{int(p.a), int(p.b), p.score}, scored{int(o.a), int(o.b), o.score})
}

// scoreAll scores each candidate once, if it is among the first bestOfRow of
// either row.
func (b *large) scoreAll(ctx context.Context, candidates *sorter[pair], into *sorter[scoredPair]) error {
	m, err := candidates.sorted()
	if err != nil {
		return err
	}
	last := pair{^uint64(0), 0}
	tried := 0                          // candidates of the left row
	triedRight := make([]uint8, b.n[1]) // of right rows, up to bestOfRow
	var bufA, bufB []byte
	x, y := make([]uint64, b.width), make([]uint64, b.width)
	for n := 0; ; n++ {
		p, ok, err := m.next()
		if err != nil || !ok {
			return err
		}
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p == last {
			continue
		}
		if p.k != last.k {
			tried = 0
			if bufA, err = b.tokensOf(0, p.k, x, bufA); err != nil {
				return err
			}
		}
		last = p
		tried++
		if tried > bestOfRow && triedRight[p.v] == bestOfRow {
			continue
		}
		triedRight[p.v] = min(triedRight[p.v]+1, bestOfRow)
		if bufB, err = b.tokensOf(1, p.v, y, bufB); err != nil {
			return err
		}
		if s := b.weights.score(x, y); s >= b.least {
			if err := into.add(scoredPair{float64(uint64(s*(1<<52))) / (1 << 52), uint32(p.k), uint32(p.v)}); err != nil {
				return err
			}
		}
	}
}

func (b *large) tokensOf(s int, rank uint64, into []uint64, buf []byte) ([]byte, error) {
	size := 8 * b.width
	view, buf, err := b.rows[s].window(buf, int64(rank)*int64(size), size)
	if err != nil {
		return buf, err
	}
	if len(view) < size {
		return buf, errTorn
	}
	for i := range into {
		into[i] = binary.LittleEndian.Uint64(view[8*i:])
	}
	return buf, nil
}

// choose takes the best pairs whose rows are free. Where a key says that rows
// belong together, what is left is matched in order.
func (b *large) choose(ctx context.Context, scores *sorter[scoredPair]) error {
	m, err := scores.sorted()
	if err != nil {
		return err
	}
	taken := [2][]uint64{make([]uint64, b.n[0]/64+1), make([]uint64, b.n[1]/64+1)}
	is := func(s int, rank uint64) bool { return taken[s][rank/64]&(1<<(rank%64)) != 0 }
	take := func(s int, rank uint64) { taken[s][rank/64] |= 1 << (rank % 64) }
	match := func(x, y uint64) error {
		take(0, x)
		take(1, y)
		rx, err := b.ref(0, x)
		if err != nil {
			return err
		}
		ry, err := b.ref(1, y)
		if err != nil {
			return err
		}
		b.j.aligned++
		return b.j.match(rx.off(), ry.off(), false)
	}
	for n := 0; ; n++ {
		p, ok, err := m.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !is(0, uint64(p.a)) && !is(1, uint64(p.b)) {
			if err := match(uint64(p.a), uint64(p.b)); err != nil {
				return err
			}
		}
	}
	y := uint64(0)
	for x := range uint64(b.n[0]) {
		if is(0, x) {
			continue
		}
		for b.least == 0 && y < uint64(b.n[1]) && is(1, y) {
			y++
		}
		if b.least == 0 && y < uint64(b.n[1]) {
			b.j.forced++
			if err := match(x, y); err != nil {
				return err
			}
			continue
		}
		at, err := b.ref(0, x)
		if err != nil {
			return err
		}
		if err := b.j.removed.add(pair{k: uint64(at.off())}); err != nil {
			return err
		}
	}
	for y := range uint64(b.n[1]) {
		if is(1, y) {
			continue
		}
		at, err := b.ref(1, y)
		if err != nil {
			return err
		}
		if err := b.j.added.add(pair{k: uint64(at.off())}); err != nil {
			return err
		}
	}
	return nil
}

func (b *large) ref(s int, rank uint64) (ref, error) {
	var word [8]byte
	n, err := b.refs[s].readAt(word[:], int64(rank)*8)
	if err == nil && n < 8 {
		err = errTorn
	}
	return ref(binary.LittleEndian.Uint64(word[:])), err
}
