package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the committed files that tests compare with")

func TestTheExampleIsMadeFromTheFields(t *testing.T) {
	t.Parallel()
	const path = "../../.env.example"
	if *update {
		if err := os.WriteFile(path, []byte(EnvExample()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != EnvExample() {
		t.Errorf(".env.example is stale (%v): run go test ./internal/config -run Example -update", err)
	}
}

func TestTheExampleWorksWhenItsDefaultsAreUncommented(t *testing.T) {
	t.Parallel()
	src := home(t)
	for _, line := range strings.Split(EnvExample(), "\n") {
		if strings.HasPrefix(line, "#RET_") && !strings.Contains(line, "_FILE=") {
			src.Environ = append(src.Environ, line[1:])
		}
	}
	if n := len(src.Environ); n < 80 {
		t.Fatalf("only %d settings", n)
	}
	mustLoad(t, src)
}

func TestEveryFieldIsWellDefined(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range All() {
		for _, name := range []string{f.Env(), f.Flag(), f.EnvFile()} {
			if name != "" && seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
		if strings.ToLower(f.Name) != f.Name || strings.ContainsAny(f.Name, "-. ") || strings.HasSuffix(f.Name, fileSuffix) {
			t.Errorf("%s is no good name", f.Name)
		}
		if len(f.Help) < 15 || !strings.HasSuffix(f.Help, ".") || f.Group == "" || f.Placeholder() == "" || f.Kind() == "" {
			t.Errorf("%s is not explained: %q", f.Name, f.Help)
		}
		if (f.Kind() == KindChoice) != (len(f.Choices()) > 0) {
			t.Errorf("%s: choices %v", f.Name, f.Choices())
		}
		for _, text := range []string{f.Default, f.Served} {
			if text == "" {
				continue
			}
			if err := f.set(text); err != nil || f.get() != text {
				t.Errorf("%s: the default %q is written %q (%v)", f.Name, text, f.get(), err)
			}
		}
		if f.Secret() && f.Default != "" {
			t.Errorf("%s has a default secret", f.Name)
		}
	}
}

func TestASecretNeverShowsItself(t *testing.T) {
	t.Parallel()
	src := home(t, "RET_SEAL_KEY="+key32+"hunter2", "RET_DATABASE=postgres://u:hunter2@h/d?sslmode=disable", "RET_REDIS=redis://:hunter2@h/0",
		"RET_WEBHOOK=https://hooks.example/services/hunter2?token=hunter2", "RET_BLOBS=s3://b/p?endpoint=http://h&secret_key=hunter2")
	c := mustLoad(t, src)
	var report, log strings.Builder
	if err := c.WriteText(&report); err != nil {
		t.Fatal(err)
	}
	asJSON, _ := json.Marshal(c.Settings())
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "auth", c.Auth, "key", c.Auth.SealKey)
	inJSON, _ := json.Marshal(c.Auth)
	for name, shown := range map[string]string{
		"report": report.String(), "settings": string(asJSON), "log": log.String(), "json": string(inJSON),
		"verbs": fmt.Sprintf("%v %+v %#v %s %q %x", c.Auth, c.Auth, c.Auth, c.Auth.SealKey, c.Auth.SealKey, c.Auth.SealKey),
	} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%s: %s", name, shown)
		}
	}
	for _, want := range []string{"RET_SEAL_KEY", "(secret)", "postgres://u:xxxxx@h/d?sslmode=disable", "https://hooks.example/xxxxx", "Log-in\n"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("%q is not in\n%s", want, report.String())
		}
	}
	if Secret("").String() != "" || redact("postgres://%zz", false) != masked {
		t.Error("a mask is wrong")
	}
}

func TestTheTableHasEverySetting(t *testing.T) {
	t.Parallel()
	table := Markdown()
	for _, f := range All() {
		if !strings.Contains(table, "| `"+f.Env()+"` |") {
			t.Errorf("%s is missing", f.Env())
		}
	}
	if !strings.Contains(table, "| `RET_MAX_ENTRIES` | `1000000`, server `2000` |") || !strings.Contains(table, "Also from a file: `RET_JWT_KEY_FILE`.") {
		t.Error(table)
	}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 4 {
			t.Errorf("broken row: %s", line)
		}
	}
}

