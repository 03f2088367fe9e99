package desktop

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retable/internal/config"
)

// chosen is a window over a data root that nothing in the environment names.
func chosen(t *testing.T) (a *App, w *fakeWindow, load func() (*config.Config, error)) {
	t.Helper()
	home := t.TempDir()
	environ := []string{"HOME=" + home, "RET_CONFIG=" + filepath.Join(home, "config.toml"), "RET_JOB_POLL=20ms"}
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte("max_entries = 5\n"), 0o640); err != nil { // #nosec G306 -- the mode is what is tested
		t.Fatal(err)
	}
	load = func() (*config.Config, error) { return config.Load(config.Source{Environ: environ}) }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	a, w = startWith(t, Options{Config: cfg, Load: load})
	return a, w, load
}

func TestAnotherFolderIsKeptForTheData(t *testing.T) {
	t.Parallel()
	a, w, load := chosen(t)
	taken(t, a)
	if err := a.SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), `it's "mine"`, "Daten")
	if err := a.UseRoot(dir); err != nil {
		t.Fatal(err)
	}
	if w.quits != 1 || !a.again.Load() {
		t.Errorf("it doesn't open again: %d, %v", w.quits, a.again.Load())
	}
	cfg, err := load()
	if err != nil || cfg.Place.RuntimeRoot != dir || cfg.Reading.MaxEntries != 5 {
		t.Fatalf("got %+v, %v", cfg.Place, err)
	}
	if info, err := os.Stat(cfg.File); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the settings' file: %v, %v", info.Mode(), err)
	}
	if p, _ := keptPlace(placeFile(dir)); p.Language != "de" {
		t.Errorf("there the window speaks %q", p.Language)
	}
	a.Stay()
	if a.again.Load() {
		t.Error("after no, it opens again")
	}
}

func TestAFolderThatCannotHoldTheDataIsRefused(t *testing.T) {
	t.Parallel()
	a, w, load := chosen(t)
	file := bundle(t, "a.xml")
	for dir, want := range map[string]string{"relative": "whole path", file: "can't hold", "/dev/null/x": "can't hold"} {
		if _, detail, _ := problemIn(t, a.UseRoot(dir)); !strings.Contains(detail, want) {
			t.Errorf("%s: %q", dir, detail)
		}
	}
	set, _ := startWith(t, Options{Config: settings(t)})
	if code, detail, _ := problemIn(t, set.UseRoot(t.TempDir())); code != "conflict" || !strings.Contains(detail, "RET_RUNTIME_ROOT") {
		t.Errorf("got %s %q", code, detail)
	}
	cfg, err := load()
	if err != nil || cfg.Place.RuntimeRoot != a.root() || w.quits != 0 {
		t.Errorf("something changed: %v, %d", err, w.quits)
	}
}

func TestTheRestOfTheSettingsFileStays(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]string{
		"":                                    "runtime_root = '/new'\n",
		"a = 1":                               "runtime_root = '/new'\na = 1\n",
		"a = 1\n  runtime_root=\"/old\"\n# b": "a = 1\nruntime_root = '/new'\n# b\n",
		"[oidc]\nruntime_root = 'x'\n":        "runtime_root = '/new'\n[oidc]\nruntime_root = 'x'\n",
		"runtime_root = 1\nruntime_root = 2":  "runtime_root = '/new'\n",
		"# runtime_root = '/old'\n[server]":   "runtime_root = '/new'\n# runtime_root = '/old'\n[server]\n",
	} {
		got, err := withRoot([]byte(before), "/new")
		if err != nil || string(got) != want {
			t.Errorf("%q became %q, %v", before, got, err)
		}
	}
}

func TestSettingsThatCannotBeUsedAreToldAndReadAgain(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	broken := errors.New("config.toml:3:1: expected newline")
	fault := broken
	a, _ := startWith(t, Options{Config: cfg, Fault: fault, Load: func() (*config.Config, error) { return cfg, fault }})
	_, err := a.Info(nil)
	if code, detail, _ := problemIn(t, err); code != "invalid" || !strings.Contains(detail, "config.toml:3:1") || !strings.Contains(detail, "try again") {
		t.Errorf("got %s %q", code, detail)
	}
	a.opener.mu.Lock()
	fault = nil
	a.opener.tried = a.opener.tried.Add(-2 * tryAgain) // as time would do
	a.opener.mu.Unlock()
	if _, err := a.Info(nil); err != nil {
		t.Error(err)
	}
}

func TestTheWindowOpensWithFaultySettingsToo(t *testing.T) {
	if Built {
		t.Skip("a real window would open")
	}
	home := t.TempDir()
	file := filepath.Join(home, "config.toml")
	if err := os.WriteFile(file, []byte("= nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	err := Open(t.Context(), Options{Version: "test"}, []string{"HOME=" + home, "RET_CONFIG=" + file}, io.Writer(&said))
	if err == nil || !strings.Contains(said.String(), "config.toml") || !strings.Contains(err.Error(), "without a window") {
		t.Errorf("got %v, said %s", err, said.String())
	}
}
