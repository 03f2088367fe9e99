package app

import (
	"context"
	"fmt"
	"strings"

	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// Askable is what other programs ask: a data root (a Service), or files (a
// FileShelf). Each call gives what the caller may see, bounded.
type Askable interface {
	Version() string
	ListSessions(ctx context.Context, req ListSessionsRequest) (*SessionList, error)
	GetSession(ctx context.Context, req SessionRef) (*Session, error)
	ListTables(ctx context.Context, req SessionRef) (*TableList, error)
	ListColumns(ctx context.Context, req TableRef) (*ColumnList, error)
	Query(ctx context.Context, req QueryRequest) (*retable.ResultTable, error)
	Search(ctx context.Context, req SearchRequest) (*SearchResult, error)
	Ask(ctx context.Context, req AskRequest, emit func(retable.AnswerEvent) error) (*retable.Answer, error)
}

var (
	_ Askable = (*Service)(nil)
	_ Askable = (*FileShelf)(nil)
)

// FileShelf gives files the form of a data root, for those who know no other:
// each file is a session, by its number. It is safe for concurrent use.
type FileShelf struct {
	answers *Answers
	version string
}

// Shelf gives opened files the form of a data root. The files remain the
// caller's to close.
func (s *Answers) Shelf(version string) *FileShelf { return &FileShelf{s, version} }

// Version returns the program's version.
func (f *FileShelf) Version() string { return f.version }

// ListSessions lists the files.
func (f *FileShelf) ListSessions(_ context.Context, req ListSessionsRequest) (*SessionList, error) {
	out := &SessionList{Items: []Session{}}
	for i, name := range f.answers.names {
		if strings.Contains(strings.ToLower(name), strings.ToLower(req.Search)) {
			out.Items = append(out.Items, f.session(i))
		}
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

// GetSession returns a file.
func (f *FileShelf) GetSession(_ context.Context, req SessionRef) (*Session, error) {
	i, err := f.file(req.SessionID)
	if err != nil {
		return nil, err
	}
	return ptr(f.session(i)), nil
}

func (f *FileShelf) session(i int) Session {
	x := Session{ID: fmt.Sprint(i + 1), Name: f.answers.names[i], State: string(retable.SessionReady)}
	for _, t := range f.answers.dbs[i].Tables() {
		x.Tables++
		x.Rows += t.Rows
	}
	return x
}

// file is the place of a session.
func (f *FileShelf) file(session string) (int, error) {
	for i := range f.answers.dbs {
		if session == fmt.Sprint(i+1) {
			return i, nil
		}
	}
	return 0, retable.Missing("session", session)
}

func (f *FileShelf) db(session string) (*tabledb.DB, error) {
	i, err := f.file(session)
	if err != nil {
		return nil, err
	}
	return f.answers.dbs[i], nil
}

// ListTables lists a file's tables.
func (f *FileShelf) ListTables(_ context.Context, req SessionRef) (*TableList, error) {
	db, err := f.db(req.SessionID)
	if err != nil {
		return nil, err
	}
	out := &TableList{Tables: []TableDTO{}}
	for i, t := range db.Tables() {
		out.Tables = append(out.Tables, TableDTO{int64(i) + 1, t.Name, t.ViewName, t.Kind, t.Path, t.Parent, t.Rows, int64(t.Columns)})
	}
	return out, nil
}

// ListColumns lists a table's columns.
func (f *FileShelf) ListColumns(ctx context.Context, req TableRef) (*ColumnList, error) {
	db, err := f.db(req.SessionID)
	if err != nil {
		return nil, err
	}
	name, err := tableName(db, req.TableID)
	if err != nil {
		return nil, err
	}
	columns, err := columnsOf(ctx, db, name)
	return &ColumnList{Columns: columns}, err
}

// Query runs a statement on a file, read-only by the engine.
func (f *FileShelf) Query(ctx context.Context, req QueryRequest) (*retable.ResultTable, error) {
	db, err := f.db(req.SessionID)
	if err != nil {
		return nil, err
	}
	return rag.Query(ctx, db, strings.TrimSpace(req.SQL))
}

// Search finds rows of a file by words.
func (f *FileShelf) Search(ctx context.Context, req SearchRequest) (*SearchResult, error) {
	if err := req.settle(); err != nil {
		return nil, err
	}
	i, err := f.file(req.SessionID)
	if err != nil {
		return nil, err
	}
	out := newSearch(req)
	if i >= len(f.answers.snaps) {
		err = out.scan(ctx, f.answers.dbs[i], req.SessionID, f.answers.names[i])
	} else {
		err = out.indexed(ctx, f.answers.snaps[i], req.SessionID, f.answers.names[i], -1)
	}
	if err != nil {
		return nil, explained(ctx, err, "searching")
	}
	return out.result(), nil
}

// Ask answers a question by itself, without those before.
func (f *FileShelf) Ask(ctx context.Context, req AskRequest, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
	if emit == nil {
		emit = func(retable.AnswerEvent) error { return nil }
	}
	s := f.answers
	return s.catalogue.Answer(ctx, rag.Request{Question: req.Question, Searcher: s.searcher, Chat: s.chat, Now: s.now()}, emit)
}
