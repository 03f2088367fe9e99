package rag

import (
	"context"
	"errors"
	"slices"
	"strings"

	"retable/internal/tabledb"
)

func openSession(ctx context.Context, src Source, words *locale) (*session, error) {
	guard, err := OpenGuard(src.DB, Limits{Time: openTime})
	if err != nil {
		return nil, err
	}
	strict, err := OpenGuard(src.DB, Limits{})
	if err != nil {
		return nil, errors.Join(err, guard.Close())
	}
	s := &session{
		id: src.SessionID, name: src.Name, db: src.DB, guard: guard, strict: strict,
		byKey: map[string][]tableHit{}, columns: map[string][]columnHit{}, exact: map[string]any{},
	}
	if err := s.load(ctx, words); err != nil {
		return nil, errors.Join(err, guard.Close(), strict.Close())
	}
	return s, nil
}

func (s *session) load(ctx context.Context, words *locale) error {
	var err error
	if s.files, err = s.db.Files(ctx); err != nil {
		return err
	}
	byName := map[string]*tableInfo{}
	for _, info := range s.db.Tables() {
		t := &tableInfo{Info: info, words: tableWords(info)}
		byName[info.Name] = t
		s.tables = append(s.tables, t)
		if err := s.loadColumns(ctx, t); err != nil {
			return err
		}
		files, err := s.db.RowsOf(ctx, info.Name)
		if err != nil {
			return err
		}
		t.files = len(files)
	}
	for _, t := range s.tables {
		if p := byName[t.Parent]; p != nil && p != t && t.hasParent {
			t.parent = p
			p.children = append(p.children, t)
		}
	}
	for _, t := range s.tables {
		s.markWrappers(t)
	}
	s.label()
	if err := s.values.load(ctx, s); err != nil {
		return err
	}
	for _, t := range s.tables {
		t.chooseKey(words)
	}
	s.nameAll(words)
	return nil
}

// markWrappers finds the columns that only say that an element was there: it
// has no text of its own, its content stands in other columns or tables. To
// people it isn't a value: "orders" is the table.
func (s *session) markWrappers(t *tableInfo) {
	for _, c := range t.columns {
		if c.rows > 0 || c.header == "." || strings.Contains(c.header, "@") {
			continue
		}
		for _, other := range t.columns {
			c.wrapper = c.wrapper || strings.HasPrefix(other.header, c.header+"/")
		}
		for _, child := range s.tables {
			c.wrapper = c.wrapper || strings.HasPrefix(child.Path, t.Path+"/"+c.header+"/")
		}
	}
}

// tableWords are the words of the path of a table's rows.
func tableWords(info tabledb.Info) [][]string {
	path := info.Path
	if path == "" {
		path = info.Name
	}
	var out [][]string
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '~' }) {
		out = append(out, segmentWords(segment))
	}
	return out
}

// segmentWords drops prefix, @, predicates and list marks from a step.
func segmentWords(segment string) []string {
	segment, _, _ = strings.Cut(segment, "[")
	segment = strings.TrimPrefix(segment, "@")
	if _, local, ok := strings.Cut(segment, ":"); ok {
		segment = local
	}
	return splitWords(segment)
}

func (s *session) loadColumns(ctx context.Context, t *tableInfo) error {
	schema, err := s.db.Schema(ctx, t.Name)
	if err != nil {
		return err
	}
	views, err := s.db.ViewColumns(ctx, t.Name)
	if err != nil {
		return err
	}
	var inView []string
	head := func(names []string) { inView = names }
	if err := s.guard.run(ctx, "SELECT * FROM "+ident(t.ViewName)+" LIMIT 0", head, func([]any) bool { return false }); err != nil {
		return err
	}
	for i := range schema.Columns {
		c := &schema.Columns[i]
		if c.Role != 0 || views[i] == "" { // bookkeeping, or in _extra alone
			t.recursive = t.recursive || c.Name == "_parent_table"
			t.hasParent = t.hasParent || c.Name == "_parent_id"
			continue
		}
		col := &column{table: t, header: c.Name, name: views[i], kind: textKind, path: columnWords(c.Name)}
		switch k := columnKind(c.Type.String()); {
		case c.Form != 0: // not scalar
			col.kind = listKind
		case k == "number":
			col.kind = decimalKind
		case k == integerKind, k == booleanKind, k == dateKind, k == dateTimeKind, k == timeKind:
			col.kind = k
		}
		if c.Stats != nil {
			col.rows = int64(c.Stats.Values - c.Stats.Empty)
			col.distinct, col.min, col.max = int64(c.Stats.Distinct), c.Stats.Min, c.Stats.Max
			col.longest, col.examples = c.Stats.Longest, c.Stats.Examples
		}
		if at := slices.Index(inView, views[i]); col.kind == decimalKind && at >= 0 && at+1 < len(inView) &&
			strings.HasPrefix(inView[at+1], views[i]+"_text") && !slices.Contains(views, inView[at+1]) {
			col.exact = inView[at+1]
		}
		t.columns = append(t.columns, col)
	}
	return nil
}

func columnWords(header string) [][]string {
	var out [][]string
	for segment := range strings.SplitSeq(header, "/") {
		if words := segmentWords(segment); len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}
