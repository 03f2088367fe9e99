package answers

import (
	"flag"
	"os"
	"strings"
	"testing"

	"retable/internal/retable"
)

// update makes the test measure at length and write the page. RET_EVAL=1 does
// the same.
var update = flag.Bool("update", false, "measure at length and write docs/answer-quality.md")

const (
	pageFile = "../../../docs/answer-quality.md"
	// What follows it in the page is written by internal/eval/retrieval.
	retrievalMark = "<!-- Retrieval: kept by the evaluation of answers. -->\n"

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
	text := page(o, p)
	for _, shape := range o.shapes() {
		if !strings.Contains(text, "| "+shape+" |") {
			t.Errorf("the page doesn't tell of %q", shape)
		}
	}
	if !measure {
		return
	}
	old, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, retrieval, ok := strings.Cut(string(old), retrievalMark); ok {
		text += "\n" + retrievalMark + retrieval
	}
	if err := os.WriteFile(pageFile, []byte(text), 0o644); err != nil {
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
	for _, q := range o.searched.elsewhereAnswer {
		t.Logf("rows were shown for: %s", q)
	}
	for _, a := range o.attacks {
		t.Errorf("got through: %s", a)
	}
}

// TestJudgesAreStrict: what is wrong must be called so.
func TestJudgesAreStrict(t *testing.T) {
	t.Parallel()
	computed := func(text string, rows ...[]string) *retable.Answer {
		return &retable.Answer{Route: retable.RouteComputed, SQL: "SELECT 1", Text: text, Result: &retable.ResultTable{Rows: rows}}
	}
	five, yes := number(5), true
	for _, x := range []struct {
		claim string
		gold  *gold
		a     *retable.Answer
		want  verdict
	}{
		{"the figure", &five, computed("**5** rows", []string{"5"}), right},
		{"another figure", &five, computed("**6** rows", []string{"6"}), wrong},
		{"a figure that the text doesn't hold", &five, computed("rows", []string{"5"}), wrong},
		{"no result", &five, &retable.Answer{Route: retable.RouteComputed, SQL: "SELECT 1"}, wrong},
		{"an answer to what has none", nil, computed("**5**", []string{"5"}), wrong},
		{"a group too many", &gold{groups: map[string]string{"a": "1"}}, computed("", []string{"a", "1"}, []string{"b", "1"}), wrong},
		{"another group", &gold{groups: map[string]string{"a": "1"}}, computed("", []string{"b", "1"}), wrong},
		{"another figure of a group", &gold{groups: map[string]string{"a": "1"}}, computed("", []string{"a", "2"}), wrong},
		{"a row missing", &gold{keys: []string{"a", "b"}}, computed("", []string{"1", "a"}), wrong},
		{"no for yes", &gold{yes: &yes}, computed("No: **0** rows", []string{"0"}), wrong},
		{"a question back", &five, &retable.Answer{Route: retable.RouteComputed, Choices: []string{"x", "y"}}, askedBack},
		{"nothing", &five, &retable.Answer{Route: retable.RouteAbstain}, abstained},
	} {
		if got := judge(question{gold: x.gold}, x.a); got != x.want {
			t.Errorf("%s: got %d, want %d", x.claim, got, x.want)
		}
	}
}

func TestBadCitationsAreFound(t *testing.T) {
	t.Parallel()
	docs := []document{{"a.xml", []byte("<r>\n<x id=\"1\"/>\n<x id=\"2\"/>\n</r>")}}
	db, err := convert(t.Context(), docs, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	good := retable.Citation{N: 1, Table: "r~x", Row: 2, File: "a.xml", XPath: "/r/x[2]", Line: 3, Excerpt: "id: 2"}
	for claim, spoil := range map[string]func(*retable.Citation){
		"":                       func(*retable.Citation) {},
		"no such table":          func(c *retable.Citation) { c.Table = "y" },
		"no such file":           func(c *retable.Citation) { c.File = "b.xml" },
		"no such element":        func(c *retable.Citation) { c.XPath = "/r/x[3]" },
		"several elements":       func(c *retable.Citation) { c.XPath = "/r/x" },
		"another excerpt":        func(c *retable.Citation) { c.Excerpt = "id: 3" },
		"another line":           func(c *retable.Citation) { c.Line = 2 },
		"another number":         func(c *retable.Citation) { c.N = 2 },
		"a query that fails":     func(c *retable.Citation) { c.SQL = "SELECT nothing" },
		"another total":          func(c *retable.Citation) { c.SQL, c.Total = "SELECT _rid FROM r_x", 3 },
		"a row that isn't there": func(c *retable.Citation) { c.SQL, c.Total, c.Rows = "SELECT _rid FROM r_x", 2, []int64{7} },
	} {
		c := good
		spoil(&c)
		found := checkCitations(t.Context(), db, docs, &retable.Answer{Text: "so [1]", Citations: []retable.Citation{c}})
		if (claim == "") != (len(found) == 0) {
			t.Errorf("%s: %v", claim, found)
		}
	}
}
