package app

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"retable/internal/retable"
)

// lettersModel is an embedder that counts letters, and the texts it was given.
type lettersModel struct {
	mu    sync.Mutex
	name  string
	texts []string
}

func (m *lettersModel) Model(context.Context) (retable.EmbedModel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return retable.EmbedModel{Provider: "test", Name: m.name, Dimensions: 26, Normalised: true}, nil
}

func (m *lettersModel) Embed(_ context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.texts = append(m.texts, texts...)
	var out [][]float32
	for _, text := range texts {
		v := make([]float32, 26)
		for _, r := range strings.ToLower(text) {
			if r >= 'a' && r <= 'z' {
				v[r-'a']++
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// take returns the texts that were embedded since it was asked last.
func (m *lettersModel) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	texts := m.texts
	m.texts = nil
	return texts
}

func (m *lettersModel) become(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.name = name
}

// notes is a bundle of customers' notes.
func notes(t *testing.T, remarks ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("notes.xml")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "<Notes>")
	for i, r := range remarks {
		fmt.Fprintf(w, "<Note id=%q><Remark>%s</Remark></Note>", fmt.Sprintf("N-%d", i), r)
	}
	fmt.Fprint(w, "</Notes>")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// index indexes a session and returns its job, 0 if there was nothing to do.
func (s *served) index(t *testing.T, id string) int64 {
	t.Helper()
	started, err := s.IndexSession(s.ctx, IndexRequest{SessionID: id, Collection: "notes"})
	if err != nil {
		t.Fatal(err)
	}
	if started.JobID != 0 {
		s.await(t, s.ctx, started.JobID, retable.JobSuccess)
	}
	return started.JobID
}

func TestIndexesAreMadeOfWhatThereIs(t *testing.T) {
	t.Parallel()
	model := &lettersModel{name: "letters"}
	s := serve(t, func(_ *ServiceConfig, d *ServiceDeps) { d.Embedder = model })
	same := []string{"the parcel came too late again", "please deliver to the side entrance", "asks for a printed invoice each time"}
	first := s.take(t, s.ctx, "first.zip", notes(t, same...)).SessionID
	second := s.take(t, s.ctx, "second.zip", notes(t, append(same, "moved to the new warehouse in spring")...)).SessionID

	if s.index(t, first) == 0 || len(model.take()) < len(same) {
		t.Fatal("the first index wasn't made")
	}
	t.Run("twice does nothing", func(t *testing.T) {
		if job := s.index(t, first); job != 0 || len(model.take()) > 0 {
			t.Errorf("got job %d", job)
		}
	})
	t.Run("texts that another delivery had aren't embedded again", func(t *testing.T) {
		s.index(t, second)
		texts := strings.Join(model.take(), "\n")
		if !strings.Contains(texts, "moved to the new warehouse") || strings.Contains(texts, "side entrance\n") || strings.Contains(texts, "remark: please deliver") {
			t.Errorf("embedded: %s", texts)
		}
	})
	t.Run("a comparison makes the later delivery's index old, and only what is new is embedded", func(t *testing.T) {
		job, err := s.Compare(s.ctx, CompareSessionsRequest{LeftID: first, RightID: second})
		if err != nil {
			t.Fatal(err)
		}
		s.await(t, s.ctx, job.JobID, retable.JobSuccess)
		if s.index(t, second) == 0 {
			t.Fatal("nothing was indexed")
		}
		for _, text := range model.take() {
			if strings.Contains(text, "late again") || strings.Contains(text, "new warehouse in spring") && !strings.Contains(text, "first.zip") {
				t.Errorf("embedded again: %s", text)
			}
		}
		if s.index(t, second) != 0 || s.index(t, first) != 0 {
			t.Error("it isn't done")
		}
	})
	t.Run("a changed model builds beside, and words answer meanwhile", func(t *testing.T) {
		model.become("others")
		found, err := s.Search(s.ctx, SearchRequest{SessionID: second, Text: "warehouse"})
		if err != nil || len(found.Rows) == 0 || found.Way != "index" {
			t.Fatalf("got %+v, %v", found, err)
		}
		if texts := model.take(); len(texts) > 0 {
			t.Errorf("the new model was asked about the old one's vectors: %q", texts)
		}
		if s.index(t, second) == 0 {
			t.Fatal("nothing was indexed")
		}
		if texts := strings.Join(model.take(), "\n"); !strings.Contains(texts, "late again") {
			t.Errorf("only these were embedded by the new model: %s", texts)
		}
		if found, err = s.Search(s.ctx, SearchRequest{SessionID: second, Text: "warehouse"}); err != nil || len(found.Rows) == 0 {
			t.Errorf("got %+v, %v", found, err)
		}
	})
	t.Run("a damaged copy of an index is fetched again", func(t *testing.T) {
		if err := s.indexes.close(); err != nil {
			t.Fatal(err)
		}
		all, err := filepath.Glob(filepath.Join(s.cacheDir("indexes"), "*", "words.sqlite"))
		if err != nil || len(all) == 0 {
			t.Fatalf("got %v, %v", all, err)
		}
		for _, path := range all {
			if err := os.Truncate(path, 100); err != nil {
				t.Fatal(err)
			}
		}
		if found, err := s.Search(s.ctx, SearchRequest{SessionID: second, Text: "warehouse"}); err != nil || len(found.Rows) == 0 {
			t.Errorf("got %+v, %v", found, err)
		}
	})
	t.Run("work that is done leaves nothing behind", func(t *testing.T) {
		if left, err := filepath.Glob(filepath.Join(s.cacheDir("indexes"), "*-making-*")); err != nil || len(left) > 0 {
			t.Errorf("got %v, %v", left, err)
		}
	})
}
