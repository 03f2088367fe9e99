package rag

import "slices"

// askKind is what a question wants.
type askKind string

const (
	askCount     askKind = "count"     // how many rows
	askDistinct  askKind = "distinct"  // how many different values
	askAggregate askKind = "aggregate" // sum, avg, min, max, median of a measure
	askPerOwner  askKind = "perowner"  // average number of X per Y
	askList      askKind = "list"      // rows
	askValues    askKind = "values"    // the different values of a column
	askShare     askKind = "share"     // rows that fulfil a condition, of all
	askExists    askKind = "exists"    // is there any
	askMore      askKind = "more"      // more A than B?
	askHigher    askKind = "higher"    // an aggregate here and there
	askLookup    askKind = "lookup"    // what is that value
)

// mention is a span that names tables or columns; which one is decided later.
type mention struct {
	from, to int
	tables   []tableHit
	columns  []columnHit
}

// draft is one way to read the question, its mentions not yet bound.
type draft struct {
	kind     askKind
	subject  *nounPhrase // nil: the measure's table
	other    *nounPhrase // of more and higher
	aggs     []string    // sum, avg, min, max, median
	measure  *mention
	columns  []*mention // of a list
	groups   []groupMention
	order    *orderMention
	limit    int
	fewer    bool // of more: fewer
	compared bool // of more and higher: put side by side, in no order that is asked for
	dated    bool // of an aggregate: the measure is a date
	additive bool // of an aggregate: the measure is one that people add up
	having   *havingMention
	lookup   []valueSpan
	cost     int
}

// clone copies what finishing a draft may change.
func (d *draft) clone() *draft {
	c := *d
	c.groups = slices.Clone(d.groups)
	if d.subject != nil {
		s := *d.subject
		s.conds = slices.Clone(s.conds)
		c.subject = &s
	}
	return &c
}

// nounPhrase is rows of a table: "gold customers in Germany".
type nounPhrase struct {
	head    *mention // nil: any table that fits
	generic bool     // "rows"
	all     bool     // "all customers"
	conds   []*expr  // all must hold
	from    int
}

// groupMention is what to group by.
type groupMention struct {
	mention *mention // column or table; nil: the date of the subject
	part    string   // year, quarter, month, day: of a date
}

// orderMention is what to order by, greatest first if desc.
type orderMention struct {
	desc      bool
	agg       string       // of groups
	measure   *mention     // column
	count     *nounPhrase  // number of these
	rows      bool         // number of rows of the group
	dated     bool         // the date of the subject
	unsaid    bool         // the number of the subject: to be confirmed
	number    bool         // by the measure's size: not by a text
	adjective *superlative // the column that an adjective is about
	from, to  int          // tokens of the adjective
	ties      bool         // all that share the last place are shown
}

// havingMention keeps the groups whose number of rows is so.
type havingMention struct {
	op, n string
}

// expr is a condition, or a combination of such.
type expr struct {
	op   string // and, or, not; "" for a condition
	kids []*expr
	cond *condition
}

func single(c *condition) *expr { return &expr{cond: c} }

func negate(e *expr, yes bool) *expr {
	if !yes {
		return e
	}
	return &expr{op: "not", kids: []*expr{e}}
}

// condition is one condition, its column perhaps to be found by its value.
type condition struct {
	column   *mention
	op       string // =, !=, <, <=, >, >=, between, contains, starts, ends, empty, true, period, since, after, before, until, child, file
	values   []valueSpan
	joined   string // and, or: how values are listed
	literals []literal
	unit     string
	periods  []period
	child    *nounPhrase
	childOp  string // how many of the child: "" for any
	childN   string
	relation bool // "of gold customers": its owner or its parts
	bare     bool // the value stands alone: "gold", "K-100001"
	verb     bool // "are gold", "have mail": what is said of the subject
	from, to int
}

// literal is a literal that isn't known to occur.
type literal struct {
	text   string
	number bool
	quoted bool
}
