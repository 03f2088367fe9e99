package bench

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestAnswersAreMeasured runs the three questions about index and answers at a
// small size.
func TestAnswersAreMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every contestant: left to the long tests")
	}
	b := setup(t)
	b.cfg.Scale = 0.01
	for _, q := range []struct {
		name, want string
		ask        func(context.Context) (*section, error)
	}{
		{"index", "agrees: 10 searches", b.indexing}, {"questions", "| computed: over parent keys | 3 |", b.questions}, {"vectors", "100.0 % the same", b.vectors},
	} {
		s, err := q.ask(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		var report bytes.Buffer
		if err := b.write(&report, []*section{s}); err != nil {
			t.Fatal(err)
		}
		if text := report.String(); !strings.Contains(text, q.want) || strings.Contains(text, "DIFFERS") || strings.Contains(text, "failed") {
			t.Errorf("%s: %q is not in\n%s", q.name, q.want, text)
		}
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"index"}, {"vectors", "chromem", "many"}, {"questions", "nowhere.sqlite", t.TempDir()}, {"index", "bare", "nowhere.sqlite", "x"}} {
		if _, err := answersRun(t.Context(), args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	if _, err := answersOf([]run{{Text: "no"}}); err == nil {
		t.Error("a text that is no result was accepted")
	}
	if got := agree([]Answers{{Found: []string{"a"}}}, []Answers{{Found: []string{"b"}}}); !strings.HasPrefix(got, "DIFFERS") {
		t.Errorf("got %s", got)
	}
	if got := overlap(Answers{Found: []string{"[1 2]"}}, Answers{Found: []string{"[2 3]"}}); got != "50.0 % the same" {
		t.Errorf("got %s", got)
	}
}
