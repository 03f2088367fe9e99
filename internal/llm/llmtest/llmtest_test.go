package llmtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"retable/internal/retable"
)

func ask(text string) retable.ChatRequest {
	return retable.ChatRequest{Turns: []retable.ChatTurn{{Role: "user", Text: text}}}
}

func TestChatFollowsItsScript(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := NewChat("first answer").Then(Step{Pieces: []string{"a ", "b"}}).Then(Step{Pieces: []string{"c"}, Err: broken, Cut: true})
	res, err := c.Chat(t.Context(), ask("one two"), nil)
	if want := (retable.ChatResult{Text: "first answer", PromptTokens: 2, CompletionTokens: 2}); err != nil || res != want {
		t.Errorf("got %+v, %v", res, err)
	}
	var pieces []string
	take := func(p string) error { pieces = append(pieces, p); return nil }
	if res, err := c.Chat(t.Context(), ask("x"), take); err != nil || res.Text != "a b" || fmt.Sprint(pieces) != "[a  b]" {
		t.Errorf("got %+v, %q, %v", res, pieces, err)
	}
	if _, err := c.Chat(t.Context(), ask("x"), take); err != broken || len(pieces) != 3 {
		t.Errorf("got %q, %v", pieces, err)
	}
	if _, err := c.Chat(t.Context(), ask("x"), nil); err == nil {
		t.Error("a request beyond the script was answered")
	}
	if got := c.Asked(); len(got) != 4 || got[0].Turns[0].Text != "one two" {
		t.Errorf("asked: %+v", got)
	}
	if c.Name() != "scripted" || c.Remote() {
		t.Errorf("name %q, remote %v", c.Name(), c.Remote())
	}
}

func TestChatStopsAndWaits(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	c := &Chat{Answer: func(req retable.ChatRequest) Step { return Step{Text: strings.ToUpper(req.Turns[0].Text)} }}
	if res, err := c.Chat(t.Context(), ask("loud"), nil); err != nil || res.Text != "LOUD" {
		t.Errorf("got %+v, %v", res, err)
	}
	if _, err := c.Chat(t.Context(), ask("x"), func(string) error { return enough }); err != enough {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c = NewChat().Then(Step{Text: "x", Wait: make(chan struct{})})
	if _, err := c.Chat(ctx, ask("x"), nil); !retable.Is(err, retable.Cancelled) {
		t.Errorf("got %v", err)
	}
}

func TestVectorsAreNearWhereWordsAreShared(t *testing.T) {
	t.Parallel()
	e := NewEmbedder(64)
	v, err := e.Embed(t.Context(), []string{"red apple", "Apple, red!", "red pear", "blue sky", "?"}, retable.ForDocument)
	if err != nil {
		t.Fatal(err)
	}
	dot := func(a, b int) (sum float32) {
		for i := range v[a] {
			sum += v[a][i] * v[b][i]
		}
		return sum
	}
	if dot(0, 1) < 0.999 || dot(0, 2) < 0.2 || dot(0, 2) > 0.9 || dot(0, 3) > 0.4 || dot(4, 4) < 0.999 {
		t.Errorf("similarities: %v %v %v", dot(0, 1), dot(0, 2), dot(0, 3))
	}
	if _, err := e.Embed(t.Context(), []string{" "}, retable.ForQuery); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("an empty text: %v", err)
	}
	if calls, texts := e.Calls(); calls != 2 || texts != 6 {
		t.Errorf("%d calls, %d texts", calls, texts)
	}
	if m, err := e.Model(t.Context()); err != nil || m.Dimensions != 64 {
		t.Errorf("got %+v, %v", m, err)
	}
	e.Err = errors.New("down")
	if _, err := e.Embed(t.Context(), []string{"x"}, retable.ForQuery); err != e.Err {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, []string{"x"}, retable.ForQuery); !retable.Is(err, retable.Cancelled) {
		t.Errorf("got %v", err)
	}
}

func TestProviderPulls(t *testing.T) {
	t.Parallel()
	p := NewProvider(NewChat(), NewEmbedder(4))
	p.Steps = []retable.PullProgress{{Status: "pulling", Done: 1, Total: 2}, {Status: "success"}}
	var seen int
	if err := p.Pull(t.Context(), "m", func(retable.PullProgress) { seen++ }); err != nil || seen != 2 {
		t.Errorf("%d steps, %v", seen, err)
	}
	if has, err := p.Models(t.Context()); err != nil || len(has) != 1 || has[0].Name != "m" {
		t.Errorf("got %+v, %v", has, err)
	}
	if p.Chat("m") != p.ChatIs || p.Embedder("m") != p.EmbedIs || p.Name() != "test" || p.Remote() || p.Health(t.Context()) != nil {
		t.Error("it isn't what it was made of")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Pull(ctx, "n", func(retable.PullProgress) {}); !retable.Is(err, retable.Cancelled) {
		t.Errorf("got %v", err)
	}
	p.Down = errors.New("down")
	if err := p.Pull(t.Context(), "n", nil); err != p.Down {
		t.Errorf("got %v", err)
	}
}
