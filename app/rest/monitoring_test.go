package rest

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

// exported are the names of all metrics that the program has, with labels.
func exported(t *testing.T, b *bench) map[string]map[string]bool {
	t.Helper()
	m := b.server.metrics
	m.Request("GET", "/x", 200, time.Millisecond)
	m.Login("ok")
	m.RateLimited("user")
	m.LimiterDown(true)
	m.JobDone(retable.JobScan, retable.JobFailed, time.Second, errors.New("x"))
	m.DBError(errors.New("x"))
	m.DBSlow("store")
	m.ModelCall("ollama", "chat", time.Second, 1, 1, nil)
	m.Converted("flat", 1, 1, 1, 1)
	m.BackedUp(time.Now())
	m.BlobCall("get", nil)
	watchService(m, b.in.Service, t.TempDir())
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]bool{}
	for _, f := range families {
		labels := map[string]bool{"instance": true, "job": true, "le": true}
		for _, x := range f.GetMetric() {
			for _, l := range x.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		out[f.GetName()] = labels
		if f.GetType().String() == "HISTOGRAM" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				out[f.GetName()+suffix] = labels
			}
		}
	}
	return out
}

var (
	metricName = regexp.MustCompile(`\b(retable|go|process)_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`\b((?:retable|go|process)_[a-z0-9_]+)\{([^}]*)\}`)
	comment    = regexp.MustCompile(`(?m)^\s*#.*$`)
	matched    = regexp.MustCompile(`(\w+)\s*[=!]~?"`)
)

func TestDashboardsAndAlertsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.as("bea").converted("a.zip", someOrders(t, 2, "1")) // so that there are jobs
	known := exported(t, b)
	for _, file := range []string{"grafana/retable.json", "alerts/retable.yml"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "build", file))
		if err != nil {
			t.Fatal(err)
		}
		text := comment.ReplaceAllString(strings.ReplaceAll(string(raw), `\"`, `"`), "")
		names := metricName.FindAllString(text, -1)
		if len(names) < 10 {
			t.Errorf("%s names only %d metrics", file, len(names))
		}
		for _, name := range names {
			passing := strings.HasPrefix(name, "retable_queue_age") || strings.HasPrefix(name, "retable_job_running") // only while something waits or runs
			if known[name] == nil && !passing {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
		for _, s := range selector.FindAllStringSubmatch(text, -1) {
			for _, l := range matched.FindAllStringSubmatch(s[2], -1) {
				if labels := known[s[1]]; labels != nil && !labels[l[1]] {
					t.Errorf("%s: %s has no label %s", file, s[1], l[1])
				}
			}
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "build", "grafana", "retable.json"))
	if err == nil {
		err = json.Unmarshal(raw, &dashboard)
	}
	if err != nil || len(dashboard.Panels) < 12 {
		t.Errorf("the dashboard: %d panels, %v", len(dashboard.Panels), err)
	}
}

func TestTheUnitIsHardened(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "build", "systemd", "retable.service"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ExecStart=/usr/local/bin/retable serve", "NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes", "SystemCallFilter=@system-service", "MemoryDenyWriteExecute=yes"} {
		if !strings.Contains(string(raw), "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
}
