package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"retable/internal/table"
)

func described() *table.Schema {
	return &table.Schema{
		Name: "Orders~Order", Kind: "Orders", Path: "/Orders/Order", Parent: "Orders",
		Columns: []table.Column{
			{Name: "_id", XPath: "_id", Type: table.Integer, Role: table.Bookkeeping},
			{Name: "@id", XPath: "@id", Path: "/Orders/Order/@id", Type: table.Text, Stats: &table.Stats{
				Values: 3, Distinct: 2, Min: "007", Max: "a,b", Longest: 3, Examples: []string{"007", "a,b", "<&\""},
			}},
			{Name: "total", XPath: "total", Path: "/Orders/Order/total", Type: table.Decimal, Stats: &table.Stats{
				Values: 2, Nulls: 1, Distinct: 2, Min: "-1.50", Max: "79500.00", Longest: 8,
			}},
			{Name: "item[*]", XPath: "item", Path: "/Orders/Order/item", Type: table.Text, Form: table.List, Stats: &table.Stats{}},
			{Name: "at", XPath: "at", Type: table.DateTime},
			{Name: "note", XPath: "note", Form: table.XML, Type: table.Text},
			{Name: "rest", XPath: "rest", Form: table.JSON, Type: table.Text},
		},
	}
}

func TestDictionary(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDictionary(&b, []*table.Schema{described()}, Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, DictionaryName, b.Bytes())
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 8 {
		t.Fatal(rows, err)
	}
	want := []string{"Orders~Order", "@id", "@id", "/Orders/Order/@id", "string", "scalar", "data", "3", "0", "0", "2", "007", "a,b", "3", `["007","a,b","<&\""]`}
	if !reflect.DeepEqual(rows[2], want) {
		t.Errorf("got %q", rows[2])
	}
	if err := WriteDictionary(&failingFile{dir: &failing{left: 10}}, []*table.Schema{described()}, Options{}); err == nil {
		t.Error("the failure is lost")
	}
}

func TestPackage(t *testing.T) {
	write := func(name string) []byte {
		dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{NoSync: true})
		put(t, dir, "Orders~Order.csv", "_id\n1\n")
		put(t, dir, DictionaryName, "table\n")
		schema := described()
		var resources []Resource
		for _, f := range dir.Files() {
			if f.Name == DictionaryName {
				resources = append(resources, DictionaryResource(f, []*table.Schema{schema}, Options{}))
				continue
			}
			for _, kind := range All() {
				if kind.Name == "xlsx" {
					resources = append(resources, kind.FileResource(f))
				} else {
					resources = append(resources, kind.NewResource(schema, f, 1, Options{Separator: ';', CRLF: true}))
				}
			}
		}
		p := Package{Name: name, Created: "2024-01-31T00:00:00Z", Resources: resources, Retable: Run{
			Version: "1.0", Mode: "relational", Options: map[string]any{"b": 1, "a": 2}, Partial: true, Proof: []int{1}, Guarded: 3,
			Sources:  []Source{{Path: "a.xml", SHA256: "ab", Bytes: 5, Kind: "Orders", Encoding: "UTF-8", Rows: 1, Error: "line 3"}},
			Warnings: []Warning{{Code: "long-cell", Table: "t", Detail: "<x> & more"}},
		}}
		if err := WritePackage(dir, p); err != nil {
			t.Fatal(err)
		}
		if err := dir.Commit(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir.Path(), PackageName))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got := write("orders")
	golden(t, PackageName, got)
	if !bytes.Equal(got, write("orders")) {
		t.Error("the same data set gives another package")
	}
	var p struct {
		Profile   string
		Resources []struct {
			Name, Path, Hash string
			Schema           struct{ Fields []struct{ Name, Type string } }
		}
		Retable struct{ Files []File }
	}
	if err := json.Unmarshal(got, &p); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, r := range p.Resources {
		if names[r.Name] || r.Name != strings.ToLower(r.Name) || strings.ContainsAny(r.Name, "~ ") || !strings.HasPrefix(r.Hash, "sha256:") {
			t.Errorf("resource %+v", r)
		}
		names[r.Name] = true
	}
	var types []string
	for _, f := range p.Resources[0].Schema.Fields {
		types = append(types, f.Type)
	}
	if want := "integer string number array datetime string any"; strings.Join(types, " ") != want {
		t.Errorf("got types %v", types)
	}
	if p.Profile != "data-package" || len(p.Retable.Files) != 2 {
		t.Errorf("got %+v", p)
	}
}

func TestPackageNeedsMarshallableOptions(t *testing.T) {
	dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{})
	if err := WritePackage(dir, Package{Retable: Run{Options: func() {}}}); err == nil {
		t.Error("a function was written")
	}
	if got := string(jsonText(func() {})); got != "null" {
		t.Error(got)
	}
}
