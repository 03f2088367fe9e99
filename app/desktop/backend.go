package desktop

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"retable/app"
	"retable/app/rest"
	"retable/internal/retable"
)

// backend is what stands behind the window: a data root, and the server's
// routes on a listener in memory, which nobody outside this process can reach.
type backend struct {
	in     *app.Instance
	local  *retable.Principal // the person at this machine
	server *rest.Server
	lines  *http.Transport // to the listener
	ended  chan error
	limit  int64 // bytes of a request's body
	log    *slog.Logger
}

// The times of the listener in memory.
const (
	// heartbeat is how soon a stream notices that the page has left: only a
	// write tells.
	heartbeat = 2 * time.Second
	// patience is how long an answer may wait for the page, or for the person
	// who is choosing where to save it.
	patience = 24 * time.Hour
	// closeTime bounds the end of the streams, and of the jobs' handing back.
	closeTime = 10 * time.Second
)

// openBackend opens the data root. Jobs that the last run left go on.
func openBackend(ctx context.Context, o Options) (_ *backend, err error) {
	if o.Config.Place.Postgres() {
		return nil, &retable.Error{Code: retable.Invalid, Detail: "The window keeps its data on this machine, and RET_DATABASE names a server: unset it, or use the browser with \"retable serve\"."}
	}
	in, err := app.Open(context.WithoutCancel(ctx), app.OpenRequest{Config: o.Config, Door: "desktop", Version: o.Version, Run: true, Log: o.Log})
	if err != nil {
		return nil, err
	}
	b := &backend{in: in, ended: make(chan error, 1), log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close(context.WithoutCancel(ctx)))
		}
	}()
	asLocal, err := in.AsLocal(ctx)
	if err != nil {
		return nil, err
	}
	if b.local, err = retable.PrincipalFrom(asLocal); err != nil {
		return nil, err
	}
	cfg := rest.ConfigOf(o.Config, o.Version)
	cfg.Heartbeat, cfg.WriteTime = heartbeat, patience
	b.limit = cfg.Uploads.MaxBodyBytes
	b.server, err = rest.New(cfg, rest.Deps{Service: in.Service, Log: o.Log, Local: func(ctx context.Context) (context.Context, error) {
		return retable.WithPrincipal(ctx, b.local), nil
	}})
	if err != nil {
		return nil, err
	}
	ln := fasthttputil.NewInmemoryListener()
	b.lines = &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return ln.Dial() },
		DisableCompression: true, MaxIdleConns: 16, MaxIdleConnsPerHost: 16,
	}
	go func() { b.ended <- b.server.Listener(ln) }()
	return b, nil
}

// close ends the streams first: they would hold the listener.
func (b *backend) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	b.lines.CloseIdleConnections()
	err := b.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		b.log.Warn("some streams were cut short by the end of the window")
		err = nil
	}
	ctx, cancel = context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return errors.Join(err, <-b.ended, b.in.Close(ctx))
}
