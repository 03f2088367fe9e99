//go:build embedder

package retrieval

import (
	"flag"
	"os"
	"strings"
	"testing"

	"retable/internal/embed"
	"retable/internal/index"
)

// update writes the table into the page on answers.
var update = flag.Bool("update", false, "write the part on retrieval of docs/answer-quality.md")

const (
	pageFile = "../../../docs/answer-quality.md"
	mark     = "<!-- Retrieval: kept by the evaluation of answers. -->\n"
)

// write replaces what follows the mark in the page on answers.
func write(t *testing.T, text string) {
	t.Helper()
	page, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(page), mark)
	if err := os.WriteFile(pageFile, []byte(strings.TrimRight(before, "\n")+"\n\n"+mark+text), 0o644); err != nil {
		t.Fatal(err)
	}
}

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
	if *update {
		write(t, Page(Ways(), all))
	}
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
