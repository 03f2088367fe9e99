package desktop

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"retable/app"
	"retable/internal/obs"
	"retable/internal/retable"
)

// unseen knows whether the person looks at something else.
type unseen struct{ away atomic.Bool }

// SetFocused says whether the window has the keyboard.
func (a *App) SetFocused(focused bool) { a.unseen.away.Store(!focused) }

// longJob is from when on the end of a job is worth a message.
const longJob = 10 * time.Second

// ended tells of a long job's end.
func (a *App) ended(ctx context.Context, b *backend, e *retable.Event) {
	if e.Kind != retable.EventJob || !retable.JobState(e.State).Over() {
		return
	}
	j, err := b.in.GetJob(ctx, app.JobRef{JobID: e.JobID})
	if err == nil && worthTelling(j) {
		a.tellEnd(ctx, b, j)
	}
}

// tellEnd tells the person, if they look at something else: by the desktop, or
// where that shows no messages, in the page.
func (a *App) tellEnd(ctx context.Context, b *backend, j *app.Job) {
	if !a.unseen.away.Load() {
		return
	}
	now, err := b.in.GetSettings(ctx, app.None{})
	if err != nil || !now.NotifyDesktop {
		return
	}
	title, body := a.speech.words().told(j)
	if err := a.win.notify(fmt.Sprintf("job-%d", j.ID), title, plain(body)); err != nil {
		a.log.Info("the desktop shows no messages", obs.Err(err))
		a.outbox.send(command{Command: "notice", Text: title + ": " + body, To: pageOf(j), Good: j.Status == string(retable.JobSuccess)})
	}
}

// worthTelling reports whether a job took long and somebody waits for it.
func worthTelling(j *app.Job) bool {
	switch retable.JobKind(j.JobType) {
	case retable.JobConvert, retable.JobCompare, retable.JobIndex, retable.JobExport:
	default:
		return false
	}
	if j.Status == string(retable.JobCancelled) {
		return false // whoever cancels knows
	}
	begun, err := time.Parse(time.RFC3339, j.StartedAt)
	if err != nil {
		return false
	}
	over, err := time.Parse(time.RFC3339, j.FinishedAt)
	return err == nil && over.Sub(begun) >= longJob
}

// pageOf is where a job's result is shown.
func pageOf(j *app.Job) string {
	switch {
	case j.ComparisonID != "":
		return "/compare/" + j.ComparisonID
	case j.SessionID != "":
		return "/sessions/" + j.SessionID
	}
	return "/jobs"
}

// plain takes out what some desktops read as markup: names of files are
// anybody's.
func plain(s string) string { return strings.NewReplacer("<", "‹", ">", "›", "&", "+").Replace(s) }
