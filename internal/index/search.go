package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"retable/internal/table"
)

// Query is what is looked for.
type Query struct {
	Text   string
	Prefix bool // the last word may be unfinished, as while typing
	// What must be searched only, nil for everything. Files leaves out cards.
	Tables, Files []string
	Kinds         []Kind
	Limit         int     // of hits; 0 means DefaultLimit, at most Depth
	DenseWeight   float64 // of meaning against words; 0 means DenseWeight, below 0 none
}

// Result is what was found.
type Result struct {
	Hits     []Hit
	Terms    []string // what was looked for by words
	Dense    bool     // meaning was looked for, too
	Warnings []string // for people: why it wasn't, if it should have been
}

// Hit is a chunk that was found.
type Hit struct {
	ID      string // of the chunk, hex
	Session string
	Kind    Kind

	Table  string
	Path   string // XPath of the row element
	File   string
	SHA256 string // of the file
	Row    int64  // row id in the table, from 1
	Line   int64
	Offset int64
	Part   int    // of a wide row or card, from 0
	Ref    string // comparison, of a change card

	Text         string // place, then a line for each value; long values are shortened
	Marks        []Span // what matches by words, in Text
	Columns      []string
	Snippet      string // one short line of what matches
	SnippetMarks []Span

	Score                         float64
	WordRank, CodeRank, DenseRank int     // from 1, 0 where it wasn't found
	Cosine                        float32 // of DenseRank
}

// Span is a piece of a text, in bytes.
type Span struct{ From, To int }

// Search finds the chunks that a question is about: by words (any of them, the
// more and the rarer the better), by parts of codes and by meaning, and fuses
// the three. A question without words finds nothing.
func (s *Snapshot) Search(ctx context.Context, q Query) (*Result, error) {
	if err := s.Acquire(); err != nil {
		return nil, err
	}
	defer s.Release() //nolint:errcheck // only the last user's release has anything to report

	r, err := s.search(ctx, &q)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("search session %s: %w", s.manifest.Session, err)
	}
	return r, nil
}

func (s *Snapshot) search(ctx context.Context, q *Query) (*Result, error) {
	r := &Result{}
	terms := parse(q.Text)
	if len(terms) == 0 {
		return r, nil
	}
	for _, t := range terms {
		r.Terms = append(r.Terms, t.text)
	}
	scope := newScope(q)
	words, err := s.searchWords(ctx, match(terms, q.Prefix), scope)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	codes, err := s.searchCodes(ctx, terms, scope)
	if err != nil {
		return nil, fmt.Errorf("codes: %w", err)
	}
	near, err := s.searchDense(ctx, q, scope, r)
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	weight := q.DenseWeight
	if weight == 0 {
		weight = DenseWeight
	}
	all := fuse(ranked{words, 1}, ranked{codes, 1}, ranked{near.chunks, weight})
	limit := min(cmp.Or(max(q.Limit, 0), DefaultLimit), Depth)
	for _, f := range all[:min(limit, len(all))] {
		h := Hit{
			Score: f.score, WordRank: 1 + slices.Index(words, f.n), CodeRank: 1 + slices.Index(codes, f.n),
			DenseRank: 1 + slices.Index(near.chunks, f.n), Cosine: near.cosines[f.n],
		}
		if err := s.fill(ctx, &h, f.n); err != nil {
			return nil, err
		}
		r.Hits = append(r.Hits, h)
	}
	return r, s.marker.mark(ctx, r.Hits, terms, q.Prefix)
}

// wordWeights are those of title, names, label and body: a table's name in a
// question means the table, and a name or key means more than a remark.
const wordWeights = "bm25(8.0, 4.0, 2.0, 1.0)"

func (s *Snapshot) searchWords(ctx context.Context, match string, scope scope) ([]int64, error) {
	where, args := scope.sql("words.rowid")
	return s.numbers(ctx, "SELECT rowid FROM words WHERE words MATCH ? AND rank MATCH '"+wordWeights+"'"+where+" ORDER BY rank LIMIT ?",
		append(append([]any{match}, args...), Depth)...)
}

