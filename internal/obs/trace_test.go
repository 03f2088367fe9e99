package obs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"retable/internal/retable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorded is Tracing into memory; spans closes it and returns what it has.
func recorded(t *testing.T) (tracing *Tracing, spans func() tracetest.SpanStubs) {
	t.Helper()
	memory := tracetest.NewInMemoryExporter()
	tracing, err := NewTracing(t.Context(), TraceOptions{Exporter: keep{memory}, Share: 1, Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return tracing, func() tracetest.SpanStubs {
		if err := tracing.Close(context.Background()); err != nil {
			t.Error(err)
		}
		return memory.GetSpans()
	}
}

// keep keeps spans over a shutdown.
type keep struct{ *tracetest.InMemoryExporter }

func (keep) Shutdown(context.Context) error { return nil }

func TestOneTraceFromTheRequestThroughTheJobToTheCall(t *testing.T) {
	t.Parallel()
	tracing, spans := recorded(t)
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer server.Close()

	ctx, id := Correlate(t.Context(), "")
	ctx, end := tracing.StartRequest(ctx, "POST /api/conversion/convert", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	job := &retable.Job{ID: 3, Kind: retable.JobConvert, Attempts: 1, CorrelationID: id, TraceParent: tracing.Parent(ctx)} // through the table
	end(nil)

	ctx, end = tracing.StartJob(context.Background(), job)
	client := &http.Client{Transport: tracing.Transport("s3", &http.Transport{DisableKeepAlives: true})}
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/key?token=hunter2", nil)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	end(errors.New("upload: Bearer hunter2hunter2"))

	all := spans()
	if len(all) != 3 {
		t.Fatalf("%d spans", len(all))
	}
	for i, want := range []string{"POST /api/conversion/convert", "s3 GET", "job convert"} {
		s := all[i]
		if s.Name != want || s.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
			t.Errorf("span %d is %q in the trace %s", i, s.Name, s.SpanContext.TraceID())
		}
		for _, a := range s.Attributes {
			if strings.Contains(a.Value.String(), "hunter2") {
				t.Errorf("%s says %s", s.Name, a.Value.String())
			}
		}
	}
	if all[2].Parent.SpanID() != all[0].SpanContext.SpanID() || all[1].Parent.SpanID() != all[2].SpanContext.SpanID() {
		t.Error("the spans don't hang together")
	}
	if got.Get(CorrelationHeader) != id || !strings.HasPrefix(got.Get("traceparent"), "00-0af7651916cd43dd8448eb211c80319c-") {
		t.Errorf("the call carried %v", got)
	}
	if retable.CorrelationFrom(ctx) != id {
		t.Error("the job lost the correlation id")
	}
}

func TestWithoutAnEndpointATraceIsPassedOn(t *testing.T) {
	t.Parallel()
	tracing, err := NewTracing(t.Context(), TraceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx, end := tracing.StartRequest(t.Context(), "GET /", parent)
	end(nil)
	if got := tracing.Parent(ctx); got != parent {
		t.Errorf("got %q", got)
	}
	if got := tracing.Parent(t.Context()); got != "" {
		t.Errorf("a trace from nowhere: %q", got)
	}
	for _, bad := range []string{"", "nonsense", "00-0-0-00", strings.Repeat("0", 5000)} {
		if got := tracing.Parent(tracing.Continue(t.Context(), bad)); got != "" {
			t.Errorf("%q gave %q", bad, got)
		}
	}
	if err := tracing.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSpansGoToTheCollectorWithItsHeaders(t *testing.T) {
	t.Parallel()
	var path, auth atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		path.Store(r.URL.Path)
		auth.Store(r.Header.Get("X-Auth"))
	}))
	defer server.Close()
	tracing, err := NewTracing(t.Context(), TraceOptions{Endpoint: server.URL, Headers: map[string]string{"X-Auth": "me"}, Share: 1, Service: "retable"})
	if err != nil {
		t.Fatal(err)
	}
	_, end := tracing.Start(t.Context(), "work")
	end(nil)
	if err := tracing.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if path.Load() != "/v1/traces" || auth.Load() != "me" {
		t.Errorf("the collector got %v, %v", path.Load(), auth.Load())
	}
	if _, err := NewTracing(t.Context(), TraceOptions{Endpoint: "localhost"}); err == nil {
		t.Error("no URL was taken for one")
	}
}

type deaf struct{ sdk.SpanExporter }

func (deaf) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return errors.New("nobody there") }
func (deaf) Shutdown(context.Context) error                        { return nil }

