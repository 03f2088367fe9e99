package xmltable

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The thresholds of the record choice.
const (
	descendAtMost   = 3    // so few winners are wrappers ...
	descendShare    = 0.80 // ... if one repeating descendant holds this much of them
	descendTimes    = 10   // ... and comes so many times more often
	groupShare      = 0.99 // siblings that fill their parent are all records
	rootShare       = 0.50 // below this share and
	rootPerFile     = 10   // this many per file the document is the record
	keyValueNames   = 1_000
	mixedShare      = 0.01 // of instances; rarer text beside elements is stray
	recursionLevels = 3
)

// Choice says which elements are the rows of a kind's main table, and why.
type Choice struct {
	Records    []*Node
	Coverage   float64 // share of the content bytes inside the records
	RunnerUp   *Node   // the next best path, nil if there was none
	RunnerUpBy float64 // its share
	Confidence string  // certain (by name), high, medium, low
	Reason     string
}

// Paths returns the chosen paths.
func (c *Choice) Paths() []string {
	out := make([]string, len(c.Records))
	for i, n := range c.Records {
		out[i] = pathOf(n)
	}
	return out
}

// Choose finds the records of a profile: the repeating elements that hold
// most of the content.
func (p *Profile) Choose() *Choice {
	candidates := repeating(p.Root)
	if len(candidates) == 0 {
		return p.rootChoice("nothing repeats")
	}
	slices.SortFunc(candidates, compareCandidates)
	winner := candidates[0]
	c := &Choice{}
	if len(candidates) > 1 {
		c.RunnerUp = candidates[1]
		c.RunnerUpBy = share(candidates[1].Size, p.Root.Size)
	}
	winner, why := descend(winner)
	c.Records, c.Reason = []*Node{winner}, why
	if group := groupOf(winner, candidates); len(group) > 1 {
		c.Records = group
		c.Reason = fmt.Sprintf("%d kinds of element fill %s", len(group), pathOf(winner.Parent))
		c.RunnerUp, c.RunnerUpBy = nil, 0
	}
	var size int64
	var count uint64
	for _, n := range c.Records {
		size += n.Size
		count += n.Count
	}
	c.Coverage = share(size, p.Root.Size)
	if c.Coverage < rootShare && count < rootPerFile*uint64(max(p.Files, 1)) {
		root := p.rootChoice(fmt.Sprintf("%s repeats but holds %.0f %% of the content", pathOf(winner), 100*c.Coverage))
		root.RunnerUp, root.RunnerUpBy = winner, c.Coverage
		return root
	}
	c.Confidence = confidence(c.Coverage, c.RunnerUpBy)
	return c
}

// ChooseByPath takes the user's word. The error names near misses.
func (p *Profile) ChooseByPath(paths ...string) (*Choice, error) {
	c := &Choice{Confidence: "certain", Reason: "chosen by path"}
	var size int64
	for _, path := range paths {
		n := p.find(path)
		if n == nil {
			return nil, &PathError{Path: path, Near: nearest(path, p.allPaths(5000))}
		}
		c.Records = append(c.Records, n)
		size += n.Size
	}
	for _, n := range c.Records[1:] {
		if n.Parent != c.Records[0].Parent {
			return nil, fmt.Errorf("record paths %s and %s have different parents: several records must be siblings", paths[0], pathOf(n))
		}
	}
	c.Coverage = share(size, p.Root.Size)
	return c, nil
}

// PathError says that the path of a record, or the one to explode, matches
// nothing.
type PathError struct {
	Path, Near string
	Explode    bool
}

func (e *PathError) Error() string {
	what := "record"
	if e.Explode {
		what = "explode"
	}
	if e.Near == "" {
		return fmt.Sprintf("%s path %s matches nothing", what, e.Path)
	}
	return fmt.Sprintf("%s path %s matches nothing; did you mean %s?", what, e.Path, e.Near)
}

