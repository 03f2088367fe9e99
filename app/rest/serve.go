package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"retable/app"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// ServeOptions say what to serve.
type ServeOptions struct {
	Config  *config.Config // loaded with Served
	Version string
	Front   fs.FS        // the built front end; nil: none
	Log     *slog.Logger // nil: made of the settings, to Out's companion standard error
	// MCP makes the handler of the Model Context Protocol; nil: there is none.
	MCP func(*app.Service, *slog.Logger) http.Handler
	Out io.Writer // hears the address and the set-up link
	// Listening hears the address, once requests are answered; may be nil.
	Listening func(addr net.Addr)
}

// Serve runs the server until ctx ends, and then lets what is under way end:
// event streams are closed, requests finished, jobs handed back.
func Serve(ctx context.Context, o ServeOptions) (err error) {
	cfg := o.Config
	if o.Log == nil {
		o.Log = obs.NewLogger(os.Stderr, obs.LogOptions{Level: obs.ParseLevel(cfg.Observe.LogLevel), Text: cfg.Observe.LogFormat == "text"})
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if err := plainRefused(&cfg.Server, cfg.Jobs.Role); err != nil {
		return err
	}
	metrics := obs.NewMetrics(o.Version)
	tracing, err := obs.NewTracing(ctx, traceOptions(cfg, o))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed(ctx, tracing.Close, 5*time.Second)) }()
	in, err := app.Open(ctx, app.OpenRequest{Config: cfg, Door: "server", Version: o.Version, Run: cfg.Jobs.Role.Worker(), Log: o.Log, Metrics: metrics})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed(ctx, in.Close, cfg.Jobs.ShutdownTimeout)) }()
	watchService(metrics, in.Service, cfg.Place.RuntimeRoot)
	apart, err := serveMetrics(cfg, metrics, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed(ctx, apart, 5*time.Second)) }()
	if !cfg.Jobs.Role.API() {
		fmt.Fprintf(o.Out, "Retable works on jobs (%s).\n", cfg.Jobs.Role)
		<-ctx.Done()
		return nil
	}
	return serveAPI(ctx, o, in, metrics, tracing)
}

// serveAPI answers requests until ctx ends.
func serveAPI(ctx context.Context, o ServeOptions, in *app.Instance, metrics *obs.Metrics, tracing *obs.Tracing) (err error) {
	limiter, err := in.OpenLimiter(ctx, o.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limiter.Close()) }()
	d := Deps{Service: in.Service, Front: o.Front, Limiter: limiter, Metrics: metrics, Tracing: tracing, Log: o.Log}
	if o.MCP != nil {
		d.MCP = o.MCP(in.Service, o.Log)
	}
	s, err := New(ConfigOf(o.Config, o.Version), d)
	if err != nil {
		return err
	}
	ln, err := s.listen(ctx)
	if err != nil {
		return err
	}
	roomForHashing()
	s.svc.ReachedAt(s.address(ln.Addr()))
	ended := make(chan error, 1)
	go func() { ended <- s.Listener(ln) }()
	if err := s.announce(ctx, o, ln.Addr()); err != nil {
		return errors.Join(err, s.end(o.Config.Jobs.ShutdownTimeout), <-ended)
	}
	select {
	case err := <-ended:
		return retable.Fault(errors.Join(err, errors.New("the listener ended")), "listening")
	case <-ctx.Done():
	}
	o.Log.Info("the server is stopping")
	return errors.Join(s.end(o.Config.Jobs.ShutdownTimeout), <-ended)
}

// roomForHashing lets the runtime run a thread for each password that is hashed
// at once beside those that answer requests: hashes have a low priority in the
// operating system, but a Go scheduler without a place left for requests would
// not let them have it (docs/adr/0053). Who has set GOMAXPROCS is obeyed.
func roomForHashing() {
	if n := runtime.GOMAXPROCS(0); os.Getenv("GOMAXPROCS") == "" && n <= runtime.NumCPU() {
		runtime.GOMAXPROCS(2 * n)
	}
}

