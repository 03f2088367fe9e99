package xmltable

import (
	"cmp"
	"slices"

	"retable/internal/table"
)

// Children returns the attributes and then the elements below n, each in the
// order of their first instances. The caller must not change them.
func (n *Node) Children() []*Node {
	out := slices.Concat(n.atts, n.kids)
	slices.SortStableFunc(out, func(a, b *Node) int {
		if a.Attr != b.Attr {
			return cmp.Compare(rank(a), rank(b))
		}
		return cmp.Or(cmp.Compare(a.first.File, b.first.File), cmp.Compare(a.first.Offset, b.first.Offset))
	})
	return out
}

func rank(n *Node) int {
	if n.Attr {
		return 0
	}
	return 1
}

// Type is the narrowest type of n's values: Unknown if it has none.
func (n *Node) Type() table.Type {
	if n.text == nil || n.text.n == 0 {
		return table.Unknown
	}
	return n.text.typ
}

// Examples are the first few of n's values.
func (n *Node) Examples() []string {
	if n.text == nil {
		return nil
	}
	var out []string
	for _, e := range n.text.examples {
		out = append(out, e.value)
	}
	return out
}
