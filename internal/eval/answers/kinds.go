package answers

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ranked asks for the row that comes first, by an adjective or by its date.
func (m *maker) ranked(e *entity) {
	for i := range e.columns {
		c := &e.columns[i]
		for _, end := range []struct{ how, adjective string }{{"max", c.most}, {"min", c.least}} {
			adjective := end.adjective
			if adjective == "" {
				continue
			}
			extreme := aggregate(end.how, e.numbers(c, all)).RatString()
			m.put("row by adjective", false, gold{keys: e.keys(both(compare(c, ">=", extreme), compare(c, "<=", extreme)))},
				fmt.Sprintf("What is the %s %s?", adjective, e.one), fmt.Sprintf("%s %s", adjective, e.one), fmt.Sprintf("Which %s is the %s?", e.one, adjective))
		}
	}
	d := e.of(day)[0]
	var days []string
	for _, r := range e.rows {
		days = append(days, r.cells[d.xml])
	}
	last, first := slices.Max(days), slices.Min(days)
	m.put("latest row", false, gold{keys: e.keys(within(d, last, last))},
		"When was the last "+e.one+"?", "When was the latest "+e.one+"?", "latest "+e.one)
	m.put("earliest row", false, gold{keys: e.keys(within(d, first, first))}, "When was the first "+e.one+"?", "earliest "+e.one)
}

// sized asks for groups by how many rows they have, and which of two has more.
func (m *maker) sized(e *entity) {
	c := e.of(category)[0]
	groups := map[string]int{}
	for _, r := range e.rows {
		groups[r.cells[c.xml]]++
	}
	limit := len(e.rows) / len(c.words)
	kept := map[string]int{}
	for value, n := range groups {
		if value != "" && n > limit {
			kept[value] = n
		}
	}
	m.put("groups over a size", true, gold{groups: text(kept)},
		fmt.Sprintf("Which %s has more than %d %s?", c.said, limit, e.many), fmt.Sprintf("%s with more than %d %s", c.said, limit, e.many))
	v, w := c.words[0], c.words[1]
	more := groups[v] > groups[w]
	m.put("more of one", true, gold{yes: &more},
		fmt.Sprintf("Are there more %s than %s %s?", v, w, e.many), fmt.Sprintf("Are there more %s %s than %s %s?", v, e.many, w, e.many))
	n := pick(m.r, e.of(money, whole))
	m.put("average per row", true, figureOf(aggregate("avg", e.numbers(n, all))), fmt.Sprintf("average %s per %s", n.said, e.one))
}

// carried asks on with what only the question before makes whole.
func (m *maker) carried(e *entity) {
	d := e.of(day)[0]
	year, month := 2021+m.r.IntN(4), 2+m.r.IntN(11)
	from := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	in := within(d, from.Format(time.DateOnly), from.AddDate(0, 1, -1).Format(time.DateOnly))
	g := number(e.count(in))
	m.out = append(m.out, question{
		shape: "and in another month", text: fmt.Sprintf("and in %s?", from.Month()), gold: &g,
		before: []string{fmt.Sprintf("How many %s in January %d?", e.many, year)},
	})
	c := e.of(category)[0]
	v := pick(m.r, c.words)
	var keys []string
	for _, r := range e.rows {
		if r.cells[c.xml] == v && len(keys) < 3 {
			keys = append(keys, r.id)
		}
	}
	slices.Sort(keys)
	m.out = append(m.out, question{
		shape: "and the first", text: pick(m.r, []string{"the first 3", "show the first 3"}), gold: &gold{keys: keys},
		before: []string{fmt.Sprintf("List %s with %s %s", e.many, c.said, v)},
	})
}

// guesses asks for what nothing in the tables says: by which number, of which
// year. A figure is wrong here, whatever it is.
func (m *maker) guesses(e *entity) {
	for _, text := range []string{
		"the biggest " + e.one, "top 5 " + e.many, fmt.Sprintf("How many %s in April?", e.many), "the first 3",
		"When was the last unicorn?", fmt.Sprintf("the most delicious %s", e.one), fmt.Sprintf("Which galaxy has more than 3 %s?", e.many),
		fmt.Sprintf("Are there more %s than purple %s?", e.of(category)[0].words[0], e.many),
	} {
		m.out = append(m.out, question{shape: "impossible", text: strings.TrimSpace(text)})
	}
}
