package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"retable/internal/diff"
)

// Settings says the options of a comparison in words, defaults included.
func Settings(o diff.Options) []Setting {
	var out []Setting
	add := func(name, value string, args ...any) {
		out = append(out, Setting{name, fmt.Sprintf(value, args...)})
	}
	rules := func(where string, r diff.Rules) {
		if len(r.Key) > 0 {
			add("key"+where, "%s", strings.Join(r.Key, " + "))
		}
		if r.Keyless {
			add("key"+where, "none: rows are matched by likeness")
		}
		if len(r.Ignore) > 0 {
			add("ignored columns"+where, "%s", strings.Join(r.Ignore, ", "))
		}
		for _, column := range slices.Sorted(maps.Keys(r.Tolerances)) {
			add("tolerance of "+column+where, "%s", tolerance(r.Tolerances[column]))
		}
		if text := cellRules(r.Cells); text != "" {
			add("equal values"+where, "%s", text)
		}
		for _, column := range slices.Sorted(maps.Keys(r.Columns)) {
			add("equal values in "+column+where, "%s", cmp.Or(cellRules(r.Columns[column]), "as they are"))
		}
	}
	if len(o.Rules.Key) == 0 && !o.Rules.Keyless {
		add("key", "found by itself, where none is given")
	}
	rules("", o.Rules)
	if len(o.Rules.Ignore) == 0 {
		add("ignored columns", "none")
	}
	if len(o.Rules.Tolerances) == 0 {
		add("tolerance", "none")
	}
	if cellRules(o.Rules.Cells) == "" {
		add("equal values", "case and space count; spellings of one number, date or Unicode text are the same value")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Tables)) {
		rules(" (table "+name+")", o.Tables[name])
	}
	for _, p := range o.Pins {
		switch {
		case !p.Apart:
			add("paired files", "%s = %s", p.Left, p.Right)
		case p.Left == "" || p.Right == "":
			add("files kept apart", "%s from all others", p.Left+p.Right)
		default:
			add("files kept apart", "%s from %s", p.Left, p.Right)
		}
	}
	return out
}

func tolerance(t diff.Tolerance) string {
	var parts []string
	if t.Abs != "" && t.Abs != "0" {
		parts = append(parts, t.Abs)
	}
	if t.Rel != "" && t.Rel != "0" {
		parts = append(parts, t.Rel+" of the greater value")
	}
	if t.DateSeconds > 0 {
		parts = append(parts, fmt.Sprintf("%d seconds", t.DateSeconds))
	}
	return cmp.Or(strings.Join(parts, " + "), "0")
}

func cellRules(c diff.CellRules) string {
	var parts []string
	for _, x := range []struct {
		on   bool
		text string
	}{
		{c.IgnoreCase, "case is ignored"},
		{c.Trim, "outer space is ignored"},
		{c.CollapseSpace, "runs of space count as one"},
		{c.AsText, "compared as text, not as numbers or dates"},
	} {
		if x.on {
			parts = append(parts, x.text)
		}
	}
	if len(c.NullTokens) > 0 {
		parts = append(parts, fmt.Sprintf("%q count as null", c.NullTokens))
	}
	return strings.Join(parts, "; ")
}
