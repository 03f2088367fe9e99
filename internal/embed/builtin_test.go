//go:build embedder

package embed

import (
	"strings"
	"testing"
)

func TestBuiltInModelIsTheReference(t *testing.T) {
	t.Parallel()
	m, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens(t) {
		if g.Vector == "" {
			continue
		}
		if cosine := dotGeneric(m.embedTokens(m.tokens.encode(g.Text)), g.vector(t)); cosine < 0.999 {
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
	of := func(text string) []float32 { return m.embedTokens(m.tokens.encode(text)) }
	bill := of("the bill was paid late")
	if near, far := dotGeneric(bill, of("invoice settled after the due date")), dotGeneric(bill, of("the cat sat on the mat")); near <= far {
		t.Errorf("got %g for an invoice and %g for a cat", near, far)
	}
}
