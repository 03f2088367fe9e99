package actors

import (
	"context"
	"time"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// The messages. They are small: bytes never enter a mailbox.

// command asks a session's actor to run fn in a transaction of its own.
// Exactly one answer comes: from the actor, or from whoever could not reach it.
type command struct {
	ctx     context.Context
	session string
	name    string
	fn      Command
	reply   chan<- error // of capacity 1
}

func (m command) fail(err error) { m.reply <- err }

// handled tells the registry that a session's actor is done with a command.
type handled struct{ session string }

// jobOver tells a session's actor that one of its jobs has ended.
type jobOver struct {
	session string
	job     int64
	state   retable.JobState
}

// wake tells the pool that there may be work.
type wake struct{}

// claimed brings the pool a job, or nil where there was none.
type claimed struct {
	job *retable.Job
	err error
}

// cancelJob asks for a job's end, if it is worked on here.
type cancelJob struct{ id int64 }

// begin gives a job's actor its job.
type begin struct{ job *retable.Job }

// advanced is a job's progress on its way to who wants to see it.
type advanced struct{ Report }

// ended is the end of the work on a job.
type ended struct {
	job   *retable.Job
	state retable.JobState // QUEUED: released, or to be tried again
	pid   *actor.PID
}

// drain asks a parent to take no more work, to end what runs below it, and to
// close done when all of that has stopped.
type drain struct{ done chan<- struct{} }

// sweepIdle asks the registry to stop the actors nobody has used for a while.
type sweepIdle struct{}

// reloadWatches asks the watcher to look at the table of watches again.
type reloadWatches struct{ reply chan<- error }

func (m reloadWatches) fail(err error) { m.reply <- err }

// sweepNow asks a watched folder's actor to look at its folder.
type sweepNow struct{}

// swept is what a look at a folder gave.
type swept struct {
	next time.Duration // until the next look is due by itself
	err  error
}
