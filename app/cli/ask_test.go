package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"retable/internal/retable"
)

func TestAnswersAreTextForPeople(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ claim, markdown, want string }{
		{"figures lose their stars, names keep their backticks", "**1,204** rows in `customer` [1]", "1,204 rows in `customer` [1]\n"},
		{"what is escaped is meant", `Export\~Customer holds \*\*no\*\* &lt;b> &amp;amp; http&#58;//x`, "Export~Customer holds **no** <b> &amp; http://x\n"},
		{"an escaped mark begins no entity", `\&lt;`, "&lt;\n"},
		{"a table stands in columns", "Rows:\n\n| tier | rows |\n| --- | ---: |\n| gold \\| old | 2 |\n| `b` | 1,000 |\n\nEnd", "Rows:\n\n  tier         rows\n  gold | old      2\n  b           1,000\n\nEnd\n"},
		{"a lone bar is no table", "| a |\nb", "| a |\nb\n"},
		{"nothing reaches the terminal's controls", "a \x1b[31mred\x07", `a \u001B[31mred\u0007` + "\n"},
		{"controls that are written as entities don't either", "a&#27;[31m&#x202E;b", `a\u001B[31m\u202Eb` + "\n"},
	} {
		var b bytes.Buffer
		p := page{w: &b, style: plainStyle()}
		if err := p.markdown(x.markdown); err != nil || b.String() != x.want {
			t.Errorf("%s:\n got %q\nwant %q", x.claim, b.String(), x.want)
		}
	}
	var b bytes.Buffer
	p := page{w: &b, style: style{bold: "<b>", code: "<c>", endCode: "</c>", off: "<0>", faint: "<f>"}}
	if err := p.markdown("**5** in `a` and **open"); err != nil || b.String() != "<b>5<0> in <c>a</c> and <b>open<0>\n" {
		t.Errorf("got %q", b.String())
	}
}

func TestEvidenceSaysWhereAnAnswerComesFrom(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := page{w: &b, style: plainStyle(), name: func(string) string { return "a.zip" }}
	ans := &retable.Answer{
		Text: "**2** rows [1]", Route: retable.RouteComputed, Mode: "search mode: no language model", SQL: "SELECT 2", Warnings: []string{"Read as 2024."}, Choices: []string{"How many?", "Which?"},
		Citations: []retable.Citation{{N: 1, SessionID: "1", File: "x.xml", Line: 7, XPath: "/a/b[2]", Row: 2, Table: "a~b"}, {N: 2, SessionID: "1", File: "a.zip", Total: 1200, Table: "a"}},
	}
	if err := p.answer(ans, true); err != nil {
		t.Fatal(err)
	}
	want := "2 rows [1]\n\n  [1] a.zip, x.xml, line 7, /a/b[2], row 2 of a~b\n  [2] a.zip, 1,200 rows of a\n  SQL: SELECT 2\n  note: Read as 2024.\n  ask 1: How many?\n  ask 2: Which?\n  (computed, search mode: no language model)\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := p.answer(ans, false); err != nil || b.String() != "2 rows [1]\n" {
		t.Errorf("without evidence: %q", b.String())
	}
}

func TestAModelsWordsAreProvisional(t *testing.T) {
	t.Parallel()
	token := func(text string) retable.AnswerEvent { return retable.AnswerEvent{Kind: "token", Token: text} }
	for _, x := range []struct {
		claim         string
		width, height int
		events        []retable.AnswerEvent
		final, want   string
	}{
		{"they are taken back from the screen", 10, 20, []retable.AnswerEvent{token("123456789012 x.\n"), token("y")}, "z", "123456789012 x.\ny\r\x1b[2A\x1b[J"},
		{"one line is overwritten", 80, 20, []retable.AnswerEvent{token("y")}, "z", "y\r\x1b[J"},
		{"what has left the screen stays, and is corrected below", 80, 3, []retable.AnswerEvent{token("a\nb\nc\n")}, "z", "a\nb\nc\n\n\nChecked against the rows, what is left of that is:\n\n"},
		{"elsewhere too", 0, 0, []retable.AnswerEvent{token("a\n")}, "z", "a\n\n\nChecked against the rows, what is left of that is:\n\n"},
		{"what stayed as it was is told in full once more", 0, 0, []retable.AnswerEvent{token("a\n")}, "a", "a\n\n\n"},
		{"the answer itself is printed at the end", 80, 20, []retable.AnswerEvent{{Kind: "route", Route: retable.RouteComputed}, token("5 rows")}, "5 rows", ""},
	} {
		var b bytes.Buffer
		l := &liveAnswer{w: &b, width: x.width, height: x.height}
		for _, e := range x.events {
			if err := l.event(e); err != nil {
				t.Fatal(err)
			}
		}
		l.take(x.final)
		if b.String() != x.want {
			t.Errorf("%s: %q, want %q", x.claim, b.String(), x.want)
		}
	}
}

