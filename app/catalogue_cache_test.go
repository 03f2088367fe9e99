package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"retable/internal/rag"
	"retable/internal/retable"
)

// ask asks and returns the text of the answer.
func (s *served) ask(t *testing.T, session, question string) string {
	t.Helper()
	a, err := s.Ask(s.ctx, AskRequest{SessionID: session, Question: question}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a.Text
}

// held are the sessions whose catalogues are open.
func (s *served) held() []*openCatalogue {
	s.catalogues.mu.Lock()
	defer s.catalogues.mu.Unlock()
	var all []*openCatalogue
	for _, key := range s.catalogues.order {
		all = append(all, s.catalogues.open[key])
	}
	return all
}

func TestCataloguesStayOpenBetweenQuestions(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 20, "7.25"))
	other := s.take(t, s.ctx, "b.zip", someOrders(t, 30, "8"))
	if text := s.ask(t, got.SessionID, "How many orders?"); !strings.Contains(text, "20") {
		t.Errorf("got %q", text)
	}
	first := s.held()
	s.ask(t, got.SessionID, "What is the highest price?")
	if again := s.held(); len(again) != 1 || again[0] != first[0] || again[0].users != 1 {
		t.Errorf("the second question opened it anew: %d held", len(again))
	}
	s.ask(t, other.SessionID, "How many orders?")
	if n := len(s.held()); n != 2 {
		t.Errorf("got %d held, want 2", n)
	}

	t.Run("replaced tables let the old catalogue go", func(t *testing.T) {
		started, err := s.ConvertSession(s.ctx, ConvertSessionRequest{SessionID: got.SessionID, Options: &ConvertOptions{Entities: "keep"}})
		if err != nil {
			t.Fatal(err)
		}
		s.await(t, s.ctx, started.JobID, retable.JobSuccess)
		if l := s.held(); len(l) != 1 || l[0].tables[other.SessionID] == "" {
			t.Errorf("got %d held, want the other session's alone", len(l))
		}
		if text := s.ask(t, got.SessionID, "How many items?"); !strings.Contains(text, "40") {
			t.Errorf("got %q", text)
		}
	})
	t.Run("a deleted session's goes with it", func(t *testing.T) {
		if _, err := s.DeleteSession(s.ctx, SessionRef{other.SessionID}); err != nil {
			t.Fatal(err)
		}
		for _, o := range s.held() {
			if o.tables[other.SessionID] != "" {
				t.Error("it is still held")
			}
		}
	})
}

func TestQuestionsAtOnceShareCatalogues(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	var ids []string
	for i := range 3 {
		ids = append(ids, s.take(t, s.ctx, fmt.Sprintf("%d.zip", i), someOrders(t, 10+i, "7.25")).SessionID)
	}
	var wg sync.WaitGroup
	for i := range 12 {
		_, ctx := s.addUser(t, fmt.Sprintf("user-%d", i), retable.RoleAdmin) // a user's own would take turns
		wg.Go(func() {
			a, err := s.Ask(ctx, AskRequest{SessionID: ids[i%3], Question: "How many orders?"}, nil)
			if err != nil || !strings.Contains(a.Text, fmt.Sprint(10+i%3)) {
				t.Errorf("got %+v, %v", a, err)
			}
			if i%4 == 3 {
				if err := s.catalogues.forget(ids[i%3]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, o := range s.held() {
		if o.users != 1 {
			t.Errorf("got %d users of what nobody uses but the cache", o.users)
		}
	}
}

// fakeCatalogue is an open catalogue without tables, and how often it was closed.
func fakeCatalogue(session, tables string) (*openCatalogue, *int) {
	n := new(int)
	return &openCatalogue{Catalogue: &rag.Catalogue{}, tables: map[string]string{session: tables}, closers: []func() error{func() error { *n++; return nil }}}, n
}

func TestHeldCatalogues(t *testing.T) {
	t.Parallel()
	keep := func(t *testing.T, c *catalogues, key string, fresh *openCatalogue) *openCatalogue {
		t.Helper()
		o, err := c.keep(key, fresh)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	t.Run("are bounded, and the longest unused goes first", func(t *testing.T) {
		t.Parallel()
		var c catalogues
		closed := map[string]*int{}
		for i := range maxOpenCatalogues + 2 {
			key := fmt.Sprint(i)
			fresh, n := fakeCatalogue(key, "v1")
			closed[key] = n
			if err := c.letGo(keep(t, &c, key, fresh)); err != nil {
				t.Fatal(err)
			}
			if i == maxOpenCatalogues-1 {
				if err := c.letGo(c.acquire("0")); err != nil { // it was used just now
					t.Fatal(err)
				}
			}
		}
		if len(c.open) != maxOpenCatalogues || *closed["0"] != 0 || *closed["1"] != 1 || *closed["2"] != 1 || *closed["3"] != 0 {
			t.Errorf("got %d open, closed %v", len(c.open), closed)
		}
	})
	t.Run("close when the last question has let go", func(t *testing.T) {
		t.Parallel()
		var c catalogues
		fresh, n := fakeCatalogue("s", "v1")
		o := keep(t, &c, "k", fresh)
		newer, _ := fakeCatalogue("s", "v2")
		keep(t, &c, "k2", newer)
		if *n != 0 || c.acquire("k") != nil {
			t.Errorf("closed %d times under a question, or still found", *n)
		}
		if err := c.letGo(o); err != nil || *n != 1 {
			t.Errorf("closed %d times, %v", *n, err)
		}
	})
	t.Run("the quicker of two stays", func(t *testing.T) {
		t.Parallel()
		var c catalogues
		one, first := fakeCatalogue("s", "v1")
		two, second := fakeCatalogue("s", "v1")
		a, b := keep(t, &c, "k", one), keep(t, &c, "k", two)
		if a != b || *first != 0 || *second != 1 {
			t.Errorf("closed %d and %d times", *first, *second)
		}
	})
	t.Run("none is kept after the end", func(t *testing.T) {
		t.Parallel()
		var c catalogues
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
		fresh, n := fakeCatalogue("s", "v1")
		if err := c.letGo(keep(t, &c, "k", fresh)); err != nil || *n != 1 || len(c.open) != 0 {
			t.Errorf("closed %d times, %d open, %v", *n, len(c.open), err)
		}
	})
}

func TestQuestionsOfSessionsWithoutTablesSaySo(t *testing.T) {
	t.Parallel()
	s := idle(t, nil)
	err := s.withCatalogue(context.Background(), []*retable.Session{{ID: retable.NewID()}}, func(*rag.Catalogue) error { return nil })
	wantReason(t, "no tables", err, "not_converted")
}
