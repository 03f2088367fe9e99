package rest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/obs"
	"retable/internal/problem"
	"retable/internal/retable"
)

const eventStream = "text/event-stream"

// stream is an event stream (SSE). Whoever writes to it hears by an error that
// the client has left.
type stream struct {
	mu   sync.Mutex
	w    *bufio.Writer
	conn net.Conn
	time time.Duration
}

// send writes one event.
func (s *stream) send(event string, data any) error {
	raw, err := marshal(data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, raw); err != nil {
		return err
	}
	return s.flush()
}

// beat writes a comment, so that everybody on the way sees that it lives.
func (s *stream) beat() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.w.WriteString(": still here\n\n"); err != nil {
		return err
	}
	return s.flush()
}

// flush gives the client time anew for each piece.
func (s *stream) flush() error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.time)); err != nil {
		return err
	}
	return s.w.Flush()
}

// streamed answers by an event stream. run writes until its context ends: when
// the client has left, when the server is about to stop, or by itself. Beats go
// out meanwhile.
func (s *Server) streamed(c *fiber.Ctx, run func(ctx context.Context, out *stream) error) error {
	select {
	case s.streams <- struct{}{}:
	default:
		return &retable.Error{Code: retable.Busy, Reason: "streams_busy", Detail: "Too many event streams are open; ask every two seconds instead."}
	}
	c.Set(fiber.HeaderContentType, eventStream+"; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "no-cache, no-store, no-transform")
	c.Set("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	conn, closed := c.Context().Conn(), s.metrics.StreamOpens()
	ctx, cancel := context.WithCancel(c.UserContext())
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer func() { cancel(); closed(); <-s.streams }()
		out := &stream{w: w, conn: conn, time: s.cfg.WriteTime}
		var side sync.WaitGroup
		defer side.Wait()
		defer cancel()
		side.Go(func() { s.keepAlive(ctx, cancel, out) })
		defer s.streamPanicked(ctx)
		if err := out.beat(); err != nil {
			return
		}
		if err := run(ctx, out); err != nil && ctx.Err() == nil {
			s.log.DebugContext(ctx, "an event stream ended", obs.Err(err))
		}
	})
	return nil
}

// keepAlive beats, and ends the stream when the client has left or the server
// is about to stop.
func (s *Server) keepAlive(ctx context.Context, end context.CancelFunc, out *stream) {
	tick := time.NewTicker(s.cfg.Heartbeat)
	defer tick.Stop()
	defer end()
	stop := watchPeer(ctx, out.conn, end)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.closing:
			return
		case <-tick.C:
			if out.beat() != nil {
				return
			}
		}
	}
}

func (s *Server) streamPanicked(ctx context.Context) {
	if r := recover(); r != nil {
		stack := obs.Stack()
		s.log.ErrorContext(ctx, "an event stream panicked", "panic", fmt.Sprint(r), "stack", stack)
		s.svc.RecordError(ctx, app.ErrorReport{Source: "event stream", Err: fmt.Errorf("panic: %v", r), Stack: stack})
	}
}

// appEvent is an event as it travels.
type appEvent struct {
	Kind      string   `json:"kind" enum:"job,progress,session,comparison,watch,notice,resync"`
	JobID     int64    `json:"job_id,omitempty"`
	SessionID string   `json:"session_id,omitempty"`
	ID        string   `json:"id,omitempty"`
	State     string   `json:"state,omitempty"`
	Progress  *float64 `json:"progress,omitempty"`
	Message   string   `json:"message,omitempty"`
	Rate      float64  `json:"rate,omitempty"`
	LeftMS    *int64   `json:"left_ms,omitempty"`
	At        string   `json:"at"`
}

func eventOf(e *retable.Event) appEvent {
	out := appEvent{Kind: string(e.Kind), JobID: e.JobID, SessionID: e.SessionID, ID: e.ID, State: e.State, Message: e.Message, Rate: e.Rate, At: e.At.String()}
	if e.Kind == retable.EventProgress {
		out.Progress = &e.Progress
		if e.LeftMS >= 0 {
			out.LeftMS = &e.LeftMS
		}
	}
	return out
}

