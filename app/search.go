package app

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"retable/internal/index"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// SearchRequest looks for rows by words in a session, or in a collection.
type SearchRequest struct {
	SessionID  string `json:"session_id,omitempty"`
	Collection string `json:"collection,omitempty"` // id or name, instead of a session
	Text       string `json:"text" minLength:"1" maxLength:"500"`
	Limit      int    `json:"limit,omitempty" minimum:"0" maximum:"50"` // 0: 10
}

// FoundRow is a row that a search found; Row 0 stands for what is known of a
// whole table.
type FoundRow struct {
	SessionID string `json:"session_id"`
	Session   string `json:"session"`
	Table     string `json:"table"`
	Row       int64  `json:"row,omitempty"`
	File      string `json:"file,omitempty"`
	Line      int64  `json:"line,omitempty"`
	XPath     string `json:"xpath,omitempty"`
	Text      string `json:"text"`
}

// SearchResult are the rows that were found, the best first where there is an
// index.
type SearchResult struct {
	Rows []FoundRow `json:"rows"`
	// Way is how was looked: "index", or "scan" of all rows where a session has
	// none, in which every word must occur.
	Way string `json:"way" enum:"index,scan"`
	// Complete is false where a scan took too long and stopped.
	Complete bool `json:"complete"`
}

// searchTime bounds a scan of sessions that have no index.
const searchTime = 10 * time.Second

// Search finds rows by words: in the index, and in sessions that have none by
// reading their rows.
func (s *Service) Search(ctx context.Context, req SearchRequest) (*SearchResult, error) {
	p, err := s.who(ctx, retable.ScopeAsk)
	if err != nil {
		return nil, err
	}
	if err := req.settle(); err != nil {
		return nil, err
	}
	q, err := s.question(ctx, p, AskRequest{SessionID: req.SessionID, Collection: req.Collection})
	if err != nil {
		return nil, err
	}
	out := newSearch(req)
	for _, x := range q.sessions {
		if err := s.searchSession(ctx, x, out); err != nil {
			return nil, explained(ctx, err, "searching")
		}
	}
	return out.result(), nil
}

// settle fills in what is left out and refuses what can't be looked for.
func (r *SearchRequest) settle() error {
	if r.Limit == 0 {
		r.Limit = 10
	}
	if strings.TrimSpace(r.Text) == "" || len(r.Text) > 2000 || r.Limit < 0 || r.Limit > index.Depth {
		return retable.Errorf(retable.Unprocessable, "Look for 1 to 500 characters, and ask for 1 to %d rows.", index.Depth)
	}
	return nil
}

// searchSession looks in the session's index, or in its rows.
func (s *Service) searchSession(ctx context.Context, x *retable.Session, out *search) error {
	snap, err := s.snapshot(ctx, x.ID, x.Name)
	if err != nil {
		return err
	}
	if snap != nil {
		defer snap.Release() //nolint:errcheck // the cache holds it
		return out.indexed(ctx, snap, x.ID, x.Name, s.cfg.DenseWeight)
	}
	_, arts, err := s.tablesNow(ctx, []*retable.Session{x})
	if err != nil {
		return err
	}
	return s.databases.use(ctx, s.blobs, arts[0].Key, func(db *tabledb.DB) error { return out.scan(ctx, db, x.ID, x.Name) })
}

// search gathers what is found.
type search struct {
	req   SearchRequest
	words []string // lower case
	until time.Time
	best  []index.Hit // of indexes
	names map[string]string
	out   SearchResult
}

func newSearch(req SearchRequest) *search {
	return &search{
		req: req, words: strings.Fields(strings.ToLower(req.Text)), until: time.Now().Add(searchTime), names: map[string]string{},
		out: SearchResult{Rows: []FoundRow{}, Way: "index", Complete: true},
	}
}

