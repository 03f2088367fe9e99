package xmltable

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// many writes n elements, %d numbered.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

func profileOf(t testing.TB, texts ...string) *Profile {
	t.Helper()
	var docs []doc
	for i, text := range texts {
		docs = append(docs, doc{fmt.Sprintf("%d.xml", i), text})
	}
	sc, profiles, err := setup{}.scan(docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	return sc.Profiles().Kinds()[0]
}

func TestChoosesTheRecord(t *testing.T) {
	const thick = "<x>0123456789</x><y>0123456789</y>"
	for _, c := range []struct {
		name       string
		doc        string
		paths      string
		confidence string
		reason     string
	}{
		{"the repeating element", "<l>" + many(3, "<r><a>%d</a><b/></r>") + "</l>", "/l/r", "high", "the repeating element with most content"},
		{"below wrappers that occur once", "<e><h>1</h><list>" + many(3, "<r a='%d'/>") + "</list></e>", "/e/list/r", "medium", "the repeating element with most content"},
		{"nothing repeats", "<c><a>1</a><b x='2'/></c>", "/c", "high", "the document is the record: nothing repeats"},
		{"most bytes, not most elements", "<l>" + many(9, "<s i='%d'/>") + many(3, "<r>"+thick+thick+"</r>") + "</l>", "/l/r", "low", "the repeating element with most content"},
		{"structured before plain leaves", "<l>" + many(40, "<p>0123456789</p>") + many(12, "<r a='%d'><b>0123456789</b></r>") + "</l>", "/l/r", "low", "the repeating element with most content"},
		{"plain leaves where there is nothing else", "<l>" + many(3, "<p>%d</p>") + "</l>", "/l/p", "medium", "the repeating element with most content"},
		{"ties: the more frequent", "<l><w>" + many(2, "<a i='1'><q>5678</q></a>") + "</w><v>" + many(2, "<bb i='1'><q>56</q></bb>") + "</v></l>", "/l", "high", "the document is the record: /l/w/a repeats but holds"},
		{"descends into a few wrappers", "<l>" + many(2, "<w n='%d'>"+many(15, "<r a='%d'>"+thick+"</r>")+"</w>") + "</l>", "/l/w/r", "high", "the records inside a few w elements"},
		{"stays with four wrappers", "<l>" + many(4, "<w n='%d'>"+many(15, "<r a='%d'>"+thick+"</r>")+"</w>") + "</l>", "/l/w", "high", "the repeating element with most content"},
		{"stays where the inner ones are few", "<l>" + many(2, "<w n='%d'>"+many(4, "<r a='%d'>"+thick+"</r>")+"</w>") + "</l>", "/l/w", "high", "the repeating element with most content"},
		{"stays where the inner ones are not the content", "<l>" + many(2, "<w><t>"+strings.Repeat("long ", 400)+"</t>"+many(40, "<r a='%d'/>")+"</w>") + "</l>", "/l/w", "high", "the repeating element with most content"},
		{"a group that fills its parent", "<db>" + many(50, "<article k='%d'>"+thick+"</article><book k='%d'>"+thick+"</book>") + "</db>", "/db/article /db/book", "high", "2 kinds of element fill /db"},
		{"no group below 99 %", "<db><head>" + strings.Repeat("x", 400) + "</head>" + many(50, "<article k='%d'>"+thick+"</article><book k='%d'/>") + "</db>", "/db/article", "medium", "the repeating element with most content"},
		{"no group where one is 99 % alone", "<db>" + many(400, "<article k='%d'>"+thick+"</article>") + many(2, "<b k='%d'/>") + "</db>", "/db/article", "high", "the repeating element with most content"},
		{"a document with a few repeats", "<doc><text>" + strings.Repeat("word ", 100) + "</text>" + many(3, "<ref id='%d'/>") + "</doc>", "/doc", "high", "the document is the record: /doc/ref repeats but holds 9 % of the content"},
		{"little content but many", "<doc><text>" + strings.Repeat("word ", 200) + "</text>" + many(30, "<ref id='%d'/>") + "</doc>", "/doc/ref", "low", "the repeating element with most content"},
		{"little content, of two", "<doc><text>" + strings.Repeat("word ", 60) + "</text>" + many(12, "<a id='%d'/>") + "<w>" + many(11, "<b id='%d'/>") + "</w></doc>", "/doc/a", "low", "the repeating element with most content"},
		{"an embedded picture does not count", "<l><logo>" + strings.Repeat("QUJD", 10_000) + "</logo>" + many(20, "<r><a>%d</a>"+thick+"</r>") + "</l>", "/l/r", "medium", "the repeating element with most content"},
		{"nothing inside mixed content", "<html><p>one <b>1</b> two <b>2</b> three</p></html>", "/html", "high", "the document is the record: nothing repeats"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := profileOf(t, c.doc).Choose()
			if p := strings.Join(got.Paths(), " "); p != c.paths && p != swapped(c.paths) {
				t.Errorf("chose %s, want %s", p, c.paths)
			}
			if got.Confidence != c.confidence {
				t.Errorf("confidence %s (coverage %.2f, runner-up %.2f), want %s", got.Confidence, got.Coverage, got.RunnerUpBy, c.confidence)
			}
			if !strings.HasPrefix(got.Reason, c.reason) {
				t.Errorf("reason %q, want %q", got.Reason, c.reason)
			}
			if got.Coverage < 0 || got.Coverage > 1 || math.IsNaN(got.Coverage) {
				t.Errorf("coverage %f", got.Coverage)
			}
		})
	}
}

