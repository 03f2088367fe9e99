package obs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/retable"
)

// logged runs f with a JSON logger and returns its lines.
func logged(t *testing.T, f func(*slog.Logger)) []map[string]any {
	t.Helper()
	var b strings.Builder
	f(NewLogger(&b, LogOptions{Level: slog.LevelDebug}))
	var lines []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, m)
	}
	return lines
}

func TestALineHasWhatTheContextKnows(t *testing.T) {
	t.Parallel()
	ctx := retable.WithPrincipal(t.Context(), &retable.Principal{UserID: "u-1"})
	ctx, id := Correlate(ctx, "abc.DEF_1-2")
	ctx = WithRoute(ctx, "POST /api/auth/login")
	ctx = WithJob(ctx, &retable.Job{ID: 7, Kind: retable.JobScan})
	line := logged(t, func(l *slog.Logger) {
		l.InfoContext(ctx, "done", "status", 200, Took(1234567*time.Nanosecond), "route", "its own")
	})[0]
	want := map[string]any{
		"level": "info", "msg": "done", "user_id": "u-1", "correlation_id": id, "job": 7.0, "job_kind": "scan",
		"route": "its own", "status": 200.0, "duration_ms": 1.234,
	}
	for k, v := range want {
		if line[k] != v {
			t.Errorf("%s is %v, want %v", k, line[k], v)
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, line["time"].(string)); err != nil || at.Location() != time.UTC {
		t.Errorf("the time is %v", line["time"])
	}
	if len(line) != len(want)+1 {
		t.Errorf("got %v", line)
	}
	job := logged(t, func(l *slog.Logger) {
		l.With("a", 1).WithGroup("g").InfoContext(WithJob(ctx, &retable.Job{ID: 8, CorrelationID: "of-the-job"}), "x", "b", 2)
	})[0]
	inner, _ := job["g"].(map[string]any)
	if job["a"] != 1.0 || inner["b"] != 2.0 || inner["job"] != 8.0 || inner["correlation_id"] != "of-the-job" {
		t.Errorf("got %v", job)
	}
}

func TestTheCorrelationIDIsTakenIfItIsSane(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "0192-ab.c_D", strings.Repeat("x", 64)} {
		if got := Correlation(id); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", " ", "a b", "a\nb", "a\r\nSet-Cookie: x", "ä", strings.Repeat("x", 65), "<script>"} {
		got := Correlation(id)
		if got == id || !saneID.MatchString(got) || seen[got] {
			t.Errorf("%q became %q", id, got)
		}
		seen[got] = true
	}
}

type dotted struct{ s string }

func (d dotted) String() string { return d.s }

type marshaled struct{ Token, Plain string }

type valuer struct{}

func (valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("password", "hunter2"), slog.String("plain", "p"))
}

type excerptError struct{ Excerpt string }

func (e *excerptError) Error() string { return "line 3: broken: " + e.Excerpt }

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2lnbmF0dXJlaHVudGVyMg"

