package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"retable/internal/event"
	"retable/internal/retable"
	"retable/internal/store"
)

// The channels on which replicas tell each other what happened.
const (
	eventsChannel   = "events"
	settingsChannel = "settings"
)

// How the relay sends. Progress is told four times a second and job: enough
// for an eye, and cheap for the database. The rest waits in bounded queues.
const (
	relayEvery = 250 * time.Millisecond
	relayTime  = 10 * time.Second // for one message
)

// relay carries events between replicas: what is published here goes to the
// others, and what they publish comes into this process's hub. Messages are
// hints and may be lost, with the connection or by a listener that is too slow;
// everybody is then told to read again. The truth stands in the tables.
type relay struct {
	store  *store.Store
	hub    *event.Hub // of this process
	out    *event.Hub // a bounded queue to the others
	origin string     // of this process: its own messages come back to it
	change func(context.Context) error
	log    *slog.Logger
	stop   context.CancelFunc
	runs   sync.WaitGroup
}

// wireEvent is an event between replicas.
type wireEvent struct {
	From      string            `json:"f"`
	Kind      retable.EventKind `json:"k"`
	OwnerID   string            `json:"o,omitempty"`
	JobID     int64             `json:"j,omitempty"`
	SessionID string            `json:"s,omitempty"`
	ID        string            `json:"i,omitempty"`
	State     string            `json:"st,omitempty"`
	Progress  float64           `json:"p,omitempty"`
	Message   string            `json:"m,omitempty"`
	Rate      float64           `json:"r,omitempty"`
	LeftMS    int64             `json:"l,omitempty"`
	At        retable.Millis    `json:"t"`
}

// startRelay begins to carry events. change is called when another replica
// has changed the settings, and when it may have.
func startRelay(st *store.Store, hub *event.Hub, change func(context.Context) error, log *slog.Logger) *relay {
	ctx, stop := context.WithCancel(context.Background())
	r := &relay{store: st, hub: hub, out: event.New(event.Options{Every: relayEvery}), origin: retable.NewID(), change: change, log: log, stop: stop}
	leaving := r.out.Subscribe(ctx, event.Filter{})
	arriving, quiet := st.Listen(eventsChannel)
	settings, calm := st.Listen(settingsChannel)
	r.runs.Go(func() { r.send(ctx, leaving) })
	r.runs.Go(func() {
		defer quiet()
		r.receive(ctx, arriving)
	})
	r.runs.Go(func() {
		defer calm()
		r.follow(ctx, settings)
	})
	return r
}

// publish tells the other replicas, without waiting.
func (r *relay) publish(e retable.Event) { r.out.Publish(e) }

// changed tells the other replicas that the settings have changed.
func (r *relay) changed(ctx context.Context) error {
	return r.store.Publish(ctx, settingsChannel, []byte(r.origin))
}

// close ends the relay and waits for it.
func (r *relay) close() {
	r.stop()
	r.out.Close()
	r.runs.Wait()
}

// send publishes what leaves. After a failure the others have missed
// something, which the next message that gets through tells them first.
func (r *relay) send(ctx context.Context, leaving <-chan retable.Event) {
	missed := false
	for e := range leaving {
		if missed && e.Kind != retable.EventResync {
			if r.sendOne(ctx, retable.Event{Kind: retable.EventResync, At: e.At}) != nil {
				continue
			}
			missed = false
		}
		err := r.sendOne(ctx, e)
		if err != nil && ctx.Err() == nil {
			if !missed {
				r.log.WarnContext(ctx, "other replicas could not be told of an event", "kind", e.Kind, "err", err)
			}
			missed = true
		}
	}
}

func (r *relay) sendOne(ctx context.Context, e retable.Event) error {
	w := wireEvent{r.origin, e.Kind, e.OwnerID, e.JobID, e.SessionID, e.ID, e.State, e.Progress, e.Message, e.Rate, e.LeftMS, e.At}
	if len(w.Message) > maxRelayed {
		w.Message = strings.ToValidUTF8(w.Message[:maxRelayed], "") + "…"
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, relayTime)
	defer cancel()
	return r.store.Publish(ctx, eventsChannel, raw)
}

// maxRelayed is how much of an event's message travels; escaped it may grow
// sixfold, and a message of the database holds less than 8000 bytes.
const maxRelayed = 1000

// receive passes on what arrives.
func (r *relay) receive(ctx context.Context, arriving <-chan store.Message) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-arriving:
			r.pass(ctx, m)
		}
	}
}

func (r *relay) pass(ctx context.Context, m store.Message) {
	if m.Lost {
		r.hub.Resync()
		return
	}
	var w wireEvent
	if err := json.Unmarshal(m.Payload, &w); err != nil {
		r.log.WarnContext(ctx, "an event of another replica can't be read; is it of another version?", "err", err)
		r.hub.Resync()
		return
	}
	switch {
	case w.From == r.origin: // told here when it happened
	case w.Kind == retable.EventResync:
		r.hub.Resync()
	default:
		r.hub.Publish(retable.Event{
			Kind: w.Kind, OwnerID: w.OwnerID, JobID: w.JobID, SessionID: w.SessionID, ID: w.ID, State: w.State,
			Progress: w.Progress, Message: w.Message, Rate: w.Rate, LeftMS: w.LeftMS, At: w.At,
		})
	}
}

// follow puts settings into force that another replica has changed.
func (r *relay) follow(ctx context.Context, messages <-chan store.Message) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-messages:
			if string(m.Payload) == r.origin {
				continue
			}
			if err := r.change(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "changed settings could not be put into force", "err", err)
			}
		}
	}
}