func swapped(paths string) string {
	p := strings.Fields(paths)
	slices.Reverse(p)
	return strings.Join(p, " ")
}

func TestChoiceNamesTheRunnerUp(t *testing.T) {
	got := profileOf(t, "<l><x>"+many(9, "<a i='%d'>longer text</a>")+"</x><y>"+many(8, "<b i='%d'>text</b>")+"</y></l>").Choose()
	if got.RunnerUp == nil || pathOf(got.RunnerUp) != "/l/y/b" || got.RunnerUpBy < 0.3 || got.RunnerUpBy > got.Coverage {
		t.Errorf("runner-up %+v holds %.2f of %.2f", got.RunnerUp, got.RunnerUpBy, got.Coverage)
	}
}

func TestChoiceTellsAverageOverFiles(t *testing.T) {
	few := "<doc><text>" + strings.Repeat("word ", 100) + "</text>" + many(12, "<ref id='%d'/>") + "</doc>"
	if got := profileOf(t, few).Choose(); got.Paths()[0] != "/doc/ref" {
		t.Errorf("twelve in one file: chose %v", got.Paths())
	}
	if got := profileOf(t, few, "<doc><text>none</text></doc>").Choose(); got.Paths()[0] != "/doc" {
		t.Errorf("twelve in two files: chose %v", got.Paths())
	}
}

func TestChoosesByPath(t *testing.T) {
	p := func() *Profile {
		return profileOf(t, `<Orders xmlns:p="urn:p"><Order><Line/><Line/></Order><Order/><p:Order/><Return><Line/></Return></Orders>`)
	}
	for _, c := range []struct{ ask, got, err string }{
		{"/Orders/Order", "/Orders/Order", ""},
		{"Orders/Order/", "/Orders/Order", ""},
		{" /Orders/Order/Line[*] ", "/Orders/Order/Line", ""},
		{"/Orders/p:Order", "/Orders/p:Order", ""},
		{"/Orders/Return/Line", "/Orders/Return/Line", ""},
		{"/orders/order", "", "record path /orders/order matches nothing; did you mean /Orders/Order?"},
		{"/Orders/Ordr", "", "record path /Orders/Ordr matches nothing; did you mean /Orders/Order?"},
		{"/Orders/Retrun/line", "", "record path /Orders/Retrun/line matches nothing; did you mean /Orders/Return/Line?"},
		{"/a/long/way/elsewhere/to/Return", "", "record path /a/long/way/elsewhere/to/Return matches nothing; did you mean /Orders/Return?"},
		{"/x/y/z", "", "record path /x/y/z matches nothing"},
		{"", "", "record path  matches nothing"},
	} {
		got, err := p().ChooseByPath(c.ask)
		if c.err != "" {
			var path *PathError
			if !errors.As(err, &path) || err.Error() != c.err {
				t.Errorf("%q: error %v, want %s", c.ask, err, c.err)
			}
			continue
		}
		if err != nil || got.Paths()[0] != c.got || got.Confidence != "certain" {
			t.Errorf("%q: %+v, %v", c.ask, got, err)
		}
	}
	if _, err := p().ChooseByPath("/Orders/Order", "/Orders/Return"); err != nil {
		t.Errorf("siblings: %v", err)
	}
	if _, err := p().ChooseByPath("/Orders/Order", "/Orders/Return/Line"); err == nil || !strings.Contains(err.Error(), "different parents") {
		t.Errorf("records that are no siblings: %v", err)
	}
	if !p().Has("/Orders/Order") || p().Has("/Orders/order") || PathOf(p().Root) != "/Orders" {
		t.Error("Has and PathOf disagree with the profile")
	}
}

func TestNewPlanRefusesWhatItCannotDo(t *testing.T) {
	const text = "<l><r><a/><b/></r><r><a.b>1</a.b><a><b>2</b></a></r><o/></l>"
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"no such record", Options{Records: []string{"/l/q"}}, "record path /l/q matches nothing; did you mean /l/r?"},
		{"no such record in relational mode", Options{Mode: Relational, Records: []string{"/l/rr"}}, "did you mean /l/r?"},
		{"nothing to explode", Options{Records: []string{"/l/r"}, Explode: "c"}, "path /l/r/c matches nothing; did you mean /l/r/a?"},
		{"explode outside the record", Options{Records: []string{"/l/r"}, Explode: "/l/o"}, "cannot explode /l/o: it is not inside the record /l/r"},
		{"a separator that makes two columns one", Options{Records: []string{"/l/r"}, Sep: "."}, `of table l~r would both be called "a.b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewPlan(profileOf(t, text), c.opts)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}
