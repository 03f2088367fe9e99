package xmltable

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestGuessIsRefusedByWhateverWouldChangeThePlan has the beginning of a
// document, up to the bar, make the plan for all of it; or its beginning and
// its end, behind a second bar.
func TestGuessIsRefusedByWhateverWouldChangeThePlan(t *testing.T) {
	const xsi = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	five := many(5, "<r a='%d'><b>1</b></r>")
	for _, c := range []struct {
		name, doc string
		kept      bool
	}{
		{"more of the same", "<l>" + five + "|" + five + "</l>", true},
		{"a new element", "<l>" + five + "|<r><n/></r></l>", false},
		{"a new attribute", "<l>" + five + "|<r a='1' n='2'/></l>", false},
		{"a new attribute of a leaf", "<l>" + five + "|<r a='1'><b n='2'>1</b></r></l>", false},
		{"a repeat", "<l>" + five + "|<r a='1'><b>1</b><b>2</b></r></l>", false},
		{"a text where there was none", "<l>" + five + "|<r a='1'>text</r></l>", false},
		{"an element without anything", "<l>" + five + "|<r/></l>", false},
		{"mixed content", "<l>" + five + "|<r a='1'>text<b>1</b></r></l>", false},
		{"another sequence of siblings", "<l>" + many(5, "<r><a>1</a><b>2</b></r>") + "|<r><b>2</b><a>1</a></r></l>", false},
		{"a bigger record beside it", "<l>" + many(5, "<r i='1'/><s i='1'/>") + "|" + many(9, "<s i='12345678901234567890'/>") + "</l>", false},
		{"few records so far", "<l><r a='1'/><r a='2'/>|<r a='3'/></l>", false},
		{"a trailer", "<l><h>1</h>" + five + "|<t>2</t></l>", false},
		{"a trailer at the end that was read", "<l><h>1</h>" + five + "|" + five + "|" + five + "<t>2</t></l>", true},
		{"a trailer around the records", "<l><g>" + five + "|" + five + "|" + five + "<t u='1'>2</t></g><v/></l>", true},
		{"a trailer that came before, too", "<l><h>1</h>" + five + "|<t>1</t>|" + five + "<t>2</t></l>", false},
		{"a trailer that came before in another sequence", "<l><g>" + five + "|</g><g><t/>" + five + "|" + five + "<t>2</t></g></l>", false},
		{"a new element in a record at the end", "<l>" + five + "|" + five + "|" + five + "<r><n/></r></l>", false},
		{"a new attribute at the end", "<l>" + five + "|" + five + "|" + five + "<r z='1'><b>1</b></r></l>", false},
		{"a new attribute of a header", "<l><h/>" + five + "|" + five + "|" + five + "<h z='1'/></l>", false},
		{"a repeat at the end", "<l>" + five + "|" + five + "|" + five + "<r><b>1</b><b>2</b></r></l>", true},
		{"a new element between the ends", "<l>" + five + "|<t>1</t>|" + five + "</l>", false},
		{"a broken end that was read", "<l>" + five + "|" + five + "|" + five + "</x></l>", false},
		{"an end without a record", "<l>" + five + "|" + five + "|<t>1</t></l>", false},
		{"records without end tags", "<l>" + many(5, "<r a='%d'/>") + "|" + many(5, "<r a='%d'/>") + "|" + many(5, "<r a='%d'/>") + "<t>1</t></l>", true},
		{"an end that begins in a comment", "<l>" + five + "|<!-- |<r a='1'><b>1</b></r> -->" + five + "<t>1</t></l>", false},
		{"a name that begins like the record's", "<l>" + many(5, "<r a='%d'><rr>1</rr></r>") + "|" + five + "|<rr>x" + "<r a='6'><rr>1</rr></r></l>", false},
		{"a broken end", "<l>" + five + "|<r></l>", false},
		{"a leaf with nothing but facts of the file", "<l" + xsi + ">" + many(5, "<r a='%d'><b x='1'/></r>") + "|<r a='6'><b xsi:schemaLocation='u v'/></r></l>", false},
		{"blank text that is preserved", "<l>" + many(5, "<r a='%d'><b x='1' xml:space='default'/></r>") + "|<r a='6'><b x='1' xml:space='preserve'>  </b></r></l>", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after, _ := strings.Cut(c.doc, "|")
			middle, end, _ := strings.Cut(after, "|")
			if kept := onePass(t, setup{}, []doc{{"a.xml", before + middle + end}}, len(before), len(end)); kept != c.kept {
				t.Errorf("kept to the guess: %v, want %v", kept, c.kept)
			}
		})
	}
}

func TestWhatIsNotGuessable(t *testing.T) {
	text := "<l>" + many(5, "<r a='%d'><b>1</b><c>1</c><c>2</c></r>") + "</l>"
	wide := "<l>" + many(5, "<r>"+names(0, 70, "<NAME>1</NAME>")+"</r>") + "</l>"
	for _, c := range []struct {
		name string
		text string
		opts Options
		want bool
	}{
		{"flat", text, Options{}, true},
		{"joined lists", text, Options{Lists: ListJoin, Join: ";"}, true},
		{"spread lists", text, Options{Lists: ListSpread}, false},
		{"relational", text, Options{Mode: Relational}, false},
		{"a recipe", text, Options{Recipe: &Recipe{}}, false},
		{"more siblings than can be watched", wide, Options{}, false},
	} {
		pl, err := NewPlan(profileOf(t, c.text), c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := pl.Guessable(); got != c.want {
			t.Errorf("%s: guessable %v", c.name, got)
		}
	}
}

func TestGuessReportsProgressAndEncoding(t *testing.T) {
	text := `<?xml version="1.0" encoding="UTF-8"?><l>` + many(5, "<r a='%d'/>") + "</l>"
	pl, err := NewPlan(profileOf(t, text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := NewFlattener([]*Plan{pl}, newCollected(), FlattenOptions{})
	f.Guess()
	if _, err := f.File(context.Background(), File{}, strings.NewReader(text)); err != nil && !errors.Is(err, ErrGuess) {
		t.Fatal(err)
	}
	if f.InputBytes() != int64(len(text)) || f.Encoding() != "UTF-8" {
		t.Errorf("%d bytes of %q", f.InputBytes(), f.Encoding())
	}
	if pl.Optional(pl.Schemas()[0]) || pl.Optional(nil) {
		t.Error("the main table is optional")
	}
}