func TestSecretsAndContentDontReachTheLog(t *testing.T) {
	t.Parallel()
	secret := "hunter2"
	for name, log := range map[string]func(*slog.Logger){
		"key password":       func(l *slog.Logger) { l.Info("x", "password", secret) },
		"key new_password":   func(l *slog.Logger) { l.Info("x", "new_password", secret) },
		"key Authorization":  func(l *slog.Logger) { l.Info("x", "Authorization", secret) },
		"key Set-Cookie":     func(l *slog.Logger) { l.Info("x", "Set-Cookie", secret) },
		"key refresh_token":  func(l *slog.Logger) { l.Info("x", "refresh_token", secret) },
		"bare key":           func(l *slog.Logger) { l.Info("x", "key", secret) },
		"key openai_key":     func(l *slog.Logger) { l.Info("x", "openai_key", secret) },
		"key client-secret":  func(l *slog.Logger) { l.Info("x", "client-secret", secret) },
		"number":             func(l *slog.Logger) { l.Info("x", "secret", 4711) },
		"in a group":         func(l *slog.Logger) { l.Info("x", slog.Group("g", slog.String("token", secret))) },
		"with":               func(l *slog.Logger) { l.With("token", secret).Info("x") },
		"valuer":             func(l *slog.Logger) { l.Info("x", "v", valuer{}) },
		"context":            func(l *slog.Logger) { l.InfoContext(With(context.Background(), slog.String("token", secret)), "x") },
		"jwt":                func(l *slog.Logger) { l.Info("x", "v", "got "+jwt+" here") },
		"jwt in the message": func(l *slog.Logger) { l.Info("got " + jwt) },
		"bearer":             func(l *slog.Logger) { l.Info("x", "v", "Bearer hunter2hunter2") },
		"basic":              func(l *slog.Logger) { l.Info("x", "v", "authorization: basic aHVudGVyMg==hunter2") },
		"url":                func(l *slog.Logger) { l.Info("x", "v", "postgres://u:hunter2@h/d") },
		"query":              func(l *slog.Logger) { l.Info("x", "v", "/download?ticket=hunter2&X-Amz-Signature=hunter2") },
		"dsn":                func(l *slog.Logger) { l.Info("x", "v", "host=h user=u password=hunter2 dbname=d") },
		"model key":          func(l *slog.Logger) { l.Info("x", "v", "sk-proj-hunter2hunter2hunter2") },
		"pem": func(l *slog.Logger) {
			l.Info("x", "v", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----")
		},
		"error": func(l *slog.Logger) {
			l.Info("x", Err(fmt.Errorf("dial postgres://u:hunter2@h: %w", errors.New("refused"))))
		},
		"stringer": func(l *slog.Logger) { l.Info("x", "v", dotted{"Bearer hunter2hunter2"}) },
		"struct":   func(l *slog.Logger) { l.Info("x", "v", marshaled{Token: secret, Plain: "Bearer hunter2hunter2"}) },
		"pointer":  func(l *slog.Logger) { l.Info("x", "v", &marshaled{Token: secret}) },
		"map": func(l *slog.Logger) {
			l.Info("x", "v", map[string]any{"a": []any{map[string]string{"Cookie": secret}}})
		},
		"bytes":    func(l *slog.Logger) { l.Info("x", "v", []byte(secret)) },
		"raw json": func(l *slog.Logger) { l.Info("x", "v", json.RawMessage(`{"token":"hunter2"}`)) },
		"cell":     func(l *slog.Logger) { l.Info("x", "cell", "hunter2 is a customer") },
		"values":   func(l *slog.Logger) { l.Info("x", "values", []string{"hunter2"}) },
		"question": func(l *slog.Logger) { l.Info("x", "question", "who is hunter2?") },
		"excerpt":  func(l *slog.Logger) { l.Info("x", Err(fmt.Errorf("a: %w", &excerptError{"<name>hunter2</name>"}))) },
		"excerpts joined": func(l *slog.Logger) {
			l.Info("x", Err(errors.Join(errors.New("b"), &excerptError{"<name>hunter2</name>"})))
		},
	} {
		for format, text := range map[string]bool{"json": false, "text": true} {
			var b strings.Builder
			log(NewLogger(&b, LogOptions{Text: text}))
			if strings.Contains(b.String(), secret) || strings.Contains(b.String(), "aHVudGVyMg") || strings.Contains(b.String(), "4711") {
				t.Errorf("%s, %s: %s", name, format, b.String())
			}
			if b.Len() == 0 {
				t.Errorf("%s, %s: nothing was logged", name, format)
			}
		}
	}
}

func TestWhatIsHarmlessStays(t *testing.T) {
	t.Parallel()
	line := logged(t, func(l *slog.Logger) {
		l.Info("converted 3 tokens", "tokens", 12, "prompt_tokens", 7, "rows", 9, "path", "/data/eyJ.xml", "keys", "a,b", "v", []string{"x", "y"},
			"url", "postgres://u@h/d", "at", time.UnixMilli(0).UTC(), "none", nil, "f", func() {}, "long", strings.Repeat("ä", 3000), Err(errors.New("plain")))
	})[0]
	for k, want := range map[string]any{
		"msg": "converted 3 tokens", "tokens": 12.0, "prompt_tokens": 7.0, "rows": 9.0, "path": "/data/eyJ.xml", "keys": "a,b", "url": "postgres://u@h/d",
		"at": "1970-01-01T00:00:00Z", "none": nil, "f": "(func())", "error": "plain",
	} {
		if line[k] != want {
			t.Errorf("%s is %v, want %v", k, line[k], want)
		}
	}
	if v, _ := line["v"].([]any); len(v) != 2 {
		t.Errorf("v is %v", line["v"])
	}
	if long := line["long"].(string); len(long) > maxValue+20 || !strings.HasSuffix(long, "... (6000 bytes)") {
		t.Errorf("a long text has %d bytes", len(long))
	}
}

func TestLevelsAreThoseAsked(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	l := NewLogger(&b, LogOptions{Level: ParseLevel("warn"), Text: true})
	l.Info("quiet")
	l.Warn("loud")
	if strings.Contains(b.String(), "quiet") || !strings.Contains(b.String(), "level=warn msg=loud") {
		t.Errorf("got %s", b.String())
	}
	if ParseLevel("nonsense") != slog.LevelInfo || ParseLevel("DEBUG") != slog.LevelDebug {
		t.Error("a level is misread")
	}
}

func TestScrubbingTwiceChangesNothingMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{jwt, "Bearer abcdefgh", "://a:b@", "?token=x", " password=y ", "sk-0123456789abcdef0123"})), 0, 6).Draw(t, "parts")
		once := Scrub(strings.Join(parts, " "))
		if twice := Scrub(once); twice != once {
			t.Fatalf("%q became %q", once, twice)
		}
	})
}
