//go:build unix

package e2e

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/internal/blob/blobtest"
	"retable/internal/store/storetest"
)

// chaos is a team's site under load while something is done to it.
type chaos struct {
	*site
	s3dir   string
	s3      *blobtest.Server
	setting []string
	seeds   uint64
	truth   map[uint64]*chain        // what comes of a seed undisturbed
	between map[[2]uint64]string     // and of a comparison
	mixed   bool                     // programs of two versions work on it
	clients int                      // how many work at a time
	number  atomic.Int64             // of the bundles
	seen    *tally                   // by the clients of the load
	bases   atomic.Pointer[[]string] // of the replicas to ask
	mu      sync.Mutex               // guards those below
	chains  []*chain                 // what was done
	failed  []error                  // what clients couldn't get done
}

// newChaos starts replicas of those roles, and finds out what is true.
func newChaos(t *testing.T, database string, roles ...string) *chaos {
	t.Helper()
	return newChaosOf(t, database, program(t), roles...)
}

// newChaosOf is newChaos of a program.
func newChaosOf(t *testing.T, database, program string, roles ...string) *chaos {
	t.Helper()
	c := &chaos{site: &site{}, s3dir: t.TempDir(), seeds: 4, clients: 4, seen: newTally(), truth: map[uint64]*chain{}, between: map[[2]uint64]string{}}
	var err error
	if c.s3, err = blobtest.Launch(t.Context(), c.s3dir); errors.Is(err, blobtest.ErrMissing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.s3.Kill)
	c.setting = teamSettings(database, c.s3,
		"RET_ACCESS_TTL=2h", "RET_RATE_USER=1000000/1m", "RET_RATE_UPLOAD=1000000/1m", "RET_RATE_ASK=1000000/1m", "RET_RATE=1000000/1m", "RET_JOB_BACKOFF=1s")
	for _, role := range roles {
		c.addAt(t, replicaHome(t, c.setting, "RET_ROLE="+role), "127.0.0.1", program)
	}
	watched, err := sql.Open("pgx", database)
	if err == nil {
		_, err = watched.ExecContext(t.Context(), witness)
		err = errors.Join(err, watched.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	c.setUp(t)
	c.route()
	c.learn(t)
	return c
}

// route sends clients to all who answer.
func (c *chaos) route() {
	var all []string
	for _, r := range c.servers {
		if r.base != "" {
			all = append(all, r.base)
		}
	}
	c.bases.Store(&all)
}

func (c *chaos) client(seen *tally) *persistent {
	return &persistent{bases: func() []string { return *c.bases.Load() }, token: c.token, seen: seen, limit: patience}
}

// learn goes through each seed, and each pair of them, while nothing is done to
// the site.
func (c *chaos) learn(t *testing.T) {
	t.Helper()
	p := c.client(newTally())
	var before *chain
	for i := range c.seeds + 1 {
		seed := i % c.seeds
		n := c.number.Add(1)
		got, err := p.walk(t.Context(), fmt.Sprintf("bundle-%d", n), numbered(t, seed, int(n)), seed, before)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			c.between[[2]uint64{before.seed, seed}] = got.changes
		}
		if i < c.seeds {
			c.truth[seed] = got
		}
		before = got
		c.chains = append(c.chains, got)
	}
}

// load lets clients work until stop is called, which waits for their last
// bundles.
func (c *chaos) load(t *testing.T) (stop func()) {
	t.Helper()
	var over atomic.Bool
	var wg sync.WaitGroup
	for range c.clients {
		wg.Go(func() {
			p := c.client(c.seen)
			var before *chain
			for seed := rand.Uint64N(c.seeds); !over.Load(); seed = (seed + 1) % c.seeds {
				n := c.number.Add(1)
				got, err := p.walk(t.Context(), fmt.Sprintf("bundle-%d", n), numbered(t, seed, int(n)), seed, before)
				c.mu.Lock()
				if err != nil {
					c.failed = append(c.failed, fmt.Errorf("bundle %d: %w", n, err))
				} else {
					c.chains = append(c.chains, got)
				}
				c.mu.Unlock()
				before = got
			}
		})
	}
	return func() {
		over.Store(true)
		wg.Wait()
	}
}

// chaosTime is for how long replicas are killed, and the pauses in between.
func chaosTime() (whole, least, most time.Duration) {
	if soak() {
		return 10 * time.Minute, 3 * time.Second, 7 * time.Second
	}
	return 8 * time.Second, time.Second, 2 * time.Second
}

// TestReplicasKilledAtRandom: while clients bring, convert, compare, index and
// read, one replica after the other is killed and started again. A client that
// repeats what wasn't answered loses nothing, and everything happens once.
func TestReplicasKilledAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	for name, roles := range map[string][]string{
		"three that do all":                 {"all", "all", "all"},
		"two that answer and two that work": {"api", "api", "worker", "worker"},
	} {
		t.Run(name, func(t *testing.T) {
			if !soak() && len(roles) != 3 {
				t.Skip("RET_SOAK=1 runs it")
			}
			c := newChaos(t, storetest.Postgres(t), roles...)
			whole, least, most := chaosTime()
			if len(roles) != 3 {
				whole /= 3
			}
			began, kills := time.Now(), 0
			stop := c.load(t)
			for time.Since(began) < whole {
				time.Sleep(least + rand.N(most-least)) // the pause is what the test does
				r := c.servers[rand.IntN(len(c.servers))]
				r.kill()
				kills++
				r.launch(t)
			}
			stop()
			t.Logf("%v, %d kills, %d bundles; clients were answered: %s", time.Since(began).Round(time.Second), kills, len(c.chains), c.seen)
			c.sound(t)
		})
	}
}

// sound checks what must hold afterwards, with replicas that run again.
func (c *chaos) sound(t *testing.T) {
	t.Helper()
	for _, err := range c.failed {
		t.Error(err)
	}
	c.true(t)
	for _, r := range c.servers {
		if r.cmd == nil {
			r.launch(t)
		}
	}
	l := replicaHome(t, c.setting, "RET_ROLE=worker").look(t, nil)
	c.settles(t, l)
	c.onceEach(t, l)
	c.nothingLeft(t, l)
}

// true compares what clients were told with what they are told undisturbed.
func (c *chaos) true(t *testing.T) {
	t.Helper()
	for _, got := range c.chains {
		want := c.truth[got.seed]
		if got.rows != want.rows || got.export != want.export || got.answer != want.answer {
			t.Errorf("session %s of seed %d:\n%s\n%s\n%s\nundisturbed:\n%s\n%s\n%s", got.session, got.seed, got.rows, got.export, got.answer, want.rows, want.export, want.answer)
		}
		if got.comparison != "" {
			if want := c.between[[2]uint64{got.other, got.seed}]; got.changes != want {
				t.Errorf("comparison %s of seeds %d and %d: %s, undisturbed %s", got.comparison, got.other, got.seed, got.changes, want)
			}
		}
	}
}
