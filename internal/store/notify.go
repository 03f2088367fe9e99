package store

import (
	"context"
	"regexp"
	"sync"
	"unicode/utf8"

	"retable/internal/retable"
)

// MaxPayload is the size that a published message may have, its channel
// included: PostgreSQL carries less than 8000 bytes.
const MaxPayload = 7900

// Message is what was published on a channel.
type Message struct {
	Payload []byte
	// Lost tells that messages before this one did not arrive (the connection
	// broke, or the listener was too slow): read the store again.
	Lost bool
}

// notifier carries two kinds of hints. Wake: jobs may be ready; workers poll
// anyway, this spares them the wait. Messages: what one replica tells the
// others, such as progress. Neither is the truth, which stands in the tables.
//
// With SQLite both stay in this process. With PostgreSQL they travel by NOTIFY;
// a goroutine listens on a connection of its own from the first use until
// Close, and reconnects.
type notifier struct {
	mu        sync.Mutex
	wakers    map[chan struct{}]bool
	listeners map[string]map[*listener]bool
	closed    bool
	remote    *remote // nil with SQLite
}

type listener struct {
	queue chan Message
}

// queued is how many messages a listener may be behind.
const queued = 256

func newLocalNotifier() *notifier {
	return &notifier{wakers: map[chan struct{}]bool{}, listeners: map[string]map[*listener]bool{}}
}

// Wake returns a channel that has a value whenever jobs may have become ready,
// here or on another replica. It holds one value at most, so a worker does:
//
//	ready, stop := store.Wake()
//	defer stop()
//	for {
//		... claim and run until there is nothing ...
//		select {
//		case <-ctx.Done(): return
//		case <-ready:
//		case <-poll.C:
//		}
//	}
//
// The channel is never closed. stop must be called.
func (s *Store) Wake() (ready <-chan struct{}, stop func()) {
	n := s.notifier
	c := make(chan struct{}, 1)
	n.mu.Lock()
	n.wakers[c] = true
	n.listen()
	n.mu.Unlock()
	return c, func() {
		n.mu.Lock()
		delete(n.wakers, c)
		n.mu.Unlock()
	}
}

// Listen returns the messages of a channel in the order of their publication,
// those of this process too. A listener that is more than 256 behind loses the
// rest and gets a message with Lost set, as do all when a connection to
// PostgreSQL begins (again). The channel is never closed; stop must be called.
func (s *Store) Listen(channel string) (messages <-chan Message, stop func()) {
	n := s.notifier
	l := &listener{queue: make(chan Message, queued)}
	n.mu.Lock()
	if n.listeners[channel] == nil {
		n.listeners[channel] = map[*listener]bool{}
	}
	n.listeners[channel][l] = true
	n.listen()
	n.mu.Unlock()
	return l.queue, func() {
		n.mu.Lock()
		delete(n.listeners[channel], l)
		n.mu.Unlock()
	}
}

var channelForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,62}$`)

// Publish sends a message to all who listen on the channel, on all replicas.
// It is not part of a transaction: publish after Update has returned.
func (s *Store) Publish(ctx context.Context, channel string, payload []byte) error {
	switch {
	case !channelForm.MatchString(channel):
		return retable.Errorf(retable.Invalid, "%q is no name of a channel: lower-case letters, digits, '_', '.' and '-'.", channel)
	case len(channel)+1+len(payload) > MaxPayload:
		return retable.Errorf(retable.TooLarge, "A message has %d bytes; at most %d can be published.", len(payload), MaxPayload-len(channel)-1)
	case !utf8.Valid(payload):
		return retable.Errorf(retable.Invalid, "A message must be UTF-8 text.")
	}
	if s.notifier.remote != nil {
		return s.notifier.remote.publish(ctx, s.d, channel, payload)
	}
	s.notifier.dispatch(channel, Message{Payload: payload})
	return nil
}

// within makes the wake-up part of a transaction, where it must travel.
func (n *notifier) within(ctx context.Context, t *tx) {
	if n.remote != nil {
		// Its failure is the transaction's: it spoils it.
		_, _ = t.exec(ctx, "SELECT pg_notify($1, $2)", remoteChannel, wakePayload)
	}
}

// committed wakes the workers of this process at once.
func (n *notifier) committed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wakeAll()
}

func (n *notifier) wakeAll() {
	for c := range n.wakers {
		select {
		case c <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// dispatch hands a message to the channel's listeners, never waiting.
func (n *notifier) dispatch(channel string, m Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for l := range n.listeners[channel] {
		l.put(m)
	}
}

// put keeps the last place of the queue for the word that something was lost.
// Only put adds to the queue, and its callers hold the lock.
func (l *listener) put(m Message) {
	switch len(l.queue) {
	case cap(l.queue): // Lost stands at the end already
	case cap(l.queue) - 1:
		l.queue <- Message{Lost: true}
	default:
		l.queue <- m
	}
}

// lost tells everybody that hints were lost.
func (n *notifier) lost() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wakeAll()
	for _, listeners := range n.listeners {
		for l := range listeners {
			l.put(Message{Lost: true})
		}
	}
}

// listen starts the remote listener once. The caller holds the lock.
func (n *notifier) listen() {
	if n.remote != nil && !n.closed {
		n.remote.start(n)
	}
}

func (n *notifier) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	if n.remote != nil {
		n.remote.stop()
	}
}
