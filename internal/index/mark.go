package index

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// marker finds what of a text matches a question: a full text of a few rows in
// memory, so that stems and accents are judged exactly as in the index.
type marker struct {
	mu sync.Mutex
	db *sql.DB
}

func newMarker() (*marker, error) {
	db, err := openMemory()
	if err != nil {
		return nil, err
	}
	return &marker{db: db}, nil
}

func (m *marker) close() error { return m.db.Close() }

// marksSchema begins anew for each search.
const marksSchema = `
DROP TABLE IF EXISTS hits;
CREATE VIRTUAL TABLE hits USING fts5(text, tokenize='porter unicode61 remove_diacritics 2');
`

// The marks that highlight puts in; texts hold no control characters.
const markOn, markOff = "\x01", "\x02"

// mark fills the marks, columns and snippets of hits, and shortens their texts.
func (m *marker) mark(ctx context.Context, hits []Hit, terms []term, prefix bool) error {
	if len(hits) == 0 {
		return nil
	}
	marked, err := m.highlight(ctx, hits, match(terms, prefix))
	if err != nil {
		return err
	}
	for i := range hits {
		h := &hits[i]
		spans := marked[i]
		for _, t := range terms {
			if t.likeCode() || strings.IndexFunc(t.text, unspaced) >= 0 {
				spans = append(spans, occurrences(h.Text, t.text)...)
			}
		}
		h.finish(joined(spans))
	}
	return nil
}

func (m *marker) highlight(ctx context.Context, hits []Hit, match string) (map[int][]Span, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.db.ExecContext(ctx, marksSchema); err != nil {
		return nil, err
	}
	for i, h := range hits {
		if _, err := m.db.ExecContext(ctx, "INSERT INTO hits (rowid, text) VALUES (?, ?)", i, plainLetters(h.Text)); err != nil {
			return nil, err
		}
	}
	out := map[int][]Span{}
	err := each(ctx, m.db, "SELECT rowid, highlight(hits, 0, ?, ?) FROM hits WHERE hits MATCH ?", []any{markOn, markOff, match},
		func(scan func(...any) error) error {
			var i int
			var text string
			err := scan(&i, &text)
			if err == nil {
				out[i] = original(hits[i].Text, readMarks(text))
			}
			return err
		})
	return out, err
}

// readMarks returns where marks stood in a text without them.
func readMarks(text string) (spans []Span) {
	at := 0
	for {
		before, rest, found := strings.Cut(text, markOn)
		at += len(before)
		if !found {
			return spans
		}
		inside, after, _ := strings.Cut(rest, markOff)
		spans = append(spans, Span{at, at + len(inside)})
		at += len(inside)
		text = after
	}
}

// original moves marks from a text's plain letters to the text as it is.
func original(text string, marks []Span) (out []Span) {
	plain, open := 0, -1
	for at, r := range text {
		if open >= 0 && marks[len(out)].To == plain {
			out, open = append(out, Span{open, at}), -1
		}
		if open < 0 && len(out) < len(marks) && marks[len(out)].From == plain {
			open = at
		}
		if p := plainLetter(r); p != "" {
			plain += len(p)
		} else {
			plain += utf8.RuneLen(r)
		}
	}
	if open >= 0 {
		out = append(out, Span{open, len(text)})
	}
	return out
}

// occurrences finds a text in another without regard to case.
func occurrences(text, part string) (spans []Span) {
	want := []rune(strings.ToLower(part))
	for at := 0; at < len(text); {
		end, i := at, 0
		for i < len(want) && end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if unicode.ToLower(r) != want[i] {
				break
			}
			end, i = end+size, i+1
		}
		if i == len(want) && i > 0 {
			spans = append(spans, Span{at, end})
			at = end
			continue
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return spans
}

// joined sorts spans and joins those that overlap.
func joined(spans []Span) (out []Span) {
	slices.SortFunc(spans, func(a, b Span) int { return a.From - b.From })
	for _, s := range spans {
		if n := len(out); n > 0 && s.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// The bounds of what a hit shows.
const (
	maxLine    = 600 // bytes of a line of Text
	maxSnippet = 240
)

// finish shortens the text's lines around their marks, and finds the columns
// that match and the snippet.
func (h *Hit) finish(spans []Span) {
	var text strings.Builder
	var columns []string
	var snippet, other []excerpt
	at := 0
	for i, line := range strings.Split(h.Text, "\n") {
		var mine []Span
		for _, s := range spans {
			if s.From >= at && s.To <= at+len(line) {
				mine = append(mine, Span{s.From - at, s.To - at})
			}
		}
		at += len(line) + 1
		e := shorten(line, mine, maxLine)
		if i > 0 {
			text.WriteByte('\n')
			if len(mine) > 0 {
				snippet = append(snippet, e)
				if i-1 < len(h.Columns) {
					columns = append(columns, h.Columns[i-1])
				}
			} else {
				other = append(other, e)
			}
		}
		for _, s := range e.marks {
			h.Marks = append(h.Marks, Span{text.Len() + s.From, text.Len() + s.To})
		}
		text.WriteString(e.text)
	}
	h.Text, h.Columns = text.String(), columns
	h.snip(append(snippet, other...))
}

// snip joins the first lines, those that match before the others.
func (h *Hit) snip(lines []excerpt) {
	const between = " · "
	for i, e := range lines {
		if i > 0 {
			if len(h.Snippet)+len(between)+len(e.text) > maxSnippet {
				return
			}
			h.Snippet += between
		}
		e = shorten(e.text, e.marks, maxSnippet)
		for _, s := range e.marks {
			h.SnippetMarks = append(h.SnippetMarks, Span{len(h.Snippet) + s.From, len(h.Snippet) + s.To})
		}
		h.Snippet += e.text
	}
}

// excerpt is a line with its marks.
type excerpt struct {
	text  string
	marks []Span
}

// shorten cuts a long line to about most bytes: its beginning, and the
// surroundings of the first mark if that lies further on.
func shorten(line string, marks []Span, most int) excerpt {
	if len(line) <= most {
		return excerpt{line, marks}
	}
	head := whole(line, most)
	if len(marks) == 0 || marks[0].To <= head {
		return excerpt{line[:head] + "…", cutMarks(marks, 0, head, 0)}
	}
	head = whole(line, most/4)
	from := max(head, whole(line, max(0, marks[0].From-most/4)))
	end := whole(line, from+most/2)
	out := excerpt{text: line[:head] + "…", marks: cutMarks(marks, 0, head, 0)}
	out.marks = append(out.marks, cutMarks(marks, from, end, len(out.text)-from)...)
	out.text += line[from:end]
	if end < len(line) {
		out.text += "…"
	}
	return out
}

// cutMarks returns the marks within from and end, moved.
func cutMarks(marks []Span, from, end, by int) (out []Span) {
	for _, s := range marks {
		if s.From < end && s.To > from {
			out = append(out, Span{max(s.From, from) + by, min(s.To, end) + by})
		}
	}
	return out
}
