package rag

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"retable/internal/retable"
)

// scripted is a model that says what it was told to, turn by turn.
type scripted struct {
	replies []string
	noJSON  bool // never comes to the end of what has a schema
	asked   []retable.ChatRequest
	remote  bool
	err     error
}

func (m *scripted) Name() string { return "scripted" }
func (m *scripted) Remote() bool { return m.remote }

func (m *scripted) Chat(ctx context.Context, req retable.ChatRequest, token func(string) error) (retable.ChatResult, error) {
	m.asked = append(m.asked, req)
	if m.err != nil {
		return retable.ChatResult{}, m.err
	}
	if m.noJSON && req.Schema != nil {
		return retable.ChatResult{}, retable.Errorf(retable.Unprocessable, "The answer broke off.")
	}
	if len(m.replies) == 0 {
		return retable.ChatResult{}, fmt.Errorf("nothing left to say")
	}
	text := m.replies[0]
	m.replies = m.replies[1:]
	if token != nil {
		for _, word := range strings.SplitAfter(text, " ") {
			if err := token(word); err != nil {
				return retable.ChatResult{}, err
			}
		}
	}
	return retable.ChatResult{Text: text}, ctx.Err()
}

// wordSearch finds rows whose text holds a word of the query.
type wordSearch []Hit

func (s wordSearch) Search(_ context.Context, query string, k int) ([]Hit, error) {
	var out []Hit
	for _, h := range s {
		for _, w := range strings.Fields(strings.ToLower(query)) {
			w = strings.Trim(w, "?.,!")
			if at := strings.Index(strings.ToLower(h.Text), w); at >= 0 && len(w) > 3 && len(out) < k {
				h.Highlights = []Span{{at, at + len(w)}}
				out = append(out, h)
				break
			}
		}
	}
	return out, nil
}

func shopRows() wordSearch {
	return wordSearch{
		{SessionID: "s1", Table: "Export~Customer", Row: 1, Text: "name: Ann Lee\ncity: Berlin\ncreditline: 100.10"},
		{SessionID: "s1", Table: "Export~Customer", Row: 2, Text: "name: Bob Ray\ncity: Paris\ncreditline: 250"},
		{SessionID: "s1", Table: "Export~Customer", Row: 99, Text: "name: Nobody of Berlin"},
		{SessionID: "s9", Table: "Export~Customer", Row: 1, Text: "name: Berlin of another session"},
	}
}

func reply(sql, answer string) string {
	b, _ := json.Marshal(map[string]any{"answerable": true, "sql": sql, "answer": answer})
	return string(b)
}

const cantSQL = `{"answerable":false,"sql":"","answer":""}`

func answerWith(t *testing.T, c *Catalogue, m *scripted, s Searcher, question string) *retable.Answer {
	t.Helper()
	req := Request{Question: question, Searcher: s}
	if m != nil {
		req.Chat = m
	}
	a, err := c.Answer(t.Context(), req, nil)
	must(t, err)
	return a
}

const hard = "Which customers placed nothing pricey lately?"

func TestModelWritesTheQueryAndTheResultTheFigures(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for _, x := range []struct {
		claim, sql, answer string
		want               string
		warned             bool
	}{
		{"a placeholder takes the value", "SELECT dec_sum(total) AS total FROM export_customer_orders_order", "The total is {{total}}.", "The total is 1030.6. [1]", false},
		{"rows are counted", "SELECT id FROM export_customer", "There are {{rows}}.", "There are 4. [1]", false},
		{"a figure of the model's own is dropped", "SELECT count(*) AS n FROM export_customer", "There are 5 customers.", "The query found: [1]", true},
		{"also beside a placeholder", "SELECT count(*) AS n FROM export_customer", "There are {{n}} of 7.", "The query found: [1]", true},
		{"an unknown placeholder is dropped", "SELECT count(*) AS n FROM export_customer", "There are {{m}}.", "The query found: [1]", true},
		{"nothing found is said", "SELECT id FROM export_customer WHERE 0", "It is {{id}}.", "The query found nothing. [1]", true},
		{"markup is harmless", "SELECT name FROM export_customer LIMIT 1", "<b>![x](http://evil.example)</b> {{name}}", "&lt;b&gt;x&lt;/b&gt; Ann Lee [1]", false},
	} {
		m := &scripted{replies: []string{reply(x.sql, x.answer)}}
		a := answerWith(t, c, m, nil, hard)
		if a.Route != retable.RouteSQL || !strings.HasPrefix(a.Text, x.want) || (len(a.Warnings) > 0) != x.warned {
			t.Errorf("%s: %s %q, warnings %q", x.claim, a.Route, a.Text, a.Warnings)
		}
		if a.Mode != "scripted" || a.SQL != x.sql || a.Citations[0].SQL != x.sql || a.Result == nil {
			t.Errorf("%s: %+v", x.claim, a)
		}
	}
}

