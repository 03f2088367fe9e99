package retable

import (
	"context"
	"encoding/json"
)

// Collection is a set of sessions that questions are asked of.
type Collection struct {
	ID        string
	OwnerID   string
	Name      string // unique per owner
	Sessions  []string
	CreatedAt Millis
	UpdatedAt Millis
}

// Chat is a conversation about a collection.
type Chat struct {
	ID           string
	OwnerID      string
	CollectionID string
	Title        string
	CreatedAt    Millis
	UpdatedAt    Millis
}

// ChatMessage is one turn; Answer is the whole answer of an assistant's turn.
type ChatMessage struct {
	ChatID string
	Number int
	Role   string // user, assistant
	Text   string
	Answer json.RawMessage
	At     Millis
}

// Collections keeps collections.
type Collections interface {
	Put(ctx context.Context, c *Collection) error // by ID; ErrTaken for a name in use
	Get(ctx context.Context, id string) (*Collection, error)
	ByName(ctx context.Context, ownerID, name string) (*Collection, error)
	List(ctx context.Context, visible string) ([]Collection, error)
	Delete(ctx context.Context, id string) error
}

// Chats keeps conversations.
type Chats interface {
	Create(ctx context.Context, c *Chat) error
	Get(ctx context.Context, id string) (*Chat, error)
	List(ctx context.Context, ownerID, collectionID string, p Page) (List[Chat], error)
	Append(ctx context.Context, m *ChatMessage) error // gives it its number
	Messages(ctx context.Context, chatID string) ([]ChatMessage, error)
	Delete(ctx context.Context, id string) error
}

// Route is the way an answer was found.
type Route string

// The routes, in the order in which they are tried.
const (
	RouteComputed Route = "computed" // deterministic, no model
	RouteSQL      Route = "sql"      // a model wrote the query
	RouteSearch   Route = "search"   // retrieved rows; with a model, an answer over them
	RouteAbstain  Route = "abstain"  // not answerable from what there is
)

// Citation leads from a mark [n] in an answer to its evidence.
type Citation struct {
	N         int      `json:"n"`
	SessionID string   `json:"session,omitempty"`
	File      string   `json:"file,omitempty"`
	SHA256    string   `json:"sha256,omitempty"` // of the file
	Table     string   `json:"table"`
	Row       int64    `json:"row,omitempty"` // row id in the table, from 1
	Line      int64    `json:"line,omitempty"`
	XPath     string   `json:"xpath,omitempty"`
	Columns   []string `json:"columns,omitempty"`
	Excerpt   string   `json:"excerpt,omitempty"`
	SQL       string   `json:"sql,omitempty"`   // of an aggregate: the query of the rows behind it
	Total     int64    `json:"total,omitempty"` // how many rows those are
	Rows      []int64  `json:"rows,omitempty"`  // the first 100 of them
}

// ResultTable is the result of a query, bounded.
type ResultTable struct {
	Columns   []string   `json:"columns"`
	Types     []string   `json:"types,omitempty"` // integer, decimal, date, text ...
	Rows      [][]string `json:"rows"`
	Truncated bool       `json:"truncated,omitempty"`
}

// Answer is the answer to a question, with its evidence.
type Answer struct {
	Question  string       `json:"question"`
	Text      string       `json:"answer"` // Markdown without images and remote links
	Route     Route        `json:"route"`
	Mode      string       `json:"mode"` // "search mode: no language model" or the model's name
	SQL       string       `json:"sql,omitempty"`
	Tables    []string     `json:"tables,omitempty"`
	Result    *ResultTable `json:"result,omitempty"`
	Chart     string       `json:"chart,omitempty"` // bar, line: a hint
	Citations []Citation   `json:"citations"`
	Warnings  []string     `json:"warnings,omitempty"`
	Choices   []string     `json:"choices,omitempty"` // questions to ask instead, when it is ambiguous
	Searched  []string     `json:"searched,omitempty"`
}

// AnswerEvent is a step of an answer on its way: route, sql, rows, token,
// citation, warning, done.
type AnswerEvent struct {
	Kind     string       `json:"kind"`
	Route    Route        `json:"route,omitempty"`
	SQL      string       `json:"sql,omitempty"`
	Result   *ResultTable `json:"result,omitempty"`
	Token    string       `json:"token,omitempty"`
	Citation *Citation    `json:"citation,omitempty"`
	Warning  string       `json:"warning,omitempty"`
	Answer   *Answer      `json:"answer,omitempty"` // with done
}
