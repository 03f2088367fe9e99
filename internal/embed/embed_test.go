package embed

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"retable/internal/retable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKernelsAgreeWithPlainGo(t *testing.T) {
	t.Parallel()
	tiles := tilesHere()
	rapid.Check(t, func(t *rapid.T) {
		n, in, out := rapid.IntRange(1, 40).Draw(t, "rows"), 4*rapid.IntRange(1, 20).Draw(t, "quarter of the inputs"), panelWidth*rapid.IntRange(1, 3).Draw(t, "panels")
		value := rapid.Float32Range(-2, 2)
		l := linear{matrix: matrix{out: out, in: in, w: rapid.SliceOfN(value, out*in, out*in).Draw(t, "weights")}, bias: rapid.SliceOfN(value, out, out).Draw(t, "bias")}
		x := rapid.SliceOfN(value, n*in, n*in).Draw(t, "values")
		want := l.of(x, n)
		for _, k := range tiles {
			p := l.pack(k)
			got := p.of(x, n)
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-3 {
					t.Fatalf("tiles of %d: value %d of %d rows of %d: got %g, want %g", k.rows, i, n, out, got[i], want[i])
				}
			}
			if last := p.of(x[(n-1)*in:], 1); !slices.Equal(last, got[(n-1)*out:]) {
				t.Fatalf("tiles of %d: the last of %d rows is another when it is alone", k.rows, n)
			}
		}
		a, b := slices.Clone(x[:in]), slices.Clone(x[:in])
		axpy(a, l.w[:in], 1.5)
		axpyGeneric(b, l.w[:in], 1.5)
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-5 {
				t.Fatalf("axpy, value %d: got %g, want %g", i, a[i], b[i])
			}
		}
		if got, want := dot(x[:in], l.w[:in]), dotGeneric(x[:in], l.w[:in]); math.Abs(float64(got-want)) > 1e-3 {
			t.Fatalf("dot: got %g, want %g", got, want)
		}
	})
}

