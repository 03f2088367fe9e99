package sample_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"retable/internal/sample"
)

// rows are all keyed rows of a delivery: file + table + key -> fields.
type rows map[string]map[string]string

func id(file, table, key string) string { return file + " | " + table + " | " + key }

func TestTheSecondDeliveryIsTheFirstPlusTheListedEdits(t *testing.T) {
	for _, opts := range []sample.Options{{}, {Seed: 5, Customers: 300, Files: 20, Products: 100}, {Seed: 8, Customers: 4, Products: 6}} {
		first, second := write(t, opts, 1), write(t, opts, 2)
		for _, f := range second.truth.Files {
			same := string(first.files[f.Path]) == string(second.files[f.Path])
			if want := f.Broken || f.Kind == ""; same != want {
				t.Errorf("%s: same bytes in both deliveries: %v, want %v", f.Path, same, want)
			}
		}
		if len(first.truth.Changes) != 0 {
			t.Error("the first delivery lists edits")
		}
		want, got := readRows(t, &first), readRows(t, &second)
		for _, c := range second.truth.Changes {
			apply(t, want, got, c)
		}
		for key := range want {
			if !maps.Equal(want[key], got[key]) {
				t.Errorf("%s\n got %v\nwant %v", key, got[key], want[key])
			}
		}
		for key := range got {
			if want[key] == nil {
				t.Errorf("%s appeared, and is not listed", key)
			}
		}
	}
}

// apply makes one listed edit in the first delivery's rows. Content of new
// rows is taken from the second delivery, where it must exist.
func apply(t *testing.T, want, got rows, c sample.Change) {
	t.Helper()
	at := id(c.File, c.Table, c.Key)
	switch c.Type {
	case sample.RowAdded:
		// Files are renamed last in the list.
		if want[at] != nil || got[moved(at)] == nil && got[at] == nil {
			t.Errorf("added row %s: was there before, or isn't now", at)
		}
		want[at] = got[at]
		if want[at] == nil {
			want[at] = got[moved(at)]
		}
	case sample.RowRemoved:
		if want[at] == nil {
			t.Errorf("removed row %s was not there", at)
		}
		delete(want, at)
	case sample.ValueChanged:
		field := regexp.MustCompile(`(^|/)(\w[\w:]*)(/|$)`).ReplaceAllString(strings.ReplaceAll(c.Field, "cbc:", ""), "$1$2[1]$3")
		if want[at][field] != c.Old || c.Old == c.New {
			t.Errorf("changed value %s %s: was %q, listed %q -> %q", at, field, want[at][field], c.Old, c.New)
		}
		want[at][field] = c.New
	case sample.ColumnRenamed:
		from, to := last(c.Old), last(c.New)
		for key, fields := range want {
			if !strings.Contains(key, " | "+c.Table+" | ") {
				continue
			}
			for name, value := range fields {
				if renamed := strings.Replace(name, from+"[", to+"[", 1); renamed != name {
					delete(fields, name)
					fields[renamed] = value
				}
			}
		}
	case sample.FileRenamed:
		for key, fields := range want {
			if strings.HasPrefix(key, c.Old+" | ") {
				delete(want, key)
				want[c.New+strings.TrimPrefix(key, c.Old)] = fields
			}
		}
	case sample.FileRemoved, sample.FileAdded:
		n := 0
		for key := range merge(want, got) {
			if strings.HasPrefix(key, c.File+" | ") {
				n++
				delete(want, key)
				if c.Type == sample.FileAdded {
					want[key] = got[key]
				}
			}
		}
		if n != c.Rows {
			t.Errorf("%s %s: %d rows, listed %d", c.Type, c.File, n, c.Rows)
		}
	}
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// moved is the row's id under the new name of the renamed customers file.
func moved(at string) string {
	return regexp.MustCompile(`customers/customers-\d+\.xml`).ReplaceAllString(at, "customers/kunden-export-april.xml")
}

func merge(a, b rows) rows {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func isRow(n *node) bool {
	switch n.name {
	case "Customer", "Order", "Position", "Invoice", "InvoiceLine", "Ntry", "product", "category", "supplier", "store", "return":
		return true
	}
	return false
}

// readRows collects the rows by key; everything else is a row of its file.
func readRows(t *testing.T, d *delivery) rows {
	t.Helper()
	out := rows{}
	for _, f := range d.truth.Files {
		if f.Kind == "" {
			continue
		}
		var walk func(n, parent *node)
		walk = func(n, parent *node) {
			if key, table := keyOf(n, parent); key != "" {
				out[id(f.Path, table, key)] = fields(n, isRow)
				parent = n
			}
			for _, k := range n.kids {
				walk(k, parent)
			}
		}
		walk(d.tree(t, f), nil)
	}
	return out
}

func keyOf(n, parent *node) (key, table string) {
	switch n.name {
	case "Customer":
		return n.attrs["number"], n.name
	case "Order":
		return n.attrs["ref"], n.name
	case "Position":
		return parent.attrs["ref"] + "/" + n.attrs["no"], n.name
	case "Invoice":
		return n.find("ID").text, "ubl:" + n.name
	case "InvoiceLine":
		return parent.find("ID").text + "/" + n.find("ID").text, "cac:" + n.name
	case "Ntry":
		return n.find("NtryRef").text, n.name
	case "product":
		return n.attrs["sku"], n.name
	case "supplier", "store", "return":
		return n.attrs["id"], n.name
	}
	return "", ""
}
