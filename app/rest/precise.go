package rest

import (
	"maps"
	"slices"
	"strings"
)

// precise puts words and meanings into the document. It returns what it has
// found no place for: a member that is not there any more.
func precise(doc map[string]any, words map[string]map[string]any, meanings map[string]string) (lost []string) {
	d := places{within(doc, "components", "schemas"), callsOf(doc)}
	for place, exact := range words {
		holder, at := d.find(place)
		old, ok := holder[at].(map[string]any)
		if !ok {
			lost = append(lost, place)
			continue
		}
		exact = maps.Clone(exact)
		if text, ok := old["description"]; ok {
			exact["description"] = text
		}
		holder[at] = exact
	}
	for place, text := range meanings {
		holder, at := d.find(place)
		if s, ok := holder[at].(map[string]any); !ok {
			lost = append(lost, place)
		} else if s["description"] == nil {
			s["description"] = text
		}
	}
	slices.Sort(lost)
	return lost
}

// places finds members in a document.
type places struct {
	schemas map[string]any
	calls   map[string]map[string]any
}

// find gives the object and its member that hold what a place names: a schema,
// "Schema.member", "call.member" of the call's request; [] for the items.
func (d places) find(place string) (holder map[string]any, at string) {
	name, member, deeper := strings.Cut(place, ".")
	if !deeper {
		return d.schemas, name
	}
	member, item := strings.CutSuffix(member, "[]")
	holder, at = within(d.schemas, name, "properties"), member
	if call := d.calls[name]; holder == nil && call != nil {
		holder = within(call, "requestBody", "content", "application/json", "schema", "properties")
		if holder[member] == nil {
			holder, at = parameter(call, member), "schema"
		}
	}
	if item {
		return within(holder, member), "items"
	}
	return holder, at
}

// within follows names into nested objects, nil where there is none.
func within(o map[string]any, names ...string) map[string]any {
	for _, n := range names {
		o, _ = o[n].(map[string]any)
	}
	return o
}

// callsOf are the operations by their id.
func callsOf(doc map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, item := range within(doc, "paths") {
		methods, _ := item.(map[string]any)
		for _, o := range methods {
			if call, ok := o.(map[string]any); ok {
				id, _ := call["operationId"].(string)
				out[id] = call
			}
		}
	}
	return out
}

func parameter(call map[string]any, name string) map[string]any {
	all, _ := call["parameters"].([]any)
	for _, p := range all {
		if p, ok := p.(map[string]any); ok && p["name"] == name {
			return p
		}
	}
	return nil
}