func TestACollectorThatIsDownIsLoggedAndHarmsNobody(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	tracing, err := NewTracing(t.Context(), TraceOptions{Exporter: deaf{}, Share: 1, Log: NewLogger(&b, LogOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	_, end := tracing.Start(t.Context(), "work")
	end(nil)
	if err := tracing.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(b.String(), "traces could not be sent") {
		t.Errorf("got %q", b.String())
	}
}

func TestAFailedCallIsAnErrorOfTheSpan(t *testing.T) {
	t.Parallel()
	tracing, spans := recorded(t)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:0/", nil)
	if res, err := tracing.Transport("s3", nil).RoundTrip(req); err == nil {
		res.Body.Close()
		t.Fatal("a call to nowhere succeeded")
	}
	if all := spans(); len(all) != 1 || all[0].Status.Description == "" {
		t.Errorf("got %v", all)
	}
	if !strings.Contains(Stack(), "TestAFailedCall") {
		t.Error("the stack doesn't name the caller")
	}
}

func scrape(t *testing.T, m *Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return strings.Split(w.Body.String(), "\n")
}

func wantLines(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(lines, w) {
			t.Errorf("%q is missing", w)
		}
	}
}

func TestMetricsCountWhatHappened(t *testing.T) {
	t.Parallel()
	m := NewMetrics("v1.2.3")
	done := m.RequestBegins()
	defer m.StreamOpens()()
	m.Request("GET", "/api/jobs/{job_id}", 200, 20*time.Millisecond)
	m.Request("GET", "/api/jobs/{job_id}", 404, 20*time.Millisecond)
	m.Uploaded(100)
	m.Uploaded(-1)
	m.Login("ok")
	m.RateLimited("user")
	m.LimiterDown(true)
	m.LimiterDown(false)
	m.JobDone(retable.JobScan, retable.JobSuccess, time.Second, nil)
	m.JobDone(retable.JobScan, retable.JobFailed, time.Second, retable.Missing("blob", "x"))
	m.ActorRestarted("session")
	m.Resynced()
	m.DBError(errors.New("x"))
	m.DBSlow("sqlite")
	m.BlobCall("open", nil)
	m.BlobCall("open", retable.Missing("blob", "x"))
	m.ModelCall("ollama", "chat", time.Second, 10, 20, nil)
	m.Converted("flat", 1000, 50, 3, 1)
	m.BackedUp(time.UnixMilli(1500))
	lines := scrape(t, m)
	done()
	wantLines(t, lines,
		`retable_request_count{method="GET",route="/api/jobs/{job_id}",status="200"} 1`,
		`retable_request_count{method="GET",route="/api/jobs/{job_id}",status="404"} 1`,
		`retable_request_latency_count{method="GET",route="/api/jobs/{job_id}"} 2`,
		`retable_requests_in_flight 1`, `retable_streams_open 1`, `retable_uploaded_bytes 100`,
		`retable_login_count{outcome="ok"} 1`, `retable_rate_limited{tier="user"} 1`,
		`retable_limiter_errors{decision="passed"} 1`, `retable_limiter_errors{decision="refused"} 1`,
		`retable_job_count{kind="scan",state="SUCCESS"} 1`, `retable_job_count{kind="scan",state="FAILED"} 1`,
		`retable_job_duration_count{kind="scan"} 2`, `retable_task_errors{code="not_found",kind="scan"} 1`,
		`retable_actor_restarts{actor="session"} 1`, `retable_event_resyncs 1`,
		`retable_db_errors{code="internal"} 1`, `retable_db_slow_queries{engine="sqlite"} 1`,
		`retable_blob_calls{operation="open",outcome="ok"} 1`, `retable_blob_calls{operation="open",outcome="not_found"} 1`,
		`retable_model_calls{outcome="ok",provider="ollama",purpose="chat"} 1`, `retable_model_tokens{direction="sent",provider="ollama"} 10`,
		`retable_model_duration_count{provider="ollama",purpose="chat"} 1`,
		`retable_converted_bytes{mode="flat"} 1000`, `retable_converted_rows{mode="flat"} 50`, `retable_converted_files{outcome="failed"} 1`,
		`retable_last_backup_timestamp_seconds 1.5`, `retable_build_info{version="v1.2.3"} 1`)
	wantLines(t, scrape(t, m), `retable_requests_in_flight 0`)
	if NewMetrics("x").Registry() == m.Registry() {
		t.Error("two metrics share a registry")
	}
}

func TestGaugesAreReadFromTheirSourcesAndAreMissingWhereThoseFail(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	fail := func() error {
		if down.Load() {
			return errors.New("down")
		}
		return nil
	}
	m := NewMetrics("x")
	m.Watch(Sources{
		Now: func() time.Time { return time.UnixMilli(60_000) },
		Queue: func(context.Context) ([]retable.QueueStats, error) {
			return []retable.QueueStats{
				{Kind: retable.JobScan, State: retable.JobQueued, Count: 4, Oldest: 30_000},
				{Kind: retable.JobScan, State: retable.JobRunning, Count: 1, Oldest: 50_000},
				{Kind: retable.JobIndex, State: retable.JobQueued, Count: 2},                  // waits for others
				{Kind: retable.JobBackup, State: retable.JobQueued, Count: 1, Oldest: 90_000}, // the clock went back
			}, fail()
		},
		Disk:  func(context.Context) (int64, int64, error) { return 10, 100, fail() },
		Blobs: func(context.Context) (int64, error) { return 5, fail() },
		Vectors: func(ctx context.Context) (int64, error) {
			if down.Load() {
				<-ctx.Done() // hangs until its time is over
			}
			return 6, ctx.Err()
		},
		Timeout: 50 * time.Millisecond,
	})
	wantLines(t, scrape(t, m),
		`retable_queue_depth{kind="scan",state="QUEUED"} 4`, `retable_queue_age_seconds{kind="scan"} 30`, `retable_job_running_seconds{kind="scan"} 10`,
		`retable_queue_depth{kind="index",state="QUEUED"} 2`, `retable_queue_age_seconds{kind="backup"} 0`,
		`retable_disk_free_bytes 10`, `retable_disk_total_bytes 100`, `retable_blob_bytes 5`, `retable_vector_bytes 6`)
	down.Store(true)
	lines := scrape(t, m)
	for _, l := range lines {
		if strings.HasPrefix(l, "retable_queue") || strings.HasPrefix(l, "retable_blob_bytes") || strings.HasPrefix(l, "retable_vector") || strings.HasPrefix(l, "retable_sessions") {
			t.Errorf("%q is shown", l)
		}
	}
	lines = scrape(t, m) // the counter may be read before the sources are
	for _, source := range []string{"queue", "disk", "blobs", "vectors"} {
		if slices.Contains(lines, `retable_source_errors{source="`+source+`"} 0`) || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, `retable_source_errors{source="`+source+`"} `) }) {
			t.Errorf("the failures of %s aren't counted", source)
		}
	}
	bare := NewMetrics("x")
	bare.Watch(Sources{})
	scrape(t, bare)
}
