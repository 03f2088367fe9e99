package obs

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"retable/internal/retable"
)

// Sources are asked when somebody looks at the metrics; nil ones are left out.
type Sources struct {
	Now      retable.Clock
	Queue    func(context.Context) ([]retable.QueueStats, error)
	Disk     func(context.Context) (free, total int64, err error) // of the data root
	Blobs    func(context.Context) (bytes int64, err error)       // stored
	Vectors  func(context.Context) (bytes int64, err error)       // of indexes
	Sessions func(context.Context) (int64, error)
	Timeout  time.Duration // for each; 0 means 2 s
}

// sourceGauges is a collector over Sources. A source that fails leaves its
// gauges out and is counted, so that an old figure is never shown as new.
type sourceGauges struct {
	src    Sources
	faults *prometheus.CounterVec

	depth, age, running        *prometheus.Desc
	diskFree, diskTotal        *prometheus.Desc
	blobs, vectors, sessionsOf *prometheus.Desc
}

// Watch registers gauges that are read from the sources.
func (m *Metrics) Watch(src Sources) {
	if src.Now == nil {
		src.Now = time.Now
	}
	if src.Timeout == 0 {
		src.Timeout = 2 * time.Second
	}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	m.registry.MustRegister(&sourceGauges{
		src:        src,
		faults:     m.counters("source_errors", "Gauges that could not be read.", "source"),
		depth:      desc("queue_depth", "Jobs by kind and state.", "kind", "state"),
		age:        desc("queue_age_seconds", "How long the oldest job that is ready has waited.", "kind"),
		running:    desc("job_running_seconds", "How long the longest running job has run.", "kind"),
		diskFree:   desc("disk_free_bytes", "Free on the disk of the data root."),
		diskTotal:  desc("disk_total_bytes", "Size of the disk of the data root."),
		blobs:      desc("blob_bytes", "Stored in the blob store."),
		vectors:    desc("vector_bytes", "Taken by indexes: full text and vectors."),
		sessionsOf: desc("sessions", "Sessions."),
	})
}

// Describe names the gauges.
func (g *sourceGauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.depth, g.age, g.running, g.diskFree, g.diskTotal, g.blobs, g.vectors, g.sessionsOf} {
		ch <- d
	}
}

// Collect asks the sources.
func (g *sourceGauges) Collect(ch chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ask := func(name string, asked bool, source func(ctx context.Context) error) {
		if !asked {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), g.src.Timeout)
		defer cancel()
		if source(ctx) != nil {
			g.faults.WithLabelValues(name).Inc()
		}
	}
	number := func(name string, d *prometheus.Desc, source func(context.Context) (int64, error)) {
		ask(name, source != nil, func(ctx context.Context) error {
			n, err := source(ctx)
			if err == nil {
				set(d, float64(n))
			}
			return err
		})
	}
	number("blobs", g.blobs, g.src.Blobs)
	number("vectors", g.vectors, g.src.Vectors)
	number("sessions", g.sessionsOf, g.src.Sessions)
	ask("disk", g.src.Disk != nil, func(ctx context.Context) error {
		free, total, err := g.src.Disk(ctx)
		if err == nil {
			set(g.diskFree, float64(free))
			set(g.diskTotal, float64(total))
		}
		return err
	})
	ask("queue", g.src.Queue != nil, func(ctx context.Context) error {
		stats, err := g.src.Queue(ctx)
		if err == nil {
			g.queue(set, stats)
		}
		return err
	})
}

func (g *sourceGauges) queue(set func(*prometheus.Desc, float64, ...string), stats []retable.QueueStats) {
	now := g.src.Now.Now()
	for _, s := range stats {
		set(g.depth, float64(s.Count), string(s.Kind), string(s.State))
		since := max(0, float64(now-s.Oldest)/1000)
		switch {
		case s.Oldest == 0:
		case s.State == retable.JobQueued:
			set(g.age, since, string(s.Kind))
		case s.State == retable.JobRunning:
			set(g.running, since, string(s.Kind))
		}
	}
}
