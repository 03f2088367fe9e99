package xmltable

import (
	"cmp"
	"slices"
	"strings"

	"retable/internal/xmltok"
)

func nodeName(local string) xmltok.Name { return xmltok.Name{Local: local} }

// find returns the element of an absolute path. Steps match the qualified
// name as written or else the local name alone.
func (p *Profile) find(path string) *Node {
	steps := strings.Split(strings.Trim(strings.TrimSpace(path), "/"), "/")
	for i, s := range steps {
		steps[i] = strings.TrimSuffix(s, "[*]")
	}
	if steps[0] != p.Root.Name.QName() && steps[0] != p.Root.Name.Local {
		return nil
	}
	return p.Root.find(steps[1:])
}

func (n *Node) find(steps []string) *Node {
	if len(steps) == 0 {
		return n
	}
	var exact, local []*Node
	for _, k := range n.kids {
		switch {
		case k.Name.QName() == steps[0]:
			exact = append(exact, k)
		case k.Name.Local == steps[0]:
			local = append(local, k)
		}
	}
	for _, k := range append(byFirst(exact), byFirst(local)...) {
		if found := k.find(steps[1:]); found != nil {
			return found
		}
	}
	return nil
}

// allPaths lists element paths breadth first, at most limit of them.
func (p *Profile) allPaths(limit int) []string {
	var out []string
	queue := []*Node{p.Root}
	for len(queue) > 0 && len(out) < limit {
		n := queue[0]
		queue = append(queue[1:], n.elements()...)
		out = append(out, pathOf(n))
	}
	return out
}

// nearest returns the candidate with the least edit distance to want, or ""
// if all are far. Case counts half.
func nearest(want string, candidates []string) string {
	best, bestAt := "", 1+max(2, len(want)/3)
	for _, c := range candidates {
		d := distance(want, c)
		if lower := distance(strings.ToLower(want), strings.ToLower(c)); lower < d {
			d = lower + (d-lower+1)/2
		}
		if d < bestAt {
			best, bestAt = c, d
		}
	}
	if best == "" { // same last step somewhere else?
		last := want[strings.LastIndexByte(want, '/')+1:]
		for _, c := range candidates {
			if strings.EqualFold(c[strings.LastIndexByte(c, '/')+1:], last) {
				return c
			}
		}
	}
	return best
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// naming gives siblings their names in headers: elements go by local name
// unless a sibling of another namespace has it (one without prefix before
// one with, then the earlier one), attributes as they are written. Both fall
// back to Clark notation when that is taken too.
type naming map[*Node]string

func (nm naming) of(n *Node) string {
	if s, ok := nm[n]; ok {
		return s
	}
	if n.Parent == nil {
		nm[n] = n.Name.Local
		return n.Name.Local
	}
	siblings := n.Parent.elements()
	if n.Attr {
		siblings = n.Parent.attributes()
	}
	slices.SortStableFunc(siblings, func(a, b *Node) int {
		return cmp.Compare(min(len(a.Name.Prefix), 1), min(len(b.Name.Prefix), 1))
	})
	taken := make(map[string]bool, len(siblings))
	for _, s := range siblings {
		name := s.Name.Local
		if s.Attr {
			name = s.Name.QName()
		}
		if taken[name] {
			name = s.Name.QName()
		}
		if taken[name] {
			name = "{" + s.Name.Space + "}" + s.Name.Local
		}
		taken[name] = true
		nm[s] = name
	}
	return nm[n]
}

// PathOf returns a node's absolute path with the prefixes of its document.
func PathOf(n *Node) string { return pathOf(n) }

// Has reports whether the profile knows an element path.
func (p *Profile) Has(path string) bool { return p.find(path) != nil }
