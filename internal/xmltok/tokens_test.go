package xmltok

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// dump writes the raw tokens, one per line.
func dump(t *Tokenizer, doc string) string {
	t.Reset(strings.NewReader(doc))
	var b strings.Builder
	for {
		tok, err := t.Next()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			return b.String() + "error " + string(err.(*Error).Code)
		}
		kind := [...]string{"", "start", "end", "leaf", "text", "comment", "pi"}[tok.Kind]
		fmt.Fprintf(&b, "%s %s", kind, tok.Node.Name.QName())
		for _, a := range tok.Attrs {
			fmt.Fprintf(&b, " @%s=%s", a.Node.Name.QName(), a.Value)
		}
		if tok.Kind != Start && tok.Kind != End {
			fmt.Fprintf(&b, " %q", tok.Text)
			if tok.Flags&SelfClosing != 0 {
				b.WriteString(" self")
			}
		}
		b.WriteString("\n")
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		opts      Options
		want      string
	}{
		{"a leaf comes whole, indentation not at all", "<a>\n  <b x='1'>t</b>\n  <c/>\n</a>", Options{},
			"start a\nleaf b @x=1 \"t\"\nleaf c \"\" self\nend a\n"},
		{"a leaf of white space keeps it", "<a><b> </b><b></b></a>", Options{}, "start a\nleaf b \" \"\nleaf b \"\"\nend a\n"},
		{"references and CDATA are resolved in a leaf", "<a>1&lt;2<![CDATA[&amp;]]>&#33;<!-- no -->x</a>", Options{}, "leaf a \"1<2&amp;!x\"\n"},
		{"line ends are normalised", "<a>1\r\n2\r3<![CDATA[\r\n]]></a>", Options{}, "leaf a \"1\\n2\\n3\\n\"\n"},
		{"white space in attributes", "<a b='1\t2\r\n3\n4&#10;5'/>", Options{}, "leaf a @b=1 2 3 4\n5 \"\" self\n"},
		{"mixed content", "<p>one <b>two</b> three</p>", Options{}, "start p\ntext p \"one \"\nleaf b \"two\"\ntext p \" three\"\nend p\n"},
		{"white space around a comment belongs to the text", "<p>a<!-- x --> <!-- y -->b<i/> <!-- z --> </p>", Options{},
			"start p\ntext p \"a b\"\nleaf i \"\" self\nend p\n"},
		{"KeepSpace", "<a> <b/>\r\n</a>", Options{KeepSpace: true}, "start a\ntext a \" \"\nleaf b \"\" self\ntext a \"\\n\"\nend a\n"},
		{"comments and processing instructions on request", "<!--1--><?t d?><a>x<!--2-->y<?u?></a><!--3-->", Options{Comments: true},
			"comment  \"1\"\npi  \"t d\"\nstart a\ntext a \"x\"\ncomment a \"2\"\ntext a \"y\"\npi a \"u\"\nend a\ncomment  \"3\"\n"},
		{"an entity of text", "<!DOCTYPE a [<!ENTITY e 'x &f; y'><!ENTITY f '&#38;lt;'>]><a>1&e;2</a>", Options{}, "leaf a \"1x < y2\"\n"},
		{"an entity with an escaped <", "<!DOCTYPE a [<!ENTITY e 'x&#38;#60;y'>]><a b='&e;'>1&e;2</a>", Options{}, "leaf a @b=x<y \"1x<y2\"\n"},
		{"an entity with elements", "<!DOCTYPE a [<!ENTITY e 'x<b>y</b> '>]><a>1&e;2</a>", Options{},
			"start a\ntext a \"1x\"\nleaf b \"y\"\ntext a \" 2\"\nend a\n"},
		{"defaults and normalisation", "<!DOCTYPE a [<!ATTLIST a i NMTOKENS 'p' j CDATA ' q ' k ID #IMPLIED>]><a k=' x  y '/>", Options{},
			"leaf a @k=x y @i=p @j= q  \"\" self\n"},
		{"entities kept", "<a b='&x;'>&y;</a>", Options{Entities: EntitiesKeep}, "start a @b=&x;\ntext a \"&y;\"\nend a\n"},
		{"entities of HTML", "<a b='&eacute;'>&hellip;</a>", Options{Entities: EntitiesHTML}, "start a @b=é\ntext a \"…\"\nend a\n"},
		{"end tags with white space", "<a ><b\n>x</b\t></a >", Options{}, "start a\nleaf b \"x\"\nend a\n"},
		{"text with ]] and >", "<a>]] > ]>]</a>", Options{}, "leaf a \"]] > ]>]\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := dump(New(c.opts), c.doc)
			if got != c.want {
				t.Errorf("got\n%s, want\n%s", got, c.want)
			}
			checkSame(t, c.opts, []byte(c.doc))
		})
	}
}