func (p *Profile) rootChoice(why string) *Choice {
	return &Choice{Records: []*Node{p.Root}, Coverage: 1, Confidence: "high", Reason: "the document is the record: " + why}
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func confidence(coverage, runnerUp float64) string {
	switch {
	case coverage >= 0.8 && runnerUp <= coverage/4:
		return "high"
	case coverage >= 0.4 && runnerUp <= coverage/2:
		return "medium"
	}
	return "low"
}

// repeating returns the paths that repeat below parents that do not, without
// attribute-free leaves if there is anything more structured.
func repeating(root *Node) []*Node {
	var structured, leaves []*Node
	var walk func(n *Node)
	walk = func(n *Node) {
		for _, k := range n.elements() {
			switch {
			case !k.Repeats():
				if !k.isMixed() {
					walk(k)
				}
			case len(k.kids)+len(k.atts) > 0 || k.Name.Local == wildcard:
				structured = append(structured, k)
			default:
				leaves = append(leaves, k)
			}
		}
	}
	walk(root)
	if len(structured) > 0 {
		return structured
	}
	return leaves
}

func compareCandidates(a, b *Node) int {
	if c := cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(b.Count, a.Count), cmp.Compare(depth(a), depth(b))); c != 0 {
		return c
	}
	if a.first != b.first {
		if a.first.Before(b.first) {
			return -1
		}
		return 1
	}
	return strings.Compare(pathOf(a), pathOf(b))
}

func depth(n *Node) int {
	d := 0
	for ; n.Parent != nil; n = n.Parent {
		d++
	}
	return d
}

// descend steps from a few wrappers to the many records inside.
func descend(winner *Node) (*Node, string) {
	why := "the repeating element with most content"
	for winner.Count <= descendAtMost {
		var next *Node
		for _, k := range repeating(winner) {
			if float64(k.Size) >= descendShare*float64(winner.Size) && k.Count >= descendTimes*winner.Count {
				next = k
			}
		}
		if next == nil {
			break
		}
		why = "the records inside a few " + winner.Name.Local + " elements"
		winner = next
	}
	return winner, why
}

// groupOf returns winner with its repeating siblings if together they fill
// their parent.
func groupOf(winner *Node, candidates []*Node) []*Node {
	parent := winner.Parent
	if parent == nil {
		return nil
	}
	var group []*Node
	var size int64
	for _, k := range parent.elements() {
		if k == winner || k.Repeats() && slices.Contains(candidates, k) {
			group = append(group, k)
			size += k.Size
		}
	}
	if share(winner.Size, parent.Size) >= groupShare || share(size, parent.Size) < groupShare {
		return nil
	}
	return group
}

// isMixed reports whether text beside child elements is the rule here, not
// an accident.
func (n *Node) isMixed() bool {
	return n.Mixed > 0 && float64(n.Mixed) >= mixedShare*float64(n.Count)
}

// reenters returns the ancestor that n opens again, if the document really
// recurs there: a leaf like Id/Othr/Id is just a name used twice.
func (n *Node) reenters() *Node {
	levels := 1
	var nearest, outermost *Node
	for a := n.Parent; a != nil; a = a.Parent {
		if a.Name.Local == n.Name.Local && a.Name.Space == n.Name.Space {
			levels++
			if nearest == nil {
				nearest = a
			}
			outermost = a
		}
	}
	if nearest == nil || levels < recursionLevels && !sharesChild(nearest, n) {
		return nil
	}
	return outermost
}

func sharesChild(a, b *Node) bool {
	for _, k := range b.kids {
		if _, ok := a.by[nodeKey{k.Name.Space, k.Name.Local, false}]; ok {
			return true
		}
	}
	return false
}

// collapse replaces children whose names are data by one wildcard child.
// It is called once, on a merged profile.
func (n *Node) collapse() {
	if n.namesAreData() {
		all := newNode(n, nodeName(wildcard), false)
		if w := n.by[nodeKey{local: wildcard}]; w != nil {
			all.first = w.first
		}
		for i, k := range n.elements() {
			if i == 0 || k.first.Before(all.first) {
				all.first = k.first
			}
			all.merge(k)
		}
		all.Max = max(all.Max, 2)
		all.With = n.Count - n.Childless
		n.by = map[nodeKey]*Node{{local: wildcard}: all}
		for _, a := range n.atts {
			n.by[nodeKey{a.Name.Space, a.Name.Local, true}] = a
		}
		n.kids = []*Node{all}
	}
	for _, k := range n.kids {
		k.collapse()
	}
}

// namesAreData: very many child names, few of them in any one instance.
func (n *Node) namesAreData() bool {
	if n.by[nodeKey{local: wildcard}] != nil {
		return len(n.kids) > 1
	}
	if len(n.kids) <= keyValueNames {
		return false
	}
	var with uint64
	for _, k := range n.kids {
		with += k.With
	}
	return n.Count == 1 || 2*with < uint64(len(n.kids))*n.Count
}
