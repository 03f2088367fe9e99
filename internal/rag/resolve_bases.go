package rag

import "slices"

// baseAlt is a table that the subject may mean.
type baseAlt struct {
	table  *tableInfo
	cost   int
	readAs []reading
}

// bases are the tables that a subject's name fits best.
func (r *resolver) bases(d *draft) []baseAlt {
	n := d.subject
	if n == nil || n.head == nil {
		if d.kind == askList && len(d.columns) > 0 || len(d.groups) > 0 && d.groups[0].mention != nil || n != nil && n.generic && len(n.conds) > 0 {
			return r.anyBase(d)
		}
		return r.onlyBase()
	}
	var out []baseAlt
	for _, h := range bestTables(n.head.tables) {
		out = append(out, baseAlt{h.table, int(h.rank), []reading{{n.head.from, n.head.to, nil, h.table}}})
	}
	return out
}

// onlyBase is the session's only table, if there is one only.
func (r *resolver) onlyBase() []baseAlt {
	if len(r.session.tables) == 1 {
		return []baseAlt{{table: r.session.tables[0]}}
	}
	return nil
}

// anyBase are the tables whose columns are named.
func (r *resolver) anyBase(d *draft) []baseAlt {
	var mentions []*mention
	mentions = append(mentions, d.columns...)
	for _, g := range d.groups {
		if g.mention != nil {
			mentions = append(mentions, g.mention)
		}
	}
	var out []baseAlt
	if len(mentions) == 0 {
		for _, t := range r.session.tables {
			out = append(out, baseAlt{table: t})
		}
		return out
	}
	for _, h := range mentions[0].columns {
		if !slices.ContainsFunc(out, func(b baseAlt) bool { return b.table == h.column.table }) {
			out = append(out, baseAlt{table: h.column.table})
		}
	}
	return out
}

func bestTables(hits []tableHit) []tableHit {
	best := rank(99)
	for _, h := range hits {
		best = min(best, h.rank)
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h tableHit) bool { return h.rank > best })
}

func (n *nounPhrase) condsOf() []*expr {
	if n == nil {
		return nil
	}
	return n.conds
}
