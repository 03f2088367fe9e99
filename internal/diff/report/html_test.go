package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"retable/internal/diff"
)

// attacks are values that try to become markup, script or style, or to hide.
var attacks = []string{
	`<script>alert(1)</script>`, `</style><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`,
	`' onmouseover='alert(1)`, `javascript:alert(1)`, `</td></tr></table><h1>gone</h1>`, `<!--`, `-->`, `]]>`, `<![CDATA[`, `&lt;script&gt;`, `&#60;b&#62;`,
	`<iframe srcdoc="<script>alert(1)</script>">`, `<base href=//evil>`, `<meta http-equiv=refresh content=0>`, `<form action=//evil><input>`,
	`<style>*{display:none}</style>`, `<link rel=stylesheet href=//evil>`, `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<a href="data:text/html,<script>alert(1)</script>">`, `{{constructor.constructor('alert(1)')()}}`, "\x00<b>", "\u202e<evil>\u2066", "\u200b\ufeff\u00ad",
	"\xff\xfe<b>", "\x1b[2J", `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<template><script>alert(1)</script></template>`,
	`<details open ontoggle=alert(1)>`, `<svg><use href="data:image/svg+xml,<svg id=x>"/></svg>`, `<b`, `<`, `>`, `&`, `"`, `'`, "`", `%s%d%!`,
}

// allowed are the elements of the page and their attributes.
var allowed = map[string][]string{
	"html": {"lang"}, "head": {}, "body": {}, "meta": {"charset", "http-equiv", "content", "name"}, "title": {}, "style": {}, "main": {}, "header": {},
	"h1": {}, "h2": {}, "h3": {}, "p": {"class"}, "span": {"class"}, "div": {"class"}, "section": {"class", "id"}, "strong": {}, "ul": {}, "li": {}, "dl": {}, "dt": {},
	"dd": {"class"}, "figure": {}, "figcaption": {"id"}, "table": {}, "thead": {}, "tbody": {}, "tr": {"class"}, "th": {"scope", "class"},
	"td": {"class", "rowspan", "title"}, "a": {"href"}, "abbr": {"title"}, "del": {}, "ins": {}, "footer": {},
	"svg":  {"class", "viewbox", "viewBox", "role", "aria-labelledby", "aria-hidden", "width", "height"},
	"rect": {"class", "rx", "x", "y", "width", "height"}, "line": {"class", "x1", "x2", "y1", "y2"}, "text": {"class", "text-anchor", "x", "y"},
}

// inspect checks that the page holds nothing but what it may.
func inspect(t *testing.T, page []byte) (text string) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		switch n.Type {
		case html.TextNode:
			if n.Parent.Data != "style" {
				b.WriteString(n.Data + "\n")
			}
		case html.CommentNode:
			t.Errorf("a comment: %q", n.Data)
		case html.ElementNode:
			attrs, ok := allowed[n.Data]
			if !ok {
				t.Errorf("an element <%s>", n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(attrs, a.Key) {
					t.Errorf("<%s> has an attribute %s=%q", n.Data, a.Key, a.Val)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#t") {
					t.Errorf("a link to %q", a.Val)
				}
			}
		}
	}
	return b.String()
}

func render(t *testing.T, left, right *source, h Head, opts HTMLOptions, o diff.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := NewHTML(&b, h, t.TempDir(), opts)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, left, right, o, r)
	return b.Bytes()
}

// TestHostileValues: whatever stands in names, keys, cells, paths, options
// and notes stays text.
func TestHostileValues(t *testing.T) {
	for i, x := range attacks {
		x = strings.ReplaceAll(x, "|", "")
		left := newSource(x, x, "b"+x).add("t"+x, "id|c"+x+"|gone"+x, "1|"+x+"|z", x+"|same|z", "3|"+x+"tail|z")
		right := newSource(x+"2", x, "d"+x).add("t"+x, "id|c"+x+"|come"+x, "1|x"+x+"|z", x+"|other|z", "4|"+x+"|z")
		left.tables[0].Path = "/" + x
		opts := diff.Options{Rules: diff.Rules{Key: []string{"id"}, Ignore: []string{x}}}
		h := head(left, right, opts)
		h.Left.Problems, h.Version, h.Created = []string{x}, x, x
		page := render(t, left, right, h, HTMLOptions{Elsewhere: x}, opts)
		text := inspect(t, page)
		if t.Failed() {
			t.Fatalf("attack %d: %q", i, x)
		}
		if want := seen(x); utf8.ValidString(x) && strings.TrimSpace(want) != "" && !strings.Contains(text, want) {
			t.Errorf("attack %d: %q is not on the page", i, want)
		}
	}
}

