package index

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// sets are the implementations of vectorSet.
func sets(dimensions, count int) map[string]vectorSet {
	c, err := newChromemSet(dimensions)
	if err != nil {
		panic(err)
	}
	return map[string]vectorSet{"chromem": c, "flat": newFlatSet(dimensions, count)}
}

func randomVector(dice *rand.Rand, dimensions int) []float32 {
	v := make([]float32, dimensions)
	for i := range v {
		v[i] = float32(dice.NormFloat64())
	}
	return v
}

// TestVectorSets is what every implementation promises.
func TestVectorSets(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name := range sets(0, 0) {
		t.Run(name, func(t *testing.T) {
			t.Run("nothing in, nothing out", func(t *testing.T) {
				got, err := sets(3, 0)[name].search(ctx, []float32{1, 0, 0}, 5)
				if err != nil || len(got) != 0 {
					t.Errorf("got %v, %v", got, err)
				}
			})
			t.Run("the nearest come first, of equal ones the lower number", func(t *testing.T) {
				s := sets(2, 4)[name]
				for v, x := range [][]float32{{0, 1}, {2, 2}, {-1, 0}, {1, 0}, {5, 0}} {
					if err := s.add(int64(v), x); err != nil {
						t.Fatal(err)
					}
				}
				got, err := s.search(ctx, []float32{3, 0}, 3)
				if err != nil {
					t.Fatal(err)
				}
				var order []int64
				for _, f := range got {
					order = append(order, f.v)
				}
				if !slices.Equal(order, []int64{3, 4, 1}) || math.Abs(float64(got[2].cosine)-math.Sqrt(0.5)) > 1e-3 {
					t.Errorf("got %v", got)
				}
			})
			t.Run("asking for more than there is gives all", func(t *testing.T) {
				s := sets(2, 1)[name]
				if err := s.add(7, []float32{1, 1}); err != nil {
					t.Fatal(err)
				}
				got, err := s.search(ctx, []float32{1, 1}, 50)
				if err != nil || len(got) != 1 || got[0].v != 7 || s.len() != 1 {
					t.Errorf("got %v, %v", got, err)
				}
				if got, err := s.search(ctx, []float32{1, 1}, 0); err != nil || len(got) != 0 {
					t.Errorf("none: got %v, %v", got, err)
				}
			})
			t.Run("what would spoil the set is refused", func(t *testing.T) {
				s := sets(2, 1)[name]
				nan, inf := float32(math.NaN()), float32(math.Inf(1))
				for _, bad := range [][]float32{nil, {1}, {1, 2, 3}, {0, 0}, {nan, 1}, {1, inf}} {
					if err := s.add(1, bad); !errors.Is(err, errVector) {
						t.Errorf("add %v: got %v", bad, err)
					}
					if _, err := s.search(ctx, bad, 1); !errors.Is(err, errVector) {
						t.Errorf("search %v: got %v", bad, err)
					}
				}
				if s.len() != 0 {
					t.Errorf("got %d vectors", s.len())
				}
			})
			t.Run("the caller's vector is copied", func(t *testing.T) {
				s := sets(2, 1)[name]
				x := []float32{1, 0}
				if err := s.add(1, x); err != nil {
					t.Fatal(err)
				}
				x[0], x[1] = 0, 1
				if got, err := s.search(ctx, []float32{1, 0}, 1); err != nil || got[0].cosine < 0.99 {
					t.Errorf("got %v, %v", got, err)
				}
			})
			t.Run("a context that has ended ends the search", func(t *testing.T) {
				s := sets(4, 100)[name]
				dice := rand.New(rand.NewPCG(1, 1))
				for v := range 100 {
					if err := s.add(int64(v), randomVector(dice, 4)); err != nil {
						t.Fatal(err)
					}
				}
				ended, cancel := context.WithCancel(ctx)
				cancel()
				if _, err := s.search(ended, []float32{1, 0, 0, 0}, 5); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// TestBruteForceAgreesWithChromem: int8 costs a few thousandths of a cosine,
// and of the nearest fifty hardly any.
func TestBruteForceAgreesWithChromem(t *testing.T) {
	t.Parallel()
	const dimensions, count = 100, 10_000 // not a multiple of what the kernel reads
	dice := rand.New(rand.NewPCG(7, 7))
	all := sets(dimensions, count)
	for v := range count {
		x := randomVector(dice, dimensions)
		for _, s := range all {
			if err := s.add(int64(v), x); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, worst := 0, 0.0
	for range 20 {
		q := randomVector(dice, dimensions)
		a, err := all["chromem"].search(t.Context(), q, Depth)
		if err != nil {
			t.Fatal(err)
		}
		b, err := all["flat"].search(t.Context(), q, Depth)
		if err != nil {
			t.Fatal(err)
		}
		exact := map[int64]float32{}
		for _, f := range a {
			exact[f.v] = f.cosine
		}
		for _, f := range b {
			if want, ok := exact[f.v]; ok {
				found++
				worst = max(worst, math.Abs(float64(f.cosine-want)))
			}
		}
	}
	recall := float64(found) / (20 * Depth)
	t.Logf("recall %.3f, largest difference of a cosine %.4f", recall, worst)
	if recall < 0.97 || worst > 0.005 {
		t.Errorf("got recall %.3f and a difference of %.4f", recall, worst)
	}
}

func TestKernelAgreesWithPlainGo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "length")
		a := rapid.SliceOfN(rapid.Int16Range(-8191, 8191), n, n).Draw(t, "question")
		b := rapid.SliceOfN(rapid.Int8(), n, n).Draw(t, "vector")
		want := int32(0)
		for i := range a {
			want += int32(a[i]) * int32(b[i])
		}
		if got, plain := dot(a, b), dotGeneric(a, b); got != want || plain != want {
			t.Fatalf("got %d and %d, want %d", got, plain, want)
		}
	})
}

func TestManyVectorsAreSearchedByBruteForce(t *testing.T) {
	t.Parallel()
	few, err := newVectorSet(4, manyVectors)
	if _, ok := few.(*chromemSet); !ok || err != nil {
		t.Errorf("few: got %T, %v", few, err)
	}
	many, err := newVectorSet(4, manyVectors+1)
	if _, ok := many.(*flatSet); !ok || err != nil {
		t.Errorf("many: got %T, %v", many, err)
	}
}

func TestMeaningFindsWhatWordsDoNot(t *testing.T) {
	t.Parallel()
	db := shop(t)
	e := &topics{name: "topics"}
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, db, OpenOptions{Embedder: e})
	r := find(t, s, Query{Text: "overdue debt", Kinds: []Kind{KindRow}})
	if !r.Dense || len(r.Warnings) != 0 || len(r.Hits) == 0 || !strings.Contains(r.Hits[0].Text, "always pays its bills too late") {
		t.Fatalf("got %+v", r)
	}
	if h := r.Hits[0]; h.DenseRank != 1 || h.WordRank != 0 || h.Cosine < 0.9 || !near(h.Score, DenseWeight/61) {
		t.Errorf("got %+v", h)
	}
	if r := find(t, s, Query{Text: "overdue debt", DenseWeight: -1}); r.Dense || len(r.Hits) != 0 {
		t.Errorf("without meaning: got %+v", r)
	}
	if r := find(t, s, Query{Text: "overdue debt", DenseWeight: 2, Kinds: []Kind{KindRow}}); !near(r.Hits[0].Score, 2.0/61) {
		t.Errorf("weight 2: got %+v", r.Hits[0])
	}
}

// vectorRows reads what a set's vectors are of.
func vectorRows(t *testing.T, dir string) (vectors, passages int) {
	t.Helper()
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openSQLite(filepath.Join(dir, m.Vectors.File), readParams, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT (SELECT count(*) FROM vectors), (SELECT count(*) FROM passages)").Scan(&vectors, &passages); err != nil {
		t.Fatal(err)
	}
	return vectors, passages
}

func TestChangingTheModelNeverMixesVectors(t *testing.T) {
	t.Parallel()
	db := shop(t)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	one, two := &topics{name: "topics"}, &topics{name: "other"}
	first, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: one})
	if err != nil {
		t.Fatal(err)
	}
	old := opened(t, dir, db, OpenOptions{Embedder: one})
	q := Query{Text: "overdue debt", Kinds: []Kind{KindRow}}
	want := find(t, old, q).Hits[0].ID

	t.Run("the old vectors don't answer the new model's questions", func(t *testing.T) {
		s := opened(t, dir, db, OpenOptions{Embedder: two})
		r := find(t, s, Query{Text: "overdue ACME", Kinds: []Kind{KindRow}})
		if r.Dense || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "vectors of the model topics, not of other") {
			t.Errorf("got %+v", r)
		}
		if len(r.Hits) != 1 || r.Hits[0].WordRank != 1 {
			t.Errorf("words don't answer meanwhile: %+v", r.Hits)
		}
	})
	two.before = func() { // while it is being made
		if r := find(t, old, q); r.Hits[0].ID != want || !r.Dense {
			t.Errorf("meanwhile: got %+v", r)
		}
	}
	second, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: two})
	if err != nil {
		t.Fatal(err)
	}
	two.before = nil
	if first.Vectors.File == second.Vectors.File || first.Vectors.Fingerprint == second.Vectors.Fingerprint {
		t.Errorf("got the same file %s", second.Vectors.File)
	}
	t.Run("a snapshot that is open stays with the old", func(t *testing.T) {
		if r := find(t, old, q); r.Hits[0].ID != want || !r.Dense {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a new snapshot has the new alone", func(t *testing.T) {
		s := opened(t, dir, db, OpenOptions{Embedder: two})
		if r := find(t, s, q); !r.Dense || r.Hits[0].ID != want {
			t.Errorf("got %+v", r)
		}
		if a, b := second.Vectors.Vectors, first.Vectors.Vectors; a != b {
			t.Errorf("got %d vectors, want %d", a, b)
		}
		s = opened(t, dir, db, OpenOptions{Embedder: one})
		if r := find(t, s, q); r.Dense || len(r.Warnings) != 1 {
			t.Errorf("the old model: got %+v", r)
		}
	})
	t.Run("the old file goes when nobody opens it any more", func(t *testing.T) {
		if err := Prune(dir); err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*vectors*"))
		if err != nil || len(left) != 1 || filepath.Base(left[0]) != second.Vectors.File {
			t.Errorf("got %v, %v", left, err)
		}
	})
}

