package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/retable"
)

func TestEveryCodeHasItsPlace(t *testing.T) {
	t.Parallel()
	want := []struct {
		code   retable.Code
		status int
		exit   int
		level  slog.Level
	}{
		{retable.Invalid, 400, 2, slog.LevelInfo},
		{retable.Unprocessable, 422, 2, slog.LevelInfo},
		{retable.Unauthorized, 401, 2, slog.LevelWarn},
		{retable.Forbidden, 403, 2, slog.LevelWarn},
		{retable.NotFound, 404, 2, slog.LevelInfo},
		{retable.NotAllowed, 405, 2, slog.LevelInfo},
		{retable.Conflict, 409, 2, slog.LevelInfo},
		{retable.TooLarge, 413, 2, slog.LevelInfo},
		{retable.NoLength, 411, 2, slog.LevelInfo},
		{retable.Unsupported, 415, 2, slog.LevelInfo},
		{retable.RateLimited, 429, 2, slog.LevelWarn},
		{retable.Busy, 503, 2, slog.LevelWarn},
		{retable.Unavailable, 503, 2, slog.LevelError},
		{retable.Cancelled, 499, 130, slog.LevelInfo},
		{retable.Internal, 500, 2, slog.LevelError},
	}
	for _, w := range want {
		err := fmt.Errorf("while testing: %w", &retable.Error{Code: w.code, Detail: "Detail."})
		p := From(err)
		if p.Status != w.status || ExitCode(err) != w.exit || Level(err) != w.level || p.Code != w.code {
			t.Errorf("%s: got status %d, exit %d, level %v, code %s", w.code, p.Status, ExitCode(err), Level(err), p.Code)
		}
		if p.Detail != "Detail." || p.Title == "" || p.Type != "urn:retable:problem:"+string(w.code) {
			t.Errorf("%s: got %+v", w.code, p)
		}
	}
	declared := codes(t)
	if len(declared) != len(classes) || len(want) != len(classes) {
		t.Errorf("%d codes are declared, %d are in the table, %d are tested", len(declared), len(classes), len(want))
	}
	for _, code := range declared {
		if !known(code) {
			t.Errorf("%s has no place in the table", code)
		}
	}
}

// codes reads the constants of type Code from their source, so that a new one
// can't be forgotten.
func codes(t *testing.T) []retable.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../retable/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []retable.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
				all = append(all, retable.Code(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)))
			}
		}
		return true
	})
	return all
}

func TestTheCauseOfAnInternalErrorIsNeverShown(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.7: password=hunter2")
	for name, err := range map[string]error{
		"bare":                         cause,
		"wrapped":                      fmt.Errorf("opening: %w", cause),
		"fault":                        retable.Fault(cause, "saving"),
		"internal with its cause in":   retable.Errorf(retable.Internal, "saving: %w", cause),
		"internal without detail":      &retable.Error{Code: retable.Internal, Err: cause},
		"no code":                      &retable.Error{Detail: cause.Error()},
		"code that nobody knows":       &retable.Error{Code: "odd", Detail: cause.Error(), Err: cause},
		"refusal without detail":       &retable.Error{Code: retable.Conflict, Err: cause},
		"a fault around a refusal":     retable.Fault(fmt.Errorf("%w: %w", cause, retable.Missing("job", "7")), "saving"),
		"timeout":                      fmt.Errorf("%w: %w", cause, context.DeadlineExceeded),
		"a fault caused by an end":     retable.Fault(fmt.Errorf("%w: %w", cause, context.Canceled), "saving"),
		"a fault caused by a deadline": retable.Fault(fmt.Errorf("%w: %w", cause, context.DeadlineExceeded), "saving"),
	} {
		text, _ := json.Marshal(From(err))
		if strings.Contains(string(text), "hunter2") {
			t.Errorf("%s: %s", name, text)
		}
		if From(err).Detail == "" {
			t.Errorf("%s: says nothing", name)
		}
	}
	if p := From(retable.Fault(cause, "saving")); !strings.Contains(p.Detail, "while saving") {
		t.Errorf("a fault lost its detail: %q", p.Detail)
	}
}

func TestTheEndOfAContextIsNotAFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		exit   int
		reason string
	}{
		{context.Canceled, 499, 130, ""},
		{retable.Fault(context.Canceled, "saving"), 499, 130, ""},
		{context.DeadlineExceeded, 503, 2, "timeout"},
		{retable.Fault(context.DeadlineExceeded, "saving"), 500, 2, ""},
		{&retable.Error{Code: retable.Conflict, Detail: "No.", Err: context.Canceled}, 409, 2, ""},
	} {
		if p := From(c.err); p.Status != c.status || ExitCode(c.err) != c.exit || p.Reason != c.reason {
			t.Errorf("%v: got status %d, exit %d, reason %q", c.err, p.Status, ExitCode(c.err), p.Reason)
		}
	}
	if ExitCode(nil) != ExitDone {
		t.Error("no error is no success")
	}
}