// seen is what writeText makes visible, as text.
func seen(s string) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	writeText(w, s)
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return html.UnescapeString(b.String())
}

func TestPolicyFitsTheStyleSheet(t *testing.T) {
	left, right := shop()
	page := string(render(t, left, right, head(left, right, shopOptions), HTMLOptions{}, shopOptions))
	_, rest, ok := strings.Cut(page, "<style>")
	css, _, closed := strings.Cut(rest, "</style>")
	if !ok || !closed {
		t.Fatal("there is no style sheet")
	}
	sum := sha256.Sum256([]byte(css))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(page, want) {
		t.Errorf("the policy lacks %s", want)
	}
	for _, no := range []string{"<script", "style=\"", "http://", "https://", "url(", "@import"} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %s", no)
		}
	}
	for _, want := range []string{"prefers-color-scheme:dark", "@media print", "default-src 'none'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// TestCaps: a page is bounded, and says how much there is.
func TestCaps(t *testing.T) {
	left, right := newSource("l", "f"), newSource("r", "f")
	var a, b []string
	for i := range 900 {
		a = append(a, fmt.Sprintf("%d|x|%s", i, strings.Repeat("a", 1000)))
		switch {
		case i%3 == 0:
			b = append(b, fmt.Sprintf("%d|y|%s", i, strings.Repeat("a", 999)+"b"))
		case i%3 == 1:
			b = append(b, fmt.Sprintf("new%d|n|z", i))
		}
	}
	left.add("t", "id|c|long", a...)
	right.add("t", "id|c|long", b...)
	opts := diff.Options{Rules: diff.Rules{Key: []string{"id"}}}
	page := render(t, left, right, head(left, right, opts), HTMLOptions{Rows: 20, Elsewhere: "changes.csv"}, opts)
	text := inspect(t, page)
	for _, want := range []string{
		"20 of 300 changed rows shown; all stand in changes.csv.", "20 of 600 removed rows shown", "20 of 300 added rows shown", "1,000 characters in all",
	} {
		if !strings.Contains(strings.ReplaceAll(text, "\n", ""), want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if len(page) > 200_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// TestWideRows: ten thousand columns and a cell of a megabyte fit the page.
func TestWideRows(t *testing.T) {
	var names, a, b []string
	for i := range 10_000 {
		names, a, b = append(names, fmt.Sprintf("c%d", i)), append(a, "x"), append(b, "y")
	}
	a[0], b[0] = "1", "1"
	a[5], b[5] = strings.Repeat("ä", 1<<20), strings.Repeat("ä", 1<<20)+"!"
	left := newSource("l", "f").add("t", strings.Join(names, "|"), strings.Join(a, "|"))
	right := newSource("r", "f").add("t", strings.Join(names, "|"), strings.Join(b, "|"))
	b[0] = "2"
	right.rows["t"] = append(right.rows["t"], b)
	opts := diff.Options{Rules: diff.Rules{Key: []string{"c0"}}}
	page := render(t, left, right, head(left, right, opts), HTMLOptions{}, opts)
	text := strings.ReplaceAll(inspect(t, page), "\n", "")
	for _, want := range []string{"1,048,577 characters in all", "more columns are not shown here", "200 of 9,999 columns are listed"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if len(page) > 300_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

func TestNothingToCompare(t *testing.T) {
	left, right := newSource("l"), newSource("r")
	page := render(t, left, right, Head{}, HTMLOptions{}, diff.Options{})
	if text := inspect(t, page); !strings.Contains(text, "There are none.") {
		t.Errorf("got %q", text)
	}
}

func TestSameSides(t *testing.T) {
	left, _ := shop()
	right, _ := shop()
	page := render(t, left, right, Head{}, HTMLOptions{}, diff.Options{})
	if text := inspect(t, page); !strings.Contains(text, "the same") || strings.Contains(text, "different") {
		t.Errorf("got %q", text)
	}
}

func FuzzText(f *testing.F) {
	for _, x := range attacks {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		w.WriteString(`<p title="`)
		writeText(w, s)
		w.WriteString(`">`)
		writeText(w, s)
		w.WriteString("</p>")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		nodes, err := html.ParseFragment(&b, &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
		if err != nil {
			t.Fatal(err)
		}
		if len(nodes) != 1 || nodes[0].Data != "p" || len(nodes[0].Attr) != 1 {
			t.Fatalf("%q broke out of its element", s)
		}
		text := ""
		for n := range nodes[0].Descendants() {
			if n.Type != html.TextNode {
				t.Fatalf("%q became a node %q", s, n.Data)
			}
			text += n.Data
		}
		if text != nodes[0].Attr[0].Val {
			t.Fatalf("%q: the text is %q, the attribute %q", s, text, nodes[0].Attr[0].Val)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 && r != '\t' && r != '\n' || r >= 0x202a && r <= 0x202e }) {
			t.Fatalf("%q left something unseen in %q", s, text)
		}
	})
}

func FuzzCompareText(f *testing.F) {
	f.Add("The quick brown fox", "The quick red fox")
	f.Add("été", "été")
	f.Add("", "x")
	f.Add("aé", "aè")
	f.Fuzz(func(t *testing.T, old, now string) {
		if !utf8.ValidString(old) || !utf8.ValidString(now) {
			t.Skip()
		}
		a, b := compareText(old, now)
		join := func(parts []part, all bool) string {
			var s strings.Builder
			for _, p := range parts {
				if !utf8.ValidString(p.text) {
					t.Fatalf("%q, %q: a part %q is no text", old, now, p.text)
				}
				if all || !p.differs {
					s.WriteString(p.text)
				}
			}
			return s.String()
		}
		if join(a, true) != old || join(b, true) != now {
			t.Fatalf("%q, %q: the parts are %v and %v", old, now, a, b)
		}
		if join(a, false) != join(b, false) {
			t.Fatalf("%q, %q: they share %q and %q", old, now, join(a, false), join(b, false))
		}
	})
}

func TestCompareText(t *testing.T) {
	mark := func(parts []part) string {
		var s strings.Builder
		for _, p := range parts {
			if p.differs {
				s.WriteString("[" + p.text + "]")
				continue
			}
			s.WriteString(p.text)
		}
		return s.String()
	}
	long := strings.Repeat("word ", 30)
	for _, tt := range []struct{ old, now, a, b string }{
		{"The quick brown fox", "The quick red fox", "The quick [brown] fox", "The quick [red] fox"},
		{"12.50", "13.50", "[12.50]", "[13.50]"},
		{"Berlin", "Hamburg", "[Berlin]", "[Hamburg]"},
		{"same ", "same", "same[ ]", "same"},
		{"", "new", "", "[new]"},
		{long + "old end", long + "new end", long + "[old] end", long + "[new] end"},
		{"x " + long + "a " + long, "y " + long + "b " + long, "[x] " + long + "[a] " + long, "[y] " + long + "[b] " + long},
	} {
		a, b := compareText(tt.old, tt.now)
		if mark(a) != tt.a || mark(b) != tt.b {
			t.Errorf("%.40q, %.40q: got %.60q, %.60q", tt.old, tt.now, mark(a), mark(b))
		}
	}
}

func TestPercent(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50 %", 0.9596: "95.96 %", 0.99999: "99.999 %", 1 - 1e-12: "> 99.9999 %", 1e-12: "< 0.0001 %", 0.00001: "0.001 %",
	} {
		if got := strings.ReplaceAll(percent(v), "\u00a0", " "); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
	for _, v := range []float64{0, 0.3, 0.7, 0.93, 0.97, 0.995, 0.9995, 0.99995, 0.9999999} {
		if f := axisFloor(v); f > v || f < 0 {
			t.Errorf("the axis of %v begins at %v", v, f)
		}
	}
	if got := axisLabel(0.975, 0.9); got != "97.5\u00a0%" {
		t.Errorf("got %q", got)
	}
	if got := decimal(1 - 1e-9); got != "0.999999" {
		t.Errorf("got %q: only 1 is 1", got)
	}
	if got := decimal(math.Inf(1)); got == "" {
		t.Error("no text")
	}
	if got := thousands(-1234567); got != "-1,234,567" {
		t.Errorf("got %q", got)
	}
}
