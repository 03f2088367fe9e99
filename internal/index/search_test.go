package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func checkMarks(t testing.TB, text string, marks []Span) {
	t.Helper()
	last := 0
	for _, s := range marks {
		if s.From < last || s.To <= s.From || s.To > len(text) || !utf8.ValidString(text[s.From:s.To]) {
			t.Fatalf("mark %v of %q in %v", s, text, marks)
		}
		last = s.To
	}
}

func TestSearchFinds(t *testing.T) {
	t.Parallel()
	db := shop(t)
	s := opened(t, built(t, Source{Session: "s", Revision: "r", Tables: db}), db, OpenOptions{Name: "sample.zip"})
	tests := []struct {
		name, question string
		marked, column string // in the first hit
	}{
		{"a word", "Bergen", "Bergen", "Address/City"},
		{"by its stem", "paying", "pays", "Remarks"},
		{"without accents", "son", "Søn", "Name"},
		{"letters that are no accents", "moller", "Møller", "Name"},
		{"a phrase", `"too late"`, "too late", "Remarks"},
		{"a code", "INV-2024/00018", "INV-2024/00018", "InvoiceNumber"},
		{"the end of a code", "00019", "00019", "InvoiceNumber"},
		{"the middle of a code", "2024/0001", "2024/0001", "InvoiceNumber"},
		{"a code in other case", "inv-2024/00017", "INV-2024/00017", "InvoiceNumber"},
		{"script without spaces", "软件", "软件", "Name"},
		{"a number", "1204.50", "1204.50", "total"},
		{"a date", "2024-06-11", "2024-06-11", "issued"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := find(t, s, Query{Text: tt.question, Kinds: []Kind{KindRow}})
			if len(r.Hits) == 0 {
				t.Fatal("nothing")
			}
			h := r.Hits[0]
			checkMarks(t, h.Text, h.Marks)
			var marked []string
			for _, m := range h.Marks {
				marked = append(marked, h.Text[m.From:m.To])
			}
			if !slices.Contains(marked, tt.marked) || !slices.Contains(h.Columns, tt.column) {
				t.Errorf("got marks %q in columns %q of\n%s", marked, h.Columns, h.Text)
			}
			if len(h.SnippetMarks) == 0 || !strings.Contains(h.Snippet, tt.marked) {
				t.Errorf("got snippet %q with %v", h.Snippet, h.SnippetMarks)
			}
		})
	}
}

func TestHitLeadsToItsRow(t *testing.T) {
	t.Parallel()
	db := shop(t)
	s := opened(t, built(t, Source{Session: "s-7", Revision: "r", Tables: db}), db, OpenOptions{Name: "sample.zip"})
	h := find(t, s, Query{Text: "damaged parcels", Kinds: []Kind{KindRow}}).Hits[0]
	want := Hit{
		ID: h.ID, Session: "s-7", Kind: KindRow, Table: "Customer", Path: "/root/Customer", File: "south/customers.xml",
		SHA256: fmt.Sprintf("%064d", 1), Row: 4, Line: 5, Offset: 300,
	}
	if len(h.ID) != 64 {
		t.Errorf("got id %q", h.ID)
	}
	got := Hit{
		ID: h.ID, Session: h.Session, Kind: h.Kind, Table: h.Table, Path: h.Path, File: h.File,
		SHA256: h.SHA256, Row: h.Row, Line: h.Line, Offset: h.Offset,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	text := "sample.zip / south/customers.xml / Customer (/root/Customer)\n@id: C-2001\nName: Blue Ocean\nAddress/City: Lisbon\n" +
		"Remarks: ships by sea and complains about damaged parcels\nactive: true"
	if h.Text != text {
		t.Errorf("got\n%s\nwant\n%s", h.Text, text)
	}
}

func TestTableAndChangesAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	db := shop(t)
	changes := []Change{{
		Comparison: "cmp-1", Left: "april.zip", Right: "may.zip", Added: 3, Removed: 1, Changed: 2, Same: 1204,
		Tables: []TableChange{{Name: "Customer", State: "changed", Added: 3, Columns: []ColumnChange{{Name: "Address/City", Changed: 2, Example: "Oslo -> Bergen"}}}},
	}}
	s := opened(t, built(t, Source{Session: "s", Revision: "r", Tables: db, Changes: changes}), db, OpenOptions{})
	h := find(t, s, Query{Text: "How many invoices?"}).Hits[0]
	if h.Kind != KindTable || h.Table != "Invoice" || !strings.Contains(h.Text, "3 rows in 1 file, key InvoiceNumber") {
		t.Errorf("got %s %s\n%s", h.Kind, h.Table, h.Text)
	}
	h = find(t, s, Query{Text: "what changed from april to may?"}).Hits[0]
	if h.Kind != KindChange || h.Ref != "cmp-1" || !strings.Contains(h.Text, "changes from april.zip to may.zip\n3 rows added, 1 removed, 2 changed, 1,204 the same\n") {
		t.Errorf("got %s %s\n%s", h.Kind, h.Ref, h.Text)
	}
	h = find(t, s, Query{Text: "invoice number"}).Hits[0]
	if h.Table != "Invoice" || h.Kind != KindTable {
		t.Errorf("words of the header InvoiceNumber: got %s %s", h.Kind, h.Table)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	db := shop(t)
	e := &topics{name: "topics"}
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, db, OpenOptions{Embedder: e})
	tests := []struct {
		name string
		q    Query
		ok   func(Hit) bool
		none bool
	}{
		{"a table, with its card", Query{Tables: []string{"Invoice"}}, func(h Hit) bool { return h.Table == "Invoice" }, false},
		{"a file, without cards", Query{Files: []string{"south/customers.xml"}}, func(h Hit) bool { return h.File == "south/customers.xml" }, false},
		{"rows", Query{Kinds: []Kind{KindRow}}, func(h Hit) bool { return h.Kind == KindRow }, false},
		{"cards", Query{Kinds: []Kind{KindTable}}, func(h Hit) bool { return h.Kind == KindTable }, false},
		{"a table and a file", Query{Tables: []string{"Customer"}, Files: []string{"north/customers.xml"}},
			func(h Hit) bool { return h.Table == "Customer" && h.File == "north/customers.xml" }, false},
		{"a table that isn't there", Query{Tables: []string{"nowhere"}}, nil, true},
		{"no table at all", Query{Tables: []string{}}, nil, true},
		{"no kind at all", Query{Kinds: []Kind{}}, nil, true},
		{"cards of a file", Query{Files: []string{"invoices.xml"}, Kinds: []Kind{KindTable}}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Text = "C-1002 late Ocean Oslo invoice customer 00018"
			r := find(t, s, tt.q)
			if tt.none != (len(r.Hits) == 0) {
				t.Fatalf("got %d hits", len(r.Hits))
			}
			for _, h := range r.Hits {
				if !tt.ok(h) {
					t.Errorf("got %s %s %s", h.Kind, h.Table, h.File)
				}
			}
		})
	}
}

