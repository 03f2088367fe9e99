package rest

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/retable"
)

func (s *Server) serverRoutes() []operation {
	return tagged("Server",
		op("info", "GET", "/api/info", "What everybody may know of this server", s.svc.Info, open()),
		route("live", "GET", "/health", "Is the process alive?", s.live, payload{response: reflect.TypeFor[alive]()}, open(), counts(uncounted)),
		route("health", "GET", "/health/ready", "Is it ready to work? A needed part that is down answers 503", s.ready,
			payload{response: reflect.TypeFor[app.Health]()}, use(s.healthNow), open(), counts(uncounted)),
		route("metrics", "GET", "/metrics", "Figures for Prometheus", s.metricsPage, payload{returns: []string{"text/plain"}}, open(), counts(uncounted),
			notes("For administrators, and for the token RET_METRICS_TOKEN. With RET_METRICS_ADDRESS it stands there instead.")),
		route("openapi", "GET", "/openapi.json", "This description", s.openapi, payload{returns: []string{fiber.MIMEApplicationJSON}}, open(), counts(uncounted)),
		route("redeemTicket", "GET", "/api/tickets/{ticket_id}", "Download by a link that works once", s.ticket, payload{returns: []string{"application/octet-stream"}}, open()),
	)
}

type alive struct {
	Status  string `json:"status" enum:"ok"`
	Version string `json:"version"`
}

func (s *Server) live(c *fiber.Ctx) error {
	return writeJSON(c, http.StatusOK, alive{"ok", s.cfg.Version})
}

// healthCache keeps the last look for a moment: looking must not be a way to
// keep the server busy.
type healthCache struct {
	mu     sync.Mutex
	last   *app.Health
	at     time.Time
	probes []app.Probe // those that come to the service's own
}

// How long looks are kept: the server's own parts, and those that other
// programs are asked about.
const (
	healthKept = time.Second
	probeKept  = 15 * time.Second
)

// probesOf are the looks beside the service's own.
func (s *Server) probesOf(more []app.Probe) []app.Probe {
	all := append([]app.Probe{}, more...)
	if s.reads != nil {
		all = append(all, app.Probe{Name: "limiter", Optional: true, Check: s.checkLimiter})
	}
	if s.svc != nil {
		for _, p := range s.svc.Probes() {
			p.Check = keptFor(probeKept, s.clock, p.Check)
			all = append(all, p)
		}
	}
	return all
}

// keptFor asks once in a while, and answers with that in between.
func keptFor(kept time.Duration, clock retable.Clock, check func(context.Context) error) func(context.Context) error {
	var mu sync.Mutex
	var at time.Time
	var last error
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if now := clock(); at.IsZero() || now.Sub(at) > kept || now.Before(at) {
			last, at = check(ctx), now
		}
		return last
	}
}

func (s *Server) ready(c *fiber.Ctx) error {
	h := s.look(c.UserContext())
	status := http.StatusOK
	if h.Status == "down" {
		status = http.StatusServiceUnavailable
	}
	return writeJSON(c, status, h)
}

func (s *Server) healthNow(ctx context.Context, _ app.None) (*app.Health, error) {
	return s.look(ctx), nil
}

func (s *Server) look(ctx context.Context) *app.Health {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	now := s.clock()
	if s.health.last == nil || now.Sub(s.health.at) > healthKept || now.Before(s.health.at) {
		s.health.last, s.health.at = s.svc.Health(context.WithoutCancel(ctx), s.health.probes...), now
	}
	return s.health.last
}

func (s *Server) openapi(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(s.api.json)
}