func TestModelGetsOneRepairRound(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	good := reply("SELECT count(*) AS n FROM export_customer", "{{n}}")
	for _, bad := range []string{
		"not JSON", good + " and more", `{"answerable":true}`, `{"answerable":true,"sql":"SELECT 1","answer":"x","extra":1}`,
		reply("SELECT nothing FROM export_customer", "x"), reply("DROP TABLE export_customer", "x"), reply("SELECT * FROM sqlite_master", "x"),
	} {
		m := &scripted{replies: []string{bad, good}}
		if a := answerWith(t, c, m, nil, hard); a.Route != retable.RouteSQL || !strings.HasPrefix(a.Text, "4 [1]") {
			t.Errorf("%s: %s %q", bad, a.Route, a.Text)
		}
		if len(m.asked) != 2 || len(m.asked[1].Turns) != 4 || m.asked[0].Schema == nil {
			t.Errorf("%s: asked %d times", bad, len(m.asked))
		}
		m = &scripted{replies: []string{bad, bad, good}}
		if a := answerWith(t, c, m, nil, hard); a.Route != retable.RouteAbstain || len(m.asked) != 2 {
			t.Errorf("%s twice: %s %q", bad, a.Route, a.Text)
		}
	}
}

func TestModelIsNotAskedWhatIsComputed(t *testing.T) {
	t.Parallel()
	m := &scripted{}
	if a := answerWith(t, catalogue(t), m, shopRows(), "How many customers?"); a.Route != retable.RouteComputed || len(m.asked) != 0 {
		t.Errorf("%s, asked %d times", a.Route, len(m.asked))
	}
}

func TestProseIsHeldToItsRows(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for _, x := range []struct {
		claim, prose, want string
		warned             bool
	}{
		{"a cited sentence stays", "Ann Lee lives in Berlin [1].", "Ann Lee lives in Berlin [1].", false},
		{"a figure from the row stays", "Her credit line is 100.10. [1]", "Her credit line is 100.10. [1]", false},
		{"a figure of its own goes", "It is 999 [1]. Ann lives in Berlin [1].", "Ann lives in Berlin [1].", true},
		{"a quotation from the row stays", `It says "Ann Lee" [1].`, `It says "Ann Lee" [1].`, false},
		{"an invented quotation goes", `It says "Bob Lee" [1]. Fine [1].`, "Fine [1].", true},
		{"an unknown mark is removed", "Ann is in Berlin [1][7].", "Ann is in Berlin [1].", true},
		{"what cites nothing goes", "Surely true. Ann is in Berlin [1].", "Ann is in Berlin [1].", true},
		{"markup is harmless", "Ann <script>x</script> ![i](http://evil.example/) [1].", "Ann &lt;script&gt;x&lt;/script&gt; i [1].", false},
	} {
		m := &scripted{replies: []string{cantSQL, x.prose}}
		a := answerWith(t, c, m, shopRows(), "Tell something nice of Berlin there")
		if a.Route != retable.RouteSearch || a.Text != x.want || (len(a.Warnings) > 0) != x.warned {
			t.Errorf("%s: %s %q, warnings %q", x.claim, a.Route, a.Text, a.Warnings)
		}
		if len(a.Citations) != 1 || a.Citations[0].XPath != "/Export/Customer[1]" {
			t.Errorf("%s: citations %+v", x.claim, a.Citations)
		}
	}
	m := &scripted{replies: []string{cantSQL, "It is 12345 [1]."}}
	if a := answerWith(t, c, m, shopRows(), "Tell something nice of Berlin"); !strings.HasPrefix(a.Text, "Search mode") || strings.Contains(a.Text, "12345") {
		t.Errorf("when no sentence stands, the rows do: %q", a.Text)
	}
	m = &scripted{replies: []string{cantSQL, "NO ANSWER"}}
	if a := answerWith(t, c, m, shopRows(), "Tell something nice of Berlin"); a.Route != retable.RouteAbstain || len(a.Citations) != 1 {
		t.Errorf("an abstention shows the nearest rows: %s %q", a.Route, a.Text)
	}
}

func TestModelThatWritesNoQueryAnswersFromTheRows(t *testing.T) {
	t.Parallel()
	m := &scripted{noJSON: true, replies: []string{"Ann is in Berlin [1]."}}
	a := answerWith(t, catalogue(t), m, shopRows(), "Tell something nice of Berlin")
	if a.Route != retable.RouteSearch || a.Text != "Ann is in Berlin [1]." || len(a.Warnings) != 1 || len(m.asked) != 2 {
		t.Errorf("%s %q, warnings %q, asked %d times", a.Route, a.Text, a.Warnings, len(m.asked))
	}
}

