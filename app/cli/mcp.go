package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"retable/app"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// MCPCall is what the door for other programs' models works with.
type MCPCall struct {
	From app.Askable
	In   io.ReadCloser
	Out  io.WriteCloser
	Log  *slog.Logger
	Work func(job int64) // sees to it that somebody works on a job; may be nil
}

// mcpCmd speaks the Model Context Protocol over standard input and output, for
// the program that has started it.
type mcpCmd struct {
	settingsFlags
	limitFlags
	Bundle  string `arg:"" optional:"" help:"Bundle, folder or SQLite file that was converted, to offer alone; without one, the sessions of the data root."`
	Workers int    `short:"w" help:"Files read at once; 0 is one per core." env:"RET_WORKERS"`
}

func (m *mcpCmd) Run(c *call) error {
	cfg, err := m.load(false)
	if err != nil {
		return err
	}
	say := MCPCall{In: readCloser(c.In), Out: writeCloser(c.Out), Log: obs.NewLogger(c.Err, obs.LogOptions{Level: slog.LevelWarn, Text: cfg.Observe.LogFormat != "json"})}
	if m.Bundle != "" {
		return m.bundle(c, cfg, say)
	}
	return c.withRoot(cfg, "cli", false, func(o *opened) error {
		ctx, stop := context.WithCancel(o.ctx)
		w := &worker{ctx: ctx, log: say.Log, open: func(fn func(*opened) error) error { return c.withRoot(cfg, "cli", true, fn) }}
		say.From, say.Work = o.Service, w.see
		err := c.doors.MCP(ctx, say)
		stop()
		w.wait()
		return err
	})
}

// bundle offers one file.
func (m *mcpCmd) bundle(c *call, cfg *config.Config, say MCPCall) error {
	src, err := m.at(c, m.Bundle)
	if err != nil {
		return err
	}
	answers, err := c.app.OpenAnswers(c.ctx, app.OpenAnswersRequest{Sources: []app.Source{src}, Config: cfg, Workers: m.Workers, Search: true})
	if err != nil {
		return err
	}
	say.From = answers.Shelf(c.app.Version())
	return errors.Join(c.doors.MCP(c.ctx, say), answers.Close())
}

func readCloser(r io.Reader) io.ReadCloser {
	if rc, ok := r.(io.ReadCloser); ok {
		return rc
	}
	return io.NopCloser(r)
}

// leftOpen is a writer that is somebody else's to close.
type leftOpen struct{ io.Writer }

func (leftOpen) Close() error { return nil }

func writeCloser(w io.Writer) io.WriteCloser { return leftOpen{w} }

// worker works on jobs while there are some, if no other process does: only one
// may, so the right isn't held for as long as a client is connected.
type worker struct {
	ctx  context.Context
	open func(fn func(*opened) error) error // opens the data root to work on jobs
	log  *slog.Logger

	mu      sync.Mutex
	jobs    []int64
	running bool
	done    sync.WaitGroup
}

// see sees to it that somebody works on a job.
func (w *worker) see(job int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil {
		return
	}
	w.jobs = append(w.jobs, job)
	if !w.running {
		w.running = true
		w.done.Go(w.run)
	}
}

// wait waits until nothing is worked on any more: when the context has ended,
// what is under way is handed back.
func (w *worker) wait() { w.done.Wait() }

func (w *worker) run() {
	for {
		err := w.open(w.work)
		w.mu.Lock()
		if err != nil {
			w.jobs = nil
			if w.ctx.Err() == nil && !retable.Is(err, retable.Conflict) { // a Conflict: another process works
				w.log.Error("nobody could work on a job", "err", err)
			}
		}
		if len(w.jobs) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

// work waits until the jobs that it was told of are over.
func (w *worker) work(o *opened) error {
	ctx, err := o.AsLocal(w.ctx)
	if err != nil {
		return err
	}
	for {
		w.mu.Lock()
		if len(w.jobs) == 0 {
			w.mu.Unlock()
			return nil
		}
		job := w.jobs[0]
		w.jobs = w.jobs[1:]
		w.mu.Unlock()
		for {
			j, err := o.WaitJob(ctx, job, time.Minute)
			if err != nil {
				return err
			}
			if retable.JobState(j.Status).Over() {
				break
			}
		}
	}
}