func TestFingerprintsDependOnAllOfAModel(t *testing.T) {
	t.Parallel()
	base := retable.EmbedModel{Provider: "p", Name: "n", Digest: "d", Dimensions: 3, Prefix: "x", Normalised: true}
	seen := map[string]bool{Fingerprint(base): true}
	for _, change := range []func(*retable.EmbedModel){
		func(m *retable.EmbedModel) { m.Provider = "pn"; m.Name = "" }, func(m *retable.EmbedModel) { m.Digest = "e" },
		func(m *retable.EmbedModel) { m.Dimensions = 4 }, func(m *retable.EmbedModel) { m.Prefix = "" }, func(m *retable.EmbedModel) { m.Normalised = false },
	} {
		m := base
		change(&m)
		if fp := Fingerprint(m); seen[fp] {
			t.Errorf("%+v has the fingerprint of another", m)
		} else {
			seen[fp] = true
		}
	}
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	db := shop(t)
	src := Source{Session: "s", Revision: "r", Tables: db}
	t.Run("twice does nothing", func(t *testing.T) {
		e := &topics{name: "topics"}
		dir := built(t, src)
		for range 2 {
			if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
				t.Fatal(err)
			}
		}
		if v, p := vectorRows(t, dir); v != e.asked || p < v {
			t.Errorf("got %d vectors and %d passages of %d texts", v, p, e.asked)
		}
	})
	t.Run("a cache spares the model the same texts", func(t *testing.T) {
		e := &topics{name: "topics"}
		cache, err := OpenCache(filepath.Join(t.TempDir(), "cache.sqlite"), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		for range 2 {
			if _, err := Embed(t.Context(), built(t, src), db, EmbedOptions{Embedder: e, Cache: cache}); err != nil {
				t.Fatal(err)
			}
		}
		once := &topics{name: "topics"}
		if _, err := Embed(t.Context(), built(t, src), db, EmbedOptions{Embedder: once}); err != nil {
			t.Fatal(err)
		}
		if e.asked != once.asked {
			t.Errorf("asked for %d texts, want %d", e.asked, once.asked)
		}
		other := &topics{name: "other"}
		if _, err := Embed(t.Context(), built(t, src), db, EmbedOptions{Embedder: other, Cache: cache}); err != nil || other.asked != once.asked {
			t.Errorf("another model was asked for %d texts, want %d: %v", other.asked, once.asked, err)
		}
	})
	t.Run("an earlier set spares the model the same texts", func(t *testing.T) {
		e := &topics{name: "topics"}
		base := built(t, src)
		if _, err := Embed(t.Context(), base, db, EmbedOptions{Embedder: e}); err != nil {
			t.Fatal(err)
		}
		asked := e.asked
		if _, err := Embed(t.Context(), built(t, src), db, EmbedOptions{Embedder: e, Base: base}); err != nil || e.asked != asked {
			t.Errorf("asked for %d texts more: %v", e.asked-asked, err)
		}
	})
	t.Run("texts too long for the model are read in pieces", func(t *testing.T) {
		dir := built(t, src)
		e := &topics{name: "topics", max: 40}
		if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
			t.Fatal(err)
		}
		s := opened(t, dir, db, OpenOptions{Embedder: e})
		if r := find(t, s, Query{Text: strings.Repeat("overdue debt ", 10), Kinds: []Kind{KindRow}}); !r.Dense || len(r.Hits) == 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a model that fails leaves what there was, and the work goes on later", func(t *testing.T) {
		big := prose(t, 300)
		dir := built(t, Source{Session: "s", Revision: "r", Tables: big})
		e := &topics{name: "topics"}
		calls := 0
		e.before = func() {
			if calls++; calls == 3 {
				e.fail = errors.New("server down")
			}
		}
		if _, err := Embed(t.Context(), dir, big, EmbedOptions{Embedder: e}); err == nil || !strings.Contains(err.Error(), "server down") {
			t.Fatalf("got %v", err)
		}
		if m, err := ReadManifest(dir); err != nil || m.Vectors != nil {
			t.Errorf("got %+v, %v", m, err)
		}
		before := e.asked
		e.before, e.fail = nil, nil
		m, err := Embed(t.Context(), dir, big, EmbedOptions{Embedder: e})
		if err != nil {
			t.Fatal(err)
		}
		if int64(e.asked) != m.Vectors.Vectors || before == 0 {
			t.Errorf("asked for %d and then %d texts, made %d vectors", before, e.asked-before, m.Vectors.Vectors)
		}
	})
	t.Run("beyond the limit rows are left out and counted, cards never", func(t *testing.T) {
		big := prose(t, 300)
		dir := built(t, Source{Session: "s", Revision: "r", Tables: big})
		m, err := Embed(t.Context(), dir, big, EmbedOptions{Embedder: &topics{name: "topics"}, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if m.Vectors.Vectors != 100 || m.Vectors.LeftOut == 0 || m.Vectors.LeftOut > 300 {
			t.Errorf("got %+v", m.Vectors)
		}
	})
	t.Run("a model that changes meanwhile is refused", func(t *testing.T) {
		dir := built(t, src)
		e := &topics{name: "topics"}
		e.before = func() { e.name = "other" }
		if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); !errors.Is(err, errModelChanged) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what the model has no direction for is passed over", func(t *testing.T) {
		dir := built(t, src)
		m, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: zeros{}})
		if err != nil || m.Vectors.Vectors != 0 || m.Vectors.Passages != 0 {
			t.Fatalf("got %+v, %v", m, err)
		}
		s := opened(t, dir, db, OpenOptions{Embedder: zeros{}})
		if r := find(t, s, Query{Text: "ACME"}); r.Dense || len(r.Hits) == 0 || len(r.Warnings) != 1 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := &topics{name: "topics", before: cancel}
		if _, err := Embed(ctx, built(t, src), db, EmbedOptions{Embedder: e}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// zeros is a model that makes nothing of anything.
type zeros struct{}

func (zeros) Model(context.Context) (retable.EmbedModel, error) {
	return retable.EmbedModel{Name: "zeros", Dimensions: 2}, nil
}

func (zeros) Embed(_ context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	return slices.Repeat([][]float32{{0, 0}}, len(texts)), nil
}

// prose is a table of sentences, each another.
func prose(t *testing.T, rows int) *tabledb.DB {
	c := content{name: "Note", columns: []string{"id", "remark"}}
	for i := range rows {
		c.rows = append(c.rows, []string{strings.Repeat("i", 1+i%9) + "-1", "remark " + strings.Repeat("very ", i) + "long and odd"})
	}
	return tables(t, []string{"notes.xml"}, c)
}

func TestAModelThatIsDownLeavesWordsToAnswer(t *testing.T) {
	t.Parallel()
	db := shop(t)
	dir := built(t, Source{Session: "s", Revision: "r", Tables: db})
	e := &topics{name: "topics"}
	s := opened(t, dir, db, OpenOptions{Embedder: e})
	if r := find(t, s, Query{Text: "ACME"}); len(r.Hits) == 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "no vectors yet") {
		t.Errorf("no vectors: got %+v", r)
	}
	if _, err := Embed(t.Context(), dir, db, EmbedOptions{Embedder: e}); err != nil {
		t.Fatal(err)
	}
	e.fail = errors.New("down")
	s = opened(t, dir, db, OpenOptions{Embedder: e})
	if r := find(t, s, Query{Text: "ACME"}); len(r.Hits) == 0 || r.Dense || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "The embedding model failed.") {
		t.Errorf("down: got %+v", r)
	}
}

