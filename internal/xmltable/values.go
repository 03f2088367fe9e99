package xmltable

import (
	"bytes"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
)

// Order is a place in a bundle: file by sorted position, then byte offset.
// The smallest Order of a path decides where its column stands, so that
// merging profiles gives the same result in any sequence.
type Order struct {
	File   int
	Offset int64
}

// Before reports whether o comes before p.
func (o Order) Before(p Order) bool {
	return o.File < p.File || o.File == p.File && o.Offset < p.Offset
}

const (
	maxExamples   = 3
	maxExampleLen = 80
	seenSlots     = 16
)

type example struct {
	at    Order
	value string
}

// valueStats gathers what is known of all values of one attribute or of one
// element's text. Everything but n and sum is idempotent: adding a value a
// second time changes nothing, which is what the seen cache relies on.
type valueStats struct {
	n     uint64 // values
	sum   uint64 // of their hashes, mod 2^64: the proof's running hash
	empty uint64

	seen     [seenSlots]uint64 // hashes met lately
	typ      table.Type
	longest  int
	min, max []byte // by code point
	numMin   []byte // by value, while typ is numeric
	numMax   []byte
	minF     float64
	maxF     float64
	distinct sketch
	examples []example
}

// add records one value.
func (s *valueStats) add(v []byte, at Order) {
	h := xxh3.Hash(v)
	s.addProven(v, h, h, at)
}

// addStray records a text beside elements, for which another hash stands in
// the proof.
func (s *valueStats) addStray(v []byte, at Order) {
	s.addProven(v, xxh3.Hash(v), strayHash(v), at)
}

func (s *valueStats) addProven(v []byte, h, proof uint64, at Order) {
	s.n++
	s.sum += proof
	if len(v) == 0 {
		s.empty++
		return
	}
	slot := &s.seen[h%seenSlots]
	if *slot == h {
		return
	}
	*slot = h
	s.learn(v, h, at)
}

func (s *valueStats) learn(v []byte, h uint64, at Order) {
	s.distinct.add(h)
	s.longest = max(s.longest, len(v))
	if s.min == nil || bytes.Compare(v, s.min) < 0 {
		s.min = append(s.min[:0], clip(v)...)
	}
	if s.max == nil || bytes.Compare(v, s.max) > 0 {
		s.max = append(s.max[:0], clip(v)...)
	}
	if s.typ != table.Text {
		t := classify(v)
		s.typ = joinTypes(s.typ, t)
		if s.typ == table.Integer || s.typ == table.Decimal {
			s.learnNumber(v)
		}
	}
	if len(s.examples) < maxExamples {
		s.example(v, at)
	}
}

func (s *valueStats) learnNumber(v []byte) {
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return // out of float range: still a decimal, without a numeric extreme
	}
	if s.numMin == nil || f < s.minF || f == s.minF && compareTied(v, s.numMin) < 0 {
		s.numMin, s.minF = append(s.numMin[:0], v...), f
	}
	if s.numMax == nil || f > s.maxF || f == s.maxF && compareTied(v, s.numMax) > 0 {
		s.numMax, s.maxF = append(s.numMax[:0], v...), f
	}
}

// compareTied orders numbers that are one as float64: by value, which matters
// from 16 digits on, then by how they are written.
func compareTied(a, b []byte) int {
	if n := max(len(a), len(b)); n > 15 && n < 400 && !bytes.Equal(a, b) {
		x, okX := new(big.Rat).SetString(string(a))
		y, okY := new(big.Rat).SetString(string(b))
		if okX && okY {
			if c := x.Cmp(y); c != 0 {
				return c
			}
		}
	}
	return bytes.Compare(a, b)
}

func (s *valueStats) example(v []byte, at Order) {
	short := string(clip(v))
	for _, e := range s.examples {
		if e.value == short {
			return
		}
	}
	s.examples = append(s.examples, example{at, short})
}

// clip bounds what is kept of a value, at a character's border.
func clip(v []byte) []byte {
	if len(v) <= maxExampleLen {
		return v
	}
	n := maxExampleLen
	for n > 0 && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

// merge adds what o has gathered. The result does not depend on the order
// in which profiles are merged.
func (s *valueStats) merge(o *valueStats) {
	s.n += o.n
	s.sum += o.sum
	s.empty += o.empty
	s.longest = max(s.longest, o.longest)
	if o.min != nil && (s.min == nil || bytes.Compare(o.min, s.min) < 0) {
		s.min = slices.Clone(o.min)
	}
	if o.max != nil && (s.max == nil || bytes.Compare(o.max, s.max) > 0) {
		s.max = slices.Clone(o.max)
	}
	s.typ = joinTypes(s.typ, o.typ)
	if o.numMin != nil {
		s.learnNumber(o.numMin)
	}
	if o.numMax != nil {
		s.learnNumber(o.numMax)
	}
	s.distinct.merge(&o.distinct)
	all := append(slices.Clone(s.examples), o.examples...)
	slices.SortFunc(all, func(a, b example) int {
		switch {
		case a.at.Before(b.at):
			return -1
		case b.at.Before(a.at):
			return 1
		}
		return 0
	})
	s.examples = s.examples[:0:0]
	for _, e := range all {
		if len(s.examples) < maxExamples {
			s.example([]byte(e.value), e.at)
		}
	}
	clear(s.seen[:])
}

// stats reports the gathered facts for a column over rows rows.
func (s *valueStats) stats(rows uint64) *table.Stats {
	st := &table.Stats{
		Values: s.n, Empty: s.empty, Longest: s.longest,
		Distinct: s.distinct.estimate(), Min: string(s.min), Max: string(s.max),
	}
	if s.empty > 0 {
		st.Distinct++
	}
	if rows > s.n {
		st.Nulls = rows - s.n
	}
	if s.typ == table.Integer || s.typ == table.Decimal {
		st.Min, st.Max = string(s.numMin), string(s.numMax)
	}
	for _, e := range s.examples {
		st.Examples = append(st.Examples, e.value)
	}
	return st
}

// columnType is the type shown to the outside: no values means text.
func (s *valueStats) columnType() table.Type {
	if s.typ == table.Unknown {
		return table.Text
	}
	return s.typ
}
