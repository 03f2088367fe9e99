package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// remoteChannel is the one channel of PostgreSQL that carries everything;
// wakePayload on it means that jobs may be ready, anything else is
// "channel message".
const (
	remoteChannel = "retable"
	wakePayload   = "jobs"
)

// remote is the listening end of NOTIFY.
type remote struct {
	cfg    *pgx.ConnConfig
	db     *sql.DB
	idle   time.Duration      // see Config.idle
	cancel context.CancelFunc // nil until started; guarded by the notifier's lock
	done   chan struct{}
}

func newPostgresNotifier(cfg *pgx.ConnConfig, db *sql.DB, idle time.Duration) *notifier {
	n := newLocalNotifier()
	cfg = cfg.Copy()
	cfg.RuntimeParams["application_name"] = "retable-listen"
	n.remote = &remote{cfg: cfg, db: db, idle: idle}
	return n
}

func (r *remote) publish(ctx context.Context, d *dialect, channel string, payload []byte) error {
	_, err := r.db.ExecContext(ctx, "SELECT pg_notify($1, $2)", remoteChannel, channel+" "+string(payload))
	return d.explain(err, "publishing a message")
}

// start begins to listen, once.
func (r *remote) start(n *notifier) {
	if r.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.done = cancel, make(chan struct{})
	go func() {
		defer close(r.done)
		r.run(ctx, n)
	}()
}

// stop ends listening and waits for it. Nothing starts again: the notifier is
// closed.
func (r *remote) stop() {
	if r.cancel != nil {
		r.cancel()
		<-r.done
	}
}

// run keeps listening until ctx ends. Whenever it begins (again), hints may
// have been missed.
func (r *remote) run(ctx context.Context, n *notifier) {
	const first, most = 100 * time.Millisecond, 10 * time.Second
	for pause := first; ctx.Err() == nil; {
		began := time.Now()
		r.session(ctx, n)
		if time.Since(began) > most {
			pause = first
		}
		wait := time.NewTimer(pause/2 + rand.N(pause/2)) //nolint:gosec // spreads attempts; nothing is guessed by it
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
		pause = min(2*pause, most)
	}
}

// session listens on one connection until it breaks.
func (r *remote) session(ctx context.Context, n *notifier) {
	dial, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(dial, r.cfg)
	if err != nil {
		return // run tries again; Health tells of a database that is down
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	if _, err := conn.Exec(dial, "LISTEN "+remoteChannel); err != nil {
		return
	}
	n.lost()
	for {
		wait, cancel := context.WithTimeout(ctx, r.idle)
		note, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			r.receive(n, note.Payload)
		case ctx.Err() != nil:
			return
		case !errors.Is(err, context.DeadlineExceeded) || !alive(ctx, conn):
			return
		}
	}
}

// alive tests a connection on which nothing came.
func alive(ctx context.Context, conn *pgx.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return conn.Ping(ctx) == nil
}

func (r *remote) receive(n *notifier, payload string) {
	channel, message, ok := strings.Cut(payload, " ")
	if !ok && payload == wakePayload {
		n.committed()
		return
	}
	n.dispatch(channel, Message{Payload: []byte(message)})
}
