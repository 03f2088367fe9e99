package xmltable

import (
	"fmt"
	"sort"
	"strings"
)

// differs compares an original with what was rebuilt and tells where they
// part, "" where they don't. Inside inner XML every character counts.
func differs(orig, again *tree, preserve bool, path string) string {
	path += "/" + orig.name.Local
	if Clark(orig.name) != Clark(again.name) {
		return fmt.Sprintf("%s is called %s", path, Clark(again.name))
	}
	if v, ok := orig.attr(xmlSpace, "space"); ok {
		preserve = v == "preserve"
	}
	if x, y := attrText(orig), attrText(again); x != y {
		return fmt.Sprintf("%s: attributes %s became %s", path, x, y)
	}
	if again.exact {
		return differsExactly(orig, again, preserve, path)
	}
	x, y := orig.kids(), again.kids()
	if len(x) != len(y) {
		return fmt.Sprintf("%s: %d children became %d", path, len(x), len(y))
	}
	loose := func(s string) string {
		switch {
		case len(x) > 0:
			return strings.Join(strings.Fields(s), "")
		case preserve:
			return s
		}
		return strings.Trim(s, whiteSpace)
	}
	if a, b := loose(orig.ownText()), loose(again.ownText()); a != b {
		return fmt.Sprintf("%s: text %q became %q", path, a, b)
	}
	for i := range x {
		if d := differs(x[i], y[i], preserve, path); d != "" {
			return d
		}
	}
	return ""
}

func differsExactly(orig, again *tree, preserve bool, path string) string {
	x, y := sequence(orig, preserve), sequence(again, preserve)
	if x != y {
		return fmt.Sprintf("%s: content %q became %q", path, x, y)
	}
	a, b := orig.kids(), again.kids()
	for i := range a {
		b[i].exact = false // its own text was compared verbatim here
		if d := differs(a[i], b[i], true, path); d != "" {
			return d
		}
		if x, y := sequence(a[i], true), sequence(b[i], true); x != y {
			return fmt.Sprintf("%s/%s: content %q became %q", path, a[i].name.Local, x, y)
		}
	}
	return ""
}

// sequence writes text and children's names in order.
func sequence(e *tree, preserve bool) string {
	var b strings.Builder
	for _, c := range e.content {
		if s, ok := c.(string); ok {
			b.WriteString(s)
			continue
		}
		fmt.Fprintf(&b, "\x01%s\x02", Clark(c.(*tree).name))
	}
	if preserve {
		return b.String()
	}
	return strings.Trim(b.String(), whiteSpace)
}

func attrText(e *tree) string {
	var out []string
	for _, a := range e.attrs {
		if newNode(nil, a.name, true).role == metadata {
			continue
		}
		out = append(out, fmt.Sprintf("%s=%q", Clark(a.name), a.value))
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}
