package obs

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"retable/internal/retable"
)

// Metrics counts what happens. Times are in seconds, sizes in bytes.
type Metrics struct {
	registry *prometheus.Registry

	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	inFlight   prometheus.Gauge
	streams    prometheus.Gauge
	uploaded   prometheus.Counter
	logins     *prometheus.CounterVec
	limited    *prometheus.CounterVec
	limitFault *prometheus.CounterVec

	jobs       *prometheus.CounterVec
	jobTime    *prometheus.HistogramVec
	taskErrors *prometheus.CounterVec
	restarts   *prometheus.CounterVec
	resyncs    prometheus.Counter

	dbErrors  *prometheus.CounterVec
	dbSlow    *prometheus.CounterVec
	blobCalls *prometheus.CounterVec

	modelCalls  *prometheus.CounterVec
	modelTime   *prometheus.HistogramVec
	modelTokens *prometheus.CounterVec

	bytes *prometheus.CounterVec
	rows  *prometheus.CounterVec
	files *prometheus.CounterVec

	lastBackup prometheus.Gauge
}

// latencyBuckets reach from a cached read to a long poll; jobBuckets to hours.
var (
	latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	jobBuckets     = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400}
)

const namespace = "retable"

// NewMetrics returns metrics in a registry of their own, with those of the Go
// runtime and the process.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	m.requests = m.counters("request_count", "Requests answered.", "method", "route", "status")
	m.latency = m.histograms("request_latency", "Time to answer a request, in seconds.", latencyBuckets, "method", "route")
	m.inFlight = m.gauge("requests_in_flight", "Requests being answered.")
	m.streams = m.gauge("streams_open", "Event streams that are open.")
	m.uploaded = m.counter("uploaded_bytes", "Bytes of uploads received.")
	m.logins = m.counters("login_count", "Log-ins by outcome.", "outcome")
	m.limited = m.counters("rate_limited", "Requests refused by a rate limit.", "tier")
	m.limitFault = m.counters("limiter_errors", "Times that the limiter could not be asked, by what was done then.", "decision")

	m.jobs = m.counters("job_count", "Attempts at jobs that ended, by outcome.", "kind", "state")
	m.jobTime = m.histograms("job_duration", "Time of one attempt at a job, in seconds.", jobBuckets, "kind")
	m.taskErrors = m.counters("task_errors", "Attempts that failed, by class of error.", "kind", "code")
	m.restarts = m.counters("actor_restarts", "Actors that panicked and were started again.", "actor")
	m.resyncs = m.counter("event_resyncs", "Subscribers that fell behind and were told to read again.")

	m.dbErrors = m.counters("db_errors", "Failed database operations by class.", "code")
	m.dbSlow = m.counters("db_slow_queries", "Statements over the threshold.", "engine")
	m.blobCalls = m.counters("blob_calls", "Operations on the blob store by outcome.", "operation", "outcome")

	m.modelCalls = m.counters("model_calls", "Calls of language models by outcome.", "provider", "purpose", "outcome")
	m.modelTime = m.histograms("model_duration", "Time of a call of a model, in seconds.", jobBuckets, "provider", "purpose")
	m.modelTokens = m.counters("model_tokens", "Tokens sent to models and received.", "provider", "direction")

	m.bytes = m.counters("converted_bytes", "Bytes of XML read.", "mode")
	m.rows = m.counters("converted_rows", "Rows written.", "mode")
	m.files = m.counters("converted_files", "Files read, by outcome.", "outcome")

	m.lastBackup = m.gauge("last_backup_timestamp_seconds", "When the last backup succeeded.")
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1; the version is the label."}, []string{"version"})
	m.registry.MustRegister(build)
	build.WithLabelValues(version).Set(1)
	return m
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Registry is where others register collectors.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Request counts an answer. route is its pattern (/api/jobs/{job_id}), never
// the path, of which there are too many.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(method, route).Observe(took.Seconds())
}

// RequestBegins counts a request being answered until done is called.
func (m *Metrics) RequestBegins() (done func()) { return up(m.inFlight) }

// StreamOpens counts an event stream until done is called.
func (m *Metrics) StreamOpens() (done func()) { return up(m.streams) }

func up(g prometheus.Gauge) func() {
	g.Inc()
	return g.Dec
}

// Uploaded counts bytes received.
func (m *Metrics) Uploaded(bytes int64) { m.uploaded.Add(float64(max(bytes, 0))) }

// Login counts a log-in: ok, failed (wrong password or code), denied (not
// allowed), throttled, second_factor (asked for, a step on the way), reuse (of a
// refresh token).
func (m *Metrics) Login(outcome string) { m.logins.WithLabelValues(outcome).Inc() }

// RateLimited counts a refusal by the limit of a tier.
func (m *Metrics) RateLimited(tier string) { m.limited.WithLabelValues(tier).Inc() }

// LimiterDown counts that the limiter could not be asked and a request was
// let pass, or not.
func (m *Metrics) LimiterDown(passed bool) {
	decision := "refused"
	if passed {
		decision = "passed"
	}
	m.limitFault.WithLabelValues(decision).Inc()
}

// JobDone counts an attempt that ended; err is why it failed.
func (m *Metrics) JobDone(kind retable.JobKind, state retable.JobState, took time.Duration, err error) {
	m.jobs.WithLabelValues(string(kind), string(state)).Inc()
	m.jobTime.WithLabelValues(string(kind)).Observe(took.Seconds())
	if err != nil {
		m.taskErrors.WithLabelValues(string(kind), string(retable.CodeOf(err))).Inc()
	}
}

// ActorRestarted counts a panic in an actor.
func (m *Metrics) ActorRestarted(actor string) { m.restarts.WithLabelValues(actor).Inc() }

// Resynced counts a subscriber that fell behind.
func (m *Metrics) Resynced() { m.resyncs.Inc() }

// DBError counts a failed database operation.
func (m *Metrics) DBError(err error) { m.dbErrors.WithLabelValues(string(retable.CodeOf(err))).Inc() }

// DBSlow counts a slow statement.
func (m *Metrics) DBSlow(engine string) { m.dbSlow.WithLabelValues(engine).Inc() }

// BlobCall counts a request to the S3 store, by its method.
func (m *Metrics) BlobCall(operation string, err error) {
	m.blobCalls.WithLabelValues(operation, outcome(err)).Inc()
}

// ModelCall counts a call of a model: purpose is chat or embed.
func (m *Metrics) ModelCall(provider, purpose string, took time.Duration, sent, received int, err error) {
	m.modelCalls.WithLabelValues(provider, purpose, outcome(err)).Inc()
	m.modelTime.WithLabelValues(provider, purpose).Observe(took.Seconds())
	m.modelTokens.WithLabelValues(provider, "sent").Add(float64(max(sent, 0)))
	m.modelTokens.WithLabelValues(provider, "received").Add(float64(max(received, 0)))
}

func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return string(retable.CodeOf(err))
}

// Converted counts what a conversion read and wrote; mode is flat or relational.
func (m *Metrics) Converted(mode string, bytes, rows int64, good, bad int) {
	m.bytes.WithLabelValues(mode).Add(float64(max(bytes, 0)))
	m.rows.WithLabelValues(mode).Add(float64(max(rows, 0)))
	m.files.WithLabelValues("ok").Add(float64(max(good, 0)))
	m.files.WithLabelValues("failed").Add(float64(max(bad, 0)))
}

// BackedUp records a backup that succeeded.
func (m *Metrics) BackedUp(at time.Time) { m.lastBackup.Set(float64(at.UnixMilli()) / 1000) }