func TestCacheLetsTheOldestGo(t *testing.T) {
	t.Parallel()
	c, err := OpenCache(filepath.Join(t.TempDir(), "cache.sqlite"), 10*4*2) // ten of two dimensions
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var hashes []textHash
	for i := range 30 {
		hashes = append(hashes, textHash{byte(i)})
		if err := c.put(t.Context(), "fp", map[textHash][]float32{hashes[i]: {1, float32(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.find(t.Context(), "fp", 2, hashes)
	if err != nil || len(got) != 10 || got[hashes[29]] == nil || got[hashes[0]] != nil {
		t.Errorf("got %d vectors, %v", len(got), err)
	}
	if got, err := c.find(t.Context(), "other", 2, hashes); err != nil || len(got) != 0 {
		t.Errorf("another model: got %v, %v", got, err)
	}
	if _, err := c.find(t.Context(), "fp", 3, hashes); !errors.Is(err, ErrDamaged) {
		t.Errorf("another length: got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.put(t.Context(), "fp", nil); !errors.Is(err, sql.ErrConnDone) && err == nil {
		t.Error("a closed cache takes vectors")
	}
}

func TestPassages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		tokens     int
		want       []string
	}{
		{"a short text is one", "one\ntwo", 100, []string{"one\ntwo"}},
		{"lines stay together as long as they fit", "aaa bbb\nccc ddd\neee", 6, []string{"aaa bbb\nccc ddd", "eee"}},
		{"a long line is cut between words", "aaa bbb ccc ddd eee", 3, []string{"aaa bbb", "ccc ddd", "eee"}},
		{"without spaces it is cut anyway", "aaaaaaaaaaaaaaaa", 4, []string{"aaaaaaaaaaaa", "aaaa"}},
		{"nothing", "\n \n", 4, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := passages(tt.text, tt.tokens); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := passages(strings.Repeat("words ", 10_000), 128); len(got) != passagesEach {
		t.Errorf("got %d passages", len(got))
	}
}

func TestPruneNeedsAManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vectors-0000000000000000.sqlite"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Prune(dir); !errors.Is(err, ErrNoIndex) {
		t.Errorf("got %v", err)
	}
}
