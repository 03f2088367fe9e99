package embed

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// golden is what the reference implementation gave for a text; see
// testdata/golden.js.
type golden struct {
	Text   string
	Tokens []int
	Vector string
}

func goldens(t *testing.T) []golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no golden vectors")
	}
	return all
}

func (g golden) vector(t *testing.T) []float32 {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(g.Vector)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// floats returns the model with its float weights from where
// build/embedder.sh keeps the package, and skips the test where it isn't.
func floats(t testing.TB) *Model {
	t.Helper()
	cache := os.Getenv("RET_CACHE")
	if cache == "" {
		cache = "../../.cache"
	}
	dir := filepath.Join(cache, "embedder-0.2.0", "package", "dist")
	if _, err := os.Stat(filepath.Join(dir, "model.json")); err != nil {
		t.Skip("the model's package is not there; build/embedder.sh fetches it")
	}
	m, err := Convert(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// made is a model of the right measures with weights drawn by lot, and a
// vocabulary of letters, a few words and filling. Its vectors mean nothing,
// but it needs no download.
var made = sync.OnceValue(func() *Model {
	dice := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, spread float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(spread * dice.NormFloat64())
		}
		return v
	}
	m := blank()
	for _, v := range m.vectors() {
		*v = draw(len(*v), 0.5)
	}
	for _, mat := range m.matrices() {
		mat.w = draw(mat.out*mat.in, 1/math.Sqrt(float64(mat.in)))
	}
	pieces, scores := []string{"�", "<s>", "</s>", "x1", "x2", "x3"}, make([]float64, 6)
	for _, p := range []string{space, "▁hello", "▁world", "▁how", "▁many", "customer", "s", "?"} {
		pieces, scores = append(pieces, p), append(scores, -float64(len(pieces)))
	}
	for c := 'a'; c <= 'z'; c++ {
		pieces, scores = append(pieces, string(c)+"_", string(c)), append(scores, -30, -float64(len(pieces)))
	}
	for len(pieces) < vocab {
		pieces, scores = append(pieces, fmt.Sprintf("#%d#", len(pieces))), append(scores, -100)
	}
	m.tokens = newTokenizer(pieces, scores)
	return m
})