// end shuts down in good time: half of it for requests, the rest for jobs.
func (s *Server) end(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(within/2, time.Second))
	defer cancel()
	err := s.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("some requests were cut short by the end of the server")
		return nil
	}
	return err
}

// listen opens the address, with TLS where that is set.
func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	address := s.cfg.Server.Address
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("Can't listen on %s (RET_ADDRESS): %v.", address, cause(err)), Err: err}
	}
	secure, err := s.withTLS(ctx, ln)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return secure, nil
}

func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// announce says where the server is, and how the first administrator gets in.
func (s *Server) announce(ctx context.Context, o ServeOptions, addr net.Addr) error {
	base := s.address(addr)
	fmt.Fprintf(o.Out, "Retable %s listens on %s\n", o.Version, base)
	o.Log.Info("the server listens", "address", addr.String(), "version", o.Version)
	link, err := s.svc.SetupLink(ctx)
	if err != nil {
		return err
	}
	if link != "" {
		fmt.Fprintf(o.Out, "Nobody has an account yet. Set up the first administrator within a day:\n  %s\n", link)
	}
	if o.Listening != nil {
		o.Listening(addr)
	}
	return nil
}

// address is the address under which people reach the server. Never is it made
// from what a request says of itself: links in messages must not lead to where
// a stranger wants.
func (s *Server) address(addr net.Addr) string {
	if s.cfg.Server.PublicURL != "" {
		return strings.TrimSuffix(s.cfg.Server.PublicURL, "/")
	}
	if s.cfg.Server.TLS() {
		if len(s.cfg.Server.ACMEDomains) > 0 {
			return "https://" + s.cfg.Server.ACMEDomains[0]
		}
		return "https://" + reachable(addr)
	}
	return "http://" + reachable(addr)
}

// reachable is an address that others can dial: this machine's name instead of
// "all addresses".
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsUnspecified() {
		return addr.String()
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "localhost"
	}
	return net.JoinHostPort(name, port)
}

// plainRefused is the last look at what the settings' check has seen already.
func plainRefused(c *config.Server, role config.Role) error {
	if role.API() && !c.TLS() && !c.Loopback() && !c.AllowHTTP && len(c.TrustedProxies) == 0 {
		return &retable.Error{Code: retable.Invalid, Detail: "Plain HTTP beyond this machine is refused: set RET_TLS_CERT and RET_TLS_KEY, RET_ACME_DOMAINS, RET_TRUSTED_PROXIES for a proxy that does TLS, or RET_ALLOW_HTTP=true if you know why."}
	}
	return nil
}

// serveMetrics serves the figures at an address of their own.
func serveMetrics(cfg *config.Config, m *obs.Metrics, o ServeOptions) (stop func(context.Context) error, err error) {
	if cfg.Observe.MetricsAddress == "" {
		return func(context.Context) error { return nil }, nil
	}
	ln, err := net.Listen("tcp", cfg.Observe.MetricsAddress)
	if err != nil {
		return nil, &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("Can't listen on %s (RET_METRICS_ADDRESS): %v.", cfg.Observe.MetricsAddress, cause(err)), Err: err}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("the metrics' listener ended", obs.Err(err))
		}
	}()
	fmt.Fprintf(o.Out, "Metrics are served on http://%s/metrics\n", ln.Addr())
	return srv.Shutdown, nil
}

func traceOptions(cfg *config.Config, o ServeOptions) obs.TraceOptions {
	t := obs.TraceOptions{Endpoint: cfg.Observe.OTLP, Share: cfg.Observe.TraceShare, Service: cfg.Observe.ServiceName, Version: o.Version, Log: o.Log}
	for _, item := range strings.Split(cfg.Observe.OTLPHeaders.Reveal(), ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(item), "="); ok {
			if t.Headers == nil {
				t.Headers = map[string]string{}
			}
			t.Headers[name] = value
		}
	}
	return t
}

// closed closes something after ctx has ended, within a time.
func closed(ctx context.Context, shut func(context.Context) error, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	return shut(ctx)
}
