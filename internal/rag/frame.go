package rag

// frame is a question whose words are bound to tables and columns: what it
// says can be written as SQL.
type frame struct {
	session  *session
	kind     askKind
	base     *tableInfo
	where    *node
	aggs     []string
	measure  *column
	columns  []*column
	groups   []groupKey
	order    *ordering
	limit    int
	other    *frame // of more and higher
	fewer    bool
	compared bool // of more and higher: neither is claimed to be so
	having   *havingMention
	owners   *tableInfo // of a count by a value of their parts: the rows that are counted, each once for each group
	cost     int
	guess    bool      // a column was chosen that the question doesn't name: to be confirmed
	notes    []string  // what the asker should know of how it was read
	readAs   []reading // what was chosen where a word could mean several things
}

// reading is how a span of the question was understood.
type reading struct {
	from, to int // tokens
	column   *column
	table    *tableInfo
}

// groupKey is a column, a part of a date, or an owner's row.
type groupKey struct {
	column *column
	part   string // year, quarter, month, day
	owner  *tableInfo
}

// ordering sorts rows by a column, or groups by their figure.
type ordering struct {
	column *column
	desc   bool
	figure bool
	ties   bool
}

// node is a condition over the base's rows.
type node struct {
	op   string // and, or, not; "" for a predicate
	kids []*node
	pred *predicate
}

// predicate compares a column, or asks for rows below an owner.
type predicate struct {
	column *column
	op     string   // as condition.op, with in for values
	values []string // stored values, numbers, texts
	period period

	owner *tableInfo // of exists: the table whose rows have the child's
	child *tableInfo
	where *node
	count string // "" any, or an operator
	n     string

	files  []int64
	groups *frame // of groups: those that its having keeps
}

func leaf(p *predicate) *node { return &node{pred: p} }

func allOf(nodes ...*node) *node {
	var kids []*node
	for _, n := range nodes {
		if n != nil {
			kids = append(kids, n)
		}
	}
	switch len(kids) {
	case 0:
		return nil
	case 1:
		return kids[0]
	}
	return &node{op: "and", kids: kids}
}

// each calls f with every predicate of the condition.
func (n *node) each(f func(*predicate)) {
	if n == nil {
		return
	}
	if n.pred != nil {
		f(n.pred)
		n.pred.where.each(f)
	}
	for _, k := range n.kids {
		k.each(f)
	}
}

// distance is how far the table of a column lies from the base: 0 its own, then
// up to the owners, then down to the parts. ok is false where no path leads.
func distance(base, other *tableInfo) (steps int, up, ok bool) {
	if base == other {
		return 0, true, true
	}
	for t, n := base.parent, 1; t != nil; t, n = t.parent, n+1 {
		if t == other {
			return n, true, true
		}
	}
	for t, n := other.parent, 1; t != nil; t, n = t.parent, n+1 {
		if t == base {
			return n, false, true
		}
	}
	return 0, false, false
}
