package diff

import "math"

// assign finds the one-to-one choice with the greatest sum of gains: for each
// row its column, or -1 where a gain of 0 is all there is. It is the Hungarian
// method with potentials, O(n^2 m) (Jonker and Volgenant 1987).
func assign(gain [][]float64) []int {
	n := len(gain)
	if n == 0 || len(gain[0]) == 0 {
		return unpaired(n)
	}
	m := len(gain[0])
	cost := func(i, k int) float64 { return -gain[i][k] }
	if n > m { // rows must not outnumber columns
		n, m = m, n
		cost = func(i, k int) float64 { return -gain[k][i] }
	}
	u, v := make([]float64, n+1), make([]float64, m+1)
	owner, way := make([]int, m+1), make([]int, m+1) // by column, from 1
	for i := 1; i <= n; i++ {
		owner[0] = i
		at := 0
		least := make([]float64, m+1)
		used := make([]bool, m+1)
		for k := range least {
			least[k] = math.Inf(1)
		}
		for {
			used[at] = true
			row, next, delta := owner[at], 0, math.Inf(1)
			for k := 1; k <= m; k++ {
				if used[k] {
					continue
				}
				if c := cost(row-1, k-1) - u[row] - v[k]; c < least[k] {
					least[k], way[k] = c, at
				}
				if least[k] < delta {
					delta, next = least[k], k
				}
			}
			for k := 0; k <= m; k++ {
				if used[k] {
					u[owner[k]] += delta
					v[k] -= delta
				} else {
					least[k] -= delta
				}
			}
			at = next
			if owner[at] == 0 {
				break
			}
		}
		for at != 0 {
			owner[at] = owner[way[at]]
			at = way[at]
		}
	}
	out := unpaired(len(gain))
	for k := 1; k <= m; k++ {
		if owner[k] == 0 || cost(owner[k]-1, k-1) >= 0 {
			continue
		}
		if len(gain) <= len(gain[0]) {
			out[owner[k]-1] = k - 1
		} else {
			out[k-1] = owner[k] - 1
		}
	}
	return out
}
