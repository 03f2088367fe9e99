package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"retable/app"
	"retable/internal/config"
	"retable/internal/retable"
)

// fakeWindow answers dialogs as a test says, and remembers what it was told.
type fakeWindow struct {
	mu        sync.Mutex
	events    []json.RawMessage
	commands  []command
	scripts   []string
	notices   []string
	shown     int
	quits     int
	full      int
	bundles   []string
	folder    string
	target    string
	clipboard string
	menus     [][]menuItem
	themes    []string
	asked     int   // where it stands
	fault     error // of dialogs, clipboard and notices
	stands    place
	news      chan struct{} // hinted at with each emit
}

func newFakeWindow() *fakeWindow {
	return &fakeWindow{news: make(chan struct{}, 1), stands: place{X: 10, Y: 20, Width: 900, Height: 700}}
}

func (w *fakeWindow) emit(name string, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == commandName {
		w.commands = append(w.commands, data.(command))
	} else {
		w.events = append(w.events, raw)
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *fakeWindow) run(script string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scripts = append(w.scripts, script)
}

func (w *fakeWindow) pickFiles(string, string) ([]string, error)        { return w.bundles, w.fault }
func (w *fakeWindow) pickFolder(string, string) (string, error)         { return w.folder, w.fault }
func (w *fakeWindow) pickTarget(string, string, string) (string, error) { return w.target, w.fault }
func (w *fakeWindow) paste() (string, error)                            { return w.clipboard, w.fault }
func (w *fakeWindow) show()                                             { w.count(&w.shown) }
func (w *fakeWindow) fullscreen()                                       { w.count(&w.full) }
func (w *fakeWindow) quit()                                             { w.count(&w.quits) }

func (w *fakeWindow) place() place {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return w.stands
}

func (w *fakeWindow) moveTo(p place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stands = p
}

func (w *fakeWindow) setMenu(items []menuItem) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.menus = append(w.menus, items)
}

func (w *fakeWindow) setTheme(theme string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.themes = append(w.themes, theme)
}

func (w *fakeWindow) notify(_, title, body string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault == nil {
		w.notices = append(w.notices, title+": "+body)
	}
	return w.fault
}

func (w *fakeWindow) count(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

func (w *fakeWindow) told() []command {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]command(nil), w.commands...)
}

// until waits for a command or event that fits.
func (w *fakeWindow) until(t *testing.T, what string, fits func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		w.mu.Lock()
		ok := fits()
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-w.news:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func settings(t *testing.T, env ...string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: append([]string{"RET_RUNTIME_ROOT=" + t.TempDir(), "RET_JOB_POLL=20ms", "HOME=" + t.TempDir()}, env...)})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// opened is a window over a data root of its own. The page listens.
func start(t *testing.T) (*App, *fakeWindow) {
	t.Helper()
	return startWith(t, Options{Config: settings(t)})
}

func startWith(t *testing.T, o Options) (*App, *fakeWindow) {
	t.Helper()
	o.Version, o.Log = "test", slog.New(slog.DiscardHandler)
	a, w := newApp(o), newFakeWindow()
	if err := a.speech.speak("en"); err != nil {
		t.Fatal(err)
	}
	a.started(w)
	t.Cleanup(a.stopped)
	return a, w
}

// ask makes a call as the page does.
func ask[T any](t *testing.T, call func(json.RawMessage) (json.RawMessage, error), req string) T {
	t.Helper()
	raw, err := call(json.RawMessage(req))
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// await waits for a job's end.
func await(t *testing.T, a *App, id int64) *app.Job {
	t.Helper()
	b, err := a.opened(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	j, err := b.in.WaitJob(retable.WithPrincipal(context.Background(), b.local), id, time.Minute)
	if err != nil || j.Status != string(retable.JobSuccess) {
		t.Fatalf("%+v, %v", j, err)
	}
	return j
}

const orders = `<Orders><Order id="1"><Total>5</Total></Order><Order id="2"><Total>6</Total></Order></Orders>`

// bundle writes a small bundle.
func bundle(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(orders), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// taken is a bundle that was taken in and converted.
func taken(t *testing.T, a *App) *app.Received {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"path": bundle(t, "orders.xml")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.AddPath(raw)
	if err != nil {
		t.Fatal(err)
	}
	await(t, a, got.JobID)
	return got
}

// problemIn is what the page gets of an error.
func problemIn(t *testing.T, err error) (code, detail, id string) {
	t.Helper()
	if err == nil {
		t.Fatal("it was not refused")
	}
	raw, merr := json.Marshal(formatted(err))
	if merr != nil {
		t.Fatal(merr)
	}
	var p struct {
		Code, Detail  string
		CorrelationID string `json:"correlation_id"`
		Errors        []any
	}
	if err := json.Unmarshal(raw, &p); err != nil || p.Errors == nil {
		t.Fatalf("%s is no problem document: %v", raw, err)
	}
	return p.Code, p.Detail, p.CorrelationID
}

var errFault = errors.New("out of order")