// conversation asks line by line and returns what was asked and printed.
func conversation(t *testing.T, a *askCmd, lines string, answer func(q string) (*retable.Answer, error)) (asked []string, out, errs string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	c := &call{Streams: Streams{In: strings.NewReader(lines), Out: &o, Err: &e}, ctx: t.Context()}
	err = a.answer(c, asker{
		ask: func(_ context.Context, q string, _ func(retable.AnswerEvent) error) (*retable.Answer, error) {
			asked = append(asked, q)
			return answer(q)
		},
		query: func(_ context.Context, sql string) (*retable.ResultTable, error) {
			return &retable.ResultTable{Columns: []string{"n"}, Types: []string{"integer"}, Rows: [][]string{{sql}}}, nil
		},
		name: func(s string) string { return s },
	})
	return asked, o.String(), e.String(), err
}

func TestQuestionsAreReadLineByLine(t *testing.T) {
	t.Parallel()
	offer := func(q string) (*retable.Answer, error) {
		switch q {
		case "bad":
			return nil, retable.Errorf(retable.Invalid, "There is no question.")
		case "stopped":
			return nil, retable.Errorf(retable.Cancelled, "The answer was stopped.")
		}
		return &retable.Answer{Text: "to " + q, Route: retable.RouteComputed, Choices: []string{"first " + q, "second " + q}}, nil
	}
	asked, out, errs, err := conversation(t, &askCmd{}, "a\n\n 2 \nbad\nstopped\n7\n", offer)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked, "|"); got != "a|second a|bad|stopped|7" {
		t.Errorf("asked %s", got)
	}
	if !strings.Contains(out, "second a\nto second a\n") || !strings.Contains(errs, "There is no question.") || !strings.Contains(errs, "(stopped)") {
		t.Errorf("out %q, err %q", out, errs)
	}
	_, out, _, err = conversation(t, &askCmd{SQL: true}, "select 1\n", offer)
	if err != nil || !strings.Contains(out, "select 1") {
		t.Errorf("%v, %q", err, out)
	}
}

func TestOneQuestionEndsWithItsAnswer(t *testing.T) {
	t.Parallel()
	_, out, _, err := conversation(t, &askCmd{Question: []string{"How", "many?"}}, "", func(q string) (*retable.Answer, error) {
		return &retable.Answer{Text: "I can't: " + q, Route: retable.RouteAbstain}, nil
	})
	if !errors.Is(err, errPartial) || !strings.HasPrefix(out, "I can't: How many?") {
		t.Errorf("%v, %q", err, out)
	}
	_, out, _, err = conversation(t, &askCmd{Question: []string{"x"}, JSON: true}, "", func(q string) (*retable.Answer, error) {
		return &retable.Answer{Question: q, Text: "y", Route: retable.RouteComputed}, nil
	})
	if err != nil || !strings.HasPrefix(out, `{"question":"x","answer":"y","route":"computed"`) || strings.Count(out, "\n") != 1 {
		t.Errorf("%v, %q", err, out)
	}
}

// TestInterruptsStopTheAnswerAlone: Ctrl-C ends what is under way, not what
// comes after it.
func TestInterruptsStopTheAnswerAlone(t *testing.T) {
	t.Parallel()
	all, cancel := context.WithCancel(t.Context())
	i := &interrupts{stop: cancel}
	err := i.during(all, func(ctx context.Context) error {
		i.stop() // the signal
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || all.Err() != nil {
		t.Errorf("%v; all: %v", err, all.Err())
	}
	if i.stop(); all.Err() == nil {
		t.Error("between answers it ends the program")
	}
	if err := (*interrupts)(nil).during(t.Context(), func(ctx context.Context) error { return ctx.Err() }); err != nil {
		t.Error(err)
	}
}
