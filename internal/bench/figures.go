package bench

import (
	"fmt"
	"slices"
)

// spread is a median with its range.
type spread struct{ median, low, high float64 }

// spreadOf summarises values; there must be at least one.
func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return spread{median: (v[(n-1)/2] + v[n/2]) / 2, low: v[0], high: v[n-1]}
}

func (s spread) String() string {
	return fmt.Sprintf("%s [%s–%s]", digits(s.median), digits(s.low), digits(s.high))
}

// digits shows three significant digits, and no more decimals than that.
func digits(f float64) string {
	switch {
	case f >= 99.95:
		return fmt.Sprintf("%.0f", f)
	case f >= 9.995:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// ratios are other/own of one quantity, round by round.
func ratios(own, other []run, quantity func(run) float64) []float64 {
	var out []float64
	for i := range min(len(own), len(other)) {
		if q := quantity(own[i]); q > 0 {
			out = append(out, quantity(other[i])/q)
		}
	}
	return out
}

func cpuOf(r run) float64  { return r.CPU }
func wallOf(r run) float64 { return r.Wall }
func rssOf(r run) float64  { return float64(r.RSS) / (1 << 20) }
func ownOf(r run) float64  { return float64(r.Own) / (1 << 20) }

// column collects one quantity of all rounds.
func column(runs []run, quantity func(run) float64) spread {
	values := make([]float64, len(runs))
	for i := range runs {
		values[i] = quantity(runs[i])
	}
	return spreadOf(values)
}

// verdict compares a result with its target.
type verdict struct {
	claim  string  // what should hold
	got    float64 // measured
	target float64
	atMost bool // the target is a ceiling, not a floor
	unit   string
	absent string // why there is no result
}

func (v verdict) met() bool {
	if v.atMost {
		return v.got <= v.target
	}
	return v.got >= v.target
}

func (v verdict) String() string {
	switch {
	case v.absent != "":
		return fmt.Sprintf("not measured: %s", v.absent)
	case v.met():
		return "met"
	case v.atMost:
		return fmt.Sprintf("**missed by %s%s**", digits(v.got-v.target), v.unit)
	}
	return fmt.Sprintf("**missed by %s%s** (%.0f %% of the target)", digits(v.target-v.got), v.unit, 100*v.got/v.target)
}