func TestSearchModeShowsRows(t *testing.T) {
	t.Parallel()
	a := answerWith(t, catalogue(t), nil, shopRows(), "Tell something nice of Berlin")
	if a.Route != retable.RouteSearch || a.Mode != SearchMode ||
		!strings.HasPrefix(a.Text, "Search mode: no language model. 1 row was found") || !strings.Contains(a.Text, "city: **Berlin** creditline") {
		t.Errorf("%s %q", a.Route, a.Text)
	}
	if len(a.Citations) != 1 { // what belongs to no session or row is passed over
		t.Errorf("citations %+v", a.Citations)
	}
	if a := answerWith(t, catalogue(t), nil, shopRows(), "Tell something nice of Atlantis"); a.Route != retable.RouteAbstain {
		t.Errorf("%s %q", a.Route, a.Text)
	}
}

func TestSessionsWithoutAnIndexAreNamed(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		claim, question string
		without         []string
		want            string
	}{
		{"a search says what it left out", "Tell something nice of Berlin", []string{"a.zip"}, "Rows were not searched where there is no index yet: a.zip."},
		{"few are named", "Tell something nice of Berlin", []string{"a", "b", "c", "d", "e"}, "Rows were not searched where there is no index yet: a, b, c and 2 more."},
		{"what is computed needs no index", "How many customers?", []string{"a.zip"}, ""},
	} {
		a, err := catalogue(t).Answer(t.Context(), Request{Question: x.question, Unsearched: x.without}, nil)
		must(t, err)
		if got := strings.Join(a.Warnings, " "); got != x.want {
			t.Errorf("%s: %q", x.claim, got)
		}
	}
}

func TestRemoteModelsAreAnnounced(t *testing.T) {
	t.Parallel()
	m := &scripted{replies: []string{cantSQL, "Ann is in Berlin [1]."}, remote: true}
	a := answerWith(t, catalogue(t), m, shopRows(), "Tell something nice of Berlin")
	if len(a.Warnings) != 2 || !strings.Contains(a.Warnings[0], "sample values") || !strings.Contains(a.Warnings[1], "customer row 1") {
		t.Errorf("warnings %q", a.Warnings)
	}
}

func TestModelsFailWithTheirError(t *testing.T) {
	t.Parallel()
	down := retable.Errorf(retable.Unavailable, "The model's server is down.")
	_, err := catalogue(t).Answer(t.Context(), Request{Question: hard, Chat: &scripted{err: down}}, nil)
	if !retable.Is(err, retable.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func injections(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/injections.txt")
	must(t, err)
	var out []string
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if i >= 2 {
			out = append(out, line)
		}
	}
	return out
}

// hostile builds a delivery whose cells are the corpus.
func hostile(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("<r>")
	for i, text := range injections(t) {
		var e bytes.Buffer
		must(t, xml.EscapeText(&e, []byte(text)))
		fmt.Fprintf(&b, "<Note id=\"N%d\"><Text>%s</Text><Grade>%d</Grade></Note>", i, e.String(), i%3)
	}
	return b.String() + "</r>"
}

var live = regexp.MustCompile(`(?i)<\s*[a-z/!]|!\[|\]\(|://|www\.|\]:\s`)

func TestInjectionsAreInert(t *testing.T) {
	t.Parallel()
	texts := injections(t)
	c := catalogueOf(t, tables(t, hostile(t)))
	var found wordSearch
	for i, text := range texts {
		found = append(found, Hit{SessionID: "s1", Table: "r~Note", Row: int64(i + 1), Text: "text: " + text})
	}
	look := func(what string, a *retable.Answer) {
		t.Helper()
		if at := live.FindString(unescaped(a.Text)); at != "" {
			t.Errorf("%s: %q is live in %s", what, at, a.Text)
		}
	}
	for _, q := range []string{"List notes", "List the different texts of notes", "How many notes per text?", "Show note N3", "List the text of notes", "columns of notes"} {
		look(q, ask(t, c, q))
	}
	for i, text := range texts {
		look(text, answerWith(t, c, nil, found[i:i+1], "text which mentions nothing special"))
		m := &scripted{replies: []string{cantSQL, text + " [1]."}}
		a := answerWith(t, c, m, found[i:i+1], "text which mentions nothing special")
		look("model: "+text, a)
		prompt := m.asked[1].Turns[len(m.asked[1].Turns)-1].Text
		if strings.Count(prompt, "</data>") != 1 || strings.Count(prompt, "<data>") != 1 {
			t.Errorf("%s broke out of its fence: %s", text, prompt)
		}
		m = &scripted{replies: []string{reply("SELECT text FROM r_note LIMIT 1", text)}}
		look("sentence: "+text, answerWith(t, c, m, nil, "text which mentions nothing special"))
	}
}

// unescaped drops what Markdown shows as text: escaped marks and code.
func unescaped(s string) string {
	s = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(s, "")
	return regexp.MustCompile(`\\.`).ReplaceAllString(s, "")
}
