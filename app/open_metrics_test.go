package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/obs"
	"retable/internal/retable"
)

// figures are a program's metrics as Prometheus reads them.
func figures(t *testing.T, m *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestABackupThatSucceededIsSeenByItsAlert(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics("test")
	seen := meters(m, func() time.Time { return time.UnixMilli(1500) }).Job
	seen(retable.Job{Kind: retable.JobBackup}, actors.JobFacts{State: retable.JobFailed, Code: retable.Internal})
	seen(retable.Job{Kind: retable.JobScan}, actors.JobFacts{State: retable.JobSuccess})
	if got := figures(t, m); !strings.Contains(got, "retable_last_backup_timestamp_seconds 0\n") {
		t.Errorf("there was no backup yet: %s", got)
	}
	seen(retable.Job{Kind: retable.JobBackup}, actors.JobFacts{State: retable.JobSuccess})
	if got := figures(t, m); !strings.Contains(got, "retable_last_backup_timestamp_seconds 1.5\n") {
		t.Errorf("the backup isn't seen: %s", got)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestsToS3AreCounted(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics("test")
	for status, want := range map[int]string{200: "ok", 404: "ok", 429: "unavailable", 503: "unavailable", 0: "unavailable"} {
		c := countedCalls{transport(func(*http.Request) (*http.Response, error) {
			if status == 0 {
				return nil, errors.New("no connection")
			}
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: http.NoBody}, nil
		}), m}
		resp, err := c.RoundTrip(httptest.NewRequest("PUT", "http://s3/x", nil))
		if (err != nil) != (status == 0) || status != 0 && resp.StatusCode != status {
			t.Errorf("%d: what came back was changed: %v", status, err)
		}
		if got := figures(t, m); !strings.Contains(got, `retable_blob_calls{operation="put",outcome="`+want+`"}`) {
			t.Errorf("%d isn't counted as %s", status, want)
		}
	}
	got := figures(t, m)
	for _, want := range []string{`outcome="ok"} 2`, `outcome="unavailable"} 3`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
}

func TestConversionsAreCounted(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics("test")
	s := serve(t, func(_ *ServiceConfig, d *ServiceDeps) { d.Meters = meters(m, d.Clock) })
	s.take(t, s.ctx, "a.zip", someOrders(t, 10, "1"))
	const counted = `retable_job_count{kind="convert",state="SUCCESS"} 1`
	soon(t, counted, func() bool { return strings.Contains(figures(t, m), counted) }) // after the job's end is known
	got := figures(t, m)
	for _, want := range []string{`retable_converted_files{outcome="ok"} 2`, `retable_converted_files{outcome="failed"} 0`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	for _, name := range []string{"bytes", "rows"} {
		if strings.Contains(got, `retable_converted_`+name+`{mode="relational"} 0`) || !strings.Contains(got, `retable_converted_`+name+`{mode="relational"} `) {
			t.Errorf("no %s were counted", name)
		}
	}
}