func TestEncode(t *testing.T) {
	t.Parallel()
	tokens := made().tokens
	tests := []struct {
		name, text string
		want       []string
	}{
		{"words and endings", "hello customers?", []string{"▁hello", "▁", "customer", "s", "?"}},
		{"full width is folded", "ｈｅｌｌｏ", []string{"▁hello"}},
		{"unknown characters in a run are one", "hello ☃☃☃", []string{"▁hello", "▁", "�"}},
		{"broken UTF-8 is unknown", "hello \xff\xfe", []string{"▁hello", "▁", "�"}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, id := range tokens.encode(tt.text) {
				got = append(got, tokens.pieces[id])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"", "hello world", "☃ \x00\xff", "日本語", strings.Repeat("ab_", 50)} {
		f.Add(seed)
	}
	tokens := made().tokens
	f.Fuzz(func(t *testing.T, text string) {
		ids := tokens.encode(text)
		for i, id := range ids {
			if id < 0 || id >= vocab || id > 0 && id < reserved {
				t.Fatalf("token %d is %d", i, id)
			}
			if i > 0 && id == unknown && ids[i-1] == unknown {
				t.Fatal("two unknown tokens in a row")
			}
		}
		var together []int
		for _, w := range tokens.windows(ids) {
			if len(w) > MaxTokens {
				t.Fatalf("window of %d tokens", len(w))
			}
			together = append(together, w...)
		}
		if !slices.Equal(together, ids) {
			t.Fatal("the windows don't hold the tokens")
		}
	})
}

func TestWindowsBeginAtWords(t *testing.T) {
	t.Parallel()
	tokens := made().tokens
	ids := tokens.encode(strings.Repeat("how many customers? ", 40))
	windows := tokens.windows(ids)
	if len(windows) < 2 {
		t.Fatalf("got %d windows for %d tokens", len(windows), len(ids))
	}
	for _, w := range windows {
		if first := tokens.pieces[w[0]]; !strings.HasPrefix(first, space) {
			t.Errorf("a window begins with %q", first)
		}
	}
}

func TestEmbedder(t *testing.T) {
	t.Parallel()
	e := New(made(), 2)
	ctx := t.Context()
	t.Run("vectors have length one, whatever the text's", func(t *testing.T) {
		texts := []string{"hello", "hello world", strings.Repeat("how many customers? ", 100)}
		vectors, err := e.Embed(ctx, texts, retable.ForDocument)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range vectors {
			if len(v) != Dimensions || math.Abs(float64(dotGeneric(v, v))-1) > 1e-5 {
				t.Errorf("text %d: %d values of square length %g", i, len(v), dotGeneric(v, v))
			}
		}
	})
	t.Run("white space and control characters make no difference", func(t *testing.T) {
		v, err := e.Embed(ctx, []string{"hello world", " hello\n\t\x00world\r\n"}, retable.ForQuery)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(v[0], v[1]) {
			t.Error("the vectors differ")
		}
	})
	t.Run("the order of texts is kept and callers don't disturb each other", func(t *testing.T) {
		texts := []string{"hello", "world", "how many", "customers?"}
		want, err := e.Embed(ctx, texts, retable.ForDocument)
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				got, err := e.Embed(ctx, texts, retable.ForDocument)
				if err != nil {
					t.Error(err)
					return
				}
				for i := range want {
					if !slices.Equal(got[i], want[i]) {
						t.Errorf("text %d has another vector", i)
					}
				}
			})
		}
		callers.Wait()
	})
	t.Run("a text without words is refused by its number", func(t *testing.T) {
		_, err := e.Embed(ctx, []string{"hello", " \n"}, retable.ForDocument)
		if !retable.Is(err, retable.Invalid) || !strings.Contains(err.Error(), "Text 2 of 2") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a context that has ended ends it", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		busy := New(e.model, 1)
		busy.slots <- struct{}{}
		if _, err := busy.Embed(ended, []string{"hello"}, retable.ForDocument); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFile(t *testing.T) {
	t.Parallel()
	m := made()
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	t.Run("what is written is read, each weight within half a step of its row", func(t *testing.T) {
		q, err := Read(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		read := q.matrices()
		for i, mat := range m.matrices() {
			for o := range mat.out {
				row := read[i].row(o)
				var most float32
				for _, x := range mat.row(o) {
					most = max(most, x, -x)
				}
				for j, x := range mat.row(o) {
					if got := row[j]; math.Abs(float64(got-x)) > float64(most)/127*0.501 {
						t.Fatalf("matrix %d, row %d: got %g, want %g", i, o, got, x)
					}
				}
			}
		}
		model, err := New(q, 1).Model(t.Context())
		if err != nil || len(model.Digest) != 64 || model.Dimensions != Dimensions || model.Language != "en" || model.Remote {
			t.Errorf("got %+v, %v", model, err)
		}
	})
	t.Run("a damaged file is refused", func(t *testing.T) {
		for name, damage := range map[string]func([]byte) []byte{
			"empty":         func([]byte) []byte { return nil },
			"cut":           func(b []byte) []byte { return b[:len(b)-100] },
			"one bit":       func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
			"other content": func([]byte) []byte { return bytes.Repeat([]byte("x"), 100) },
		} {
			if _, err := Read(damage(bytes.Clone(file.Bytes()))); !errors.Is(err, ErrFile) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	t.Run("a writer's failure is told", func(t *testing.T) {
		if err := m.Write(broken{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestConvertNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, model, vocab, want string }{
		{"no model", "", "", "model.json"},
		{"model is no JSON", "{", "", "model.json: "},
		{"weights are missing", `{"weightsManifest":[]}`, `[]`, "0 pieces, expected 8000"},
		{"shards are too short", `{"weightsManifest":[{"paths":[],"weights":[{"name":"w","shape":[2],"dtype":"float32"}]}]}`, "", "end before w"},
		{"shard is missing", `{"weightsManifest":[{"paths":["gone"],"weights":[]}]}`, "", "gone"},
		{"vocabulary is no JSON", `{"weightsManifest":[]}`, `[[`, "vocab.json"},
		{"vocabulary is missing", `{"weightsManifest":[]}`, "", "vocab.json"},
		{"entry is no piece", `{"weightsManifest":[]}`, "[" + strings.Repeat(`["a",1],`, vocab-1) + `[1,"a"]]`, "entry 7999"},
		{"graph lacks weights", `{"weightsManifest":[]}`, "[" + strings.Repeat(`["a",1],`, vocab-1) + `["b",null]]`, "no weights module/Embeddings_en"},
		{"weights of another shape", `{"weightsManifest":[{"paths":[],"weights":[{"name":"module/Embeddings_en","shape":[0],"dtype":"float32"}]}]}`,
			"[" + strings.Repeat(`["a",1],`, vocab-1) + `["b",1]]`, "shape [0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"model.json": tt.model, "vocab.json": tt.vocab} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Convert(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestAVectorIsItsTextsAlone: what else is read at the same time, and by
// which kernel, makes no difference that matters.
func TestAVectorIsItsTextsAlone(t *testing.T) {
	t.Parallel()
	m := made()
	words := strings.Fields("hello world how many customers? hello customers? how world many hello")
	var texts []string
	for i := range 60 {
		texts = append(texts, strings.Join(words[:1+i%len(words)], " ")+strings.Repeat(" hello world", i*i%41))
	}
	e := New(m, 2)
	together, err := e.Embed(t.Context(), texts, retable.ForDocument)
	if err != nil {
		t.Fatal(err)
	}
	none := &Embedder{model: m, slots: make(chan struct{}, 1)}
	for i, text := range texts {
		alone, err := e.Embed(t.Context(), []string{text}, retable.ForDocument)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone[0], together[i]) {
			t.Errorf("text %d has another vector among others", i)
		}
		if i%7 > 0 {
			continue
		}
		slow, err := none.Embed(t.Context(), []string{text}, retable.ForDocument)
		if err != nil {
			t.Fatal(err)
		}
		if cosine := dotGeneric(slow[0], alone[0]); cosine < 0.99999 {
			t.Errorf("text %d: the kernels' vector has cosine %g with that of plain Go", i, cosine)
		}
	}
}

func BenchmarkEmbed(b *testing.B) {
	e := New(made(), 1)
	texts := slices.Repeat([]string{strings.Repeat("how many customers? ", 4)}, 64)
	for b.Loop() {
		if _, err := e.Embed(b.Context(), texts, retable.ForDocument); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(texts)*b.N)/b.Elapsed().Seconds(), "texts/s")
}
