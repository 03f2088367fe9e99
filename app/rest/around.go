package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/limit"
	"retable/internal/obs"
	"retable/internal/problem"
	"retable/internal/retable"
)

// What the handlers keep with a request.
const (
	routeKey = "retable.route" // *operation
	addrKey  = "retable.addr"  // netip.Addr of the client
)

// around is what happens around every request: its id, its log line, its span,
// its figures, what protects it.
func (s *Server) around(c *fiber.Ctx) error {
	begun := s.clock()
	finished := s.metrics.RequestBegins()
	defer finished()
	ctx, id := obs.Correlate(s.base, c.Get(obs.CorrelationHeader))
	c.Set(obs.CorrelationHeader, id)
	addr := s.clientAddr(c)
	c.Locals(addrKey, addr)
	ctx = app.WithClient(ctx, app.Client{Addr: addr.String(), Agent: c.Get(fiber.HeaderUserAgent)})
	if c.Path() == "/api/auth/refresh" {
		ctx = s.svc.Arrived(ctx) // before anything that may wait: who came first must be known
	}
	c.SetUserContext(ctx)
	err := s.guarded(c, addr)
	if err != nil {
		if ferr := s.fail(c, err); ferr != nil {
			s.log.ErrorContext(ctx, "a refusal could not be written", obs.Err(ferr))
			c.Status(http.StatusInternalServerError)
		}
	}
	s.record(c, err, s.clock().Sub(begun))
	return nil
}

// spanError is what marks a span as failed: our faults, not refusals.
func spanError(err error) error {
	if err != nil && problem.Level(settled(err)) >= slog.LevelError {
		return err
	}
	return nil
}

// guarded answers a request; a panic in it becomes an internal error.
func (s *Server) guarded(c *fiber.Ctx, addr netip.Addr) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.panicked(c, r)
		}
	}()
	s.protect(c)
	for _, p := range s.cfg.Server.DenyIPs {
		if p.Contains(addr) {
			c.Context().SetConnectionClose()
			return &retable.Error{Code: retable.Forbidden, Reason: "address_denied", Detail: "This address is not served."}
		}
	}
	if done, err := s.cors(c); done || err != nil {
		return err
	}
	return c.Next()
}

func (s *Server) panicked(c *fiber.Ctx, r any) error {
	stack := obs.Stack()
	ctx := c.UserContext()
	s.log.ErrorContext(ctx, "a handler panicked", "route", routeOf(c), "panic", fmt.Sprint(r), "stack", stack)
	err := retable.Fault(fmt.Errorf("panic: %v", r), "answering the request")
	s.svc.RecordError(ctx, app.ErrorReport{Source: "request " + routeOf(c), Err: err, Stack: stack})
	return err
}

// record writes the log line and counts the answer.
func (s *Server) record(c *fiber.Ctx, err error, took time.Duration) {
	ctx, route, status := c.UserContext(), routeOf(c), c.Response().StatusCode()
	s.metrics.Request(c.Method(), pathOf(c), status, took)
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("route", route), slog.String("method", c.Method()), slog.Int("status", status), obs.Took(took)}
	if a, ok := c.Locals(addrKey).(netip.Addr); ok {
		attrs = append(attrs, slog.String("addr", a.String()))
	}
	switch {
	case err != nil:
		err = settled(err)
		level = problem.Level(err)
		attrs = append(attrs, slog.String("code", string(retable.CodeOf(err))))
		if level >= slog.LevelError {
			attrs = append(attrs, obs.Err(err))
		}
	case pathOf(c) == "/health", pathOf(c) == "/health/ready", pathOf(c) == "/metrics", pathOf(c) == frontRoute:
		level = slog.LevelDebug
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}

// frontRoute stands for all files of the front end, of which there are many.
const frontRoute = "/*"

// pathOf is the pattern of a request's route: /api/jobs/{job_id}.
func pathOf(c *fiber.Ctx) string {
	if o, ok := c.Locals(routeKey).(*operation); ok {
		return o.path
	}
	if strings.HasPrefix(c.Path(), "/api/") {
		return "/api/?" // of no route: paths are the caller's to invent
	}
	return frontRoute
}

func routeOf(c *fiber.Ctx) string { return c.Method() + " " + pathOf(c) }

// clientAddr is who asks: the peer, or who a trusted proxy says it is.
func (s *Server) clientAddr(c *fiber.Ctx) netip.Addr {
	var lines []string
	for _, v := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		lines = append(lines, string(v))
	}
	return limit.ClientIP(c.Context().RemoteAddr().String(), strings.Join(lines, ","), s.cfg.trusted())
}

// secure reports whether the client speaks TLS, to us or to a trusted proxy.
func (s *Server) secure(c *fiber.Ctx) bool {
	if c.Context().IsTLS() || s.cfg.Server.TLS() {
		return true
	}
	return limit.FromTrusted(c.Context().RemoteAddr().String(), s.cfg.trusted()) && strings.EqualFold(c.Get(fiber.HeaderXForwardedProto), "https")
}

// named puts the route into the request's log lines, and a span around it.
func (s *Server) named(o *operation) fiber.Handler {
	name := o.method + " " + o.path
	return func(c *fiber.Ctx) error {
		c.Locals(routeKey, o)
		ctx, end := s.tracing.StartRequest(obs.WithRoute(c.UserContext(), name), name, c.Get("traceparent"))
		c.SetUserContext(ctx)
		err := c.Next()
		end(spanError(err))
		return err
	}
}

// withEnd gives a request a context that ends with its connection, for work
// that nobody needs when the client has left.
func (s *Server) withEnd(c *fiber.Ctx) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.UserContext())
	stop := watchPeer(ctx, c.Context().Conn(), cancel)
	return ctx, func() { cancel(); stop() }
}
