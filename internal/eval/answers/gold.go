package answers

import (
	"math/big"
	"slices"
	"sort"
)

// test says whether a row counts.
type test func(row) bool

func all(row) bool { return true }

// count is how many rows fulfil a condition.
func (e *entity) count(is test) int {
	n := 0
	for _, r := range e.rows {
		if is(r) {
			n++
		}
	}
	return n
}

// numbers are the values of a column in the rows that count.
func (e *entity) numbers(c *column, is test) []*big.Rat {
	var out []*big.Rat
	for _, r := range e.rows {
		if v, ok := r.cells[c.xml]; ok && is(r) {
			n, _ := new(big.Rat).SetString(v)
			out = append(out, n)
		}
	}
	return out
}

// aggregate computes a figure exactly; nil if there is no value.
func aggregate(how string, list []*big.Rat) *big.Rat {
	if len(list) == 0 {
		return nil
	}
	sorted := slices.Clone(list)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Cmp(sorted[j]) < 0 })
	sum := new(big.Rat)
	for _, n := range list {
		sum.Add(sum, n)
	}
	switch how {
	case "min":
		return sorted[0]
	case "max":
		return sorted[len(sorted)-1]
	case "avg":
		return sum.Quo(sum, big.NewRat(int64(len(list)), 1))
	case "median":
		a, b := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
		half := new(big.Rat).Add(a, b)
		return half.Quo(half, big.NewRat(2, 1))
	}
	return sum
}

// groups counts rows by the value of a column, "" for those without.
func (e *entity) groups(c *column, is test) map[string]string {
	n := map[string]int{}
	for _, r := range e.rows {
		if is(r) {
			n[r.cells[c.xml]]++
		}
	}
	return text(n)
}

func text(counts map[string]int) map[string]string {
	out := map[string]string{}
	for k, v := range counts {
		out[k] = big.NewInt(int64(v)).String()
	}
	return out
}

// groupAggregates computes a figure for each value of a column.
func (e *entity) groupAggregates(by, of *column, how string) map[string]string {
	out := map[string]string{}
	for _, value := range append(slices.Clone(by.words), "") {
		is := func(r row) bool { return r.cells[by.xml] == value }
		if e.count(is) == 0 {
			continue
		}
		if n := aggregate(how, e.numbers(of, is)); n != nil {
			out[value] = n.RatString()
		} else {
			out[value] = ""
		}
	}
	return out
}

// keys are the ids of rows, sorted.
func (e *entity) keys(is test) []string {
	var out []string
	for _, r := range e.rows {
		if is(r) {
			out = append(out, r.id)
		}
	}
	slices.Sort(out)
	return out
}

func equals(c *column, value string) test { return func(r row) bool { return r.cells[c.xml] == value } }

func not(is test) test { return func(r row) bool { return !is(r) } }

func both(a, b test) test { return func(r row) bool { return a(r) && b(r) } }

func either(a, b test) test { return func(r row) bool { return a(r) || b(r) } }

func missing(c *column) test {
	return func(r row) bool { _, ok := r.cells[c.xml]; return !ok }
}

// compare holds where a row's number stands so to another one.
func compare(c *column, op string, to string) test {
	limit, _ := new(big.Rat).SetString(to)
	return func(r row) bool {
		v, ok := r.cells[c.xml]
		if !ok {
			return false
		}
		n, _ := new(big.Rat).SetString(v)
		order := n.Cmp(limit)
		switch op {
		case "<":
			return order < 0
		case ">":
			return order > 0
		case "<=":
			return order <= 0
		}
		return order >= 0
	}
}

// within holds where a row's date lies between two days, both included.
func within(c *column, from, to string) test {
	return func(r row) bool {
		v, ok := r.cells[c.xml]
		return ok && v >= from && v <= to
	}
}

// children counts the rows of the child for each parent.
func (e *entity) children(is test) []int {
	n := make([]int, len(e.rows))
	for _, r := range e.child.rows {
		if is(r) {
			n[r.parent]++
		}
	}
	return n
}
