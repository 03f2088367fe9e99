package xmltok

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

func TestErrors(t *testing.T) {
	small := Options{Limits: smallLimits()}
	long := strings.Repeat("x", 9000)
	dtd := func(subset string) string { return "<!DOCTYPE a [" + subset + "]><a>&e;</a>" }
	seen := map[Code]bool{CodeRead: true, CodeEncodingUnknown: true, CodeEncodingMismatch: true, CodeEncodingBytes: true} // tested beside the encodings
	for _, c := range []struct {
		doc  string
		opts Options
		code Code
		at   string // line:column
	}{
		{"", Options{}, CodeNoRoot, "1:1"},
		{" \n", Options{}, CodeNoRoot, "2:1"},
		{"x<a/>", Options{}, CodeOutsideRoot, "1:1"},
		{"<a/>x", Options{}, CodeOutsideRoot, "1:5"},
		{"<a/><b/>", Options{}, CodeOutsideRoot, "1:5"},
		{"<a/>&amp;", Options{}, CodeOutsideRoot, "1:5"},
		{"<a/><![CDATA[]]>", Options{}, CodeOutsideRoot, "1:5"},
		{"</a>", Options{}, CodeTagMismatch, "1:1"},
		{" <?xml version='1.0'?><a/>", Options{}, CodeXMLDecl, "1:2"},
		{"<?xml?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='2.0'?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='1.0' standalone='maybe'?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml encoding='UTF-8'?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='1.0' encoding='8'?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='1.0'encoding='UTF-8'?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version=1.0?><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='1.0'><a/>", Options{}, CodeXMLDecl, ""},
		{"<?xml version='1.0", Options{}, CodeUnclosed, ""},
		{"<a>\x02</a>", Options{}, CodeChar, "1:4"},
		{"<a>é\n漢字\uFFFF</a>", Options{}, CodeChar, "2:3"},
		{"<1/>", Options{}, CodeOutsideRoot, "1:1"},
		{"<a><1/></a>", Options{}, CodeSyntax, "1:5"},
		{"<a>< b/></a>", Options{}, CodeSyntax, "1:5"},
		{"<a><!b></a>", Options{}, CodeSyntax, "1:4"},
		{"<a b='1'c='2'/>", Options{}, CodeSyntax, "1:9"},
		{"<a /b>", Options{}, CodeSyntax, "1:4"},
		{"<a><b></b x></a>", Options{}, CodeSyntax, "1:11"},
		{"<a,/>", Options{}, CodeName, "1:3"},
		{"<a ,='1'/>", Options{}, CodeName, "1:4"},
		{"<a></ a>", Options{}, CodeName, "1:6"},
		{"<a b/>", Options{}, CodeAttrValue, "1:5"},
		{"<a b=1/>", Options{}, CodeAttrValue, "1:6"},
		{"<a b='<'/>", Options{}, CodeAttrValue, "1:7"},
		{"<!DOCTYPE a [<!ENTITY e '&#60;'>]><a b='&e;'/>", Options{}, CodeAttrValue, ""},
		{"<a b='1' b='2'/>", Options{}, CodeDuplicateAttr, "1:10"},
		{"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", Options{}, CodeDuplicateAttr, "1:1"},
		{"<a xmlns='u' xmlns='v'/>", Options{}, CodeDuplicateAttr, "1:14"},
		{"<p:a/>", Options{}, CodeNamespace, "1:1"},
		{"<a p:b='1'/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns:p=''/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns:xml='u'/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns:xmlns='u'/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns='" + xmlnsSpace + "'/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns:p='" + xmlSpace + "'/>", Options{}, CodeNamespace, "1:1"},
		{"<a xmlns:p:q='u'/>", Options{}, CodeNamespace, "1:1"},
		{"<xmlns:a/>", Options{}, CodeNamespace, "1:1"},
		{"<a:b:c/>", Options{}, CodeNamespace, "1:1"},
		{"<a><?p:q?></a>", Options{}, CodeNamespace, "1:4"},
		{"<a></b>", Options{}, CodeTagMismatch, "1:4"},
		{"<a><b></a>", Options{}, CodeTagMismatch, "1:7"},
		{"<a>", Options{}, CodeUnclosed, "1:4"},
		{"<a><b", Options{}, CodeUnclosed, "1:6"},
		{"<a b='", Options{}, CodeUnclosed, "1:7"},
		{"<!-- ", Options{}, CodeUnclosed, "1:6"},
		{"<?p ", Options{}, CodeUnclosed, "1:5"},
		{"<a><![CDATA[x", Options{}, CodeUnclosed, "1:14"},
		{"<a>]]></a>", Options{}, CodeCDATAEnd, "1:6"},
		{"<!DOCTYPE a [<!ENTITY e ']]>'>]><a>&e;</a>", Options{}, CodeCDATAEnd, ""},
		{"<a><!-- -- --></a>", Options{}, CodeComment, "1:9"},
		{"<a><!----->", Options{}, CodeComment, "1:8"},
		{"<!-- " + long + "-- x--><a/>", Options{Window: 97}, CodeComment, ""},
		{"<a><? p?></a>", Options{}, CodePI, "1:6"},
		{"<a><?p!?></a>", Options{}, CodePI, "1:7"},
		{"<a>&</a>", Options{}, CodeReference, "1:4"},
		{"<a>&x</a>", Options{}, CodeReference, "1:4"},
		{"<a>&#x110000;</a>", Options{}, CodeReference, "1:4"},
		{"<a>&#0;</a>", Options{}, CodeReference, "1:4"},
		{"<a>&#xG;</a>", Options{}, CodeReference, "1:4"},
		{"<a>&x;</a>", Options{}, CodeEntityUndeclared, "1:4"},
		{"<a b='&x;'/>", Options{}, CodeEntityUndeclared, "1:7"},
		{"<a>&x;</a>", Options{Entities: EntitiesHTML}, CodeEntityUndeclared, "1:4"},
		{"<a>&notit;</a>", Options{Entities: EntitiesHTML}, CodeEntityUndeclared, "1:4"},
		{dtd("%p;"), Options{}, CodeEntityUndeclared, "1:14"},
		{dtd("<!ENTITY % x SYSTEM 'u'>%x;<!ENTITY e 'late'>"), Options{}, CodeEntityUndeclared, ""},
		{dtd("<!ENTITY e SYSTEM 'u'>"), Options{}, CodeEntityExternal, ""},
		{"<!DOCTYPE a [<!ENTITY e SYSTEM 'u'>]><a b='&e;'/>", Options{Entities: EntitiesKeep}, CodeEntityExternal, ""},
		{dtd("<!NOTATION n SYSTEM 'x'><!ENTITY e SYSTEM 'u' NDATA n>"), Options{Entities: EntitiesKeep}, CodeEntityUnparsed, ""},
		{dtd("<!ENTITY e '&f;'><!ENTITY f '&e;'>"), Options{}, CodeEntityRecursive, ""},
		{dtd("<!ENTITY e '<b/>&f;'><!ENTITY f '&e;'>"), Options{}, CodeEntityRecursive, ""},
		{dtd("<!ENTITY e '<b>'>"), Options{}, CodeEntityNesting, ""},
		{dtd("<!ENTITY e '</a>'>"), Options{}, CodeTagMismatch, ""},
		{dtd("<!ENTITY e '<b x=\"'>"), Options{}, CodeEntityNesting, ""},
		{dtd("<!ENTITY e '<!-- '>"), Options{}, CodeEntityNesting, ""},
		{dtd("<!ENTITY e '&'>"), Options{}, CodeReference, ""},
		{dtd("<!ENTITY e '&#38;'>"), Options{}, CodeReference, ""},
		{"<!DOCTYPE a [<!ENTITY e '" + strings.Repeat("x", 1990) + "'>]><a>" + strings.Repeat("&e;", 20) + "</a>", small, CodeEntityLimit, ""},
		{dtd("<!ENTITY e '&1;'>"), Options{}, CodeReference, ""},
		{dtd(`<!ENTITY e "&f;"><!ENTITY f "&g;"><!ENTITY g "&h;"><!ENTITY h "&i;"><!ENTITY i "&j;"><!ENTITY j "x">`), small, CodeEntityLimit, ""},
		{strings.Repeat("<a>", 31), small, CodeDepthLimit, "1:91"},
		{dtd("<!ELEMENT a " + strings.Repeat("(", 40) + "b" + strings.Repeat(")", 40) + ">"), small, CodeDepthLimit, ""},
		{"<a>" + long + "</a>", small, CodeTokenLimit, ""},
		{"<a><![CDATA[" + long + "]]></a>", small, CodeTokenLimit, ""},
		{"<a b='" + strings.Repeat(long, 10) + "'/>", Options{Window: 97, Limits: smallLimits()}, CodeTokenLimit, ""},
		{"<!--" + long + "--><a/>", Options{Comments: true, Limits: smallLimits()}, CodeTokenLimit, "1:1"},
		{"<a b01='' b02='' b03='' b04='' b05='' b06='' b07='' b08='' b09='' b10='' b11='' b12='' b13='' b14='' b15='' b16='' b17='' b18='' b19='' b20='' b21=''/>", small, CodeAttrLimit, ""},
		{"<a>" + strings.Replace(pathological(), "<x><y><z/></y></x>", "", 60) + "</a>", small, CodePathLimit, ""},
		{dtd("<!ENTITY f '" + long + "'>"), small, CodeDTDLimit, "1:1"},
		{dtd("x"), Options{}, CodeDTD, "1:14"},
		{dtd("<!ELEMENT a>"), Options{}, CodeDTD, ""},
		{dtd("<!ELEMENT a (b,c|d)>"), Options{}, CodeDTD, ""},
		{dtd("<!ELEMENT a (#PCDATA|b)>"), Options{}, CodeDTD, ""},
		{dtd("<!ELEMENT a (#CDATA)>"), Options{}, CodeDTD, ""},
		{dtd("<!ELEMENT a NONE>"), Options{}, CodeDTD, ""},
		{dtd("<!ATTLIST a b STRING ''>"), Options{}, CodeDTD, ""},
		{dtd("<!ATTLIST a b CDATA #NEEDED>"), Options{}, CodeDTD, ""},
		{dtd("<!ATTLIST a b CDATA x>"), Options{}, CodeDTD, ""},
		{dtd("<!ATTLIST a b () ''>"), Options{}, CodeDTD, ""},
		{dtd("<!ATTLIST a b CDATA '<'>"), Options{}, CodeAttrValue, ""},
		{dtd("<!ATTLIST a b CDATA '&f;'>"), Options{}, CodeEntityUndeclared, ""},
		{dtd("<!ATTLIST a b:c:d CDATA ''>"), Options{}, CodeNamespace, ""},
		{dtd("<!ENTITY e:f ''>"), Options{}, CodeNamespace, ""},
		{dtd("<!ENTITY e '%p;'>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY e>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY e PUBLIC '{' 'x'>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY e PUBLIC 'x''y'>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY e SYSTEM x>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY amp 'x'>"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY 1 'x'>"), Options{}, CodeName, ""},
		{dtd("<!NOTATION n 'x'>"), Options{}, CodeDTD, ""},
		{dtd("<![INCLUDE[]]>"), Options{}, CodeDTD, ""},
		{dtd("<!-- -- -->"), Options{}, CodeComment, ""},
		{dtd("<?xml version='1.0'?>"), Options{}, CodeXMLDecl, ""},
		{dtd("<?p:q?>"), Options{}, CodeNamespace, ""},
		{dtd("<?p!?>"), Options{}, CodePI, ""},
		{dtd("<!ENTITY % p '<!ENTITY e'> %p;"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY % p '%q;'><!ENTITY % q '&#37;p;'> %q;"), Options{}, CodeDTD, ""},
		{dtd("<!ENTITY % q '&#37;q;'> %q;"), Options{}, CodeEntityRecursive, ""},
		{"<!DOCTYPEa><a/>", Options{}, CodeDTD, "1:10"},
		{"<!DOCTYPE a><!DOCTYPE a><a/>", Options{}, CodeDTD, "1:13"},
		{"<!DOCTYPE a [", Options{}, CodeUnclosed, ""},
	} {
		seen[c.code] = true
		_, err := checkSame(t, c.opts, []byte(c.doc))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.60s is accepted", c.doc)
			continue
		}
		if e.Code != c.code || (c.at != "" && c.at != fmt.Sprintf("%d:%d", e.Line, e.Column)) {
			t.Errorf("%.60s: got %s: %v, want %s at %s", c.doc, e.Code, e, c.code, c.at)
		}
		if len(e.Error()) > 1000 || e.Message == "" {
			t.Errorf("%.60s: the message is empty or too long: %v", c.doc, e)
		}
	}
	source, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`Code = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		if !seen[Code(m[1])] {
			t.Errorf("no case gives the code %s", m[1])
		}
	}
}

// pathological needs more overflow Nodes than smallLimits allow.
func pathological() string {
	var b strings.Builder
	for range 2 {
		for i := range 60 {
			fmt.Fprintf(&b, "<k%d><x><y><z/></y></x></k%d>", i, i)
		}
	}
	return b.String()
}

func TestErrorTellsPlaceFaultAndPath(t *testing.T) {
	_, err := read(New(Options{}), strings.NewReader("<list>\n <item n=\"1\">\t\u200Bé & x</item>\n</list>"))
	want := `line 2, column 18 (byte 27): & must begin a reference; write &amp; for the character itself [in /list/item]:  <item n="1">\t\u200Bé ▸& x</item>`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v, want\n%s", err, want)
	}
	_, err = read(New(Options{}), strings.NewReader("<!DOCTYPE a [<!ENTITY e '<b></c>'>]><a>\n&e;</a>"))
	if err == nil || !strings.Contains(err.Error(), "line 2, column 1 ") && !strings.Contains(err.Error(), "inside entity &e;") {
		t.Errorf("got %v", err)
	}
	deep := strings.Repeat("<element>", 100) + "</x>"
	_, err = read(New(Options{}), strings.NewReader(deep))
	if e, ok := err.(*Error); !ok || !strings.Contains(e.Path, "…(76 more)") {
		t.Errorf("got %v", err)
	}
}

func TestColumnsOnOneLongLine(t *testing.T) {
	for _, window := range []int{97, 64 << 10} {
		doc := "<a>" + strings.Repeat("<b>é漢</b>", 20_000) + "&</a>"
		_, err := read(New(Options{Window: window}), strings.NewReader(doc))
		e, ok := err.(*Error)
		if !ok || e.Line != 1 || e.Column != int64(len([]rune("<a>"))+9*20_000+1) || e.Offset != int64(len(doc)-len("&</a>")) {
			t.Errorf("window %d: got %v", window, err)
		}
	}
}

func TestEndOfInputIsPassedOn(t *testing.T) {
	tok := New(Options{})
	if _, err := tok.Next(); err == nil || err == io.EOF {
		t.Errorf("a Tokenizer without document gives %v", err)
	}
	tok.Reset(iotest.DataErrReader(strings.NewReader("<a/>")))
	if _, err := tok.Next(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := tok.Next(); err != io.EOF {
			t.Errorf("got %v, want io.EOF", err)
		}
	}
	if tok.InputBytes() != 4 {
		t.Errorf("%d bytes read, want 4", tok.InputBytes())
	}
}
