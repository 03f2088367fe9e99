package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/event"
	"retable/internal/retable"
)

// handClock is a clock that a test moves.
type handClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *handClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// soon waits for what must happen; on a busy machine it may take its time.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("not yet: " + what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
}

// watched is a folder that a service watches.
type watched struct {
	*served
	dir string
	id  string
}

func (s *served) watch(t *testing.T, opts WatchOptions) *watched {
	t.Helper()
	dir := t.TempDir()
	w, err := s.CreateWatch(s.ctx, WatchRequest{Dir: dir, Options: opts, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return &watched{s, dir, w.ID}
}

// drop puts a file into the folder, whole at once as a rename does.
func (w *watched) drop(t *testing.T, name string, content []byte) {
	t.Helper()
	tmp := filepath.Join(t.TempDir(), "tmp")
	if err := errors.Join(os.WriteFile(tmp, content, 0o600), os.Rename(tmp, filepath.Join(w.dir, name))); err != nil {
		t.Fatal(err)
	}
}

// file is what became of a file; its State is "" if nobody has seen it.
func (w *watched) file(t *testing.T, name string) WatchedFile {
	t.Helper()
	l, err := w.ListWatchedFiles(w.ctx, WatchedFilesRequest{WatchID: w.id, PageQuery: PageQuery{Limit: 500}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range l.Items {
		if f.Path == name {
			return f
		}
	}
	return WatchedFile{}
}

// becomes waits until a file is in the state.
func (w *watched) becomes(t *testing.T, name, state string) (f WatchedFile) {
	t.Helper()
	soon(t, name+" is "+state, func() bool {
		f = w.file(t, name)
		return f.State == state
	})
	return f
}

// swept waits for a look at the folder that began after now.
func (w *watched) swept(t *testing.T, clock *handClock) {
	t.Helper()
	clock.add(time.Millisecond)
	now := retable.MillisOf(clock.now())
	soon(t, "the folder is looked at", func() bool {
		var at retable.Millis
		if err := w.store.View(w.ctx, func(tx retable.Tx) error {
			x, err := tx.Watches().Get(w.ctx, w.id)
			if err == nil {
				at = x.SweptAt
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return at >= now
	})
}

func (w *watched) sessions(t *testing.T) int64 {
	t.Helper()
	l, err := w.ListSessions(w.ctx, ListSessionsRequest{PageQuery: PageQuery{Limit: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return l.Total
}

func TestAFileIsTakenWhenItHasStoppedChanging(t *testing.T) {
	t.Parallel()
	clock := &handClock{t: time.Now()}
	s := serve(t, func(c *ServiceConfig, d *ServiceDeps) {
		c.Settle, c.Sweep, d.Clock = 10*time.Second, 20*time.Millisecond, clock.now
	})
	w := s.watch(t, WatchOptions{})
	path := filepath.Join(w.dir, "orders.zip")
	content := someOrders(t, 20, "1")
	half := len(content) / 2
	if err := os.WriteFile(path, content[:half], 0o600); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, "orders.zip", fileWaiting)
	clock.add(9 * time.Second)
	w.swept(t, clock)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(content[half:])
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	w.swept(t, clock) // this one sees that it has changed
	w.swept(t, clock) // and if it was seen half written, that it has changed again
	clock.add(9 * time.Second)
	w.swept(t, clock)
	if got := w.file(t, "orders.zip"); got.State != fileWaiting || w.sessions(t) != 0 {
		t.Fatalf("18 seconds after its beginning, 9 after its change, it is %s", got.State)
	}
	clock.add(2 * time.Second)
	got := w.becomes(t, "orders.zip", fileDone)
	x, err := s.GetSession(s.ctx, SessionRef{got.SessionID})
	if err != nil || x.State != "READY" || x.Bytes != int64(len(content)) || x.Partial {
		t.Errorf("got %+v, %v", x, err)
	}
}

func TestTheSameContentIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{})
	content := someOrders(t, 10, "1")
	w.drop(t, "a.zip", content)
	first := w.becomes(t, "a.zip", fileDone)
	w.drop(t, "b.zip", content)
	if again := w.becomes(t, "b.zip", fileRepeated); again.SessionID != first.SessionID {
		t.Errorf("the repeat is of session %s, not %s", again.SessionID, first.SessionID)
	}
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(filepath.Join(w.dir, "a.zip"), later, later); err != nil {
		t.Fatal(err)
	}
	soon(t, "the touched file is seen again", func() bool { return w.file(t, "a.zip").UpdatedAt != first.UpdatedAt })
	w.becomes(t, "a.zip", fileDone)
	if n := w.sessions(t); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
}

func TestAChangedFileIsANewDelivery(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{Compare: true})
	w.drop(t, "orders.zip", someOrders(t, 10, "1"))
	first := w.becomes(t, "orders.zip", fileDone)
	w.drop(t, "orders.zip", someOrders(t, 11, "2"))
	soon(t, "the changed file is another session", func() bool {
		f := w.file(t, "orders.zip")
		return f.State == fileDone && f.SessionID != first.SessionID
	})
	l, err := w.ListComparisons(w.ctx, ListComparisonsRequest{})
	if err != nil || l.Total != 1 || l.Items[0].LeftID != first.SessionID || l.Items[0].State != "SUCCESS" {
		t.Errorf("got comparisons %+v, %v", l, err)
	}
}

func TestADeletedFolderIsWatchedAgainWhenItIsBack(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{})
	w.drop(t, "a.zip", someOrders(t, 4, "1"))
	w.becomes(t, "a.zip", fileDone)
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	state := func() *Watch {
		x, err := w.GetWatch(w.ctx, WatchRef{w.id})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	soon(t, "the folder is missing", func() bool { return state().State == "missing" })
	if msg := state().Error; !strings.Contains(msg, "watched again when it comes back") {
		t.Errorf("got %q", msg)
	}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.drop(t, "b.zip", someOrders(t, 5, "2"))
	w.becomes(t, "b.zip", fileDone)
	if x := state(); x.State != "watching" || x.Error != "" {
		t.Errorf("it is %s: %s", x.State, x.Error)
	}
}

// tiny is one of many small bundles.
func tiny(i int) []byte { return fmt.Appendf(nil, "<orders><order><id>%d</id></order></orders>", i) }

func TestManyFilesDroppedAtOnce(t *testing.T) {
	n := 300
	switch {
	case os.Getenv("RET_SOAK") == "1":
		n = 10_000
	case !testing.Short():
		n = 1000
	}
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.QueueUser = 1000 })
	w := s.watch(t, WatchOptions{})
	for i := range n {
		if err := os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("o-%05d.xml", i)), tiny(i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	began, most := time.Now(), int64(0)
	var x *Watch
	last, moved := int64(-1), time.Now()
	for x == nil || x.Counts[fileDone] < int64(n) {
		var err error
		if x, err = s.GetWatch(s.ctx, WatchRef{w.id}); err != nil {
			t.Fatal(err)
		}
		l, err := s.ListJobs(s.ctx, ListJobsRequest{Status: "QUEUED", PageQuery: PageQuery{Limit: 1}})
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, l.Total)
		if d := x.Counts[fileDone]; d != last {
			last, moved = d, time.Now()
		}
		if time.Since(moved) > 3*time.Minute || x.Counts[fileFailed] > 0 {
			t.Fatalf("it stands still: %v", x.Counts)
		}
		time.Sleep(20 * time.Millisecond)
	}
	took := time.Since(began)
	if got := w.sessions(t); got != int64(n) {
		t.Errorf("%d sessions of %d files", got, n)
	}
	if most > s.cfg.QueueUser {
		t.Errorf("%d jobs waited at once", most)
	}
	t.Logf("%d files in %v, %.0f a second; %d jobs waited at most", n, took.Round(time.Millisecond), float64(n)/took.Seconds(), most)
}

// TestARestartInTheMiddleTakesEachFileOnce: the service ends while a folder is
// being worked on, and another one goes on.
func TestARestartInTheMiddleTakesEachFileOnce(t *testing.T) {
	t.Parallel()
	const n = 60
	first := serve(t, nil)
	w := first.watch(t, WatchOptions{Marks: true})
	for i := range n {
		w.drop(t, fmt.Sprintf("o-%02d.xml", i), tiny(i))
	}
	counts := func(s *Service) map[string]int64 {
		x, err := s.GetWatch(w.ctx, WatchRef{w.id})
		if err != nil {
			t.Fatal(err)
		}
		return x.Counts
	}
	soon(t, "some are done", func() bool { return counts(first.Service)[fileDone] > 3 })
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := first.Close(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("at the end of the first: %v", counts(first.Service))
	hub := event.New(event.Options{})
	t.Cleanup(hub.Close)
	second, err := NewService(first.cfg, ServiceDeps{Store: first.store, Blobs: first.blobs, Events: hub})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := second.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := second.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	soon(t, "all are done", func() bool { return counts(second)[fileDone] == n })
	soon(t, "all are moved", func() bool { return len(names(t, filepath.Join(w.dir, "processed"))) == n })
	l, err := second.ListSessions(w.ctx, ListSessionsRequest{PageQuery: PageQuery{Limit: 1}})
	if err != nil || l.Total != n {
		t.Errorf("%d sessions, %v", l.Total, err)
	}
	if left := names(t, w.dir); !slices.Equal(left, []string{"processed"}) {
		t.Errorf("the folder holds %q", left)
	}
}

// names lists a folder; one that isn't there holds nothing.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestOriginalsAreLeftAloneUnlessAsked(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{})
	content := someOrders(t, 4, "1")
	w.drop(t, "a.zip", content)
	w.drop(t, "bad.zip", []byte("no zip"))
	before, err := os.Stat(filepath.Join(w.dir, "a.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w.becomes(t, "a.zip", fileDone)
	w.becomes(t, "bad.zip", fileFailed)
	after, err := os.Stat(filepath.Join(w.dir, "a.zip"))
	if err != nil || !after.ModTime().Equal(before.ModTime()) || after.Mode() != before.Mode() || !os.SameFile(before, after) {
		t.Errorf("the original was %v and is %v, %v", before, after, err)
	}
	if got, err := os.ReadFile(filepath.Join(w.dir, "a.zip")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("its content has changed: %v", err)
	}
	if got := names(t, w.dir); !slices.Equal(got, []string{"a.zip", "bad.zip"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestMarksMoveWhatIsDone(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{Marks: true})
	w.drop(t, "a.zip", someOrders(t, 4, "1"))
	w.drop(t, "bad.zip", []byte("no zip"))
	in := func(folder string, want ...string) {
		t.Helper()
		soon(t, fmt.Sprintf("%s holds %q", folder, want), func() bool { return slices.Equal(names(t, filepath.Join(w.dir, folder)), want) })
	}
	in("processed", "a.zip")
	in("failed", "bad.zip")
	w.drop(t, "a.zip", someOrders(t, 5, "2")) // the name is taken there
	in("processed", "a-2.zip", "a.zip")
	w.drop(t, "repeat.zip", someOrders(t, 5, "2"))
	in("processed", "a-2.zip", "a.zip", "repeat.zip")
	if got := names(t, w.dir); !slices.Equal(got, []string{"failed", "processed"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestANewDeliveryUnderAnOldNameIsNotMovedAway(t *testing.T) {
	t.Parallel()
	s := idle(t, nil)
	w := &watched{served: s, dir: t.TempDir()}
	w.drop(t, "a.zip", []byte("the next one"))
	sweep := &sweeper{s: s.Service, watch: retable.Watch{Dir: w.dir}}
	sweep.mark(t.Context(), &retable.WatchedFile{Path: "a.zip", Bytes: 3, ModTime: 1, State: fileDone})
	if got := names(t, w.dir); !slices.Equal(got, []string{"a.zip"}) {
		t.Errorf("the folder holds %q", got)
	}
}

func TestEachDeliveryIsComparedWithTheOneBefore(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	w := serve(t, nil).watch(t, WatchOptions{Compare: true, Output: out, Formats: []string{"csv"}, Report: []string{"html", "json"}})
	// The later one lies there first, with a stranger.
	w.drop(t, "orders_2026-01.zip", someOrders(t, 10, "1"))
	w.becomes(t, "orders_2026-01.zip", fileDone)
	w.drop(t, "prices_2026-02.zip", someOrders(t, 7, "3"))
	w.drop(t, "orders_2026-02.zip", someOrders(t, 11, "2"))
	a, b := w.file(t, "orders_2026-01.zip"), w.becomes(t, "orders_2026-02.zip", fileDone)
	w.becomes(t, "prices_2026-02.zip", fileDone)
	w.drop(t, "orders_2026-03.zip", someOrders(t, 12, "2"))
	c := w.becomes(t, "orders_2026-03.zip", fileDone)
	l, err := w.ListComparisons(w.ctx, ListComparisonsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, x := range l.Items {
		if x.State != "SUCCESS" || x.Changes == 0 {
			t.Errorf("got %+v", x)
		}
		pairs = append(pairs, x.LeftID+" "+x.RightID)
	}
	slices.Sort(pairs)
	if want := []string{a.SessionID + " " + b.SessionID, b.SessionID + " " + c.SessionID}; !slices.Equal(pairs, want) {
		t.Errorf("compared were %q, want %q", pairs, want)
	}
	want := []string{
		"orders_2026-01-tables", "orders_2026-01-to-orders_2026-02.html", "orders_2026-01-to-orders_2026-02.json", "orders_2026-02-tables",
		"orders_2026-02-to-orders_2026-03.html", "orders_2026-02-to-orders_2026-03.json", "orders_2026-03-tables", "prices_2026-02-tables",
	}
	if got := names(t, out); !slices.Equal(got, want) {
		t.Errorf("the output holds %q", got)
	}
	if _, err := os.Stat(filepath.Join(out, "orders_2026-01-tables", "Orders~Order.csv")); err != nil {
		t.Error(err)
	}
}

func TestABundleThatFailsHarmsNoOther(t *testing.T) {
	t.Parallel()
	w := serve(t, nil).watch(t, WatchOptions{Compare: true})
	// Both at once: the good one is to be compared with the bad one.
	w.drop(t, "orders_2026-01.zip", []byte("PK no zip"))
	w.drop(t, "orders_2026-02.zip", someOrders(t, 10, "1"))
	bad := w.becomes(t, "orders_2026-01.zip", fileFailed)
	if bad.Error == "" || strings.Contains(bad.Error, "went wrong") {
		t.Errorf("it failed with %q", bad.Error)
	}
	w.becomes(t, "orders_2026-02.zip", fileDone)
	// The good one is the delivery before the next.
	w.drop(t, "orders_2026-03.zip", someOrders(t, 11, "2"))
	w.becomes(t, "orders_2026-03.zip", fileDone)
	l, err := w.ListComparisons(w.ctx, ListComparisonsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(l.Items, func(c ComparisonRecord) bool { return c.State == "SUCCESS" }); i < 0 || l.Items[i].LeftName != "orders_2026-02.zip" {
		t.Errorf("got comparisons %+v", l.Items)
	}
	// Mended, it is taken.
	w.drop(t, "orders_2026-01.zip", someOrders(t, 9, "1"))
	w.becomes(t, "orders_2026-01.zip", fileDone)
}

func TestAFolderLeavesRoomInTheQueue(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	s := serve(t, func(c *ServiceConfig, d *ServiceDeps) {
		c.QueueUser, c.Actors.Slots = 10, 1
		d.Tasks = blockedTasks(hold)
	})
	defer close(hold)
	w := s.watch(t, WatchOptions{})
	for i := range 20 {
		w.drop(t, fmt.Sprintf("o-%02d.xml", i), tiny(i))
	}
	waiting := func() int64 {
		l, err := s.ListJobs(s.ctx, ListJobsRequest{Status: "QUEUED", PageQuery: PageQuery{Limit: 1}})
		if err != nil {
			t.Fatal(err)
		}
		return l.Total
	}
	soon(t, "the folder fills its half of the queue", func() bool { return waiting() >= 5 })
	soon(t, "all files are seen", func() bool {
		x, err := s.GetWatch(s.ctx, WatchRef{w.id})
		if err != nil {
			t.Fatal(err)
		}
		return x.SweptAt != "" && x.Counts[fileQueued] > 0
	})
	if n := waiting(); n > 7 {
		t.Errorf("%d of 10 jobs wait", n)
	}
	// A person still gets in.
	if _, err := s.ReceiveBundle(s.ctx, ReceiveRequest{Name: "mine.xml", Bytes: 4, Body: strings.NewReader("<a/>")}); err != nil {
		t.Error(err)
	}
	// Until the queue is full: then there is a time to come again.
	var err error
	for i := 0; err == nil && i < 20; i++ {
		body := fmt.Sprintf("<a>%02d</a>", i)
		_, err = s.ReceiveBundle(s.ctx, ReceiveRequest{Name: "more.xml", Bytes: int64(len(body)), Body: strings.NewReader(body)})
	}
	var e *retable.Error
	if !errors.As(err, &e) || e.Code != retable.Busy || e.Reason != "queue_full" || e.RetryAfter <= 0 {
		t.Errorf("a full queue gives %#v", err)
	}
	if n := blobsWithoutRows(t, s); len(n) > 0 {
		t.Errorf("what was refused has left %q", n)
	}
}