// events streams everything that concerns the caller, for as long as they may
// hear it: who is logged out hears no more.
func (s *Server) events(c *fiber.Ctx) error {
	bearer := c.Get(fiber.HeaderAuthorization)
	return s.streamed(c, func(ctx context.Context, out *stream) error {
		events, err := s.svc.Listen(ctx)
		if err != nil {
			return err
		}
		check := time.NewTicker(time.Minute)
		defer check.Stop()
		for {
			select {
			case <-check.C:
				if !s.stillGood(ctx, bearer) {
					return nil
				}
			case e, open := <-events:
				if !open {
					return nil
				}
				if err := out.send(string(e.Kind), eventOf(&e)); err != nil {
					return err
				}
			}
		}
	})
}

// stillGood asks again who a stream speaks for. A token that has only expired
// is good enough: the stream is the same log-in's, which is asked for.
func (s *Server) stillGood(ctx context.Context, bearer string) bool {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil || p.Local {
		return err == nil
	}
	_, err = s.svc.Me(ctx, app.None{})
	if err != nil {
		return false
	}
	if len(bearer) > len("Bearer ") {
		_, err = s.svc.Authenticate(ctx, bearer[len("Bearer "):])
	}
	return err == nil || !ended(err)
}

// jobEvents streams what happens to one job, its state first, until it is over.
func (s *Server) jobEvents(c *fiber.Ctx) error {
	id, err := strconv.ParseInt(c.Params("job_id"), 10, 64)
	if err != nil {
		return unfit([]retable.FieldError{{Field: "job_id", Message: "expected integer"}})
	}
	if _, err := s.svc.GetJob(c.UserContext(), app.JobRef{JobID: id}); err != nil {
		return err
	}
	return s.streamed(c, func(ctx context.Context, out *stream) error {
		events, err := s.svc.ListenToJob(ctx, id)
		if err != nil {
			return err
		}
		over, err := s.sendJob(ctx, out, id) // after listening: nothing is missed
		if err != nil || over {
			return err
		}
		look := time.NewTicker(2 * time.Second) // the worker may be another process
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-look.C:
				if over, err := s.jobOver(ctx, id); err != nil || !over {
					if err != nil {
						return err
					}
					continue
				}
				_, err := s.sendJob(ctx, out, id)
				return err
			case e, open := <-events:
				if !open {
					return nil
				}
				if e.Kind == retable.EventResync || e.Kind == retable.EventJob && retable.JobState(e.State).Over() {
					if over, err := s.sendJob(ctx, out, id); err != nil || over {
						return err
					}
					continue
				}
				if err := out.send(string(e.Kind), eventOf(&e)); err != nil {
					return err
				}
			}
		}
	})
}

func (s *Server) jobOver(ctx context.Context, id int64) (bool, error) {
	j, err := s.svc.GetJob(ctx, app.JobRef{JobID: id})
	return err == nil && retable.JobState(j.Status).Over(), err
}

// sendJob tells a job's state as it is in the table.
func (s *Server) sendJob(ctx context.Context, out *stream, id int64) (over bool, err error) {
	j, err := s.svc.GetJob(ctx, app.JobRef{JobID: id})
	if err != nil {
		return false, err
	}
	e := appEvent{Kind: string(retable.EventJob), JobID: id, SessionID: j.SessionID, ID: j.ComparisonID, State: j.Status, Progress: &j.Progress, Message: j.Message, At: j.UpdatedAt}
	return retable.JobState(j.Status).Over(), out.send(e.Kind, e)
}

// ended reports whether a log-in or token is over, rather than only expired.
func ended(err error) bool {
	p := problem.From(err)
	return p.Reason == "login_ended" || p.Reason == "token_invalid"
}
