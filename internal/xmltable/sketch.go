package xmltable

import (
	"math"
	"math/bits"
)

const (
	sketchExact = 64 // distinct values counted exactly up to here
	sketchBits  = 11 // then HyperLogLog with 2^11 registers: 2.3 % standard error
)

// sketch counts distinct hashes: exactly while they are few, then by
// HyperLogLog (Flajolet et al. 2007, with linear counting at the low end).
// The zero value is ready; merging is commutative and idempotent.
type sketch struct {
	few       []uint64
	registers []uint8
}

func (s *sketch) add(h uint64) {
	if s.registers != nil {
		s.register(h)
		return
	}
	for _, x := range s.few {
		if x == h {
			return
		}
	}
	if len(s.few) < sketchExact {
		s.few = append(s.few, h)
		return
	}
	s.promote()
	s.register(h)
}

func (s *sketch) promote() {
	s.registers = make([]uint8, 1<<sketchBits)
	for _, x := range s.few {
		s.register(x)
	}
	s.few = nil
}

func (s *sketch) register(h uint64) {
	i := h >> (64 - sketchBits)
	rank := uint8(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1))) + 1
	if rank > s.registers[i] {
		s.registers[i] = rank
	}
}

func (s *sketch) merge(o *sketch) {
	for _, x := range o.few {
		s.add(x)
	}
	if o.registers == nil {
		return
	}
	if s.registers == nil {
		s.promote()
	}
	for i, r := range o.registers {
		s.registers[i] = max(s.registers[i], r)
	}
}

func (s *sketch) estimate() uint64 {
	if s.registers == nil {
		return uint64(len(s.few))
	}
	const m = 1 << sketchBits
	sum, zeros := 0.0, 0
	for _, r := range s.registers {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && zeros > 0 {
		estimate = m * math.Log(float64(m)/float64(zeros))
	}
	return uint64(math.Round(estimate))
}
