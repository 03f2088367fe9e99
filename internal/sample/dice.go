package sample

import "math/bits"

// dice is a stream of pseudo-random numbers (splitmix64). It is written out
// here because the files it makes are part of the product: they must not
// change with a library's version.
type dice struct{ state uint64 }

// newDice returns the stream of one seed and key. Different keys give
// unrelated streams.
func newDice(seed uint64, key string, index ...int) *dice {
	h := uint64(14695981039346656037) ^ seed
	for i := 0; i < len(key); i++ {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	d := &dice{state: h}
	for _, n := range index {
		d.state = d.next() ^ uint64(n)
	}
	d.next()
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1, and 0 for n < 1.
func (d *dice) below(n int) int {
	if n < 1 {
		return 0
	}
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// between returns a number from low to high, both included.
func (d *dice) between(low, high int) int { return low + d.below(high-low+1) }

// percent is true n times in a hundred.
func (d *dice) percent(n int) bool { return d.below(100) < n }

// pick returns one of the choices; there must be at least one.
func pick[T any](d *dice, choices []T) T { return choices[d.below(len(choices))] }

// pickOther returns one of the choices that is not the given one; there
// must be two different ones.
func pickOther(d *dice, choices []string, not string) string {
	for {
		if c := pick(d, choices); c != not {
			return c
		}
	}
}

// shuffle puts the items into another order.
func shuffle[T any](d *dice, items []T) {
	for i := len(items) - 1; i > 0; i-- {
		j := d.below(i + 1)
		items[i], items[j] = items[j], items[i]
	}
}
