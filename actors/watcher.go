package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/fsnotify/fsnotify"

	"retable/internal/retable"
)

// Folder knows which folders are watched and what to do with what lies in
// them. Events of the file system are hints; a Sweep finds everything.
type Folder interface {
	Active(ctx context.Context) ([]retable.Watch, error)
	Open(w retable.Watch) Sweeper
}

// Sweeper looks at one folder. Sweep takes in what is complete and tells when
// to look again even if nothing is heard; it is never called twice at once.
type Sweeper interface {
	Sweep(ctx context.Context) (again time.Duration, err error)
}

// settle is how long a burst of file-system events is gathered before the
// folder is looked at.
const settle = 200 * time.Millisecond

// Watch starts the watched folders.
func (s *System) Watch(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errStopping()
	}
	if s.deps.Folder == nil || s.watcher != nil {
		s.mu.Unlock()
		return errors.New("the folders are watched already, or there are none to watch")
	}
	live := map[string]*actor.PID{} // outlives a panic of the watcher
	s.watcher = s.spawn.spawn(s.engine, nil, "watcher", "watcher", func() actor.Receiver { return &watcher{sys: s, live: live} })
	s.mu.Unlock()
	return s.ReloadWatches(ctx)
}

// ReloadWatches makes the watcher follow the table of watches. It does nothing
// where no folders are watched.
func (s *System) ReloadWatches(ctx context.Context) error {
	s.mu.Lock()
	pid := s.watcher
	s.mu.Unlock()
	if pid == nil {
		return nil
	}
	reply := make(chan error, 1)
	s.engine.Send(pid, reloadWatches{reply})
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ctx.Done():
		return errStopping()
	}
}

// watcher is the parent of the watched folders' actors.
type watcher struct {
	sys  *System
	live map[string]*actor.PID // by watch and version
}

// Receive implements actor.Receiver.
func (w *watcher) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case reloadWatches:
		msg.reply <- w.reload(c)
	case failed:
		w.failed(c, msg.pid)
	case drain:
		var gone []<-chan struct{}
		for id, pid := range w.live {
			gone = append(gone, c.Engine().Poison(pid).Done())
			delete(w.live, id)
		}
		w.sys.closeAfter(msg.done, gone)
	}
}

// reload makes the actors follow the table. A changed watch is another actor:
// the old one ends with its options.
func (w *watcher) reload(c *actor.Context) error {
	list, err := w.sys.deps.Folder.Active(w.sys.ctx)
	if err != nil {
		return err
	}
	wanted := map[string]retable.Watch{}
	for _, x := range list {
		wanted[fmt.Sprintf("%s.%d", x.ID, x.UpdatedAt)] = x
	}
	for id, pid := range w.live {
		if _, ok := wanted[id]; !ok {
			c.Engine().Poison(pid)
			delete(w.live, id)
		}
	}
	for id, x := range wanted {
		if _, ok := w.live[id]; ok {
			continue
		}
		sys := w.sys
		w.live[id] = sys.spawn.spawn(c.Engine(), c.PID(), "watch", fmt.Sprintf("%s.%d", id, sys.born.Add(1)), func() actor.Receiver {
			return &watch{sys: sys, row: x, sweeper: sys.deps.Folder.Open(x)}
		})
	}
	return nil
}

// failed ends a folder's actor that has used up its budget. It is watched
// again when the watches are next reloaded.
func (w *watcher) failed(c *actor.Context, pid *actor.PID) {
	for id, p := range w.live {
		if p.Equals(pid) {
			c.Engine().Poison(pid)
			delete(w.live, id)
		}
	}
}

// watch is the mailbox of one watched folder.
type watch struct {
	sys      *System
	row      retable.Watch
	sweeper  Sweeper
	ctx      context.Context
	cancel   context.CancelFunc
	notify   *fsnotify.Watcher
	timer    *time.Timer
	sweeping bool
	again    bool
}

// Receive implements actor.Receiver.
func (w *watch) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case actor.Started:
		w.start(c)
	case sweepNow:
		w.start(c) // a fresh receiver after a panic has not been started
		w.sweep(c)
	case swept:
		w.swept(c, msg)
	case actor.Stopped:
		w.stop()
	}
}

// start is quick and can be repeated.
func (w *watch) start(c *actor.Context) {
	if w.ctx != nil {
		return
	}
	w.ctx, w.cancel = context.WithCancel(w.sys.ctx)
	if n, err := fsnotify.NewWatcher(); err != nil {
		w.sys.deps.Log.Warn("no file-system events; the folder is looked at now and then", "watch", w.row.ID, "err", err)
	} else {
		w.notify = n
		w.listen(c)
	}
	c.Send(c.PID(), sweepNow{})
}

// abandon implements abandoner.
func (w *watch) abandon() { w.stop() }

func (w *watch) stop() {
	if w.cancel != nil {
		w.cancel()
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.notify != nil {
		if err := w.notify.Close(); err != nil {
			w.sys.deps.Log.Warn("file-system events could not be closed", "watch", w.row.ID, "err", err)
		}
	}
}

// listen turns bursts of events into one hint.
func (w *watch) listen(c *actor.Context) {
	self, engine, ctx, n, log := c.PID(), c.Engine(), w.ctx, w.notify, w.sys.deps.Log
	w.sys.running.Go(func() {
		var due <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-due:
				due = nil
				engine.Send(self, sweepNow{})
			case e, ok := <-n.Events:
				if !ok {
					return
				}
				if due == nil && e.Op != fsnotify.Chmod {
					due = time.After(settle)
				}
			case err, ok := <-n.Errors:
				if !ok {
					return
				}
				log.Warn("file-system events were lost", "err", err) // the next sweep finds what they told
				if due == nil {
					due = time.After(settle)
				}
			}
		}
	})
}

// sweep looks at the folder, beside the mailbox.
func (w *watch) sweep(c *actor.Context) {
	if w.sweeping {
		w.again = true
		return
	}
	w.sweeping, w.again = true, false
	if w.notify != nil {
		// Again each time: a folder that was deleted and made anew is another one.
		if err := w.notify.Add(w.row.Dir); err != nil {
			w.sys.deps.Log.Debug("folder can't be listened to", "watch", w.row.ID, "err", err)
		}
	}
	self, engine, ctx, s := c.PID(), c.Engine(), w.ctx, w.sweeper
	w.sys.running.Go(func() {
		var got swept
		defer func() {
			if v := recover(); v != nil {
				got = swept{next: panicWindow, err: retable.Fault(fmt.Errorf("panic: %v", v), "looking at a watched folder")}
			}
			engine.Send(self, got)
		}()
		got.next, got.err = s.Sweep(ctx)
	})
}

func (w *watch) swept(c *actor.Context, msg swept) {
	w.sweeping = false
	if w.ctx == nil || w.ctx.Err() != nil {
		return
	}
	if msg.err != nil {
		w.sys.deps.Log.Warn("a watched folder could not be looked at", "watch", w.row.ID, "err", msg.err)
	}
	w.sys.deps.Publish(retable.Event{Kind: retable.EventWatch, OwnerID: w.row.OwnerID, ID: w.row.ID, LeftMS: -1, At: w.sys.deps.Clock.Now()})
	if w.again {
		w.sweep(c)
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	self, engine := c.PID(), c.Engine()
	w.timer = time.AfterFunc(max(msg.next, 50*time.Millisecond), func() { engine.Send(self, sweepNow{}) })
}
