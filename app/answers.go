package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"retable/internal/index"
	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// AskRequest asks a question of a collection, or of one session.
type AskRequest struct {
	Collection string `json:"collection,omitempty"` // id, or the name its owner gave it
	SessionID  string `json:"session_id,omitempty"` // instead of a collection
	Question   string `json:"question" minLength:"1" maxLength:"2000"`
	ChatID     string `json:"chat_id,omitempty"` // keeps both turns, and remembers the ones before

	Earlier []EarlierTurn `json:"-"` // questions before, of who keeps them without a chat
}

// EarlierTurn is a question that was asked before, with its answer.
type EarlierTurn = rag.Turn

// maxHistory bounds the turns that a question may refer to.
const maxHistory = 6

// Ask answers a question. Steps go to emit as they happen; ending ctx stops the
// model and the queries. Without an index the answer comes from the tables alone.
func (s *Service) Ask(ctx context.Context, req AskRequest, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
	p, err := s.who(ctx, retable.ScopeAsk)
	if err != nil {
		return nil, err
	}
	q, err := s.question(ctx, p, req)
	if err != nil {
		return nil, err
	}
	if emit == nil {
		emit = func(retable.AnswerEvent) error { return nil }
	}
	end, err := s.asking.take(ctx, p.UserID, longestWait)
	if err != nil {
		return nil, err
	}
	defer end()
	var answer *retable.Answer
	r := rag.Request{Question: req.Question, History: q.history, Changes: &changeSource{s: s, p: p}, Now: s.clock()}
	if chat, _ := s.models.chat(); chat != nil && s.mayLeave(ctx, chat) {
		r.Chat = chat
	}
	err = s.withCatalogue(ctx, q.sessions, func(catalogue *rag.Catalogue) error {
		return s.withSearcher(ctx, q.sessions, func(searcher rag.Searcher, without []string) (err error) {
			r.Searcher, r.Unsearched = searcher, without
			answer, err = catalogue.Answer(ctx, r, emit)
			return err
		})
	})
	if err != nil {
		return nil, explained(ctx, err, "answering")
	}
	return answer, s.remember(ctx, req, answer)
}

// mayLeave reports whether rows may go to the model: an administrator can
// forbid all that is on another machine.
func (s *Service) mayLeave(ctx context.Context, chat retable.ChatModel) bool {
	if !chat.Remote() {
		return true
	}
	now, err := s.settings(ctx)
	return err == nil && now.RemoteModelsAllowed
}

// question is what a question is about.
type question struct {
	sessions []*retable.Session
	history  []rag.Turn
}

func (s *Service) question(ctx context.Context, p *retable.Principal, req AskRequest) (*question, error) {
	q := &question{}
	err := s.store.View(ctx, func(tx retable.Tx) error {
		q.sessions, q.history = nil, nil
		ids := []string{req.SessionID}
		if req.Collection != "" {
			c, err := collection(ctx, tx, p, req.Collection, false)
			if err != nil {
				return err
			}
			ids = c.Sessions
		}
		for _, id := range ids {
			x, err := session(ctx, tx, p, id, false)
			if err != nil {
				return err
			}
			if x.State == retable.SessionReady {
				q.sessions = append(q.sessions, x)
			}
		}
		if len(q.sessions) == 0 {
			return &retable.Error{Code: retable.Conflict, Reason: "not_converted", Detail: "Nothing here has tables yet: convert a session first."}
		}
		if req.ChatID == "" {
			q.history = req.Earlier[max(0, len(req.Earlier)-maxHistory):]
			return nil
		}
		if _, err := ownChat(ctx, tx, p, req.ChatID); err != nil {
			return err
		}
		turns, err := tx.Chats().Messages(ctx, req.ChatID)
		if err != nil {
			return err
		}
		q.history = historyOf(turns)
		return nil
	})
	return q, err
}

// historyOf pairs questions with their answers, the last few.
func historyOf(turns []retable.ChatMessage) []rag.Turn {
	var out []rag.Turn
	for i := 0; i+1 < len(turns); i++ {
		if turns[i].Role == "user" && turns[i+1].Role == "assistant" {
			out = append(out, rag.Turn{Question: turns[i].Text, Answer: turns[i+1].Text})
		}
	}
	return out[max(0, len(out)-maxHistory):]
}

