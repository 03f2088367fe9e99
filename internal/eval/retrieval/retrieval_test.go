package retrieval

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"retable/internal/index"
	"retable/internal/retable"
)

// setUp makes the data and their index, with vectors if there is an embedder.
func setUp(t *testing.T, e retable.Embedder) (*index.Snapshot, []Question) {
	t.Helper()
	data, err := Make(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Tables.Close() })
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := index.Build(t.Context(), dir, index.Source{Session: "eval", Revision: "1", Tables: data.Tables}, index.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	if e != nil {
		if _, err := index.Embed(t.Context(), dir, data.Tables, index.EmbedOptions{Embedder: e}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := index.Open(context.Background(), dir, data.Tables, index.OpenOptions{Embedder: e})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Release() })
	return s, data.Questions
}

func measure(t *testing.T, s *index.Snapshot, questions []Question, ways ...Way) [][]Score {
	t.Helper()
	var all [][]Score
	for _, w := range ways {
		scores, err := Measure(t.Context(), s, questions, w)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, scores)
	}
	t.Log("\n" + Table(ways, all))
	return all
}

// of returns the score of a class.
func of(t *testing.T, scores []Score, class string) Score {
	t.Helper()
	for _, s := range scores {
		if s.Class == class {
			return s
		}
	}
	t.Fatalf("no class %q", class)
	return Score{}
}

func TestWordsFindNamesCodesAndTables(t *testing.T) {
	t.Parallel()
	s, questions := setUp(t, nil)
	scores := measure(t, s, questions, Way{"words", -1})[0]
	for class, least := range map[string]float64{"name": 0.95, "code": 0.95, "part of a code": 0.95, "table": 0.60, "words": 0.60} {
		if got := of(t, scores, class); got.NDCG < least {
			t.Errorf("%s: got nDCG %.3f, want at least %.2f", class, got.NDCG, least)
		}
	}
}

func TestDataAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	var all []string
	for range 2 {
		data, err := Make(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(data.Questions))
		data.Tables.Close()
	}
	if all[0] != all[1] {
		t.Error("they differ")
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	q := Question{Table: "T", Rows: map[int64]bool{1: true, 2: true}}
	row := func(n int64) index.Hit { return index.Hit{Kind: index.KindRow, Table: "T", Row: n} }
	ndcg, recall := q.rate([]index.Hit{row(1), row(2), row(3)})
	if ndcg != 1 || recall != 1 {
		t.Errorf("perfect: got %g, %g", ndcg, recall)
	}
	if ndcg, recall = q.rate([]index.Hit{row(3), row(1)}); ndcg >= 0.5 || recall != 0.5 {
		t.Errorf("half: got %g, %g", ndcg, recall)
	}
	card := Question{Table: "T"}
	if ndcg, _ = card.rate([]index.Hit{{Kind: index.KindTable, Table: "T"}, {Kind: index.KindTable, Table: "T", Part: 1}}); ndcg < 1 {
		t.Errorf("card: got %g", ndcg)
	}
}