// maxCandidates is how many rows whose trigrams fit are looked at for a term.
const maxCandidates = 500

// searchCodes finds the rows that hold terms as parts of codes: whole codes
// first.
func (s *Snapshot) searchCodes(ctx context.Context, terms []term, scope scope) ([]int64, error) {
	found := map[int64]int{}
	where, args := scope.sql("codes.rowid")
	for _, t := range terms {
		if !t.likeCode() {
			continue
		}
		candidates, err := s.numbers(ctx, "SELECT rowid FROM codes WHERE codes MATCH ?"+where+" LIMIT ?",
			append(append([]any{matchCode(t.text)}, args...), maxCandidates)...)
		if err != nil {
			return nil, err
		}
		if err := s.verify(ctx, candidates, strings.ToLower(t.text), found); err != nil {
			return nil, err
		}
	}
	out := make([]int64, 0, len(found))
	for n := range found {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b int64) int { return cmp.Or(cmp.Compare(found[b], found[a]), cmp.Compare(a, b)) })
	return out[:min(Depth, len(out))], nil
}

// verify reads candidates and rates those that hold the text: 2 for a whole
// code, 1 for a part of one.
func (s *Snapshot) verify(ctx context.Context, candidates []int64, text string, found map[int64]int) error {
	var row table.Row
	for _, n := range candidates {
		p, err := s.locate(ctx, n)
		if err != nil {
			return err
		}
		if err := s.read(ctx, &p, &row); err != nil {
			return err
		}
		best := 0
		for _, c := range p.shape.parts[p.part] {
			v, ok := row.Value(c)
			if !ok || p.shape.uses[c] != useCode {
				continue
			}
			switch code := strings.ToLower(string(v)); {
			case code == text:
				best = 2
			case strings.Contains(code, text):
				best = max(best, 1)
			}
		}
		if best > 0 {
			found[n] += best
		}
	}
	return nil
}

func (s *Snapshot) numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	var out []int64
	err := each(ctx, s.words, query, args, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}

// fill tells what and where the chunk is.
func (s *Snapshot) fill(ctx context.Context, h *Hit, n int64) error {
	p, err := s.locate(ctx, n)
	if err != nil {
		return err
	}
	text, columns, position, err := s.textOf(ctx, &p)
	if err != nil {
		return err
	}
	h.ID, h.Session, h.Kind, h.Part, h.Ref, h.Table = p.id.String(), s.manifest.Session, p.kind, p.part, p.ref, p.tbl
	h.Text, h.Columns = text, columns
	if p.kind == KindRow {
		h.Path, h.File, h.SHA256 = p.shape.info.Path, p.file.Path, p.file.SHA256
		h.Row, h.Line, h.Offset = p.row, position.Line, position.Offset
	}
	if s.name != "" {
		h.Text = oneLine(s.name) + " / " + h.Text
	}
	return nil
}

// SearchAll searches several sessions at the same time and merges what they
// find by score. All must be held by the caller.
func SearchAll(ctx context.Context, snapshots []*Snapshot, q Query) (*Result, error) {
	results, errs := make([]*Result, len(snapshots)), make([]error, len(snapshots))
	slots := make(chan struct{}, 4)
	var group sync.WaitGroup
	for i, s := range snapshots {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			results[i], errs[i] = s.Search(ctx, q)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	out := &Result{}
	for _, r := range results {
		out.Hits = append(out.Hits, r.Hits...)
		out.Terms, out.Dense = r.Terms, out.Dense || r.Dense
		for _, w := range r.Warnings {
			if !slices.Contains(out.Warnings, w) {
				out.Warnings = append(out.Warnings, w)
			}
		}
	}
	slices.SortStableFunc(out.Hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	out.Hits = out.Hits[:min(len(out.Hits), min(cmp.Or(max(q.Limit, 0), DefaultLimit), Depth))]
	return out, nil
}
