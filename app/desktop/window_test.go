package desktop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/app"
	"retable/internal/retable"
)

func TestDialogsGiveWhatWasChosen(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	if got, err := a.PickBundles(); err != nil || got == nil || len(got) != 0 {
		t.Errorf("cancelled: %v, %v", got, err)
	}
	w.bundles, w.folder = []string{"/a.zip", "/b.zip"}, "/inbox"
	if got, err := a.PickBundles(); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := a.PickFolder("Which?"); err != nil || got != "/inbox" {
		t.Errorf("got %v, %v", got, err)
	}
	w.fault = errFault
	_, err := a.PickBundles()
	problemIn(t, err)
	_, err = a.PickFolder("Which?")
	problemIn(t, err)
}

func TestSavingWritesWholeFilesOrNone(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	got := taken(t, a)
	ticket := func() saveRequest {
		x := ask[app.TicketURL](t, a.DownloadTicket, `{"session_id":"`+got.SessionID+`"}`)
		return saveRequest{URL: x.URL, Name: x.Name}
	}
	dir := t.TempDir()
	w.target = filepath.Join(dir, "tables.zip")
	if err := os.WriteFile(w.target, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	used := ticket()
	if ok, err := a.SaveTicket(used); err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	if raw, err := os.ReadFile(w.target); err != nil || !strings.HasPrefix(string(raw), "PK") {
		t.Errorf("got %.10q, %v", raw, err)
	}
	_, err := a.SaveTicket(used)
	if code, _, _ := problemIn(t, err); code != "not_found" {
		t.Errorf("a ticket worked twice: %s", code)
	}
	for _, url := range []string{"", "/api/settings", "/api/tickets/", "/api/tickets/../settings", "http://example.org/api/tickets/x", "/api/tickets/x?y=1"} {
		_, err := a.SaveTicket(saveRequest{URL: url})
		if code, _, _ := problemIn(t, err); code != "invalid" {
			t.Errorf("%q gave %s", url, code)
		}
	}
	w.target = ""
	if ok, err := a.SaveTicket(ticket()); ok || err != nil {
		t.Errorf("cancelled: %v, %v", ok, err)
	}
	w.target = filepath.Join(dir, "missing", "x.zip")
	_, err = a.SaveTicket(ticket())
	if _, detail, _ := problemIn(t, err); !strings.Contains(detail, "can't be written") {
		t.Errorf("got %q", detail)
	}
	w.target = dir // a folder stands there
	_, err = a.SaveTicket(ticket())
	problemIn(t, err)
	if left, err := filepath.Glob(filepath.Join(dir, ".retable-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	w.fault = errFault
	_, err = a.SaveTicket(ticket())
	problemIn(t, err)
	if err := write(filepath.Join(dir, "short"), strings.NewReader("12345"), 10, 0o600); err == nil || !strings.Contains(err.Error(), "5 came") {
		t.Errorf("a short answer: %v", err)
	}
}

func TestNamesOfFilesAreOnlyNames(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"tables.zip": "tables.zip", "../../etc/passwd": "passwd", `..\evil.exe`: "evil.exe", "": "download", "/": "download"} {
		if got := fileName(given); got != want {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestCommandsWaitForThePage(t *testing.T) {
	t.Parallel()
	file := bundle(t, "by icon.xml")
	a, w := startWith(t, Options{Config: settings(t), Args: []string{"-devserver", file, "file://" + file, "/not/there.zip"}})
	a.outbox.send(command{Command: "palette"})
	if n := len(w.told()); n != 0 {
		t.Fatalf("%d commands were sent to nobody", n)
	}
	a.Ready()
	got := w.told()
	if len(got) != 2 || got[0].Command != "open" || !slices.Equal(got[0].Paths, []string{file, file}) || got[1].Command != "palette" {
		t.Errorf("got %+v", got)
	}
	a.open(filepath.Dir(file), []string{filepath.Base(file)}) // of a second start
	if got = w.told(); len(got) != 3 || got[2].Paths[0] != file {
		t.Errorf("got %+v", got)
	}
	full := outbox{to: w}
	for range 2 * maxWaiting {
		full.send(command{})
	}
	if len(full.waiting) != maxWaiting {
		t.Errorf("%d wait", len(full.waiting))
	}
}

func TestTheMenuReachesEveryPage(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	a.Ready()
	w.bundles, w.folder, w.clipboard = []string{"/a.zip"}, "/inbox", "it's </script>"
	keys := map[string]bool{}
	var walk func([]menuItem)
	walk = func(items []menuItem) {
		for _, i := range items {
			if i.keys != "" && keys[i.keys] {
				t.Errorf("%s has the keys %s of another", i.label, i.keys)
			}
			keys[i.keys] = true
			walk(i.items)
			if i.run != nil && i.label != a.speech.words().DataFolder { // which would start a file manager
				i.run()
			}
		}
	}
	walk(a.menu())
	var pages, others []string
	for _, c := range w.told() {
		if c.Command == "navigate" {
			pages = append(pages, c.To)
		} else {
			others = append(others, c.Command)
		}
	}
	if !slices.Equal(pages, []string{"/settings", "/", "/compare", "/ask", "/jobs", "/watches", "/recipes", "/settings"}) || !slices.Equal(others, []string{"open", "open", "palette", "keys"}) {
		t.Errorf("got %v, %v", pages, others)
	}
	if w.quits != 1 || w.full != 1 {
		t.Errorf("quit %d, full screen %d", w.quits, w.full)
	}
	if !slices.Contains(w.scripts, `document.execCommand('insertText', false, "it's \u003c/script\u003e")`) {
		t.Errorf("got %q", w.scripts)
	}
	w.fault = errFault
	a.menuOpenBundles()
	a.menuOpenFolder()
	a.menuPaste()
	told := w.told()
	for _, c := range told[len(told)-3:] {
		if c.Command != "notice" || c.Text == "" {
			t.Errorf("got %+v", c)
		}
	}
}

func TestAllLanguagesHaveAllWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("locales/*.json")
	if err != nil || len(files) != len(languages()) {
		t.Errorf("languages %v, files %v, %v", languages(), files, err)
	}
	for _, language := range append(languages(), "fr", "") {
		w, err := wordsOf(language)
		if err != nil {
			t.Fatal(err)
		}
		if language != w.language && w.language != "en" {
			t.Errorf("%q became %s", language, w.language)
		}
		for field, word := range reflect.ValueOf(*w).Fields() {
			if word.String() == "" {
				t.Errorf("%s has no word for %s", w.language, field.Name)
			}
		}
		for _, state := range []string{"SUCCESS", "FAILED"} {
			for _, kind := range []retable.JobKind{retable.JobConvert, retable.JobCompare, retable.JobIndex, retable.JobExport} {
				title, body := w.told(&app.Job{JobType: string(kind), Status: state, Subject: "a.zip", Message: "3 tables", Error: "no"})
				if title == "" || !strings.HasPrefix(body, "a.zip") || len(body) < 8 {
					t.Errorf("%s %s %s: %q %q", language, kind, state, title, body)
				}
			}
		}
	}
}

func TestTheMenuFollowsThePagesLanguage(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	for _, language := range []string{"en", "de", "de", "en", "de"} {
		if err := a.SetLanguage(language); err != nil {
			t.Fatal(err)
		}
	}
	var said []string
	for _, m := range w.menus {
		said = append(said, m[0].label)
	}
	if !slices.Equal(said, []string{"Datei", "File", "Datei"}) {
		t.Errorf("it was set to %v", said)
	}
	if code, _, _ := problemIn(t, a.SetLanguage("tlh")); code != "invalid" {
		t.Errorf("a language that nobody speaks: %s", code)
	}
	// What a menu can be relabelled by has the same form in each language.
	shape := func(items []menuItem) string {
		var b strings.Builder
		walkMenu(items, func(i menuItem) { fmt.Fprintf(&b, "%d%s%v%v ", len(i.items), i.keys, i.label == "", i.run == nil) })
		return b.String()
	}
	if shape(w.menus[0]) != shape(w.menus[1]) {
		t.Error("the menus of two languages differ in more than words")
	}
	// The next start begins with it, and closing doesn't forget it.
	if a.beforeClose() {
		t.Error("it asks")
	}
	if again := newApp(a.opts); again.speech.words().language != "de" {
		t.Errorf("the next start speaks %s", again.speech.words().language)
	}
	if p, ok := keptPlace(placeFile(a.opts.Config.Place.RuntimeRoot)); !ok || p.Width != w.stands.Width {
		t.Errorf("kept %+v %v", p, ok)
	}
}

// A window that is gone answers no more: whoever asked it would wait for ever.
func TestAClosedWindowIsAskedNothing(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	if a.beforeClose() {
		t.Error("it asks although nothing runs")
	}
	w.mu.Lock()
	before := w.asked
	w.mu.Unlock()
	again := a.beforeClose()
	w.mu.Lock()
	defer w.mu.Unlock()
	if again || w.asked != before {
		t.Errorf("closed again, it was asked %d times", w.asked-before)
	}
}

func TestMenusFollowTheColoursOfThePage(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	for _, theme := range []string{"dark", "light", "system"} {
		if err := a.SetTheme(theme); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, _ := problemIn(t, a.SetTheme("pink")); code != "invalid" {
		t.Errorf("pink gave %s", code)
	}
	if got := strings.Join(w.themes, " "); got != "dark light system" {
		t.Errorf("got %s", got)
	}
}

// What the menu leads to has one name, in the menu and on the page.
func TestTheMenuCallsPagesWhatThePageCallsThem(t *testing.T) {
	t.Parallel()
	for _, language := range languages() {
		raw, err := os.ReadFile("../../frontend/src/locales/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var page struct{ Nav map[string]string }
		if err := json.Unmarshal(raw, &page); err != nil {
			t.Fatal(err)
		}
		w, err := wordsOf(language)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{"home": w.Sessions, "compare": w.Compare, "ask": w.Ask, "jobs": w.Jobs, "watches": w.Watches, "recipes": w.Recipes, "settings": w.Settings, "keys": w.Keys} {
			if got != page.Nav[name] {
				t.Errorf("in %s the menu says %q, the page %q", language, got, page.Nav[name])
			}
		}
	}
}

func TestTheLanguageIsTheDesktops(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"}, {"", "", "de_AT.UTF-8", "de"}, {"", "en_GB.UTF-8", "de_DE.UTF-8", "en"}, {"de_DE", "en_GB", "", "de"}, {"C", "", "de_DE", "en"}, {"", "", "de", "de"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := locale(); got != c.want {
			t.Errorf("%+v gave %s", c, got)
		}
	}
}

func TestClosingAsksOnlyWhileJobsAreUnderWay(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	a.Ready()
	if a.beforeClose() {
		t.Error("it asks although nothing runs")
	}
	var p place
	raw, err := os.ReadFile(placeFile(a.opts.Config.Place.RuntimeRoot))
	if err != nil || json.Unmarshal(raw, &p) != nil || p != w.stands {
		t.Errorf("kept %+v, %v", p, err)
	}
	a.leaving.mu.Lock()
	a.leaving.gone = false // as if it had been opened again
	a.leaving.mu.Unlock()
	// A job that waits for ever: the next of the session waits behind it.
	b, err := a.opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	far := retable.MillisOf(time.Now().Add(time.Hour))
	if err := b.in.Store.Update(t.Context(), func(tx retable.Tx) error {
		_, _, err := tx.Jobs().Enqueue(t.Context(), retable.JobSpec{Kind: retable.JobCleanup, OwnerID: b.local.UserID, RunAt: far}, retable.MillisOf(time.Now()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !a.beforeClose() || w.shown != 1 {
		t.Error("it closes although a job is under way")
	}
	last := w.told()
	if c := last[len(last)-1]; c.Command != "quit" || c.Jobs != 1 {
		t.Errorf("got %+v", c)
	}
	a.Stay()
	if !a.beforeClose() {
		t.Error("after no, it asks no more")
	}
	if a.beforeClose() {
		t.Error("who closes it again while it asks, means it")
	}
	a.Stay()
	a.Quit()
	if w.quits != 1 || a.beforeClose() {
		t.Error("after yes, it doesn't close")
	}
}

func TestALongJobsEndIsToldToWhoLooksElsewhere(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	a.Ready()
	b, err := a.opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := retable.WithPrincipal(t.Context(), b.local)
	got := taken(t, a)
	j, err := b.in.GetJob(ctx, app.JobRef{JobID: got.JobID})
	if err != nil {
		t.Fatal(err)
	}
	if worthTelling(j) {
		t.Error("a job of a moment is told")
	}
	j.StartedAt, j.FinishedAt = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:11.000Z"
	if !worthTelling(j) {
		t.Error("a long job is not told")
	}
	for _, change := range []func(*app.Job){
		func(j *app.Job) { j.JobType = "scan" }, func(j *app.Job) { j.Status = "CANCELLED" }, func(j *app.Job) { j.FinishedAt = "" }, func(j *app.Job) { j.StartedAt = "" },
	} {
		other := *j
		change(&other)
		if worthTelling(&other) {
			t.Errorf("%+v is told", other)
		}
	}
	if p := pageOf(j); p != "/sessions/"+got.SessionID {
		t.Errorf("its page is %s", p)
	}
	if p := pageOf(&app.Job{ComparisonID: "c", SessionID: "s"}); p != "/compare/c" {
		t.Errorf("its page is %s", p)
	}
	if p := pageOf(&app.Job{}); p != "/jobs" {
		t.Errorf("its page is %s", p)
	}

	over := retable.Event{Kind: retable.EventJob, JobID: got.JobID, State: "SUCCESS"}
	a.tellEnd(ctx, b, j)
	if len(w.notices) != 0 {
		t.Error("it is told to who looks at the window")
	}
	a.SetFocused(false)
	a.tellEnd(ctx, b, j)
	if len(w.notices) != 1 || !strings.HasPrefix(w.notices[0], "Converted: orders.xml") {
		t.Errorf("got %q", w.notices)
	}
	w.fault = errFault
	a.tellEnd(ctx, b, j)
	told := w.told()
	if len(told) == 0 || told[len(told)-1].Command != "notice" || !told[len(told)-1].Good || told[len(told)-1].To == "" {
		t.Errorf("the page isn't told instead: %+v", told)
	}
	ask[app.Settings](t, a.UpdateSettings, `{"notify_desktop":false}`)
	a.tellEnd(ctx, b, j)
	if len(w.told()) != len(told) {
		t.Error("it is told although nobody wants it")
	}
	a.SetFocused(true)
	a.ended(ctx, b, &over)
	if plain("a<b>&c") != "a‹b›+c" {
		t.Error("markup is left in")
	}
}

func TestOfAJobsProgressTheLatestIsTold(t *testing.T) {
	t.Parallel()
	progress := func(id int64, p float64) retable.Event {
		return retable.Event{Kind: retable.EventProgress, JobID: id, Progress: p, LeftMS: -1}
	}
	fact := retable.Event{Kind: retable.EventJob, JobID: 1, State: "SUCCESS"}
	got := coalesced([]retable.Event{progress(1, 1), progress(2, 1), progress(1, 2), fact, progress(2, 5), {Kind: retable.EventSession}, {Kind: retable.EventSession}})
	if len(got) != 4 || got[0].Kind != retable.EventJob || got[1].Progress != 5 {
		t.Errorf("got %+v", got)
	}
	if got := coalesced(make([]retable.Event, maxGather+1)); len(got) != 1 || got[0].Kind != retable.EventResync {
		t.Errorf("too many facts gave %d events", len(got))
	}
}

func TestAKilledWindowHasKeptWhereItStood(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	w.moveTo(place{X: 70, Y: 80, Width: 1010, Height: 710})
	a.running.Go(func() { a.follow(time.Millisecond) })
	kept := func(want place) {
		t.Helper()
		deadline := time.After(time.Minute)
		for {
			if p, ok := keptPlace(placeFile(a.root())); ok && p == want {
				return
			}
			select {
			case <-deadline:
				t.Fatalf("never kept: %+v", want)
			case <-time.After(time.Millisecond):
			}
		}
	}
	kept(place{X: 70, Y: 80, Width: 1010, Height: 710})
	// Filling the screen it has no place; chosen languages stay.
	w.moveTo(place{})
	if err := a.SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	kept(place{X: 70, Y: 80, Width: 1010, Height: 710, Language: "de"})
	w.moveTo(place{X: 5, Y: 6, Width: 800, Height: 600})
	kept(place{X: 5, Y: 6, Width: 800, Height: 600, Language: "de"})
}

func TestTheWindowStandsWhereItStood(t *testing.T) {
	t.Parallel()
	file := placeFile(t.TempDir())
	usual := place{Width: usualWidth, Height: usualHeight}
	if p, ok := keptPlace(file); p != usual || ok {
		t.Errorf("fresh: %+v %v", p, ok)
	}
	stood := place{X: 50, Y: 60, Width: 1000, Height: 700}
	if err := keepPlace(file, stood); err != nil {
		t.Fatal(err)
	}
	if p, ok := keptPlace(file); p != stood || !ok {
		t.Errorf("got %+v %v", p, ok)
	}
	if err := keepPlace(file, place{Width: 1920, Height: 1080, Maximised: true}); err != nil {
		t.Fatal(err)
	}
	stood.Maximised = true
	if p, _ := keptPlace(file); p != stood {
		t.Errorf("maximised, it forgot its size: %+v", p)
	}
	for _, nonsense := range []string{"", "{", `{"x":1e9,"y":-1e9,"width":1,"height":99999}`, `{"x":"a"}`} {
		if err := os.WriteFile(file, []byte(nonsense), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, ok := keptPlace(file); p.Width != usualWidth || p.Height != usualHeight || ok {
			t.Errorf("%q gave %+v %v", nonsense, p, ok)
		}
	}
	if err := keepPlace(filepath.Join(filepath.Dir(file), "gone", "window.json"), stood); err != nil {
		t.Errorf("without a data root: %v", err)
	}
	for _, c := range []struct{ width, height, wantWidth, wantHeight int }{
		{1920, 1080, 1000, 700}, {1024, 600, 1000, 544}, {800, 600, 792, 544}, {640, 400, leastWidth, leastHeight},
	} {
		p := place{X: 50, Y: 60, Width: 1000, Height: 700}.fitted(c.width, c.height)
		if p.Width != c.wantWidth || p.Height != c.wantHeight || p.X != 50 {
			t.Errorf("on %d x %d it is %+v", c.width, c.height, p)
		}
	}
	for _, c := range []struct {
		p    place
		want bool
	}{{place{X: 10, Y: 10, Width: 800, Height: 600}, true}, {place{X: 1900, Y: 10, Width: 800, Height: 600}, false}, {place{X: -790, Y: 10, Width: 800, Height: 600}, false}, {place{X: 10, Y: -50, Width: 800, Height: 600}, false}, {place{X: 10, Y: 1070, Width: 800, Height: 600}, false}} {
		if got := c.p.onScreen(1920, 1080); got != c.want {
			t.Errorf("%+v: %v", c.p, got)
		}
	}
}

func TestTheFileManagerNeverOpensAFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		system, path string
		dir          bool
		want         string
	}{
		{"linux", "/data/evil.desktop", false, "xdg-open /data"}, {"linux", "/data", true, "xdg-open /data"},
		{"darwin", "/data/evil.app", true, "open -a Finder /data/evil.app"}, {"darwin", "/data/a.zip", false, "open -R /data/a.zip"},
		{"windows", `C:\data\evil.exe`, false, `explorer.exe /select,C:\data\evil.exe`}, {"windows", `C:\data`, true, `explorer.exe C:\data`},
	} {
		name, args := managerFor(c.system, c.path, c.dir)
		if got := name + " " + strings.Join(args, " "); got != c.want {
			t.Errorf("%s %s: %s", c.system, c.path, got)
		}
	}
}

func TestRevealRefusesWhatIsNoPlace(t *testing.T) {
	a, _ := start(t)
	for _, path := range []string{"", "https://example.org", "-x", "relative", filepath.Join(t.TempDir(), "gone")} {
		problemIn(t, a.Reveal(path))
	}
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	_, detail, _ := problemIn(t, a.Reveal(dir))
	if !strings.Contains(detail, dir) {
		t.Errorf("without a file manager the place isn't named: %q", detail)
	}
	a.Ready()
	a.menuDataFolder() // complains in the page
	fake := filepath.Join(os.Getenv("PATH"), "xdg-open")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil { // #nosec G306 -- a program of the test's own
		t.Fatal(err)
	}
	if err := a.Reveal(dir); err != nil {
		t.Error(err)
	}
}

func TestTheDoorIsChosenByTheFirstArgument(t *testing.T) {
	t.Parallel()
	file := bundle(t, "a.xml")
	commands := func(s string) bool { return s == "convert" || s == "--help" }
	for _, c := range []struct {
		args []string
		want bool
	}{
		{nil, true}, {[]string{"convert", file}, false}, {[]string{"--help"}, false}, {[]string{file}, true}, {[]string{"file://" + file}, true}, {[]string{filepath.Dir(file)}, true},
		{[]string{"-devserver", "x"}, true}, {[]string{"-psn_0_1"}, true}, {[]string{"convrt"}, false}, {[]string{"/not/there"}, false},
	} {
		if got := opens(c.args, commands); got != c.want {
			t.Errorf("%v: %v", c.args, got)
		}
	}
	if Opens(nil, commands) != Built {
		t.Error("a program without a window opens one")
	}
}

func TestWithoutADisplayAnotherWayIsNamed(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	if err := display("linux", none); err == nil || !strings.Contains(err.Error(), "retable serve") {
		t.Errorf("got %v", err)
	}
	for _, err := range []error{
		display("darwin", none), display("windows", none),
		display("linux", func(name string) string { return map[string]string{"WAYLAND_DISPLAY": "wayland-0"}[name] }),
		display("linux", func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}
