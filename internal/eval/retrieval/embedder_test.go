//go:build embedder

package retrieval

import (
	"testing"

	"retable/internal/embed"
	"retable/internal/index"
)

// TestMeaningHelps measures with the model that is built in. The default
// weight must not cost what words find, and must find what words don't.
func TestMeaningHelps(t *testing.T) {
	if testing.Short() {
		t.Skip("it embeds hundreds of texts")
	}
	m, err := embed.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	s, questions := setUp(t, embed.New(m, 2))
	all := measure(t, s, questions, Ways()...)
	words, chosen := all[0], all[4]
	if Ways()[4].Weight != index.DenseWeight {
		t.Fatalf("got %g measured, the default is %g", Ways()[4].Weight, index.DenseWeight)
	}
	for _, class := range []string{"name", "code", "part of a code"} {
		if a, b := of(t, chosen, class), of(t, words, class); a.NDCG < b.NDCG-0.02 {
			t.Errorf("%s: got nDCG %.3f, words alone have %.3f", class, a.NDCG, b.NDCG)
		}
	}
	if a, b := of(t, chosen, "meaning"), of(t, words, "meaning"); a.NDCG < b.NDCG || a.Recall < b.Recall {
		t.Errorf("meaning: got %.3f and %.3f, words alone have %.3f and %.3f", a.NDCG, a.Recall, b.NDCG, b.Recall)
	}
}
