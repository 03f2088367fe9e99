package actors

import (
	"fmt"
	"log/slog"

	"github.com/anthdm/hollywood/actor"
)

// monitor is the one subscriber of Hollywood's event stream. It lives as long
// as the process: a subscriber that stops would turn every event into a dead
// letter about a dead letter.
type monitor struct{ log *slog.Logger }

// Receive implements actor.Receiver.
func (m *monitor) Receive(c *actor.Context) {
	switch e := c.Message().(type) {
	case actor.ActorRestartedEvent:
		m.log.Error("actor restarted", "actor", e.PID.GetID(), "reason", fmt.Sprint(e.Reason))
	case actor.ActorMaxRestartsExceededEvent:
		m.log.Error("actor gave up", "actor", e.PID.GetID())
	case actor.DeadLetterEvent:
		switch e.Message.(type) {
		case wake, sweepIdle, sweepNow, swept, cancelJob, handled, advanced, ended:
			return // a hint that came while its actor was stopping
		}
		if r, ok := e.Message.(replier); ok {
			r.fail(errStopping())
		}
		m.log.Warn("message to nobody", "actor", e.Target.GetID(), "message", fmt.Sprintf("%T", e.Message))
	case actor.ActorDuplicateIdEvent:
		m.log.Error("two actors of one name", "actor", e.PID.GetID())
	}
}
