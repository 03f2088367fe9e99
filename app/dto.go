package app

import "retable/internal/retable"

// The words that all requests and answers share. They travel as JSON through
// every door: times are RFC 3339 in UTC, absent rather than null.

// None is a request or answer without content.
type None struct{}

// Success is the answer of what only succeeds or fails.
type Success struct {
	Success bool `json:"success"`
}

func done() *Success { return &Success{true} }

// List is a part of a list. Next is the cursor of the following part.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total int64  `json:"total"`
}

// listOf turns a list of nouns into what travels.
func listOf[F, T any](l retable.List[F], each func(*F) T) *List[T] {
	out := &List[T]{Items: make([]T, len(l.Items)), Next: l.Next, Total: l.Total}
	for i := range l.Items {
		out.Items[i] = each(&l.Items[i])
	}
	return out
}

// idsOf are what to ask other tables for, of all items at once.
func idsOf[T any, K comparable](items []T, of func(*T) K) []K {
	var none K
	ids := make([]K, 0, len(items))
	for i := range items {
		if id := of(&items[i]); id != none {
			ids = append(ids, id)
		}
	}
	return ids
}

// PageQuery asks for a part of a list.
type PageQuery struct {
	Cursor string `json:"cursor,omitempty"`
	Limit  int    `json:"limit,omitempty" minimum:"0" maximum:"500"`
}

func (q PageQuery) page() retable.Page { return retable.Page{Cursor: q.Cursor, Limit: q.Limit} }

// JobStarted says which job does what was asked for.
type JobStarted struct {
	JobID int64 `json:"job_id"`
}

// SessionRef names a session.
type SessionRef struct {
	SessionID string `json:"session_id"`
}

// JobRef names a job.
type JobRef struct {
	JobID int64 `json:"job_id"`
}

// TicketURL is a link that works once, for 60 seconds, without a token.
type TicketURL struct {
	URL  string `json:"url"`
	Name string `json:"name"`
}
