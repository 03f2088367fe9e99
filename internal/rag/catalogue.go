package rag

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// Catalogue is what is known of the tables that are asked. It is safe for use
// by several goroutines. The caller closes it, before the sources' files.
type Catalogue struct {
	sessions []*session
	words    *locale
}

// Open reads the catalogues of the sources: tables, columns, statistics and
// the values that occur, sampled where a table is large.
func Open(ctx context.Context, sources []Source) (*Catalogue, error) {
	words, err := loadLocale("en")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{words: words}
	for _, src := range sources {
		s, err := openSession(ctx, src, words)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("catalogue of session %s: %w", src.SessionID, err), c.Close())
		}
		c.sessions = append(c.sessions, s)
	}
	return c, nil
}

// Close closes the connections to the sources' files.
func (c *Catalogue) Close() error {
	var errs []error
	for _, s := range c.sessions {
		errs = append(errs, s.guard.Close(), s.strict.Close())
	}
	return errors.Join(errs...)
}

// session is the catalogue of one source.
type session struct {
	id, name string
	db       *tabledb.DB
	guard    *Guard // for queries of our own
	strict   *Guard // for queries of a model
	tables   []*tableInfo
	files    []tabledb.File
	byKey    map[string][]tableHit  // by key of a name
	columns  map[string][]columnHit // by key of a name
	exact    map[string]any         // *tableInfo or *column by `name` or `table.name`
	values   vocabulary
}

type tableHit struct {
	table *tableInfo
	rank  rank
}

type columnHit struct {
	column *column
	rank   rank
}

// tableInfo is one table.
type tableInfo struct {
	tabledb.Info
	label     string // the shortest name that is its own
	words     [][]string
	columns   []*column
	parent    *tableInfo
	children  []*tableInfo
	key       *column // what a row is known by, or nil
	title     *column // what people call a row, or nil
	files     int
	recursive bool
	hasParent bool
}

// columnKind is what can be done with a column.
type columnKind string

const (
	integerKind  columnKind = "integer"
	decimalKind  columnKind = "decimal"
	booleanKind  columnKind = "boolean"
	dateKind     columnKind = "date"
	dateTimeKind columnKind = "datetime"
	timeKind     columnKind = "time"
	textKind     columnKind = "text"
	listKind     columnKind = "list" // JSON or XML: shown, searched by contains, no more
)

// column is one data column.
type column struct {
	table    *tableInfo
	header   string
	name     string // in the view
	exact    string // the column beside it that holds the verbatim text of decimals, or ""
	kind     columnKind
	rows     int64 // with a value that isn't empty
	distinct int64 // estimated
	min, max string
	longest  int
	examples []string
	path     [][]string // words of the header's segments
	top      []valueCount
	complete bool // top holds all values
	wrapper  bool // says only that an element was there
}

type valueCount struct {
	value string
	count int64
}

func (c *column) numeric() bool { return c.kind == integerKind || c.kind == decimalKind }
func (c *column) dated() bool   { return c.kind == dateKind || c.kind == dateTimeKind }

// number is the expression that holds a number's exact value.
func (c *column) number() string {
	if c.exact != "" {
		return c.exact
	}
	return c.name
}

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

// label gives each table the shortest end of its view's name that is its own.
func (s *session) label() {
	for _, t := range s.tables {
		t.label = t.ViewName
		for n := 1; n <= len(t.words); n++ {
			end := identOf(t.words[len(t.words)-n:])
			if s.ends(end) == 1 {
				t.label = end
				break
			}
		}
	}
}

// ends counts the tables whose path ends so.
func (s *session) ends(label string) int {
	count := 0
	for _, t := range s.tables {
		for n := 1; n <= len(t.words); n++ {
			if identOf(t.words[len(t.words)-n:]) == label {
				count++
				break
			}
		}
		if t.ViewName == label && identOf(t.words) != label {
			count++
		}
	}
	return count
}

func identOf(path [][]string) string {
	parts := make([]string, len(path))
	for i, words := range path {
		parts[i] = strings.Join(words, "")
	}
	return strings.Join(parts, "_")
}

// ident quotes a name for SQL where it needs it.
func ident(name string) string {
	if name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && (name[0] < '0' || name[0] > '9') {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// errNothing says that there is nothing to ask.
func errNothing() error {
	return retable.Errorf(retable.Unprocessable, "There are no tables to ask: convert a bundle first.")
}
