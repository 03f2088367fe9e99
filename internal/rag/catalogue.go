package rag

import (
	"context"
	"errors"
	"fmt"
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