// indexed adds the hits of an index.
func (f *search) indexed(ctx context.Context, snap *index.Snapshot, session, name string, weight float64) error {
	r, err := snap.Search(ctx, index.Query{Text: f.req.Text, Limit: f.req.Limit, DenseWeight: weight})
	if err != nil {
		return err
	}
	f.names[session] = name
	for i := range r.Hits {
		if r.Hits[i].Kind != index.KindChange {
			f.best = append(f.best, r.Hits[i])
		}
	}
	return nil
}

// scan reads the rows of all tables until enough are found or the time is over.
func (f *search) scan(ctx context.Context, db *tabledb.DB, session, name string) error {
	f.out.Way = "scan"
	for _, t := range db.Tables() {
		if len(f.out.Rows) >= f.req.Limit {
			return nil
		}
		schema, err := db.Schema(ctx, t.Name)
		if err != nil {
			return err
		}
		if err := f.scanTable(ctx, db, schema, FoundRow{SessionID: session, Session: name, Table: t.Name, XPath: t.Path}); err != nil {
			return err
		}
	}
	return nil
}

func (f *search) scanTable(ctx context.Context, db *tabledb.DB, schema *table.Schema, found FoundRow) error {
	r, err := db.Reader(ctx, found.Table, tabledb.ReadOptions{})
	if err != nil {
		return err
	}
	defer r.Close()
	var row table.Row
	var paths map[int64]string
	for rid := int64(1); len(f.out.Rows) < f.req.Limit; rid++ {
		if rid%1000 == 0 && time.Now().After(f.until) {
			f.out.Complete = false
			return nil
		}
		if err := r.Read(&row); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		text, ok := f.match(schema, &row)
		if !ok {
			continue
		}
		file := int64(row.Pos.File) + 1
		if paths[file] == "" {
			if paths, err = db.FilePaths(ctx, []int64{file}); err != nil {
				return err
			}
		}
		found.Row, found.File, found.Line, found.Text = rid, paths[file], row.Pos.Line, text
		f.out.Rows = append(f.out.Rows, found)
	}
	return nil
}

// shownColumns bounds the columns of a row in a result, besides those that match.
const shownColumns = 12

// match tells whether all words occur in a row, and shows it: where they occur,
// and the first columns.
func (f *search) match(schema *table.Schema, row *table.Row) (string, bool) {
	missing := f.words
	var text strings.Builder
	for i, shown := 0, 0; i < len(schema.Columns); i++ {
		b, ok := row.Value(i)
		if !ok || len(b) == 0 || schema.Columns[i].Role == table.Bookkeeping {
			continue
		}
		lower, here := strings.ToLower(string(b)), false
		for _, w := range f.words {
			here = here || strings.Contains(lower, w)
		}
		missing = without(missing, lower)
		if here || shown < shownColumns {
			shown++
			text.WriteString(schema.Columns[i].Name + ": " + shortened(string(b)) + "\n")
		}
	}
	return strings.TrimSuffix(text.String(), "\n"), len(missing) == 0
}

// without leaves out the words that occur in the text.
func without(words []string, text string) []string {
	var rest []string
	for _, w := range words {
		if !strings.Contains(text, w) {
			rest = append(rest, w)
		}
	}
	return rest
}

// result puts the hits of indexes, best first, before what was read.
func (f *search) result() *SearchResult {
	slices.SortStableFunc(f.best, func(a, b index.Hit) int { return cmp.Compare(b.Score, a.Score) })
	var rows []FoundRow
	for i := range f.best[:min(len(f.best), f.req.Limit)] {
		h := &f.best[i]
		rows = append(rows, FoundRow{SessionID: h.Session, Session: f.names[h.Session], Table: h.Table, Row: h.Row, File: h.File, Line: h.Line, XPath: h.Path, Text: h.Text})
	}
	rows = append(rows, f.out.Rows...)
	f.out.Rows = append([]FoundRow{}, rows[:min(len(rows), f.req.Limit)]...)
	return &f.out
}
