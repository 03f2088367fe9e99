package index

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, question string
		want           []string
	}{
		{"words that stand in every question are left out", "How many customers are there?", []string{"customers"}},
		{"unless there are no others", "how many?", []string{"how", "many"}},
		{"quotes make a phrase", `late "pays its bills" "ACME"`, []string{"late", "pays its bills", "ACME"}},
		{"typographic quotes, too", "„pays its bills“", []string{"pays its bills"}},
		{"an open quote is a phrase to the end", `name "Blue Ocean`, []string{"name", "Blue Ocean"}},
		{"empty quotes shift nothing", `"" late ""`, []string{"late"}},
		{"signs without letters are no words", "?? -- ☃ !", nil},
		{"codes keep their inner signs", "(INV-2024/00017).", []string{"INV-2024/00017"}},
		{"a word said twice counts once", "Oslo oslo OSLO", []string{"Oslo"}},
		{"control characters are spaces", "a\x00b\nOslo", []string{"b", "Oslo"}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, term := range parse(tt.question) {
				got = append(got, term.text)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := len(parse(strings.Repeat("w1 w2 w3 ", 10_000) + manyWords())); got > maxTerms {
		t.Errorf("got %d terms, want %d at most", got, maxTerms)
	}
}

func manyWords() string {
	var b strings.Builder
	for i := range 200 {
		b.WriteString(" x" + strings.Repeat("y", i))
	}
	return b.String()
}

// FuzzQuestion: whatever is asked, FTS5 takes it for plain words, and nothing
// in it has a meaning of its own.
func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{
		"ACME", `"`, `""`, `"a" OR b`, "a AND NOT b", "NEAR(a b, 2)", "title:x", "{title body} : x", "^a", "a*", "-a", "a + b", "(", ")", "a'b",
		"'; DROP TABLE words; --", "\x00", "*", "AND", "北京 * OR", "\xff\xfe", "a\"\"b", "C-1 \"x", "ø\"ß*", "'", "(a", "a)", "col:", `\"`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	db := shop(f)
	dir := built(f, Source{Session: "s", Revision: "r", Tables: db})
	s := opened(f, dir, db, OpenOptions{})
	f.Fuzz(func(t *testing.T, question string, prefix bool) {
		r, err := s.Search(context.Background(), Query{Text: question, Prefix: prefix, Limit: Depth})
		if err != nil {
			t.Fatalf("%q: %v", question, err)
		}
		for _, h := range r.Hits {
			checkMarks(t, h.Text, h.Marks)
			checkMarks(t, h.Snippet, h.SnippetMarks)
		}
		for _, term := range parse(question) {
			if !term.likeCode() {
				continue
			}
			if _, err := s.numbers(context.Background(), "SELECT rowid FROM codes WHERE codes MATCH ?", matchCode(term.text)); err != nil {
				t.Fatalf("code %q: %v", term.text, err)
			}
		}
	})
}

func TestNothingInAQuestionIsSyntax(t *testing.T) {
	t.Parallel()
	db := shop(t)
	s := opened(t, built(t, Source{Session: "s", Revision: "r", Tables: db}), db, OpenOptions{})
	tests := []struct{ name, question, want string }{
		{"NOT excludes nothing", "ACME NOT Bergen", "C-1002"},
		{"AND demands nothing", "ACME AND nowhere", "C-1002"},
		{"a column filter filters nothing", "title:ACME OR ACME", "C-1002"},
		{"a star in the middle completes nothing", "AC* Oslo", "C-1001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := find(t, s, Query{Text: tt.question, Kinds: []Kind{KindRow}})
			if len(r.Hits) == 0 || !strings.Contains(r.Hits[0].Text, tt.want) {
				t.Errorf("got %+v", r.Hits)
			}
		})
	}
	if r := find(t, s, Query{Text: "AC*", Kinds: []Kind{KindRow}}); len(r.Hits) != 0 {
		t.Errorf("AC* without Prefix found %d", len(r.Hits))
	}
	if r := find(t, s, Query{Text: "AC", Prefix: true, Kinds: []Kind{KindRow}}); len(r.Hits) != 1 {
		t.Errorf("AC with Prefix found %d", len(r.Hits))
	}
}