// withSearcher opens the indexes of sessions while fn runs, and names the
// sessions that have none; without any, there is no searcher.
func (s *Service) withSearcher(ctx context.Context, sessions []*retable.Session, fn func(_ rag.Searcher, without []string) error) (err error) {
	var snaps []*index.Snapshot
	var without []string
	defer func() {
		for _, snap := range snaps {
			err = errors.Join(err, snap.Release())
		}
	}()
	for _, x := range sessions {
		snap, err := s.snapshot(ctx, x.ID, x.Name)
		if err != nil {
			return err
		}
		if snap == nil {
			without = append(without, x.Name)
			continue
		}
		snaps = append(snaps, snap)
	}
	if len(snaps) == 0 {
		return fn(nil, without)
	}
	return fn(&indexSearcher{snaps, s.cfg.DenseWeight}, without)
}

func notConverted() error {
	return &retable.Error{Code: retable.Conflict, Reason: "not_converted", Detail: "This session has no tables yet: convert it first."}
}

// indexSearcher searches several indexes for the router.
type indexSearcher struct {
	snaps  []*index.Snapshot
	weight float64
}

// Search implements rag.Searcher.
func (x *indexSearcher) Search(ctx context.Context, query string, k int) ([]rag.Hit, error) {
	r, err := index.SearchAll(ctx, x.snaps, index.Query{Text: query, Limit: min(k, index.Depth), DenseWeight: x.weight})
	if err != nil {
		return nil, err
	}
	var out []rag.Hit
	for i := range r.Hits {
		h := &r.Hits[i]
		if h.Kind == index.KindChange {
			continue
		}
		hit := rag.Hit{SessionID: h.Session, Table: h.Table, Row: h.Row, Text: h.Text, Score: h.Score, ByMeaning: h.WordRank == 0 && h.CodeRank == 0}
		for _, m := range h.Marks {
			hit.Highlights = append(hit.Highlights, rag.Span{From: m.From, To: m.To})
		}
		out = append(out, hit)
	}
	return out, nil
}

// Query runs one statement of SQL on a session's tables, read-only by the
// engine: what `ask --sql` and other programs' models use.
func (s *Service) Query(ctx context.Context, req QueryRequest) (*retable.ResultTable, error) {
	p, err := s.who(ctx, retable.ScopeAsk)
	if err != nil {
		return nil, err
	}
	var a *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if _, err := session(ctx, tx, p, req.SessionID, false); err != nil {
			return err
		}
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: req.SessionID, Kind: retable.ArtifactTables})
		return err
	})
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, notConverted()
	}
	end, err := s.asking.take(ctx, p.UserID, longestWait)
	if err != nil {
		return nil, err
	}
	defer end()
	var out *retable.ResultTable
	err = s.databases.use(ctx, s.blobs, a.Key, func(db *tabledb.DB) (err error) {
		out, err = rag.Query(ctx, db, strings.TrimSpace(req.SQL))
		return err
	})
	if err != nil {
		return nil, explained(ctx, err, "running the query")
	}
	return out, nil
}

// QueryRequest is a statement to run on a session's tables.
type QueryRequest struct {
	SessionID string `json:"session_id"`
	SQL       string `json:"sql" minLength:"1" maxLength:"100000"`
}

// remember keeps both turns of a conversation.
func (s *Service) remember(ctx context.Context, req AskRequest, a *retable.Answer) error {
	if req.ChatID == "" {
		return nil
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return retable.Fault(err, "keeping the answer")
	}
	ctx = context.WithoutCancel(ctx) // it was answered: whoever has gone finds it here
	return s.store.Update(ctx, func(tx retable.Tx) error {
		now := s.clock.Now()
		if err := tx.Chats().Append(ctx, &retable.ChatMessage{ChatID: req.ChatID, Role: "user", Text: req.Question, At: now}); err != nil {
			return err
		}
		return tx.Chats().Append(ctx, &retable.ChatMessage{ChatID: req.ChatID, Role: "assistant", Text: a.Text, Answer: raw, At: now})
	})
}
