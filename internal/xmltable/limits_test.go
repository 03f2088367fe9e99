package xmltable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"retable/internal/table"
	"retable/internal/xmltok"
)

func TestValueThatIsTooLongIsRefusedByPathAndLine(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ name, doc, path string }{
		{"an attribute", "<l>\n<r>\n<a b='%s'>t</a></r><r/></l>", "/l/r/a/@b"},
		{"an attribute of an element with children", "<l>\n<r>\n<a b='%s'><c/></a></r><r/></l>", "/l/r/a/@b"},
		{"a text", "<l>\n<r>\n<a>%s</a></r><r/></l>", "/l/r/a"},
		{"a text beside elements", "<l>\n<r>\n<a><b/>%s</a></r><r/></l>", "/l/r/a"},
		{"a text in pieces", "<l>\n<r>\n<a>" + strings.Repeat("y", 200) + "<![CDATA[%s]]></a></r><r/></l>", "/l/r/a"},
		{"in a record's own attribute", "<l>\n<r/>\n<r b='%s'/></l>", "/l/r/@b"},
		{"inside recursion", "<l>\n<r><r><r/></r>\n<r><r a='%s'/></r></r></l>", ""},
		{"inside mixed content", "<l>\n<r>text <b>b</b>\n<b>%s</b></r><r/></l>", "/l/r/b"},
	} {
		for _, mode := range []Mode{Flat, Relational} {
			t.Run(mode.String()+"/"+c.name, func(t *testing.T) {
				s := setup{maxValue: 256, opts: Options{Mode: mode}}
				conv := mustConvert(t, s, []doc{{"a.xml", fmt.Sprintf(c.doc, long)}})
				for _, err := range []error{conv.profiles[0].Err, conv.results[0].Err} {
					var refused *ValueError
					if !errors.As(err, &refused) || refused.Line != 3 && !strings.Contains(c.name, "beside") || c.path != "" && refused.Path != c.path || refused.Limit != 256 {
						t.Errorf("error %v, want the path %s and line 3", err, c.path)
					}
				}
				if want := "is longer than 256 bytes: raise the limit (RET_MAX_VALUE_BYTES) to convert it"; !strings.Contains(conv.profiles[0].Err.Error(), want) {
					t.Errorf("error %v", conv.profiles[0].Err)
				}
			})
		}
	}
}

// TestCapturedSubtreeIsBounded: a cell that holds a whole subtree has the
// same limit; only the second pass knows that it is one cell.
func TestCapturedSubtreeIsBounded(t *testing.T) {
	text := "<l><r><r><r>" + strings.Repeat("<r i='1'>twenty characters..</r>", 50) + "</r></r></r><r/></l>"
	s := setup{maxValue: 256, opts: Options{Records: []string{"/l"}}}
	c, err := s.convert([]doc{{"a.xml", text}})
	if err != nil {
		t.Fatal(err)
	}
	var refused *ValueError
	if !errors.As(c.results[0].Err, &refused) {
		t.Errorf("error %v", c.results[0].Err)
	}
	if c.proofs[0].Holds() {
		t.Error("values that were not read are accounted for")
	}
}

func TestMoreRowsThanIDsAreRefused(t *testing.T) {
	text := "<l>" + many(20, "<r i='%d'/>") + "</l>"
	pl, err := NewPlan(profileOf(t, text), Options{Mode: Relational})
	if err != nil {
		t.Fatal(err)
	}
	sink := &jump{}
	f := NewFlattener([]*Plan{pl}, sink, FlattenOptions{})
	sink.f = f
	_, err = f.File(context.Background(), File{Path: "big.xml"}, strings.NewReader(text))
	var tooMany *TooManyRowsError
	if !errors.As(err, &tooMany) || err.Error() != "big.xml: more than 1000000000 rows in one file: split it, or convert it in flat mode" {
		t.Errorf("error %v", err)
	}
}

// jump makes as if nearly all ids had been given.
type jump struct{ f *Flattener }

func (j *jump) Row(*Plan, int, *table.Row) error {
	j.f.nextID = max(j.f.nextID, 2*idsPerFile-5)
	return nil
}

