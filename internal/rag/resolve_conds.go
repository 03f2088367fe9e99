package rag

import "slices"

// nodeAlt is a way to bind a condition.
type nodeAlt struct {
	node   *node
	cost   int
	readAs []reading
	guess  bool
}

// bindAll binds conditions that must all hold; none gives one empty way.
func (r *resolver) bindAll(base *tableInfo, conds []*expr) []nodeAlt {
	alts := []nodeAlt{{}}
	for _, e := range conds {
		var next []nodeAlt
		for _, one := range r.bind(base, e) {
			for _, a := range alts {
				if r.spent() {
					return nil
				}
				next = append(next, nodeAlt{allOf(a.node, one.node), a.cost + one.cost, slices.Concat(a.readAs, one.readAs), a.guess || one.guess})
			}
		}
		if alts = next; len(alts) > maxFrames {
			return nil
		}
	}
	return alts
}

func (r *resolver) bind(base *tableInfo, e *expr) []nodeAlt {
	switch e.op {
	case "not":
		var out []nodeAlt
		for _, k := range r.bind(base, e.kids[0]) {
			out = append(out, nodeAlt{&node{op: "not", kids: []*node{k.node}}, k.cost, k.readAs, k.guess})
		}
		return out
	case "and", "or":
		alts := []nodeAlt{{node: &node{op: e.op}}}
		for _, kid := range e.kids {
			var next []nodeAlt
			for _, k := range r.bind(base, kid) {
				for _, a := range alts {
					if r.spent() {
						return nil
					}
					n := &node{op: e.op, kids: append(slices.Clone(a.node.kids), k.node)}
					next = append(next, nodeAlt{n, a.cost + k.cost, slices.Concat(a.readAs, k.readAs), a.guess || k.guess})
				}
			}
			if alts = next; len(alts) > maxFrames {
				return nil
			}
		}
		return alts
	}
	return r.bindCondition(base, e.cond)
}

func (r *resolver) bindCondition(base *tableInfo, c *condition) []nodeAlt {
	switch {
	case c.op == "child":
		return r.bindChild(base, c)
	case c.op == "file":
		f := r.session.fileNamed(c.literals[0].text)
		return []nodeAlt{{node: leaf(&predicate{op: "file", owner: base, files: []int64{f.ID}, values: []string{f.Path}})}}
	case c.column == nil && len(c.values) > 0:
		return r.bindValues(base, c)
	case c.column == nil && len(c.periods) > 0:
		return r.bindColumns(base, r.datesOf(base), c)
	case c.column == nil && c.bare:
		return r.bindKey(base, c)
	case c.column == nil:
		out := r.bindColumns(base, r.onlyMeasures(base), c)
		for i := range out {
			out[i].guess = c.unit == "" // "over 100 EUR" says what it is about
		}
		return out
	}
	reach := func(col *column) bool {
		_, up, _ := distance(base, col.table)
		return up || c.op != "empty" // "no phone" of parts is "no part"
	}
	found := r.bindColumn(base, c.column, reach, func(col *column) bool { return r.fits(col, c) })
	if len(found) == 0 && len(c.literals) == 1 && !c.literals[0].number && !c.literals[0].quoted && c.op == "=" {
		r.missed(base, c)
	}
	return r.bindColumns(base, found, c)
}

// missed keeps that a column doesn't hold the value that was asked for.
func (r *resolver) missed(base *tableInfo, c *condition) {
	for _, f := range r.bindColumn(base, c.column, anyColumn, func(col *column) bool { return col.kind == textKind }) {
		r.misses = append(r.misses, miss{f.column, c.literals[0].text, c.from, c.to})
	}
}

// fits reports whether a column can be compared so.
func (r *resolver) fits(col *column, c *condition) bool {
	switch c.op {
	case "empty":
		return true
	case "true":
		return col.kind == booleanKind
	case "contains", "starts", "ends":
		return col.kind == textKind || col.kind == listKind && c.op == "contains"
	case "period", "since", "after", "before", "until":
		return col.dated()
	}
	if col.kind == listKind {
		return false
	}
	if len(c.values) > 0 {
		return holdsAll(c.values, col)
	}
	for _, l := range c.literals {
		if l.number && !col.numeric() && !(c.op == "=" && col.kind == textKind) {
			return false
		}
		if l.number && col.kind == textKind && !r.holds(col, l.text) {
			return false
		}
		if !l.number && (!l.quoted || col.kind != textKind) {
			return false
		}
	}
	return c.unit == "" || r.unitOf(col, c.unit) != nil
}

// holds reports whether a text column is known to hold a value.
func (r *resolver) holds(col *column, value string) bool {
	return slices.Contains(r.session.values.byFold[foldValue(value)], storedValue{col, value})
}

// unitOf finds the attribute of a measure's element that holds a unit.
func (r *resolver) unitOf(col *column, unit string) *predicate {
	for _, other := range col.table.columns {
		if other.header != col.header+"/@"+lastSegment(other.header) && other.header != "@"+lastSegment(other.header) {
			continue
		}
		for _, s := range r.session.values.byFold[foldValue(unit)] {
			if s.column == other {
				return &predicate{column: other, op: "in", values: []string{s.value}}
			}
		}
	}
	return nil
}

