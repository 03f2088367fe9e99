package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"retable/app"
	"retable/app/rest"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// Options say what the window shows.
type Options struct {
	Config  *config.Config                 // where Fault isn't nil: as far as it could be read
	Fault   error                          // why the settings can't be used
	Load    func() (*config.Config, error) // reads them again
	Version string
	Front   fs.FS    // the built front end, index.html at the top
	Args    []string // paths to open; flags of Wails' own are left to it
	Log     *slog.Logger
}

// App is bound to the page. Its exported methods are what the page can call.
type App struct {
	opts     Options
	cfg      atomic.Pointer[config.Config]
	speech   speech
	log      *slog.Logger
	base     context.Context // ends with the window
	cancel   context.CancelFunc
	running  sync.WaitGroup // what runs beside the window
	win      window         // set before the page is loaded
	opener   opener
	dialogs  sync.Mutex // the toolkit mixes up the answers of two
	outbox   outbox
	leaving  leaving
	standing standing
	unseen   unseen
	again    atomic.Bool // opens again when it has closed
}

// newApp returns an App without a window.
func newApp(o Options) *App {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &App{opts: o, log: o.Log}
	a.cfg.Store(o.Config)
	at, _ := keptPlace(placeFile(a.root()))
	if err := a.speech.speak(at.Language); err != nil {
		a.log.Error("the words of the menu could not be read", obs.Err(err))
	}
	a.base, a.cancel = context.WithCancel(context.Background())
	return a
}

// started takes the window, and begins to open the data root behind it. The
// page may call at once; its calls wait.
func (a *App) started(w window) {
	a.win = w
	a.outbox.to = w
	a.running.Go(func() {
		if b, err := a.opened(a.base); err == nil {
			a.running.Go(func() { a.tell(b) })
		}
	})
	a.running.Go(func() { a.follow(followEvery) })
	a.open(".", a.opts.Args)
}

// stopped ends all calls and closes the data root: what is being worked on is
// handed back, and goes on with the next start.
func (a *App) stopped() {
	a.cancel()
	a.running.Wait()
	if err := a.opener.close(); err != nil {
		a.log.Error("the data root could not be closed", obs.Err(err))
	}
}

// call answers one call of the table. What the page gets to see of an error is
// in it.
func (a *App) call(name string, req json.RawMessage) (json.RawMessage, error) {
	return bound(a, name, func(ctx context.Context, b *backend) (json.RawMessage, error) {
		return b.server.Call(ctx, name, req)
	})
}

// bound runs a bound method: in a context that ends with the window, as the
// person at this machine, with an id in the log. A panic in a bound method
// would leave the page waiting for ever.
func bound[T any](a *App, name string, do func(context.Context, *backend) (T, error)) (out T, err error) {
	ctx, _ := obs.Correlate(a.base, "")
	var b *backend
	defer func() {
		if r := recover(); r != nil {
			stack := obs.Stack()
			a.log.ErrorContext(ctx, "a bound method panicked", "call", name, "panic", fmt.Sprint(r), "stack", stack)
			err = retable.Fault(fmt.Errorf("panic: %v", r), "answering the call")
			if b != nil {
				b.in.RecordError(ctx, app.ErrorReport{Source: "call " + name, Err: err, Stack: stack})
			}
		}
		if err != nil {
			err = &refused{rest.Refusal(ctx, err), err}
		}
	}()
	if b, err = a.opened(ctx); err != nil {
		return out, err
	}
	ctx = retable.WithPrincipal(ctx, b.local)
	return do(ctx, b)
}

// refused is an error with what the page gets of it.
type refused struct {
	problem any
	err     error
}

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// formatted is Wails' ErrorFormatter: the problem document.
func formatted(err error) any {
	var r *refused
	if errors.As(err, &r) {
		return r.problem
	}
	// Of Wails itself: an argument that is missing or no JSON.
	return rest.Refusal(context.Background(), &retable.Error{Code: retable.Invalid, Detail: err.Error(), Err: err})
}

// opener opens the data root when it is first needed, and again after a
// failure: who held it may have gone.
type opener struct {
	mu     sync.Mutex
	back   *backend
	err    error
	tried  time.Time
	closed bool
}

// tryAgain is how long a failure to open the data root is repeated.
const tryAgain = time.Second

// opened gives the back end, opening it if need be. Callers wait for one
// another.
func (a *App) opened(ctx context.Context) (*backend, error) {
	o := &a.opener
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil || o.closed {
		return nil, &retable.Error{Code: retable.Cancelled, Detail: "The window is being closed.", Err: err}
	}
	if o.back != nil || o.err != nil && time.Since(o.tried) < tryAgain {
		return o.back, o.err
	}
	again := o.err != nil
	if o.err = a.settle(); o.err == nil {
		o.back, o.err = openBackend(ctx, a.withSettings())
	}
	o.tried = time.Now()
	if o.err != nil {
		a.log.Error("the data root could not be opened", obs.Err(o.err))
		return nil, o.err
	}
	if b := o.back; again {
		a.running.Go(func() { a.tell(b) })
	}
	return o.back, nil
}

// root is the data root; "" where the settings don't say and there is no home.
func (a *App) root() string { return a.cfg.Load().Place.RuntimeRoot }

// settle reads the settings again, as long as they can't be used.
func (a *App) settle() error {
	if a.opts.Fault == nil {
		return nil
	}
	cfg, err := a.opts.Load()
	if err != nil {
		return &retable.Error{Code: retable.Invalid, Reason: "settings", Detail: fmt.Sprintf("The settings can't be used. %v. Mend them and try again.", err), Err: err}
	}
	a.cfg.Store(cfg)
	a.opts.Fault = nil
	return nil
}

// withSettings are the options with the settings in force.
func (a *App) withSettings() Options {
	o := a.opts
	o.Config = a.cfg.Load()
	return o
}

func (o *opener) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.back == nil {
		return nil
	}
	b := o.back
	o.back = nil
	return b.close()
}
