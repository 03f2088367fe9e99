package app

import (
	"context"
	"time"

	"retable/internal/retable"
)

// HealthCheck is one thing that was looked at.
type HealthCheck struct {
	Name       string `json:"name"`
	Status     string `json:"status" enum:"ok,degraded,down"`
	Detail     string `json:"detail,omitempty"`
	DurationMS int64  `json:"duration_ms"`
}

// Health is how the service is. A needed part that is down makes it down, an
// optional one degraded.
type Health struct {
	Status  string        `json:"status" enum:"ok,degraded,down"`
	Version string        `json:"version"`
	Checks  []HealthCheck `json:"checks"`
}

// Probe looks at one part; Optional parts only degrade.
type Probe struct {
	Name     string
	Optional bool
	Check    func(ctx context.Context) error
}

// probeTime bounds each look.
const probeTime = 3 * time.Second

// Health looks at the database, the blob store, the disk and the queue, and at
// what else the process has (More).
func (s *Service) Health(ctx context.Context, more ...Probe) *Health {
	probes := append([]Probe{
		{Name: "database", Check: s.store.Health},
		{Name: "blobs", Check: s.blobs.Health},
		{Name: "disk", Check: s.checkDisk},
		{Name: "queue", Optional: true, Check: s.checkQueue},
	}, more...)
	out := &Health{Status: "ok", Version: s.cfg.Version, Checks: make([]HealthCheck, len(probes))}
	finished := make(chan int, len(probes))
	for i, p := range probes {
		go func() {
			defer func() { finished <- i }()
			ctx, cancel := context.WithTimeout(ctx, probeTime)
			defer cancel()
			begun := time.Now()
			c := HealthCheck{Name: p.Name, Status: "ok"}
			if err := p.Check(ctx); err != nil {
				c.Status, c.Detail = "down", safeDetail(err)
				if p.Optional {
					c.Status = "degraded"
				}
				s.log.WarnContext(ctx, "health check failed", "check", p.Name, "err", err)
			}
			c.DurationMS = time.Since(begun).Milliseconds()
			out.Checks[i] = c
		}()
	}
	for range probes {
		<-finished
	}
	for _, c := range out.Checks {
		switch {
		case c.Status == "down":
			out.Status = "down"
		case c.Status == "degraded" && out.Status == "ok":
			out.Status = "degraded"
		}
	}
	return out
}

// minFree is what the disk must have.
const minFree = 100 << 20

func (s *Service) checkDisk(ctx context.Context) error {
	free, err := s.blobs.Free(ctx)
	if err != nil {
		return err
	}
	if free >= 0 && free < minFree {
		return retable.Errorf(retable.Unavailable, "Only %d bytes are free where bundles are stored.", free)
	}
	return nil
}

// maxQueueAge is how long the oldest job may wait before the queue counts as
// stuck.
const maxQueueAge = 15 * time.Minute

func (s *Service) checkQueue(ctx context.Context) error {
	stats, err := s.queue(ctx)
	if err != nil {
		return err
	}
	for _, q := range stats {
		if q.State == retable.JobQueued && q.Oldest > 0 && s.clock.Now()-q.Oldest > retable.Millis(maxQueueAge.Milliseconds()) {
			return retable.Errorf(retable.Unavailable, "The oldest %s job has been waiting since %s: are there workers?", q.Kind, q.Oldest)
		}
	}
	return nil
}

func (s *Service) queue(ctx context.Context) (stats []retable.QueueStats, err error) {
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		stats, err = tx.Jobs().Stats(ctx)
		return err
	})
	return stats, err
}

// QueueFigures are the jobs of one kind and state.
type QueueFigures struct {
	JobType string `json:"job_type"`
	Status  string `json:"status"`
	Count   int64  `json:"count"`
	Oldest  string `json:"oldest,omitempty"`
}

// Stats are figures for operators.
type Stats struct {
	Sessions    int64          `json:"sessions"`
	Users       int64          `json:"users"`
	Rows        int64          `json:"rows"`
	StoredBytes int64          `json:"stored_bytes"`
	FreeBytes   int64          `json:"free_bytes"`
	Queue       []QueueFigures `json:"queue"`
}

// Stats counts what there is, for operators.
func (s *Service) Stats(ctx context.Context, _ None) (*Stats, error) {
	if _, err := s.ops(ctx); err != nil {
		return nil, err
	}
	out := &Stats{Queue: []QueueFigures{}}
	sums, err := s.totals(ctx)
	if err != nil {
		return nil, err
	}
	out.Sessions, out.Rows, out.StoredBytes = sums.Sessions.Sessions, sums.Sessions.Rows, sums.Sessions.Stored
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		out.Users, err = tx.Users().Count(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	queue, err := s.queue(ctx)
	if err != nil {
		return nil, err
	}
	for _, q := range append(queue, sums.Over...) {
		out.Queue = append(out.Queue, QueueFigures{string(q.Kind), string(q.State), q.Count, q.Oldest.String()})
	}
	out.FreeBytes, err = s.blobs.Free(ctx)
	return out, err
}

// ErrorEventDTO is an error that an operator may want to see.
type ErrorEventDTO struct {
	ID            string `json:"id"`
	At            string `json:"at"`
	Source        string `json:"source"`
	JobID         int64  `json:"job_id,omitempty"`
	UserID        string `json:"user_id,omitempty"`
	Username      string `json:"username,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	Code          string `json:"code"`
	Message       string `json:"message"`
	Stack         string `json:"stack,omitempty"`
}

// ErrorEventsRequest chooses error events.
type ErrorEventsRequest struct {
	Source string `json:"source,omitempty"`
	Search string `json:"search,omitempty"`
	PageQuery
}

// ErrorEvents lists errors with their stacks, for operators.
func (s *Service) ErrorEvents(ctx context.Context, req ErrorEventsRequest) (*List[ErrorEventDTO], error) {
	if _, err := s.ops(ctx); err != nil {
		return nil, err
	}
	var out *List[ErrorEventDTO]
	err := s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.ErrorEvents().List(ctx, req.Source, req.Search, req.page())
		if err != nil {
			return err
		}
		out = listOf(l, func(e *retable.ErrorEvent) ErrorEventDTO {
			return ErrorEventDTO{ID: e.ID, At: e.At.String(), Source: e.Source, JobID: e.JobID, UserID: e.UserID, CorrelationID: e.CorrelationID, Code: string(e.Code), Message: e.Message, Stack: e.Stack}
		})
		names, err := tx.Users().Names(ctx, idsOf(out.Items, func(e *ErrorEventDTO) string { return e.UserID }))
		for i := range out.Items {
			out.Items[i].Username = names[out.Items[i].UserID]
		}
		return err
	})
	return out, err
}
