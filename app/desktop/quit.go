package desktop

import (
	"context"
	"sync"
	"time"

	"retable/app"
	"retable/internal/obs"
)

// leaving is how far quitting has come.
type leaving struct {
	mu    sync.Mutex
	asked bool // the page shows the question
	sure  bool
	gone  bool // nothing more is to be asked of the window
}

// Quit closes the window without asking: the page has.
func (a *App) Quit() {
	a.sure()
	a.win.quit()
}

// Stay says that the person answered the question with no.
func (a *App) Stay() {
	a.leaving.mu.Lock()
	defer a.leaving.mu.Unlock()
	a.leaving.asked = false
	a.again.Store(false)
}

func (a *App) sure() {
	a.leaving.mu.Lock()
	defer a.leaving.mu.Unlock()
	a.leaving.sure = true
}

// beforeClose keeps the window open to ask, if jobs are running. Who closes it
// again while the question is shown means it.
func (a *App) beforeClose() (prevent bool) {
	a.leaving.mu.Lock()
	defer a.leaving.mu.Unlock()
	if a.leaving.gone { // a signal closes it twice, by Wails and by us
		return false
	}
	if !a.leaving.sure && !a.leaving.asked && a.outbox.isReady() {
		if n := a.underWay(); n > 0 {
			a.leaving.asked = true
			a.win.show()
			a.outbox.send(command{Command: "quit", Jobs: n})
			return true
		}
	}
	a.remember(true)
	a.leaving.gone = true
	return false
}

// underWay counts the jobs that run or wait. Where that can't be found out
// nobody is kept from leaving.
func (a *App) underWay() int {
	ctx, cancel := context.WithTimeout(a.base, 2*time.Second)
	defer cancel()
	l, err := bound(a, "underWay", func(own context.Context, b *backend) (*app.JobList, error) {
		own, stop := context.WithCancel(own)
		defer stop()
		defer context.AfterFunc(ctx, stop)()
		return b.in.ListJobs(own, app.ListJobsRequest{Active: true, PageQuery: app.PageQuery{Limit: 1}})
	})
	if err != nil {
		a.log.Warn("the jobs under way could not be counted", obs.Err(err))
		return 0
	}
	return int(l.Total)
}
