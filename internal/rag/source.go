package rag

import (
	"context"
	"time"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// Source is one session whose tables are asked.
type Source struct {
	SessionID string
	Name      string // of the bundle, as people know it
	DB        *tabledb.DB
}

// Hit is a row that a search found.
type Hit struct {
	SessionID  string
	Table      string // the schema's name, as in tabledb.Info
	Row        int64  // row id, from 1; 0 for a card about a whole table
	Text       string // of the chunk
	Score      float64
	Highlights []Span // in Text, in order
	ByMeaning  bool   // by nothing else: no word of the question stands in it
}

// Span is a range of bytes.
type Span struct{ From, To int }

// Searcher finds rows by words or meaning, best first, k at most.
type Searcher interface {
	Search(ctx context.Context, query string, k int) ([]Hit, error)
}

// Changes are what a comparison found, of one table or of all.
type Changes struct {
	Before, After           string // names of the deliveries
	Tables                  []TableChanges
	FilesAdded, FilesGone   []string
	ColumnsAdded            []string // table.column
	ColumnsGone             []string
	ComparisonID, SessionID string
}

// TableChanges counts the rows of one table that came, went and changed.
type TableChanges struct {
	Table                         string // the schema's name
	Added, Removed, Changed, Same int64
	Examples                      []Change
}

// Change is one row that came, went or changed.
type Change struct {
	Kind   string // added, removed, changed
	Key    string // what the row is known by
	Row    int64  // row id in the newer table, 0 if it went
	Column string
	Old    string
	New    string
}

// ChangeSource tells what changed between two deliveries; nil, nil if there is
// no comparison.
type ChangeSource interface {
	Changes(ctx context.Context, sessionID string) (*Changes, error)
}

// Turn is an earlier question of a conversation and the answer to it.
type Turn struct {
	Question string
	Answer   string
}

// Request is a question with all that it may be answered from.
type Request struct {
	Question string
	History  []Turn            // oldest first
	Searcher Searcher          // nil: no index
	Chat     retable.ChatModel // nil: search mode
	Changes  ChangeSource      // nil: no comparisons
	Now      time.Time         // what "last month" refers to; zero: such words are not understood
	// Unsearched names the sessions without an index.
	Unsearched []string
}

// Emit takes the steps of an answer on its way; an error of it stops the
// answer.
type Emit func(retable.AnswerEvent) error
