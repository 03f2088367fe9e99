package rest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/app"
	"retable/internal/retable"
)

// second is another server over the same service, as another replica is one
// over the same database.
func (b *bench) second(t *testing.T) *bench {
	t.Helper()
	cfg := b.server.cfg
	s, err := New(cfg, Deps{Service: b.in.Service, Front: someFront()})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Listener(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &bench{t: t, server: s, in: b.in, base: "http://" + ln.Addr().String(), log: b.log, people: b.people}
}

func TestALinkToTheAuditLogIsGoodAtAnyReplicaForItsReaderAlone(t *testing.T) {
	t.Parallel()
	b := start(t)
	other := b.second(t)
	link := func(format string) string {
		return b.as("ann").call("POST", "/api/admin/audit-logs/ticket", map[string]any{"format": format}).want(200).text("url")
	}
	csv := link("csv")
	r := other.as("").call("GET", csv, nil).want(200)
	if !strings.HasPrefix(string(r.body), "seq,at,") || !strings.Contains(r.header.Get("Content-Disposition"), `"audit.csv"`) || !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") {
		t.Errorf("got %v %.200s", r.header, r.body)
	}
	b.as("").call("GET", csv, nil).refused(404, "ticket_gone")
	for _, who := range []string{"bea", "otto"} {
		b.as(who).call("POST", "/api/admin/audit-logs/ticket", map[string]any{"format": "csv"}).want(403)
	}
	b.as("ann").call("POST", "/api/admin/audit-logs/ticket", map[string]any{"format": "exe"}).want(422)

	// Who is no administrator any more doesn't get what they asked for before.
	b.join("zoe", retable.RoleAdmin)
	late := b.as("zoe").call("POST", "/api/admin/audit-logs/ticket", map[string]any{"format": "jsonl"}).want(200).text("url")
	b.as("ann").call("PUT", "/api/admin/users/"+b.people["zoe"].id, map[string]any{"role": "user"}).want(200)
	other.as("").call("GET", late, nil).want(403)
	log := b.as("ann").call("GET", "/api/admin/audit-logs?action=audit.export", nil).want(200)
	if log.text("total") != "1" || log.text("items", 0, "actor_id") != b.people["ann"].id {
		t.Errorf("got %s", log.body)
	}
}

func TestReadinessLooksAtEveryPart(t *testing.T) {
	t.Parallel()
	down := false
	b := startWith(t, func(_ *Config, d *Deps) {
		d.Probes = []app.Probe{{Name: "extra", Optional: true, Check: func(context.Context) error {
			if down {
				return retable.Errorf(retable.Unavailable, "It is down.")
			}
			return nil
		}}}
	})
	r := b.as("").call("GET", "/health/ready", nil).want(200)
	var h app.Health
	r.into(&h)
	var names []string
	for _, c := range h.Checks {
		names = append(names, c.Name)
		if c.Status != "ok" {
			t.Errorf("%s is %s: %s", c.Name, c.Status, c.Detail)
		}
	}
	for _, want := range []string{"database", "blobs", "index", "vectors", "model", "limiter", "disk", "queue", "extra"} {
		if !slices.Contains(names, want) {
			t.Errorf("nobody looks at %s: %v", want, names)
		}
	}
	down = true
	b.server.health.mu.Lock()
	b.server.health.last = nil
	b.server.health.mu.Unlock()
	if r := b.as("").call("GET", "/health/ready", nil).want(http.StatusOK); r.text("status") != "degraded" {
		t.Errorf("an optional part that is down: %s", r.body)
	}
}

func TestAKeptLookIsAskedAgainInTime(t *testing.T) {
	t.Parallel()
	now, asked := time.Unix(1000, 0), 0
	check := keptFor(15*time.Second, func() time.Time { return now }, func(context.Context) error { asked++; return nil })
	for _, step := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {time.Second, 1}, {14 * time.Second, 1}, {time.Second, 2}, {-time.Hour, 3}} {
		now = now.Add(step.after)
		if err := check(t.Context()); err != nil || asked != step.asked {
			t.Errorf("after %s: asked %d times, want %d (%v)", step.after, asked, step.asked, err)
		}
	}
}

// TestWhatOneMayNotSeeLooksLikeWhatIsNotThere compares what a stranger hears of
// something that is there with what they hear of something that isn't.
func TestWhatOneMayNotSeeLooksLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.as("bea")
	left, right := bea.converted("a.zip", someOrders(t, 3, "1")), bea.converted("b.zip", someOrders(t, 3, "2"))
	job := bea.call("POST", "/api/comparison/compare", map[string]any{"left_session_id": left, "right_session_id": right}).want(200).text("job_id")
	bea.finished(job)
	upload := bea.call("POST", "/api/storage/presign?filename=c.zip", nil).want(200).text("upload_id")
	none := retable.NewID()
	for _, c := range []struct{ method, path, there, gone string }{
		{"GET", "/api/jobs/%", job, "999999"},
		{"POST", "/api/jobs/%/cancel", job, "999999"},
		{"POST", "/api/jobs/%/retry", job, "999999"},
		{"GET", "/api/jobs/%/events", job, "999999"},
		{"GET", "/api/conversion/status/%", job, "999999"},
		{"GET", "/api/comparison/results/%", job, "999999"},
		{"GET", "/api/sessions/%", left, none},
		{"DELETE", "/api/sessions/%", left, none},
		{"GET", "/api/sessions/%/tables/1/rows", left, none},
		{"GET", "/api/conversion/download/%", left, none},
		{"GET", "/api/uploads/%", upload, none},
	} {
		said := func(id string) string {
			r := b.as("carl").call(c.method, strings.Replace(c.path, "%", id, 1), nil).want(404)
			return strings.ReplaceAll(r.text("detail"), id, "ID")
		}
		if there, gone := said(c.there), said(c.gone); there != gone {
			t.Errorf("%s %s: %q of what is there, %q of what isn't", c.method, c.path, there, gone)
		}
	}
}

func TestAPageOfRowsNeedsNoSize(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.as("bea")
	id := bea.converted("a.zip", someOrders(t, 130, "1"))
	table := bea.call("GET", "/api/sessions/"+id+"/tables", nil).want(200)
	for i, item := range table.at("tables").([]any) {
		if item.(map[string]any)["rows"].(float64) < 130 {
			continue
		}
		r := bea.call("GET", "/api/sessions/"+id+"/tables/"+table.text("tables", i, "id")+"/rows", nil).want(200)
		if n := len(r.at("rows").([]any)); n != 100 {
			t.Errorf("%d rows come by themselves", n)
		}
		return
	}
	t.Fatalf("no table with the orders: %s", table.body)
}
