package answers

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// gold is what is right: one of the members.
type gold struct {
	figure *big.Rat          // one number
	none   bool              // no number: there is no value
	whole  *big.Rat          // of a share: what the figure is a part of
	groups map[string]string // figure by group, as rationals
	keys   []string          // ids of rows, sorted
	yes    *bool
}

func number(n int) gold { return gold{figure: big.NewRat(int64(n), 1)} }

func figureOf(r *big.Rat) gold { return gold{figure: r, none: r == nil} }

// shareOf is a part of a whole: both figures and the percentage must be right.
func shareOf(part, whole *big.Rat) gold { return gold{figure: part, whole: whole} }

// percent is the share in per cent, rounded to two decimals.
func (g *gold) percent() string {
	r := new(big.Rat).Quo(g.figure, g.whole)
	text := r.Mul(r, big.NewRat(100, 1)).FloatString(2)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// question is a question with what is right; without gold it can't be answered.
type question struct {
	shape   string
	before  []string // of the conversation
	text    string
	gold    *gold
	single  bool // an aggregate over one table: what coverage is counted on
	heldOut bool
}

// maker makes the questions of a domain.
type maker struct {
	r   *rand.Rand
	d   *domain
	out []question
}

// questionsOf makes n questions of each shape for a domain.
func questionsOf(d *domain, other *domain, seed uint64, n int) []question {
	m := &maker{r: rand.New(rand.NewPCG(seed, 7)), d: d}
	for range n {
		m.counts(d.main)
		m.counts(d.main.child)
		m.measures(d.main)
		m.measures(d.main.child)
		m.grouped(d.main)
		m.shares(d.main)
		m.joins(d.main)
		m.lists(d.main)
		m.conversation(d.main)
		m.loose(d.main)
		m.impossible(d.main, other.main)
		m.ranked(d.main)
		m.ranked(d.main.child)
		m.sized(d.main)
		m.carried(d.main)
		m.guesses(d.main)
	}
	seen := map[string]bool{}
	var unique []question
	for _, q := range m.out {
		if id := strings.Join(q.before, "|") + q.text; !seen[id] {
			seen[id] = true
			q.heldOut = d.heldOut
			unique = append(unique, q)
		}
	}
	return unique
}

func (m *maker) put(shape string, single bool, g gold, forms ...string) {
	m.out = append(m.out, question{shape: shape, text: pick(m.r, forms), gold: &g, single: single})
}

// counts asks for numbers of rows.
func (m *maker) counts(e *entity) {
	many := e.many
	m.put("count", true, number(e.count(all)),
		"How many "+many+" are there?", "Number of "+many, "What is the number of "+many+"?", "Count the "+many, "How many "+many+" do we have in total?")
	c := pick(m.r, e.of(category))
	v := pick(m.r, c.words)
	m.put("count where value", true, number(e.count(equals(c, v))),
		fmt.Sprintf("How many %s have %s %s?", many, c.said, v), fmt.Sprintf("How many %s with %s '%s' are there?", many, c.said, v),
		fmt.Sprintf("Number of %s whose %s is %s", many, c.said, v), fmt.Sprintf("Count %s where %s = %s", many, c.said, v), fmt.Sprintf("How many %s %s?", v, many))
	w := pick(m.r, c.words)
	if w != v {
		m.put("count where either", true, number(e.count(either(equals(c, v), equals(c, w)))),
			fmt.Sprintf("How many %s have %s %s or %s?", many, c.said, v, w), fmt.Sprintf("How many %s where %s is %s or %s?", many, c.said, w, v))
	}
	m.put("count where not", true, number(e.count(not(equals(c, v)))),
		fmt.Sprintf("How many %s where %s is not %s?", many, c.said, v), fmt.Sprintf("How many %s whose %s isn't %s?", many, c.said, v),
		fmt.Sprintf("How many %s do not have %s %s?", many, c.said, v))
	n := pick(m.r, e.of(whole, money))
	limit := fmt.Sprint(1 + m.r.IntN(n.top))
	m.put("count over", true, number(e.count(compare(n, ">", limit))),
		fmt.Sprintf("How many %s have a %s over %s?", many, n.said, limit), fmt.Sprintf("How many %s with %s above %s?", many, n.said, limit),
		fmt.Sprintf("Number of %s with a %s greater than %s", many, n.said, limit), fmt.Sprintf("How many %s with %s > %s", many, n.said, limit))
	m.put("count at most", true, number(e.count(compare(n, "<=", limit))),
		fmt.Sprintf("How many %s have a %s of at most %s?", many, n.said, limit), fmt.Sprintf("How many %s with %s <= %s?", many, n.said, limit))
	high := fmt.Sprint(n.top)
	m.put("count between", true, number(e.count(both(compare(n, ">=", limit), compare(n, "<=", high)))),
		fmt.Sprintf("How many %s have a %s between %s and %s?", many, n.said, limit, high), fmt.Sprintf("How many %s with %s from %s to %s?", many, n.said, limit, high))
	m.put("count of two", true, number(e.count(both(equals(c, v), compare(n, ">", limit)))),
		fmt.Sprintf("How many %s with %s %s have a %s over %s?", many, c.said, v, n.said, limit),
		fmt.Sprintf("How many %s have %s %s and a %s above %s?", many, c.said, v, n.said, limit))
	m.dates(e)
	m.distinct(e)
	m.present(e)
}

func (m *maker) dates(e *entity) {
	d := pick(m.r, e.of(day))
	year := 2021 + m.r.IntN(4)
	y := fmt.Sprint(year)
	m.put("count in a year", true, number(e.count(within(d, y+"-01-01", y+"-12-31"))),
		fmt.Sprintf("How many %s have a %s in %d?", e.many, d.said, year), fmt.Sprintf("How many %s in %d?", e.many, year),
		fmt.Sprintf("How many %s where %s is in %d?", e.many, d.said, year))
	m.put("count since", true, number(e.count(within(d, y+"-03-01", "9999"))),
		fmt.Sprintf("How many %s since March %d?", e.many, year), fmt.Sprintf("How many %s with %s since %d-03-01?", e.many, d.said, year))
	m.put("count before", true, number(e.count(within(d, "0", y+"-05-31"))),
		fmt.Sprintf("How many %s before 1 June %d?", e.many, year), fmt.Sprintf("How many %s with %s before %d-06-01", e.many, d.said, year))
	m.put("count between days", true, number(e.count(within(d, y+"-02-10", y+"-08-20"))),
		fmt.Sprintf("How many %s between %d-02-10 and %d-08-20?", e.many, year, year), fmt.Sprintf("How many %s from %d-02-10 to %d-08-20", e.many, year, year))
}

func (m *maker) distinct(e *entity) {
	c := pick(m.r, e.of(category))
	seen := e.groups(c, all)
	delete(seen, "")
	m.put("count distinct", true, number(len(seen)),
		fmt.Sprintf("How many different values of %s do %s have?", c.said, e.many), fmt.Sprintf("How many different %s values are there among %s?", c.said, e.many),
		fmt.Sprintf("Number of distinct %s of %s", c.said, e.many))
}

func (m *maker) present(e *entity) {
	for i := range e.columns {
		c := &e.columns[i]
		if c.sparse {
			m.put("count without", true, number(e.count(missing(c))),
				fmt.Sprintf("How many %s have no %s?", e.many, c.said), fmt.Sprintf("How many %s without %s?", e.many, c.said),
				fmt.Sprintf("How many %s where %s is empty?", e.many, c.said), fmt.Sprintf("How many %s are missing a %s?", e.many, c.said))
			m.put("count with", true, number(e.count(not(missing(c)))),
				fmt.Sprintf("How many %s have a %s?", e.many, c.said), fmt.Sprintf("How many %s with %s?", e.many, c.said))
		}
		if c.kind == yesno {
			m.put("count flagged", true, number(e.count(equals(c, "true"))),
				fmt.Sprintf("How many %s are %s?", e.many, c.said), fmt.Sprintf("How many %s where %s is true?", e.many, c.said))
			m.put("count not flagged", true, number(e.count(equals(c, "false"))),
				fmt.Sprintf("How many %s are not %s?", e.many, c.said), fmt.Sprintf("How many %s where %s is false?", e.many, c.said))
		}
	}
}

var spoken = map[string][]string{
	"sum": {"total", "sum of the"}, "avg": {"average", "mean"}, "min": {"minimum", "lowest", "smallest"},
	"max": {"maximum", "highest", "largest"}, "median": {"median"},
}

// measures asks for figures of a column.
func (m *maker) measures(e *entity) {
	for _, how := range []string{"sum", "avg", "min", "max", "median"} {
		n := pick(m.r, e.of(whole, money))
		word := pick(m.r, spoken[how])
		m.put(how, true, figureOf(aggregate(how, e.numbers(n, all))),
			fmt.Sprintf("What is the %s %s of %s?", word, n.said, e.many), fmt.Sprintf("%s %s of all %s", word, n.said, e.many),
			fmt.Sprintf("Show me the %s %s for %s", word, n.said, e.many), fmt.Sprintf("Calculate the %s %s across all %s", word, n.said, e.many))
		c := pick(m.r, e.of(category))
		v := pick(m.r, c.words)
		m.put(how+" where", true, figureOf(aggregate(how, e.numbers(n, equals(c, v)))),
			fmt.Sprintf("What is the %s %s of %s with %s %s?", word, n.said, e.many, c.said, v), fmt.Sprintf("What is the %s %s of %s %s?", word, n.said, v, e.many),
			fmt.Sprintf("%s %s of %s where %s is %s", word, n.said, e.many, c.said, v), fmt.Sprintf("What's the %s %s among %s whose %s is %s?", word, n.said, e.many, c.said, v))
	}
}

// grouped asks for figures by group, and for the greatest group.
func (m *maker) grouped(e *entity) {
	c := e.of(category)[m.r.IntN(2)]
	m.put("count by", true, gold{groups: e.groups(c, all)},
		fmt.Sprintf("How many %s per %s?", e.many, c.said), fmt.Sprintf("Number of %s by %s", e.many, c.said),
		fmt.Sprintf("How many %s are there for each %s?", e.many, c.said), fmt.Sprintf("Count %s grouped by %s", e.many, c.said))
	n := pick(m.r, e.of(whole, money))
	for _, how := range []string{"sum", "avg", "max"} {
		word := pick(m.r, spoken[how])
		m.put(how+" by", true, gold{groups: e.groupAggregates(c, n, how)},
			fmt.Sprintf("What is the %s %s of %s per %s?", word, n.said, e.many, c.said), fmt.Sprintf("%s %s by %s for %s", word, n.said, c.said, e.many),
			fmt.Sprintf("%s %s of %s by %s", word, n.said, e.many, c.said))
	}
	best := 0
	top := map[string]string{}
	for k, v := range e.groups(c, all) {
		if k == "" {
			continue // no value is no value that is frequent
		}
		var count int
		_, _ = fmt.Sscan(v, &count)
		if count > best {
			best, top = count, map[string]string{}
		}
		if count == best {
			top[k] = v
		}
	}
	m.put("greatest group", true, gold{groups: top},
		fmt.Sprintf("Which %s has the most %s?", c.said, e.many), fmt.Sprintf("What is the %s with the most %s?", c.said, e.many))
}

// shares asks for parts of the whole, and whether there is any.
func (m *maker) shares(e *entity) {
	c := pick(m.r, e.of(category))
	v := pick(m.r, c.words)
	m.put("share", true, shareOf(big.NewRat(int64(e.count(equals(c, v))), 1), big.NewRat(int64(len(e.rows)), 1)),
		fmt.Sprintf("What percentage of %s have %s %s?", e.many, c.said, v), fmt.Sprintf("What share of %s has %s %s?", e.many, c.said, v))
	s := pick(m.r, e.of(money))
	if part, all := aggregate("sum", e.numbers(s, equals(c, v))), aggregate("sum", e.numbers(s, all)); part != nil && all.Sign() > 0 {
		m.put("share of a sum", true, shareOf(part, all),
			fmt.Sprintf("What share of the total %s of %s has %s %s?", s.said, e.many, c.said, v), fmt.Sprintf("What percentage of the total %s of %s is from %s %s?", s.said, e.many, c.said, v),
			fmt.Sprintf("What share of the %s comes from %s with %s %s?", s.said, e.many, c.said, v), fmt.Sprintf("How much of the total %s of %s has %s %s?", s.said, e.many, c.said, v))
	}
	n := pick(m.r, e.of(whole, money))
	limit := fmt.Sprint(n.top - m.r.IntN(1+n.top/20))
	some := e.count(compare(n, ">", limit)) > 0
	m.put("is there any", true, gold{yes: &some},
		fmt.Sprintf("Are there any %s with a %s over %s?", e.many, n.said, limit), fmt.Sprintf("Do we have %s with %s above %s?", e.many, n.said, limit))
}

// joins asks along the link from part to owner.
func (m *maker) joins(e *entity) {
	c := pick(m.r, e.of(category))
	v := pick(m.r, c.words)
	owned := func(r row) bool { return e.rows[r.parent].cells[c.xml] == v }
	m.put("parts of owners", false, number(e.child.count(owned)),
		fmt.Sprintf("How many %s of %s with %s %s?", e.child.many, e.many, c.said, v), fmt.Sprintf("How many %s do %s with %s %s have?", e.child.many, e.many, c.said, v))
	n := pick(m.r, e.child.of(money))
	m.put("figure of parts", false, figureOf(aggregate("sum", e.child.numbers(n, owned))),
		fmt.Sprintf("What is the total %s of %s of %s with %s %s?", n.said, e.child.many, e.many, c.said, v))
	with, many := 0, m.r.IntN(2)+1
	for _, count := range e.children(all) {
		if count > many {
			with++
		}
	}
	m.put("owners by parts", false, number(with), fmt.Sprintf("How many %s have more than %d %s?", e.many, many, e.child.many))
	without := 0
	for _, count := range e.children(all) {
		if count == 0 {
			without++
		}
	}
	m.put("owners without parts", false, number(without), fmt.Sprintf("How many %s have no %s?", e.many, e.child.many), fmt.Sprintf("How many %s without %s?", e.many, e.child.many))
	k := pick(m.r, e.child.of(category))
	w := pick(m.r, k.words)
	having := 0
	for _, count := range e.children(equals(k, w)) {
		if count > 0 {
			having++
		}
	}
	m.put("owners with such parts", false, number(having), fmt.Sprintf("How many %s have %s with %s %s?", e.many, e.child.many, k.said, w))
	owner := m.r.IntN(len(e.rows))
	m.put("parts of one", false, number(e.children(all)[owner]),
		fmt.Sprintf("How many %s does %s %s have?", e.child.many, e.one, e.rows[owner].id), fmt.Sprintf("How many %s does %s have?", e.child.many, e.rows[owner].id))
	byOwner := map[string]int{}
	for _, r := range e.child.rows {
		byOwner[e.rows[r.parent].cells[c.xml]]++
	}
	m.put("parts by owner's value", false, gold{groups: text(byOwner)}, fmt.Sprintf("How many %s per %s of %s?", e.child.many, c.said, e.many), fmt.Sprintf("How many %s per %s?", e.child.many, c.said))
	m.put("average number of parts", false, figureOf(big.NewRat(int64(len(e.child.rows)), int64(len(e.rows)))), fmt.Sprintf("What is the average number of %s per %s?", e.child.many, e.one))
}

// lists asks for rows.
func (m *maker) lists(e *entity) {
	c := pick(m.r, e.of(category))
	v := pick(m.r, c.words)
	m.put("rows where", false, gold{keys: e.keys(equals(c, v))},
		fmt.Sprintf("List %s with %s %s", e.many, c.said, v), fmt.Sprintf("Which %s have %s %s?", e.many, c.said, v), fmt.Sprintf("Show me all %s where %s is %s", e.many, c.said, v))
	r := pick(m.r, e.rows)
	m.put("one row", false, gold{keys: []string{r.id}}, "What is "+r.id+"?", fmt.Sprintf("Show %s %s", e.one, r.id), "Tell me about "+r.id)
	n := pick(m.r, e.of(money))
	most := aggregate("max", e.numbers(n, all))
	m.put("greatest row", false, gold{keys: e.keys(compare(n, ">=", most.RatString()))},
		fmt.Sprintf("Which %s has the highest %s?", e.one, n.said), fmt.Sprintf("What is the %s with the largest %s?", e.one, n.said))
}

// conversation asks on.
func (m *maker) conversation(e *entity) {
	c := e.of(category)[0]
	v, w := c.words[0], c.words[1]
	ask := func(shape string, g gold, text string, before ...string) {
		m.out = append(m.out, question{shape: shape, before: before, text: text, gold: &g})
	}
	first := fmt.Sprintf("How many %s have %s %s?", e.many, c.said, v)
	ask("and by", gold{groups: e.groups(e.of(category)[1], all)}, "and by "+e.of(category)[1].said+"?", "How many "+e.many+"?")
	ask("and other value", number(e.count(equals(c, w))), "and "+w+"?", first)
	n := pick(m.r, e.of(money))
	limit := fmt.Sprint(n.top / 2)
	ask("and only", number(e.count(both(equals(c, v), compare(n, ">", limit)))), fmt.Sprintf("only those with a %s over %s", n.said, limit), first)
	ask("and the average", figureOf(aggregate("avg", e.numbers(n, all))), "and the average?", fmt.Sprintf("What is the total %s of %s?", n.said, e.many))
}

// loose asks the same in words that no schema holds: what the router should
// rather leave than guess.
func (m *maker) loose(e *entity) {
	many := e.many
	c := e.of(category)[m.r.IntN(2)]
	v := pick(m.r, c.words)
	n := pick(m.r, e.of(whole, money))
	year := fmt.Sprint(2021 + m.r.IntN(4))
	limit := fmt.Sprint(1 + m.r.IntN(n.top))
	d := e.of(day)[0]
	m.put("loosely: count", true, number(e.count(all)),
		"Tell me how many "+many+" there are", "How large is the number of "+many+"?", "I'd like the count of "+many, "How many "+many+" were recorded?", "What number of "+many+" did we get?")
	m.put("loosely: count where", true, number(e.count(equals(c, v))),
		fmt.Sprintf("How many of the %s are %s?", many, v), fmt.Sprintf("How many %s belong to %s?", many, v), fmt.Sprintf("How many %s fall under %s %s?", many, c.said, v),
		fmt.Sprintf("%s with %s as %s: how many?", many, v, c.said), fmt.Sprintf("Of all %s, how many have %s %s?", many, c.said, v))
	m.put("loosely: count over", true, number(e.count(compare(n, ">", limit))),
		fmt.Sprintf("How many %s exceed a %s of %s?", many, n.said, limit), fmt.Sprintf("How many %s have %s exceeding %s?", many, n.said, limit),
		fmt.Sprintf("For how many %s is the %s more than %s?", many, n.said, limit))
	m.put("loosely: count by", true, gold{groups: e.groups(c, all)},
		fmt.Sprintf("Give me a breakdown of %s by %s", many, c.said), fmt.Sprintf("%s by %s", many, c.said), fmt.Sprintf("Distribution of %s over %s", many, c.said),
		fmt.Sprintf("How do %s split over %s?", many, c.said))
	m.put("loosely: average", true, figureOf(aggregate("avg", e.numbers(n, all))),
		fmt.Sprintf("How high is the average %s of %s?", n.said, many), fmt.Sprintf("On average, what is the %s of %s?", n.said, many),
		fmt.Sprintf("What %s do %s have on average?", n.said, many), fmt.Sprintf("What's the typical mean %s for a %s?", n.said, e.one))
	m.put("loosely: sum", true, figureOf(aggregate("sum", e.numbers(n, all))),
		fmt.Sprintf("What does the %s of all %s add up to?", n.said, many), fmt.Sprintf("Add up the %s of all %s", n.said, many), fmt.Sprintf("%s of all %s together", n.said, many))
	m.put("loosely: in a year", true, number(e.count(within(d, year+"-01-01", year+"-12-31"))),
		fmt.Sprintf("How many %s from %s?", many, year), fmt.Sprintf("How many %s fall into %s?", many, year), fmt.Sprintf("How many %s during %s?", many, year))
}

// impossible asks what the tables don't hold.
func (m *maker) impossible(e, other *entity) {
	c := pick(m.r, e.of(category))
	n := pick(m.r, e.of(whole, money))
	foreign := pick(m.r, other.of(category))
	for _, text := range []string{
		fmt.Sprintf("How many %s?", other.many),
		fmt.Sprintf("How many %s have %s zirconium?", e.many, c.said),
		fmt.Sprintf("How many zirconium %s?", e.many),
		fmt.Sprintf("What is the average happiness of %s?", e.many),
		fmt.Sprintf("What is the average %s of %s who complained?", n.said, e.many),
		fmt.Sprintf("How many %s per galaxy?", e.many),
		fmt.Sprintf("Why do %s have %s %s?", e.many, c.said, c.words[0]),
		fmt.Sprintf("How many %s will there be next decade?", e.many),
		fmt.Sprintf("What is the total %s of %s in Atlantis?", n.said, e.many),
		fmt.Sprintf("Which %s should we keep?", e.one),
		fmt.Sprintf("How many %s have %s %s?", e.many, foreign.said, foreign.words[0]),
		fmt.Sprintf("What is the average %s of %s?", c.said, e.many),
		fmt.Sprintf("How many %s with %s over potato?", e.many, n.said),
		fmt.Sprintf("Is %s related to %s in %s?", n.said, c.said, e.many),
	} {
		m.out = append(m.out, question{shape: "impossible", text: text})
	}
}
