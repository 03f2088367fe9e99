package rest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"retable/app"
	"retable/internal/limit"
	"retable/internal/obs"
	"retable/internal/retable"
)

// Server answers requests. New makes it; it is safe for concurrent use.
type Server struct {
	cfg      Config
	svc      *app.Service
	fiber    *fiber.App
	ops      []operation
	api      *document
	patterns []pattern
	front    *front
	metrics  *obs.Metrics
	tracing  *obs.Tracing
	log      *slog.Logger
	clock    retable.Clock
	local    func(context.Context) (context.Context, error)
	mcp      http.Handler // may be nil

	reads   retable.Limiter // lets pass what can't be counted
	logins  retable.Limiter // refuses what can't be counted
	uploads chan struct{}   // places for uploads at once
	streams chan struct{}   // places for event streams at once
	health  *healthCache

	base    context.Context // of all requests
	cancel  context.CancelFunc
	closing chan struct{} // closed when event streams shall end
	shut    chan struct{} // closed when a shutdown has been through
	down    sync.Once
	once    sync.Once
}

// New puts a server together. It doesn't listen yet: Serve, Listener or the
// fiber.App itself do.
func New(cfg Config, d Deps) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Metrics == nil {
		d.Metrics = obs.NewMetrics(cfg.Version)
	}
	if d.Tracing == nil {
		none, err := obs.NewTracing(context.Background(), obs.TraceOptions{})
		if err != nil {
			return nil, err
		}
		d.Tracing = none
	}
	s := &Server{
		cfg: cfg, svc: d.Service, metrics: d.Metrics, tracing: d.Tracing, log: d.Log, clock: d.Clock, local: d.Local, mcp: d.MCP,
		uploads: make(chan struct{}, cfg.Uploads.AtOnce), streams: make(chan struct{}, cfg.Server.MaxStreams),
		health: &healthCache{}, closing: make(chan struct{}), shut: make(chan struct{}),
	}
	s.base, s.cancel = context.WithCancel(context.Background())
	if d.Limiter != nil {
		s.reads = limit.FailOpen(d.Limiter, "requests", s.limiterFailed(true))
		s.logins = limit.FailClosed(d.Limiter, "log-ins", s.limiterFailed(false))
	}
	s.health.probes = s.probesOf(d.Probes)
	var err error
	if s.front, err = loadFront(d.Front); err != nil {
		return nil, err
	}
	s.fiber = s.newFiber()
	if err := s.mount(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) limiterFailed(passed bool) limit.Failed {
	return func(class string, err error) {
		s.metrics.LimiterDown(passed)
		s.log.Error("the rate limiter can't be asked", "class", class, "passed", passed, obs.Err(err))
	}
}

// newFiber makes the framework's app. Bodies are streamed, which switches its
// own limit off: every handler bounds what it reads.
func (s *Server) newFiber() *fiber.App {
	f := fiber.New(fiber.Config{
		AppName:                      "Retable",
		DisableStartupMessage:        true,
		Immutable:                    true, // kept strings are overwritten otherwise
		StrictRouting:                false,
		CaseSensitive:                true,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    int(min(s.cfg.Uploads.MaxBodyBytes, 1<<30)),
		Concurrency:                  s.cfg.Server.MaxConnections,
		ReadTimeout:                  s.cfg.Server.ReadTimeout,
		WriteTimeout:                 s.cfg.WriteTime,
		IdleTimeout:                  s.cfg.Server.IdleTimeout,
		ReadBufferSize:               16 << 10, // also the size of all headers
		ErrorHandler:                 s.fail,
	})
	srv := f.Server()
	srv.CloseOnShutdown = true
	srv.NoDefaultServerHeader = true
	srv.Concurrency = s.cfg.Server.MaxConnections
	srv.TCPKeepalive = true
	srv.HeaderReceived = s.uploadTimes
	return f
}

// uploadTimes lets the headers of an upload have their effect first: its body
// then has deadlines of its own (bodyReader) instead of the read timeout.
func (s *Server) uploadTimes(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if isUpload(string(h.Method()), string(h.RequestURI())) {
		return fasthttp.RequestConfig{ReadTimeout: s.cfg.UploadPause}
	}
	return fasthttp.RequestConfig{}
}

// App is the framework's app, for tests and for other listeners.
func (s *Server) App() *fiber.App { return s.fiber }

// Listener answers on a listener until Shutdown.
func (s *Server) Listener(ln net.Listener) error {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		// A shutdown that comes before the library has taken the listener over
		// doesn't close it.
		select {
		case <-s.shut:
			_ = ln.Close() // twice is harmless
		case <-ended:
		}
	}()
	return s.fiber.Listener(ln)
}

// Shutdown ends event streams, waits for the requests under way as long as ctx
// lets it, and then cancels them.
func (s *Server) Shutdown(ctx context.Context) error {
	s.once.Do(func() { close(s.closing) })
	err := s.fiber.ShutdownWithContext(ctx)
	s.cancel()
	s.down.Do(func() { close(s.shut) })
	return err
}
