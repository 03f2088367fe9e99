package answers

import (
	"flag"
	"os"
	"testing"
)

// update makes the test measure at length and write the page. RET_EVAL=1 does
// the same.
var update = flag.Bool("update", false, "measure at length and write docs/answer-quality.md")

const (
	pageFile    = "../../../docs/answer-quality.md"
	attacksFile = "../../rag/testdata/attacks.txt"
)

// TestAnswerQuality holds the answers to their targets.
func TestAnswerQuality(t *testing.T) {
	t.Parallel()
	corpus, err := os.ReadFile(attacksFile)
	if err != nil {
		t.Fatal(err)
	}
	p := quick()
	measure := *update || os.Getenv("RET_EVAL") != ""
	if measure {
		p = long()
	}
	o, err := p.run(t.Context(), t.TempDir(), string(corpus))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range o.targets() {
		t.Log(x)
		if !x.met() {
			t.Errorf("target missed: %s", x)
		}
	}
	explain(t, o)
	if !measure {
		return
	}
	if err := os.WriteFile(pageFile, []byte(page(o, p)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// explain shows what went wrong, and with -v what wasn't answered in the
// domains that the router may be tuned on.
func explain(t *testing.T, o *outcome) {
	t.Helper()
	for _, j := range o.all {
		switch {
		case j.verdict == wrong:
			t.Errorf("%v %s\n%s\n%s", j.before, j.text, j.answer.Text, j.answer.SQL)
		case len(j.invalid) > 0:
			t.Errorf("%s: %v", j.text, j.invalid)
		case testing.Verbose() && answerable(j) && j.verdict != right && !j.heldOut:
			t.Logf("not answered (%s): %v %s\n%s", j.shape, j.before, j.text, j.answer.Text)
		}
	}
	for _, a := range o.attacks {
		t.Errorf("got through: %s", a)
	}
}
