package sample

// element is one node to print: an element, or, without a name, a run of
// text inside mixed content.
type element struct {
	name  string
	attrs []attr
	text  string
	cdata bool // the text was exported as CDATA
	mixed bool // kids are text runs and inline markup: no indentation inside
	kids  []*element
}

type attr struct{ name, value string }

// el returns an element with children; nil ones are left out, so that
// optional parts can be written in place.
func el(name string, kids ...*element) *element {
	e := &element{name: name}
	e.add(kids...)
	return e
}

// leaf returns an element that holds text only, perhaps none.
func leaf(name, text string) *element { return &element{name: name, text: text} }

// run returns a run of text for mixed content.
func run(text string) *element { return &element{text: text} }

// inline returns an element with mixed content.
func inline(name string, kids ...*element) *element {
	e := el(name, kids...)
	e.mixed = true
	return e
}

// with adds attributes, given as name, value, name, value.
func (e *element) with(pairs ...string) *element {
	for i := 0; i+1 < len(pairs); i += 2 {
		e.attrs = append(e.attrs, attr{pairs[i], pairs[i+1]})
	}
	return e
}

// inCDATA marks the text as exported in a CDATA section.
func (e *element) inCDATA() *element {
	e.cdata = true
	return e
}

// add appends the children that are there.
func (e *element) add(kids ...*element) {
	for _, k := range kids {
		if k != nil {
			e.kids = append(e.kids, k)
		}
	}
}

// when returns the element if the condition holds, and nil otherwise.
func when(condition bool, e *element) *element {
	if condition {
		return e
	}
	return nil
}
