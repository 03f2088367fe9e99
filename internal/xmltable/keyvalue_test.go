package xmltable

import (
	"fmt"
	"strings"
	"testing"
)

// names writes n elements whose names are data.
func names(from, n int, format string) string {
	var b strings.Builder
	for i := range n {
		name := fmt.Sprintf("k%d", from+i)
		b.WriteString(strings.ReplaceAll(format, "NAME", name))
	}
	return b.String()
}

func TestNamesThatAreDataBecomeRows(t *testing.T) {
	docs := []doc{{"a.xml", "<settings v='1'>" + names(0, 1200, "<NAME unit='m'>value of NAME</NAME>") + "</settings>"}}
	c := mustConvert(t, setup{}, docs)
	s := c.plans[0].Schemas()[0]
	if got := headers(c.plans[0], 0); s.Name != "settings~_entry" || got != "_name,@unit,.,../@v" {
		t.Errorf("table %s has columns %s", s.Name, got)
	}
	rows := c.rows.rows[s.Name]
	if len(rows) != 1200 || strings.Join(rows[7], "|") != "k7|m|value of k7|1" {
		t.Errorf("%d rows, the eighth %q", len(rows), rows[7])
	}
}

func TestNamesThatAreDataInRelationalMode(t *testing.T) {
	docs := []doc{{"a.xml", "<r><settings>" + names(0, 1200, "<NAME><sub>NAME</sub></NAME>") + "</settings><z/></r>"}}
	c := mustConvert(t, setup{opts: Options{Mode: Relational}}, docs)
	rows := c.rows.rows["r~settings~_entry"]
	if len(rows) != 1200 {
		t.Fatalf("%d rows in %v", len(rows), c.rows.rows)
	}
	var names []string
	for _, r := range rows[:3] {
		names = append(names, r[c.plans[0].Tables[1].own.name]+"="+r[len(r)-1])
	}
	if got := strings.Join(names, " "); got != "k0=k0 k1=k1 k2=k2" {
		t.Errorf("rows begin %s", got)
	}
	if d := inverse(c, 0, mustTree(t, docs[0].text), docs[0].text); d != "" {
		t.Error(d)
	}
}

func TestNamesThatAreDataInsideRecords(t *testing.T) {
	var b strings.Builder
	b.WriteString("<l>")
	for i := range 400 {
		fmt.Fprintf(&b, "<r id='%d'><props>%s</props></r>", i, names(5*i, 5, "<NAME>1</NAME>"))
	}
	docs := []doc{{"a.xml", b.String() + "</l>"}}
	c := mustConvert(t, setup{}, docs)
	if got := headers(c.plans[0], 0); got != "@id,props/*[*]" {
		t.Errorf("columns %s", got)
	}
	if got := c.rows.rows["l~r"][1][1]; !strings.HasPrefix(got, `[{"#name":"k5","#text":"1"},{"#name":"k6",`) {
		t.Errorf("cell %s", got)
	}
}

// TestManyNamesThatAreAllThereStayColumns: a wide table is no dictionary.
func TestManyNamesThatAreAllThereStayColumns(t *testing.T) {
	row := "<r>" + names(0, 1100, "<NAME>1</NAME>") + "</r>"
	c := mustConvert(t, setup{}, []doc{{"a.xml", "<l>" + row + row + "</l>"}})
	if n := len(c.plans[0].Schemas()[0].Columns); n != 1100 {
		t.Errorf("%d columns, want 1,100", n)
	}
}

// TestGroupOfRecordsIsOneTable is the bibliography's shape: kinds of record
// side by side fill the document.
func TestGroupOfRecordsIsOneTable(t *testing.T) {
	text := "<dblp>" + many(200, "<article key='a%d'><author>A</author><author>B</author><title>T %d</title><journal>J</journal></article>"+
		"<book key='b%d'><author>C</author><title>U %d</title><isbn>0%d</isbn></book>") + "</dblp>"
	c := mustConvert(t, setup{}, []doc{{"a.xml", text}})
	if got := headers(c.plans[0], 0); got != "_record,@key,author[*],title,isbn,journal" && got != "_record,@key,author[*],title,journal,isbn" {
		t.Errorf("columns %s", got)
	}
	rows := c.rows.rows["dblp"]
	if len(rows) != 400 || rows[0][0] != "article" || rows[1][0] != "book" || rows[0][2] != `["A","B"]` || rows[1][2] != `["C"]` {
		t.Errorf("%d rows: %q %q", len(rows), rows[0], rows[1])
	}
	s := c.plans[0].Schemas()[0]
	if s.Path != "/dblp/article | /dblp/book" {
		t.Errorf("path %s", s.Path)
	}
	if i := s.Index("isbn"); s.Columns[i].Path != "/dblp/book/isbn" {
		t.Errorf("isbn comes from %s", s.Columns[i].Path)
	}
}

func headers(pl *Plan, table int) string {
	var out []string
	for _, c := range pl.Tables[table].Schema.Columns {
		out = append(out, c.Name)
	}
	return strings.Join(out, ",")
}

func mustTree(t *testing.T, text string) *tree {
	t.Helper()
	e, err := readTree(text, setup{}.tok)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
