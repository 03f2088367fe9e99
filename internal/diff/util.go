package diff

import (
	"cmp"
	"maps"
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

// dice is the overlap of two multisets of n and m members.
func dice(common, n, m int) float64 {
	if n+m == 0 {
		return 1
	}
	return 2 * float64(common) / float64(n+m)
}