func TestNamespacesAreResolvedByPath(t *testing.T) {
	doc := `<a xmlns="u" xmlns:p="v"><p:b p:x="1" x="2"/><b xmlns=""/><p:b xmlns:p="w" p:x="3"/><p:b p:x="4"/></a>`
	tok := New(Options{})
	events, err := read(tok, strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		if e.kind == Start {
			got = append(got, e.name+e.attrs)
		}
	}
	want := []string{"{u}a", `{v}p:b {v}p:x="1" {}x="2"`, "{}b", `{w}p:b {w}p:x="3"`, `{v}p:b {v}p:x="4"`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := tok.Nodes(), 1+1+4+3; got > want { // document, a, elements, attributes
		t.Errorf("%d nodes, want at most %d", got, want)
	}
}

func TestNodesStayOverResets(t *testing.T) {
	tok := New(Options{})
	doc := `<a xmlns:p="u"><b c="1">x</b><p:d/></a>`
	ids := func() (ids []int, decls int) {
		tok.Reset(strings.NewReader(doc))
		for {
			x, err := tok.Next()
			if err != nil {
				return ids, decls
			}
			ids = append(ids, x.Node.ID)
			decls += len(x.Node.Decls)
			if x.Node.Parent == nil || (x.Node.Parent.ID == 0) != (x.Node.Depth == 1) {
				t.Errorf("%s has the wrong parent or depth", x.Node.Name.QName())
			}
		}
	}
	first, decls := ids()
	nodes := tok.Nodes()
	second, _ := ids()
	if fmt.Sprint(first) != fmt.Sprint(second) || tok.Nodes() != nodes {
		t.Errorf("got %v, then %v", first, second)
	}
	if decls != 2 { // start and end of a
		t.Errorf("%d declarations seen, want 2", decls)
	}
	tok.ResetPaths()
	if tok.Nodes() != 1 {
		t.Errorf("%d nodes after ResetPaths, want the document alone", tok.Nodes())
	}
	if third, _ := ids(); fmt.Sprint(first) != fmt.Sprint(third) {
		t.Errorf("after ResetPaths got %v, want %v", third, first)
	}
}

func TestOverflowKeepsNames(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("<r xmlns:p='u'>")
	for i := range 60 {
		fmt.Fprintf(&doc, "<n%d a%d='1' p:b='2'><m xmlns='v%d'>x</m><p:q><o/></p:q></n%d>", i, i, i, i)
	}
	doc.WriteString("</r>")
	full := New(Options{})
	want, err := read(full, strings.NewReader(doc.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, paths := range []int{40, 100} {
		tok := New(Options{Limits: Limits{MaxPaths: paths}})
		got, err := read(tok, strings.NewReader(doc.String()))
		if err != nil {
			t.Fatal(err)
		}
		if verdict(got, nil) != verdict(want, nil) {
			t.Errorf("with %d paths the tokens differ", paths)
		}
		if tok.Nodes() > 2*paths+2 {
			t.Errorf("%d nodes with a limit of %d", tok.Nodes(), paths)
		}
	}
	checkSame(t, Options{Limits: Limits{MaxPaths: 40}}, []byte(doc.String()))
	for _, bad := range []string{"<r><x1/><x2/><x3/><x4><y></x4></r>", "<r><x1/><x2/><x3/><x4 a='1' a='2'/></r>", "<r><x1/><x2/><x3/><x4 z:a='1'/></r>", "<r><x1/><x2/><x3/><z:x4/></r>"} {
		if _, err := checkSame(t, Options{Limits: Limits{MaxPaths: 3}}, []byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestDocumentInfo(t *testing.T) {
	tok := New(Options{})
	_, err := read(tok, strings.NewReader(`<?xml version="1.0" encoding="UTF-8" standalone="no"?><!DOCTYPE a PUBLIC "-//x//y" "z.dtd" []><a/>`))
	if err != nil {
		t.Fatal(err)
	}
	want := DocInfo{"1.0", "UTF-8", "UTF-8", "no", "a", "-//x//y", "z.dtd"}
	if got := tok.Document(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if w := tok.Warnings(); len(w) != 1 || w[0].Code != WarnExternalDTD {
		t.Errorf("warnings %+v", w)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("<?xml version='1.1'?><a>")
	for i := range 300 {
		fmt.Fprintf(&doc, "&x%d;&y;\n", i)
	}
	doc.WriteString("</a>")
	tok := New(Options{Entities: EntitiesKeep})
	if _, err := read(tok, strings.NewReader(doc.String())); err != nil {
		t.Fatal(err)
	}
	list := tok.Warnings()
	if len(list) != maxWarnings+1 || list[0].Code != WarnVersion {
		t.Fatalf("%d warnings, first %+v", len(list), list[0])
	}
	if list[2].Count != 300 || list[2].Line != 1 {
		t.Errorf("got %+v, want 300 times from line 1", list[2])
	}
	if last := list[maxWarnings]; last.Code != WarnMore || last.Count != 302-maxWarnings {
		t.Errorf("got %+v", last)
	}
}

func TestReaderFailuresArePassedOn(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, encoding := range []string{"UTF-8", "windows-1252"} {
		r := io.MultiReader(strings.NewReader("<?xml version='1.0' encoding='"+encoding+"'?><a><b>x</b>"), iotest.ErrReader(broken))
		_, err := read(New(Options{}), r)
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeRead || !errors.Is(err, broken) {
			t.Errorf("%s: got %v", encoding, err)
		}
	}
	if _, err := read(New(Options{}), stuckReader{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
	if _, err := read(New(Options{}), lyingReader{}); err == nil {
		t.Error("a reader with an impossible count is believed")
	}
	tok := New(Options{})
	_, first := read(tok, strings.NewReader("<a>"))
	if _, second := tok.Next(); second != first {
		t.Errorf("the error does not stay: %v, then %v", first, second)
	}
}

type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

type lyingReader struct{}

func (lyingReader) Read(p []byte) (int, error) { return len(p) + 1, nil }

// repeated gives head, n times body, and tail without holding them.
func repeated(head, body string, n int, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{body, n, 0}, strings.NewReader(tail))
}

type repeater struct {
	body string
	n    int
	at   int
}

func (r *repeater) Read(dst []byte) (n int, err error) {
	for n < len(dst) && r.n > 0 {
		k := copy(dst[n:], r.body[r.at:])
		n, r.at = n+k, r.at+k
		if r.at == len(r.body) {
			r.at = 0
			r.n--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestLongTextStreams(t *testing.T) {
	const size = 40 << 20
	body := strings.Repeat("x", 999) + "\n"
	for name, r := range map[string]io.Reader{
		"plain":                    repeated("<a>", body, size/len(body), "</a>"),
		"CDATA":                    repeated("<a><![CDATA[", body, size/len(body), "]]></a>"),
		"references":               repeated("<a>", "x&amp;"+body, size/len(body), "</a>"),
		"white space, then text":   repeated("<a>", strings.Repeat(" ", 1000), 1000, "x</a>"),
		"a comment":                repeated("<a>1<!--", body, size/len(body), "-->2</a>"),
		"a processing instruction": repeated("<?p ", body, size/len(body), "?><a>12</a>"),
	} {
		t.Run(name, func(t *testing.T) {
			tok := New(Options{})
			tok.Reset(r)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			total, longest := 0, 0
			for {
				x, err := tok.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				total += len(x.Text)
				longest = max(longest, len(x.Text))
			}
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
				t.Errorf("%d bytes allocated", grown)
			}
			if total < 2 || longest > 2<<20 {
				t.Errorf("%d bytes of text, the longest piece %d", total, longest)
			}
		})
	}
}

func TestNoAllocationsInTheSteadyState(t *testing.T) {
	record := `<r a="1" b='two &amp; three'><c>x</c><d/><e>&lt;&#65;</e><f><![CDATA[y]]></f>mixed <g/> text</r>` + "\r\n"
	tok := New(Options{})
	allocs := func(n int) (mallocs uint64, tokens int) {
		tok.Reset(repeated("<rs>", record, n, "</rs>"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tokens = drain(t, tok)
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs, tokens
	}
	allocs(1000) // learns the paths, grows the buffers
	few, _ := allocs(1000)
	many, tokens := allocs(20_000)
	if many > few+20 {
		t.Errorf("%d allocations for %d tokens, %d for a twentieth of them", many, tokens, few)
	}
}

func TestSmallFilesAreCheap(t *testing.T) {
	doc := records(4 << 10)
	tok := New(Options{})
	r := bytes.NewReader(doc)
	allocs := testing.AllocsPerRun(100, func() {
		r.Reset(doc)
		tok.Reset(r)
		drain(t, tok)
	})
	if allocs > 8 {
		t.Errorf("%v allocations per file", allocs)
	}
}

func TestWhiteSpaceBeyondTheLimitIsForgotten(t *testing.T) {
	opts := Options{Limits: Limits{MaxToken: 1000}}
	space := strings.Repeat(" ", 5000)
	if _, err := checkSame(t, opts, []byte("<a>"+space+"<b/>"+space+"<!-- -->"+space+"</a>")); err != nil {
		t.Errorf("white space between elements: %v", err)
	}
	for _, doc := range []string{"<a>" + space + "x</a>", "<a>" + space + "</a>"} {
		_, err := checkSame(t, opts, []byte(doc))
		if e, ok := err.(*Error); !ok || e.Code != CodeTokenLimit {
			t.Errorf("text that begins with it, or is nothing else: got %v", err)
		}
	}
	events, err := checkSame(t, Options{}, []byte("<a><b>"+space+"</b></a>"))
	if err != nil || text(events) != space {
		t.Errorf("a leaf of white space: got %d bytes, %v", len(text(events)), err)
	}
}

func TestManyAttributes(t *testing.T) {
	var tag strings.Builder
	for i := range 40 {
		fmt.Fprintf(&tag, " p:a%d='%d'", i, i)
	}
	for _, opts := range []Options{{}, {Limits: Limits{MaxPaths: 5}}} {
		open := "<r xmlns:p='u' xmlns:q='u'>"
		for _, c := range []struct {
			doc string
			ok  bool
		}{
			{open + "<x" + tag.String() + "/><x" + tag.String() + "/></r>", true},
			{open + "<x" + tag.String() + "/><x" + tag.String() + " q:a7=''/></r>", false},
			{open + "<x q:a7=''/><x" + tag.String() + "/></r>", true},
		} {
			if _, err := checkSame(t, opts, []byte(c.doc)); (err == nil) != c.ok {
				t.Errorf("%.80s: %v", c.doc, err)
			}
		}
	}
}

func TestDefaultsOfOverflowElements(t *testing.T) {
	doc := "<!DOCTYPE r [<!ATTLIST x a CDATA '1' b CDATA '2' xmlns:p CDATA 'u'>]><r><y/><z/><x b='3' c='4'><p:q/></x></r>"
	want, err := checkSame(t, Options{}, []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, paths := range []int{2, 4} {
		got, err := checkSame(t, Options{Limits: Limits{MaxPaths: paths}}, []byte(doc))
		if verdict(got, err) != verdict(want, nil) {
			t.Errorf("with %d paths: got\n%s, want\n%s", paths, verdict(got, err), verdict(want, nil))
		}
	}
}

func TestDTDsOfTwoDocumentsDoNotMix(t *testing.T) {
	tok := New(Options{})
	for _, c := range []struct{ doc, want string }{
		{"<!DOCTYPE a [<!ATTLIST a b NMTOKEN '1'><!ENTITY e 'x'>]><a>&e;</a>", "leaf a @b=1 \"x\"\n"},
		{"<a b=' 2 '/>", "leaf a @b= 2  \"\" self\n"},
		{"<!DOCTYPE a [<!ATTLIST a b CDATA '3'>]><a b=' 2 '/>", "leaf a @b= 2  \"\" self\n"},
		{"<!DOCTYPE a [<!ATTLIST a c NMTOKENS #IMPLIED>]><a b=' 2 ' c=' 4 '/>", "leaf a @b= 2  @c=4 \"\" self\n"},
		{"<a>&e;</a>", "start a\nerror entity-undeclared"},
	} {
		if got := dump(tok, c.doc); got != c.want {
			t.Errorf("%s: got %s, want %s", c.doc, got, c.want)
		}
	}
}
