//go:build embedder

package embed

import (
	"strings"
	"testing"

	"retable/internal/retable"
)

func TestBuiltInModelIsTheReference(t *testing.T) {
	t.Parallel()
	m, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	m = m.pack(bestTile())
	for _, g := range goldens(t) {
		if g.Vector == "" {
			continue
		}
		windows := m.tokens.windows(m.tokens.encode(g.Text))
		if cosine := dotGeneric(joined(windows, m.infer(windows)), g.vector(t)); cosine < 0.999 {
			t.Errorf("%.40q: got a cosine of %g, want at least 0.999", g.Text, cosine)
		}
	}
	if !strings.Contains(Licence(), "Apache License") {
		t.Error("the licence is missing")
	}
}

func TestBuiltInModelKnowsWhatIsLike(t *testing.T) {
	t.Parallel()
	m, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	e := New(m, 1)
	of := func(text string) []float32 {
		v, err := e.Embed(t.Context(), []string{text}, retable.ForQuery)
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	bill := of("the bill was paid late")
	if near, far := dotGeneric(bill, of("invoice settled after the due date")), dotGeneric(bill, of("the cat sat on the mat")); near <= far {
		t.Errorf("got %g for an invoice and %g for a cat", near, far)
	}
}
