package rest

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"retable/app"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// Config is what a Server must know; ConfigOf takes it from the settings.
type Config struct {
	Version     string
	Server      config.Server
	Auth        config.Auth
	Uploads     config.Uploads
	Rates       config.Rates
	Observe     config.Observe
	DirectBytes int64         // downloads from here on are sent to S3; 0: none
	DirectTTL   time.Duration // of a link to S3
	ScanWait    time.Duration // that a scan waits for the profile [10 s]
	Heartbeat   time.Duration // of event streams [15 s]
	WriteTime   time.Duration // in which a client must take each piece of an answer [60 s]
	UploadPause time.Duration // without a byte after which an upload is broken off [30 s]
}

// ConfigOf takes from the settings what a server must know.
func ConfigOf(c *config.Config, version string) Config {
	return Config{
		Version: version, Server: c.Server, Auth: c.Auth, Uploads: c.Uploads, Rates: c.Rates, Observe: c.Observe,
		DirectBytes: c.Place.DirectBytes, DirectTTL: c.Place.DirectTTL,
	}
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&c.ScanWait, 10*time.Second)
	set(&c.Heartbeat, 15*time.Second)
	set(&c.WriteTime, time.Minute)
	set(&c.UploadPause, 30*time.Second)
	set(&c.Server.ReadTimeout, 30*time.Second)
	set(&c.Server.IdleTimeout, 2*time.Minute)
	atLeast := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	atLeast(&c.Server.MaxConnections, 20_000)
	atLeast(&c.Server.MaxStreams, 2_000)
	atLeast(&c.Uploads.AtOnce, 64)
	if c.Uploads.MaxBodyBytes <= 0 {
		c.Uploads.MaxBodyBytes = 1 << 20
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	return c
}

// check refuses what would be unsafe, also where the settings' own check was
// not asked.
func (c *Config) check() error {
	for _, o := range c.Server.CORSOrigins {
		if strings.Contains(o, "*") {
			return retable.Errorf(retable.Invalid, "RET_CORS_ORIGINS can't be %q: calls carry credentials. Name the origins, such as https://app.example.org.", o)
		}
		if u, err := url.Parse(o); err != nil || u.Scheme == "" || u.Host == "" {
			return retable.Errorf(retable.Invalid, "RET_CORS_ORIGINS has %q, which is no origin; write it like https://app.example.org.", o)
		}
	}
	return nil
}

// Deps are what a Server works with.
type Deps struct {
	Service *app.Service
	Front   fs.FS           // the built front end, index.html at the top; nil: none
	Limiter retable.Limiter // nil: nothing is limited
	Metrics *obs.Metrics    // nil: a registry of its own
	Tracing *obs.Tracing    // nil: nothing is traced
	Log     *slog.Logger
	Clock   retable.Clock
	// Local makes every request the request of the person at this machine, for
	// the window: it must never be reachable by a network.
	Local func(context.Context) (context.Context, error)
	// MCP answers the Model Context Protocol in the name of the context's
	// principal; nil: nobody does.
	MCP http.Handler
	// Probes are further parts to look at for /health/ready.
	Probes []app.Probe
}

// trusted are the proxies whose headers are believed.
func (c *Config) trusted() []netip.Prefix { return c.Server.TrustedProxies }
