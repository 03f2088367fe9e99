package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"retable/internal/config"
	"retable/internal/index"
	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// OpenAnswersRequest names bundles, or folders and SQLite files that Retable
// converted to, to ask questions about.
type OpenAnswersRequest struct {
	Sources  []Source
	Config   *config.Config // which models to use; nil: none
	Workers  int
	Search   bool // also index, so that what can't be computed is searched
	Now      func() time.Time
	Progress func(Progress)
}

// Answers answers questions about files, without a data root. Close it.
type Answers struct {
	catalogue *rag.Catalogue
	searcher  rag.Searcher
	snaps     []*index.Snapshot // one per file, if they were indexed
	dbs       []*tabledb.DB
	names     []string
	chat      retable.ChatModel
	now       func() time.Time
	history   []rag.Turn
	closers   []func() error
}

// OpenAnswers makes tables of what isn't tables yet and opens them for
// questions. What it makes goes with Close.
func (a *App) OpenAnswers(ctx context.Context, req OpenAnswersRequest) (_ *Answers, err error) {
	out := &Answers{now: req.Now}
	if out.now == nil {
		out.now = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	scratch, err := os.MkdirTemp(a.scratch, "retable-ask-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for scratch files: %w", err)
	}
	out.closers = append(out.closers, func() error { return os.RemoveAll(scratch) })
	var sources []rag.Source
	for i, src := range req.Sources {
		path, err := a.tablesOf(ctx, src, filepath.Join(scratch, fmt.Sprint(i)), req)
		if err != nil {
			return nil, err
		}
		db, err := tabledb.Open(path)
		if err != nil {
			return nil, err
		}
		out.closers = append(out.closers, db.Close)
		out.dbs = append(out.dbs, db)
		name := filepath.Base(src.Path)
		out.names = append(out.names, name)
		sources = append(sources, rag.Source{SessionID: fmt.Sprint(i + 1), Name: name, DB: db})
	}
	if req.Config != nil {
		m := &models{builtIn: builtInEmbedder(a.workers(req.Workers, 1<<10)), log: quiet()}
		r, err := openModels(req.Config, ProviderSettings{}, "", nil, OpenRequest{Config: req.Config, Log: quiet()})
		if err != nil {
			return nil, err
		}
		m.use(r)
		out.chat, _ = m.chat() // none is search mode
	}
	if req.Search {
		if err := out.index(ctx, scratch, sources); err != nil {
			return nil, err
		}
	}
	out.catalogue, err = rag.Open(ctx, sources)
	if err != nil {
		return nil, err
	}
	out.closers = append(out.closers, out.catalogue.Close)
	return out, nil
}

// tablesOf is the tables.sqlite of a source, made in dir if it isn't there.
func (a *App) tablesOf(ctx context.Context, src Source, dir string, req OpenAnswersRequest) (string, error) {
	form, pkg, err := formOf(src.Path)
	if err != nil {
		return "", err
	}
	switch form {
	case SideSQLite:
		return src.Path, nil
	case SideTables:
		if path := sqliteOf(src.Path, pkg); path != "" {
			return path, nil
		}
		return "", fmt.Errorf("%s has no SQLite file to ask: convert with --mode relational -f sqlite, or ask the bundle itself", src.Path)
	case SideCSV:
		return "", fmt.Errorf("%s is a lone table: ask the bundle that it came from", src.Path)
	}
	if _, err := a.Convert(ctx, ConvertRequest{Source: src, Output: dir, Formats: []string{"sqlite"}, Shape: Shape{Mode: "relational"}, Workers: req.Workers, Progress: req.Progress}); err != nil {
		return "", err
	}
	return findSQLite(dir)
}

// index makes full text of every source.
func (s *Answers) index(ctx context.Context, scratch string, sources []rag.Source) error {
	for i, src := range sources {
		dir := filepath.Join(scratch, fmt.Sprintf("index-%d", i))
		if _, err := index.Build(ctx, dir, index.Source{Session: src.SessionID, Revision: "file", Tables: src.DB}, index.BuildOptions{}); err != nil {
			return err
		}
		snap, err := index.Open(ctx, dir, src.DB, index.OpenOptions{Name: src.Name})
		if err != nil {
			return err
		}
		s.closers = append(s.closers, snap.Release)
		s.snaps = append(s.snaps, snap)
	}
	s.searcher = &indexSearcher{snaps: s.snaps}
	return nil
}

// Ask answers a question; later ones may refer to it.
func (s *Answers) Ask(ctx context.Context, question string, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
	if emit == nil {
		emit = func(retable.AnswerEvent) error { return nil }
	}
	a, err := s.catalogue.Answer(ctx, rag.Request{Question: question, History: s.history, Searcher: s.searcher, Chat: s.chat, Now: s.now()}, emit)
	if err != nil {
		return nil, err
	}
	s.history = append(s.history, rag.Turn{Question: question, Answer: a.Text})
	s.history = s.history[max(0, len(s.history)-maxHistory):]
	return a, nil
}

// Query runs a statement on the first source, read-only by the engine.
func (s *Answers) Query(ctx context.Context, sql string) (*retable.ResultTable, error) {
	return rag.Query(ctx, s.dbs[0], sql)
}

// Name is what a session of an answer's citation is called.
func (s *Answers) Name(session string) string {
	for i, n := range s.names {
		if fmt.Sprint(i+1) == session {
			return n
		}
	}
	return session
}

// Close lets go of the files, and removes what was made.
func (s *Answers) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}
