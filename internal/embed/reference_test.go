package embed

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

func TestTokensAreTheReference(t *testing.T) {
	t.Parallel()
	m := floats(t).pack(bestTile())
	for _, g := range goldens(t) {
		if got := m.tokens.encode(g.Text); !slices.Equal(got, g.Tokens) {
			t.Errorf("%.40q: got tokens %v, want %v", g.Text, got, g.Tokens)
		}
	}
}

func TestFloatVectorsAreTheReference(t *testing.T) {
	t.Parallel()
	m := floats(t).pack(bestTile())
	worst := 0.0
	for _, g := range goldens(t) {
		if g.Vector == "" {
			continue
		}
		got, want := m.infer([][]int{g.Tokens})[0], g.vector(t)
		for i := range want {
			worst = max(worst, math.Abs(float64(got[i]-want[i])))
		}
	}
	t.Logf("largest difference %.2g", worst)
	if worst > 1e-5 {
		t.Errorf("got a difference of %g, want at most 1e-5", worst)
	}
}

func TestQuantisedVectorsPointTheSameWay(t *testing.T) {
	t.Parallel()
	m := quantised(t, floats(t)).pack(bestTile())
	least := 1.0
	for _, g := range goldens(t) {
		if g.Vector == "" {
			continue
		}
		least = min(least, float64(dotGeneric(m.infer([][]int{g.Tokens})[0], g.vector(t))))
	}
	t.Logf("smallest cosine %.5f", least)
	if least < 0.999 {
		t.Errorf("got a cosine of %g, want at least 0.999", least)
	}
}

// quantised writes and reads the model.
func quantised(t testing.TB, m *Model) *Model {
	t.Helper()
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	q, err := Read(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return q
}
