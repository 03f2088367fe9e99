package eval

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"retable/internal/diff"
	"retable/internal/table"
)

// listed is an edit as the generator and the sample list it.
type listed struct {
	Type, Table, Key, File, Field, Old, New, From, To string
}

// identity says what a row is called in the lists of edits.
type identity struct {
	column string // "" for a child that is only known by its parent
	within bool   // the parent's name goes before it
}

// identities are the tables that the lists speak of, by element.
func identities() map[string]identity {
	return map[string]identity{
		"Customer": {column: "@id"}, "Order": {column: "@id"}, "Item": {"@line", true}, "Product": {column: "@sku"}, "Address": {"", true},
	}
}

// sampleIdentities are the same for the sample that Retable ships.
func sampleIdentities() map[string]identity {
	return map[string]identity{
		"Customer": {column: "@number"}, "Order": {column: "@ref"}, "Position": {"@no", true}, "Site": {"", true},
		"Invoice": {column: "ID"}, "InvoiceLine": {"ID", true}, "Ntry": {column: "NtryRef"}, "product": {column: "@sku"},
	}
}

// element is the table's name without the tables that it hangs on.
func element(name string) string { return name[strings.LastIndexByte(name, '~')+1:] }

// names tells what each row is called, by table and position.
func (s *source) names(known map[string]identity) (map[string][]string, error) {
	out := map[string][]string{}
	byID := map[string]string{}
	for _, schema := range s.schemas { // parents come before their children
		id, ok := known[element(schema.Name)]
		if !ok {
			continue
		}
		r, err := s.Open(context.Background(), schema.Name)
		if err != nil {
			return nil, err
		}
		var row table.Row
		for r.Read(&row) == nil {
			get := func(column string) string {
				i := schema.Index(column)
				if i < 0 {
					return ""
				}
				v, _ := row.Value(i)
				return string(v)
			}
			name := get(id.column)
			if parent := byID[get("_parent_id")]; id.within {
				name = strings.TrimSuffix(parent+"/"+name, "/")
			}
			byID[get("_id")] = name
			out[schema.Name] = append(out[schema.Name], name)
		}
	}
	return out, nil
}

var firstOf = regexp.MustCompile(`^(\w+)\[1\]/(.+)$`)

func withoutPrefix(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// short is a column by its last step, which is how renames are listed.
func short(column string) string {
	if strings.Contains(column, "@") {
		return column
	}
	return column[strings.LastIndexByte(column, '/')+1:]
}

// listedTruth puts a list of edits into facts. It returns the files that are
// on one side only: the list doesn't say what is in them.
func listedTruth(list []listed, a, b *source, keyless bool) (facts, map[string]bool) {
	out := facts{}
	alone := map[string]bool{}
	renamed := map[string]string{}
	for _, c := range list {
		switch c.Type {
		case "file_renamed":
			renamed[c.From+c.Old] = c.To + c.New
		case "file_removed", "file_added":
			alone[c.File] = true
		case "column_renamed":
			from, to := short(c.From+c.Old), short(c.To+c.New)
			out.add(renames, from+" > "+to)
			if from == "Qty" {
				out.add(renames, "Qty/@unit > Quantity/@unit")
			}
		case "row_added":
			out.add(rowsAdded.in(keyless), withoutPrefix(c.Table)+" "+c.Key)
		case "row_removed":
			out.add(rowsRemoved.in(keyless), withoutPrefix(c.Table)+" "+c.Key)
		case "value_changed":
			of, field := withoutPrefix(c.Table), withoutPrefix(c.Field)
			if m := firstOf.FindStringSubmatch(c.Field); m != nil {
				of, field = m[1], m[2]
			}
			out.add(cellsChanged.in(keyless), listedCell(of, c.Key, field, c.Old, c.New))
		}
	}
	for _, f := range a.files {
		to := f.Path
		if renamed[to] != "" {
			to = renamed[to]
		}
		for _, g := range b.files {
			if g.Path == to && !alone[f.Path] {
				out.add(filePairs, pairFact(f.Path, to))
			}
		}
	}
	return out, alone
}

func listedCell(of, key, field, before, after string) string {
	return fmt.Sprintf("%s of %s %s: %q > %q", field, of, key, before, after)
}

// scoreDeliveries holds a comparison of two deliveries against their list.
func scoreDeliveries(a, b *source, list []listed, known map[string]identity, rules diff.Rules, scratch, where string) (*score, error) {
	res, made, err := compare(a, b, diff.Options{Rules: rules}, scratch)
	if err != nil {
		return nil, err
	}
	is, alone := listedTruth(list, a, b, rules.Keyless)
	out := facts{}
	foundPairs(out, res)
	left, err := a.names(known)
	if err != nil {
		return nil, err
	}
	right, err := b.names(known)
	if err != nil {
		return nil, err
	}
	differ := map[string]bool{}
	for i := range made {
		c := &made[i]
		name := element(c.Table)
		id, ok := known[name]
		if !ok || alone[c.FileA] || alone[c.FileB] {
			continue
		}
		differ[c.Table] = true
		switch less := rules.Keyless; c.Op {
		case diff.RowAdded:
			if id.column != "" {
				out.add(rowsAdded.in(less), name+" "+right[c.Table][c.RowB])
			}
		case diff.RowRemoved:
			if id.column != "" {
				out.add(rowsRemoved.in(less), name+" "+left[c.Table][c.RowA])
			}
		case diff.RowMoved:
			out.add(rowsMoved.in(less), name+" "+left[c.Table][c.RowA])
		case diff.CellChanged:
			if c.Class == diff.Content {
				out.add(cellsChanged.in(less), listedCell(name, left[c.Table][c.RowA], c.Column, c.Old, c.New))
			} else {
				out.add(formatOnly.in(less), listedCell(name, left[c.Table][c.RowA], c.Column, c.Old, c.New))
			}
		default:
		}
	}
	for _, t := range res.Tables {
		for _, c := range t.Columns {
			if c.How == diff.ColumnRename {
				out.add(renames, short(c.Left)+" > "+short(c.Right))
			}
		}
		if id := known[element(t.Name())]; differ[t.Name()] && !rules.Keyless && id.column != "" {
			is.add(keysFound, keyFact(element(t.Name()), []string{id.column}))
			if len(t.Key.Columns) > 0 {
				out.add(keysFound, keyFact(element(t.Name()), t.Key.Columns))
			}
		}
	}
	s := newScore()
	s.measure(out, is, where)
	return s, nil
}
