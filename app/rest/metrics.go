package rest

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"retable/app"
	"retable/internal/obs"
	"retable/internal/retable"
)

// metricsPage gives the figures to administrators and to the token.
func (s *Server) metricsPage(c *fiber.Ctx) error {
	if s.cfg.Observe.MetricsAddress != "" {
		return &retable.Error{Code: retable.NotFound, Detail: "The metrics have an address of their own (RET_METRICS_ADDRESS)."}
	}
	if err := s.mayMeasure(c); err != nil {
		return err
	}
	fasthttpadaptor.NewFastHTTPHandler(s.metrics.Handler())(c.Context())
	return nil
}

func (s *Server) mayMeasure(c *fiber.Ctx) error {
	token := s.cfg.Observe.MetricsToken.Reveal()
	given := strings.TrimPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(given)) == 1 {
		return nil
	}
	_, err := s.asAdmin(c)
	return err
}

// asAdmin is the context of an administrator, or a refusal.
func (s *Server) asAdmin(c *fiber.Ctx) (context.Context, error) {
	ctx, err := s.authenticated(c)
	if err != nil {
		return nil, err
	}
	p, err := retable.PrincipalFrom(ctx)
	if err == nil && !p.IsAdmin() {
		err = &retable.Error{Code: retable.Forbidden, Detail: "This is for administrators."}
	}
	return ctx, err
}

// mountProfiles serves Go's profiles, to administrators on this machine.
func (s *Server) mountProfiles() {
	if !s.cfg.Observe.Pprof {
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	profiles := fasthttpadaptor.NewFastHTTPHandler(mux)
	s.fiber.Get("/debug/pprof/*", func(c *fiber.Ctx) error {
		host, _, err := net.SplitHostPort(c.Context().RemoteAddr().String())
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || c.Get(fiber.HeaderXForwardedFor) != "" {
			return &retable.Error{Code: retable.NotFound, Detail: "There is no such page."}
		}
		if _, err := s.asAdmin(c); err != nil {
			return err
		}
		profiles(c.Context())
		return nil
	})
}

// checkLimiter asks the limiter what costs nothing.
func (s *Server) checkLimiter(ctx context.Context) error {
	_, err := s.logins.Allow(ctx, "health", retable.Rate{Count: 1000, Per: time.Second}, 0)
	return err
}

// figures reads for the metrics what only the service knows, at most every ten
// seconds.
type figures struct {
	svc *app.Service
	mu  sync.Mutex
	at  time.Time
	now *app.Stats
	err error
}

func (f *figures) read(ctx context.Context) (*app.Stats, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) > 10*time.Second {
		ctx = retable.WithPrincipal(ctx, &retable.Principal{Username: "metrics", Role: retable.RoleAdmin, Local: true})
		f.now, f.err = f.svc.Stats(ctx, app.None{})
		f.at = time.Now()
	}
	return f.now, f.err
}

// watchService registers the gauges of a service.
func watchService(m *obs.Metrics, svc *app.Service, root string) {
	f := &figures{svc: svc}
	number := func(of func(*app.Stats) int64) func(context.Context) (int64, error) {
		return func(ctx context.Context) (int64, error) {
			st, err := f.read(ctx)
			if err != nil {
				return 0, err
			}
			return of(st), nil
		}
	}
	m.Watch(obs.Sources{
		Now: time.Now,
		Queue: func(ctx context.Context) ([]retable.QueueStats, error) {
			st, err := f.read(ctx)
			if err != nil {
				return nil, err
			}
			return queueOf(st), nil
		},
		Disk:     func(context.Context) (free, total int64, err error) { return diskOf(root) },
		Blobs:    number(func(st *app.Stats) int64 { return st.StoredBytes }),
		Sessions: number(func(st *app.Stats) int64 { return st.Sessions }),
	})
}

func queueOf(st *app.Stats) []retable.QueueStats {
	var out []retable.QueueStats
	for _, q := range st.Queue {
		x := retable.QueueStats{Kind: retable.JobKind(q.JobType), State: retable.JobState(q.Status), Count: q.Count}
		if t, err := time.Parse(time.RFC3339, q.Oldest); err == nil {
			x.Oldest = retable.MillisOf(t)
		}
		out = append(out, x)
	}
	return out
}