func TestTheDocumentHasTheContractsMembers(t *testing.T) {
	t.Parallel()
	ctx := retable.WithCorrelation(t.Context(), "abc-123")
	p := For(ctx, &retable.Error{
		Code: retable.Busy, Detail: "Full.", Reason: "queue_full", RetryAfter: 1500 * time.Millisecond,
		Fields: []retable.FieldError{{Field: "file", Message: "is missing"}}, Err: errors.New("secret"),
	})
	got, err := json.Marshal(p)
	want := `{"type":"urn:retable:problem:busy","title":"Busy","status":503,"detail":"Full.","success":false,"error":"Full.",` +
		`"correlation_id":"abc-123","errors":[{"field":"file","message":"is missing"}],"code":"busy","reason":"queue_full","retry_after":2}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	bare, _ := json.Marshal(From(retable.Missing("session", "x")))
	if !strings.Contains(string(bare), `"errors":[]`) || strings.Contains(string(bare), "retry_after") {
		t.Errorf("got %s", bare)
	}
	if p.Error() != "Full." || p.GetStatus() != 503 || p.ContentType("application/json") != MediaType {
		t.Error("a Problem doesn't say what it is")
	}
}

func TestRetryAfterIsSaidWhereWaitingHelps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code retable.Code
		wait time.Duration
		want int
	}{
		{retable.Busy, 0, 5}, {retable.Busy, time.Second, 1}, {retable.Unavailable, 0, 5}, {retable.RateLimited, 0, 1},
		{retable.RateLimited, 90 * time.Second, 90}, {retable.RateLimited, time.Millisecond, 1},
		{retable.NotFound, time.Second, 0}, {retable.Internal, 0, 0},
	} {
		if got := From(&retable.Error{Code: c.code, Detail: "x", RetryAfter: c.wait}).RetryAfter; got != c.want {
			t.Errorf("%s with %v: got %d, want %d", c.code, c.wait, got, c.want)
		}
	}
}

func TestAClientReadsBackWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sent := &retable.Error{
			Code:   rapid.SampledFrom(classes).Draw(t, "class").code,
			Detail: rapid.StringMatching(`[A-Z][a-z ]{1,20}\.`).Draw(t, "detail"),
			Reason: rapid.StringMatching(`[a-z_]{0,12}`).Draw(t, "reason"),
		}
		if rapid.Bool().Draw(t, "fields") {
			sent.Fields = []retable.FieldError{{Field: "a", Message: "b"}}
		}
		p := From(sent)
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got := Decode(p.Status, "", body)
		if got.Code != sent.Code || got.Detail != sent.Detail || got.Reason != sent.Reason || int(got.RetryAfter.Seconds()) != p.RetryAfter {
			t.Fatalf("sent %+v, got %+v", sent, got)
		}
		if sent.Code != retable.Internal && len(got.Fields) != len(sent.Fields) {
			t.Fatalf("sent the fields %v, got %v", sent.Fields, got.Fields)
		}
	})
}

func TestAClientCopesWithAnswersOfOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		retry  string
		body   string
		want   retable.Code
		wait   time.Duration
	}{
		{502, "", "<html>Bad gateway</html>", retable.Unavailable, 0},
		{504, "", "", retable.Unavailable, 0},
		{503, "7", "upstream down", retable.Unavailable, 7 * time.Second},
		{503, "Wed, 21 Oct 2026 07:28:00 GMT", "", retable.Unavailable, 0},
		{404, "", "{}", retable.NotFound, 0},
		{404, "", `{"type":"urn:retable:problem:busy","title":"x"}`, retable.NotFound, 0}, // the status counts
		{418, "", "", retable.Invalid, 0},
		{599, "", "", retable.Internal, 0},
		{500, "", `{"title":"Internal error","detail":""}`, retable.Internal, 0},
	} {
		e := Decode(c.status, c.retry, []byte(c.body))
		if e.Code != c.want || e.RetryAfter != c.wait || e.Detail == "" {
			t.Errorf("%d %q: got %+v", c.status, c.body, e)
		}
	}
	if CodeOf(200) != "" || CodeOf(304) != "" {
		t.Error("a success has no code")
	}
	if e := OfStatus(500, "select * from users"); strings.Contains(e.Detail, "users") {
		t.Errorf("got %q", e.Detail)
	}
	if e := OfStatus(405, ""); e.Code != retable.NotAllowed || e.Detail == "" {
		t.Errorf("got %+v", e)
	}
}