func TestWideRowsAreSplitWithTheirKey(t *testing.T) {
	t.Parallel()
	c := content{name: "Wide", columns: []string{"id"}}
	row := []string{"K-1"}
	for i := range 60 {
		c.columns = append(c.columns, fmt.Sprintf("field%02d", i))
		row = append(row, fmt.Sprintf("value%02d text", i))
	}
	empty := slices.Repeat([]string{null}, len(row))
	empty[0], empty[1] = "K-2", "only the first part"
	c.rows = [][]string{row, empty}
	db := tables(t, []string{"wide.xml"}, c)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	s := opened(t, dir, db, OpenOptions{})
	if got := s.Manifest().Chunks; got != 4 {
		t.Errorf("got %d chunks, want 3 of the first row and 1 of the second", got)
	}
	for part, value := range []string{"value10", "value30", "value55"} {
		h := find(t, s, Query{Text: value, Kinds: []Kind{KindRow}}).Hits[0]
		lines := strings.Split(h.Text, "\n")
		if h.Part != part || lines[1] != "id: K-1" || len(lines) > 2+partColumns || h.Row != 1 {
			t.Errorf("%s: got part %d of row %d with %d lines, %q first", value, h.Part, h.Row, len(lines), lines[1])
		}
	}
}

func TestLongValuesAreShortenedAroundTheMatch(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("lorem ipsum dolor sit amet ", 200) + "needle in ø haystack " + strings.Repeat("consectetur adipiscing ", 200)
	db := tables(t, []string{"long.xml"}, content{name: "Text", columns: []string{"body"}, rows: [][]string{{long}, {"short"}}})
	s := opened(t, built(t, Source{Session: "s", Revision: "r", Tables: db}), db, OpenOptions{})
	h := find(t, s, Query{Text: "needle", Kinds: []Kind{KindRow}}).Hits[0]
	if len(h.Text) > 2*maxLine || !strings.Contains(h.Text, "needle in ø haystack") || len(h.Snippet) > 2*maxSnippet || !strings.Contains(h.Snippet, "needle") {
		t.Errorf("got %d bytes %q, snippet %q", len(h.Text), h.Text, h.Snippet)
	}
}

func TestShortenKeepsMarksInPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"æble", "x", "日本", "needle", "long word", "🙂"}), 1, 60).Draw(t, "words")
		line := strings.Join(words, " ")
		marks := occurrences(line, "needle")
		most := rapid.IntRange(16, 200).Draw(t, "most")
		e := shorten(line, marks, most)
		if !utf8.ValidString(e.text) || len(e.text) > max(len(line), most+10) {
			t.Fatalf("got %q", e.text)
		}
		for _, m := range e.marks {
			if m.From == m.To || !isPartOf(e.text[m.From:m.To], "needle") {
				t.Fatalf("mark %v is %q in %q", m, e.text[m.From:m.To], e.text)
			}
		}
		if len(marks) > 0 && len(e.marks) == 0 {
			t.Fatalf("no mark left in %q", e.text)
		}
	})
}

func isPartOf(part, text string) bool { return strings.Contains(text, part) }

func TestMarksMoveBackFromPlainLetters(t *testing.T) {
	t.Parallel()
	text := "æøß Straße Øre"
	plain := plainLetters(text)
	if plain != "aeoss Strasse ore" {
		t.Fatalf("got %q", plain)
	}
	at := func(part string) Span {
		i := strings.Index(plain, part)
		return Span{i, i + len(part)}
	}
	got := original(text, []Span{at("aeoss"), at("Strasse"), at("ore")})
	for i, want := range []string{"æøß", "Straße", "Øre"} {
		if s := text[got[i].From:got[i].To]; s != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
}

func TestConcurrentSearches(t *testing.T) {
	t.Parallel()
	db := shop(t)
	e := &topics{name: "topics"}
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, db, OpenOptions{Embedder: e})
	want := fmt.Sprint(find(t, s, Query{Text: "overdue C-1002 Oslo"}).Hits)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				r, err := s.Search(t.Context(), Query{Text: "overdue C-1002 Oslo"})
				if err != nil {
					t.Error(err)
					return
				}
				if got := fmt.Sprint(r.Hits); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
	group.Wait()
}

func TestSnapshotClosesWithItsLastUser(t *testing.T) {
	t.Parallel()
	db := shop(t)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	closed := 0
	s, err := Open(t.Context(), dir, db, OpenOptions{OnClose: func() error { closed++; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Acquire(); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(); err != nil || closed != 0 {
		t.Fatalf("first release: %v, closed %d times", err, closed)
	}
	find(t, s, Query{Text: "Oslo"})
	if err := s.Release(); err != nil || closed != 1 {
		t.Fatalf("last release: %v, closed %d times", err, closed)
	}
	if _, err := s.Search(t.Context(), Query{Text: "Oslo"}); !errors.Is(err, ErrClosed) {
		t.Errorf("search: got %v", err)
	}
	if err := s.Release(); !errors.Is(err, ErrClosed) {
		t.Errorf("release: got %v", err)
	}
}

func TestLiveSwapsUnderSearches(t *testing.T) {
	t.Parallel()
	db := shop(t)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	var live Live
	if _, err := live.Acquire(); !errors.Is(err, ErrNoIndex) {
		t.Errorf("before the first: got %v", err)
	}
	swap := func() {
		s, err := Open(t.Context(), dir, db, OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := live.Swap(s); err != nil {
			t.Error(err)
		}
	}
	swap()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 10 {
				s, err := live.Acquire()
				if err != nil {
					t.Error(err)
					return
				}
				if r, err := s.Search(t.Context(), Query{Text: "Oslo"}); err != nil || len(r.Hits) == 0 {
					t.Errorf("got %v, %v", r, err)
				}
				if err := s.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		swap()
	}
	group.Wait()
	if err := live.Swap(nil); err != nil {
		t.Error(err)
	}
}

func TestSearchAllMergesSessions(t *testing.T) {
	t.Parallel()
	var all []*Snapshot
	for _, name := range []string{"one", "two"} {
		db := shop(t)
		all = append(all, opened(t, built(t, Source{Session: name, Revision: "r", Tables: db}), db, OpenOptions{Name: name}))
	}
	r, err := SearchAll(t.Context(), all, Query{Text: "ACME", Kinds: []Kind{KindRow}})
	if err != nil {
		t.Fatal(err)
	}
	var sessions []string
	for _, h := range r.Hits {
		sessions = append(sessions, h.Session)
	}
	if !slices.Equal(sessions, []string{"one", "two"}) {
		t.Errorf("got hits of %q", sessions)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := SearchAll(ended, all, Query{Text: "ACME"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFuse(t *testing.T) {
	t.Parallel()
	got := fuse(ranked{[]int64{1, 2, 3}, 1}, ranked{[]int64{3, 4}, 1}, ranked{[]int64{5}, 0.3}, ranked{[]int64{9}, 0})
	var order []int64
	for _, f := range got {
		order = append(order, f.n)
	}
	if !slices.Equal(order, []int64{3, 1, 2, 4, 5}) || !near(got[0].score, 1.0/63+1.0/61) || !near(got[4].score, 0.3/61) {
		t.Errorf("got %v", got)
	}
}