func lastSegment(header string) string {
	for i := len(header) - 1; i >= 0; i-- {
		if header[i] == '/' || header[i] == '@' {
			return header[i+1:]
		}
	}
	return header
}

// bindColumns makes the predicate for each column that it may be about. A
// part's column is asked of "any of its rows".
func (r *resolver) bindColumns(base *tableInfo, found []columnAlt, c *condition) []nodeAlt {
	var out []nodeAlt
	for _, f := range found {
		if !r.fits(f.column, c) {
			continue
		}
		n := r.predicateOf(f.column, c)
		if _, up, _ := distance(base, f.column.table); !up {
			n = leaf(&predicate{op: "exists", owner: base, child: f.column.table, where: n})
		}
		readAs := f.readAs
		if len(readAs) == 0 {
			readAs = []reading{{c.from, c.to, f.column, nil}}
		}
		out = append(out, nodeAlt{node: n, cost: f.cost, readAs: readAs})
	}
	return out
}

func (r *resolver) predicateOf(col *column, c *condition) *node {
	p := &predicate{column: col, op: c.op}
	if len(c.periods) > 0 {
		p.period = c.periods[0]
	}
	for _, l := range c.literals {
		p.values = append(p.values, l.text)
	}
	for _, v := range c.values {
		p.values = append(p.values, storedIn(v, col)...)
	}
	if len(c.values) > 0 || c.op == "=" {
		p.op = "in"
	}
	if c.unit != "" {
		return allOf(leaf(p), leaf(r.unitOf(col, c.unit)))
	}
	return leaf(p)
}

// bindKey is "customer 17": the key's number.
func (r *resolver) bindKey(base *tableInfo, c *condition) []nodeAlt {
	if base.key == nil || base.key.kind != integerKind {
		return nil
	}
	return r.bindColumns(base, []columnAlt{{column: base.key}}, c)
}

// bindValues finds the column by its values. The base's own columns come
// first, then its owners', then its parts'; several at the same distance lead
// to asking back.
func (r *resolver) bindValues(base *tableInfo, c *condition) []nodeAlt {
	found := r.columnsHolding(base, c.values)
	if len(found) > 0 || len(c.values) == 1 {
		return r.bindColumns(base, found, c)
	}
	// Values of different columns: "active and in Berlin".
	how := c.joined
	if how == "" {
		return nil
	}
	var kids []*expr
	for _, v := range c.values {
		kids = append(kids, single(&condition{op: "=", values: []valueSpan{v}, bare: c.bare, from: c.from, to: c.to}))
	}
	return r.bind(base, &expr{op: how, kids: kids})
}

// columnsHolding are the nearest columns that hold all the values.
func (r *resolver) columnsHolding(base *tableInfo, values []valueSpan) []columnAlt {
	var out []columnAlt
	nearest := 1 << 30
	for _, col := range columnsOf(values[0].stored) {
		steps, up, ok := distance(base, col.table)
		if !ok || !holdsAll(values, col) {
			continue
		}
		far := stepUp * steps
		if !up {
			far = 100 + stepDown*steps // any owner is nearer than a part
		}
		if far < nearest {
			nearest, out = far, nil
		}
		if far == nearest {
			out = append(out, columnAlt{column: col, cost: far % 100})
		}
	}
	if len(out) > 1 {
		if i := slices.IndexFunc(out, func(a columnAlt) bool { return a.column == base.key }); i >= 0 {
			return out[i : i+1]
		}
	}
	return out
}

func columnsOf(stored []storedValue) []*column {
	var out []*column
	for _, s := range stored {
		if !slices.Contains(out, s.column) {
			out = append(out, s.column)
		}
	}
	return out
}

func holdsAll(values []valueSpan, col *column) bool {
	for _, v := range values {
		if len(storedIn(v, col)) == 0 {
			return false
		}
	}
	return true
}

// storedIn are the spellings of a value in a column.
func storedIn(v valueSpan, col *column) []string {
	var out []string
	for _, s := range v.stored {
		if s.column == col {
			out = append(out, s.value)
		}
	}
	slices.Sort(out)
	return out
}

// bindChild is "with more than 3 orders", "of gold customers".
func (r *resolver) bindChild(base *tableInfo, c *condition) []nodeAlt {
	var out []nodeAlt
	if c.child.head == nil {
		return nil
	}
	for _, h := range bestTables(c.child.head.tables) {
		steps, up, ok := distance(base, h.table)
		if !ok || steps == 0 || up && (!c.relation || c.childOp != "") {
			continue
		}
		for _, w := range r.bindAll(h.table, c.child.conds) {
			alt := nodeAlt{cost: w.cost + int(h.rank), guess: w.guess, readAs: append([]reading{{c.child.head.from, c.child.head.to, nil, h.table}}, w.readAs...)}
			if up { // the owner's conditions, seen from its part
				alt.node = w.node
				if alt.node == nil {
					alt.node = leaf(&predicate{op: "owned", owner: h.table})
				}
				alt.cost += stepUp * (steps - 1)
			} else {
				alt.node = leaf(&predicate{op: "exists", owner: base, child: h.table, where: w.node, count: c.childOp, n: c.childN})
				alt.cost += stepDown * (steps - 1)
			}
			out = append(out, alt)
		}
	}
	return out
}