func TestAReportNamesTheFile(t *testing.T) {
	t.Parallel()
	c := Config{File: "/etc/retable.toml"}
	c.bind()
	var b strings.Builder
	if err := c.WriteText(&b); err != nil || !strings.HasPrefix(b.String(), "Configuration file: /etc/retable.toml\n") {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestSizesAndTimesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, maxSize/(1<<40)).Draw(t, "n") * rapid.SampledFrom([]int64{1, kB, mB, gB, 1 << 10, 1 << 20, 1 << 30, 1 << 40}).Draw(t, "unit")
		if got, err := parseSize(formatSize(n)); err != nil || got != n {
			t.Fatalf("%d as %q: %d, %v", n, formatSize(n), got, err)
		}
		d := time.Duration(rapid.Int64Range(0, int64(maxDuration)/1e6).Draw(t, "ms")) * time.Millisecond
		if got, err := parseDuration(formatDuration(d)); err != nil || got != d {
			t.Fatalf("%v as %q: %v, %v", d, formatDuration(d), got, err)
		}
	})
	for text, want := range map[string]int64{"512MB": 512 * mB, "512 mb": 512 * mB, "1GiB": 1 << 30, "1.5k": 1500, "7": 7, "0": 0, "2 b": 2} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1e99TB", "NaN", "inf", "12 parsecs"} {
		if n, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
	for text, want := range map[string]time.Duration{"7d": 7 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "1w 1d": 8 * day, "0": 0, "90s": 90 * time.Second} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1s", "1d-1s", "99999w", "99999999999h", "5"} {
		if d, err := parseDuration(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
}

func TestRatesAndClocks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Rate{"100/1m": {100, time.Minute, 0}, "100/m": {100, time.Minute, 0}, "5 / 1h+20": {5, time.Hour, 20}, "off": {}} {
		if got, err := parseRate(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if back, err := parseRate(want.String()); err != nil || back != want {
			t.Errorf("%v comes back as %v", want, back)
		}
	}
	for _, text := range []string{"", "100", "0/1m", "-1/1m", "1/0s", "1/x", "1/1m+0", "1/1m+x"} {
		if r, err := parseRate(text); err == nil {
			t.Errorf("%q is %v", text, r)
		}
	}
	c := mustLoad(t, home(t, "RET_RATE_ROUTES=POST /api/ai/chat=20/1m, GET /api/jobs=5/s+9"))
	if got := c.Rates.Routes; len(got) != 2 || got[0] != (RouteRate{"POST", "/api/ai/chat", Rate{20, time.Minute, 0}}) || got[1].Rate.Burst != 9 {
		t.Errorf("got %v", got)
	}
	if f := c.field("rate_routes"); f.Value() != "POST /api/ai/chat=20/1m,GET /api/jobs=5/1s+9" {
		t.Errorf("got %q", f.Value())
	}
	at := Clock{true, 2, 30}
	zone := time.FixedZone("", 3600)
	for now, want := range map[string]string{"01:00": "02:30", "02:30": "+02:30", "23:00": "+02:30"} {
		n, _ := time.ParseInLocation("15:04", now, zone)
		got := at.Next(n)
		text := got.Format("15:04")
		if got.Day() != n.Day() {
			text = "+" + text
		}
		if text != want || !got.After(n) {
			t.Errorf("after %s comes %s, want %s", now, text, want)
		}
	}
}

func FuzzParsersNeverPanic(f *testing.F) {
	for _, s := range []string{"512MB", "1d12h", "100/1m+2", "10.0.0.0/8", "POST /a=1/s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range All() {
			if field.set(s) != nil {
				continue
			}
			written := field.get()
			if err := field.set(written); err != nil && written != "" {
				t.Errorf("%s: %q was taken and written as %q, which is refused: %v", field.Name, s, written, err)
			}
		}
	})
}