// Cells point into their row by 32 bits; what doesn't fit must not wrap around.
func TestRecordLongerThanARowIsRefused(t *testing.T) {
	text := "<l>\n<r><a>1</a></r>\n<r><a>" + strings.Repeat("x", 300) + "</a></r></l>"
	for _, mode := range []Mode{Flat, Relational} {
		pl, err := NewPlan(profileOf(t, text), Options{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		f := NewFlattener([]*Plan{pl}, &jump{&Flattener{}}, FlattenOptions{})
		if f.rowBytes != 1<<31-1 {
			t.Errorf("the limit is %d", f.rowBytes)
		}
		f.rowBytes = 200
		_, err = f.File(context.Background(), File{Path: "long.xml"}, strings.NewReader(text))
		var tooLong *RowTooLongError
		if !errors.As(err, &tooLong) || tooLong.Line != 3 || !strings.Contains(err.Error(), "long.xml: the record at line 3 has ") || !strings.Contains(err.Error(), "choose smaller records") {
			t.Errorf("%v: error %v", mode, err)
		}
	}
}

// TestExtremeShapes converts documents that are as deep or wide as they may
// be, in both modes, in a bounded time.
func TestExtremeShapes(t *testing.T) {
	deep := func(n int, name func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("<" + name(i) + ">")
		}
		b.WriteString("x")
		for i := range n {
			b.WriteString("</" + name(n-1-i) + ">")
		}
		return b.String()
	}
	wide := "<r>" + names(0, 5000, "<NAME a='1'>2</NAME>") + "</r>"
	for _, c := range []struct{ name, doc string }{
		{"10,000 deep in one name", deep(10_000, func(int) string { return "a" })},
		{"10,000 deep in two names", deep(10_000, func(i int) string { return []string{"a", "b"}[i%2] })},
		{"3,000 deep in as many names", deep(3_000, func(i int) string { return fmt.Sprintf("e%d", i) })},
		{"10,000 deep, repeating", "<l>" + deep(9_999, func(int) string { return "a" }) + deep(9_999, func(int) string { return "a" }) + "</l>"},
		{"5,000 columns", "<l>" + wide + wide + "</l>"},
		{"25,000 names", "<l>" + names(0, 25_000, "<NAME a='1'>2</NAME>") + "</l>"},
		{"25,000 names in two elements", "<l><p>" + names(0, 15_000, "<NAME>2</NAME>") + "</p><p>" + names(10_000, 15_000, "<NAME><x>2</x></NAME>") + "</p></l>"},
		{"5,000 attributes", "<l><r" + names(0, 5000, " NAME='1'") + "/><r/></l>"},
		{"100,000 records", "<l>" + many(100_000, "<r/>") + "</l>"},
	} {
		for _, mode := range []Mode{Flat, Relational} {
			t.Run(mode.String()+"/"+c.name, func(t *testing.T) {
				start := time.Now()
				conv := mustConvert(t, setup{opts: Options{Mode: mode}}, []doc{{"a.xml", c.doc}})
				if err := conv.profiles[0].Err; err != nil {
					t.Error(err)
				}
				if d := time.Since(start); d > 20*time.Second {
					t.Errorf("took %v", d)
				} else if testing.Verbose() {
					t.Logf("%v", d)
				}
			})
		}
	}
}

// TestFullTrieLosesNothing has the tokenizer run out of paths: what comes
// after shares nodes, and still every value is accounted for.
func TestFullTrieLosesNothing(t *testing.T) {
	for _, c := range []struct{ name, doc string }{
		{"elements", "<l><d>" + names(0, 200, "<NAME><v>2</v></NAME>") + "</d></l>"},
		{"elements with attributes", "<l><d>" + names(0, 200, "<NAME a='1'/>") + "</d></l>"},
		{"elements with other attributes each", "<l><d>" + names(0, 90, "<NAME NAME='1'/>") + "</d></l>"},
		{"attributes", "<l><d>" + names(0, 200, "<r NAME='1'/>") + "</d></l>"},
		{"on two levels", "<l>" + names(0, 10, "<NAME>"+names(100, 12, "<NAME>2</NAME>")+"</NAME>") + "</l>"},
	} {
		for _, mode := range []Mode{Flat, Relational} {
			t.Run(mode.String()+"/"+c.name, func(t *testing.T) {
				s := setup{opts: Options{Mode: mode}, tok: xmltok.Options{Limits: xmltok.Limits{MaxPaths: 100}}}
				conv := mustConvert(t, s, []doc{{"a.xml", c.doc}})
				if err := conv.profiles[0].Err; err != nil {
					var limit *xmltok.Error
					if !errors.As(err, &limit) || limit.Code != xmltok.CodePathLimit {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestDocumentsOfUnknownKindsAreRefused(t *testing.T) {
	f := NewFlattener(nil, newCollected(), FlattenOptions{})
	if _, err := f.File(context.Background(), File{Path: "a.xml"}, strings.NewReader("<a/>")); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v", err)
	}
}

func TestDocumentThatChangedIsRefused(t *testing.T) {
	for _, changed := range []string{"<l><r a='1' b='2'/></l>", "<l><r><n/></r></l>", "<l><r><x>1</x><x>2</x></r></l>", "<l><r><p>t<b><i/></b></p></r></l>", "<l><r><p q='1'>t</p></r></l>"} {
		pl, err := NewPlan(profileOf(t, "<l><r a='1'><x>1</x><p>a<b/></p></r><r/></l>"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := NewFlattener([]*Plan{pl}, newCollected(), FlattenOptions{})
		_, err = f.File(context.Background(), File{Path: "a.xml"}, strings.NewReader(changed))
		if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), "convert it again") {
			t.Errorf("%s: error %v", changed, err)
		}
	}
}
