package diff

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// merged is a copy of a with b's entries over it.
func merged[V any](a, b map[string]V) map[string]V {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := make(map[string]V, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// runs yields the runs of neighbours that are equal.
func runs[T any](all []T, equal func(x, y T) bool) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for from, to := 0, 1; from < len(all); to++ {
			if to < len(all) && equal(all[from], all[to]) {
				continue
			}
			if !yield(all[from:to]) {
				return
			}
			from = to
		}
	}
}

// mix64 spreads and joins two hashes; not commutative.
func mix64(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9E3779B97F4A7C15, bits.RotateLeft64(b, 23)^0xC2B2AE3D27D4EB4F)
	return hi ^ lo + a
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// rounded drops what depends on the order in which floats were added.
func rounded(x float64) float64 { return math.Round(x*1e9) / 1e9 }

// dice is the overlap of two multisets of n and m members.
func dice(common, n, m int) float64 {
	if n+m == 0 {
		return 1
	}
	return 2 * float64(common) / float64(n+m)
}
