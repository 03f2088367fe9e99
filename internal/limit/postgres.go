package limit

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"retable/internal/retable"
)

// Postgres counts in a table that all replicas share. One upsert per call
// decides; the database's clock is everybody's. It is safe for concurrent use.
//
// The table is its own and unlogged: after a crash of the database all limits
// start anew, and no count costs a write to the log.
type Postgres struct {
	db     *sql.DB
	stop   context.CancelFunc
	done   sync.WaitGroup
	failed func(error)
}

var _ retable.Limiter = (*Postgres)(nil)

// PostgresOptions are the choices of OpenPostgres.
type PostgresOptions struct {
	Sweep  time.Duration // between removals of keys that are free again; 0 is a minute, below 0 never
	Failed func(error)   // hears of sweeps that failed; may be nil
}

// The schema. Half-full pages let every update stay on its page.
const createTable = `CREATE UNLOGGED TABLE IF NOT EXISTS retable_rate_limits (
	key     TEXT PRIMARY KEY,
	tat     BIGINT NOT NULL, -- theoretical arrival time, microseconds since 1970
	asked   BIGINT NOT NULL, -- when it was asked last
	allowed BOOLEAN NOT NULL -- what the answer was
) WITH (fillfactor = 50)`

// lockKey keeps two replicas from creating the table at once, which
// IF NOT EXISTS alone doesn't.
const lockKey = 0x7265746c696d6974 // "retlimit"

// OpenPostgres makes the table if need be and starts to sweep. The caller
// keeps db and closes it after the limiter.
func OpenPostgres(ctx context.Context, db *sql.DB, o PostgresOptions) (*Postgres, error) {
	if err := createLimits(ctx, db); err != nil {
		return nil, fmt.Errorf("make the table of rate limits: %w", err)
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &Postgres{db: db, stop: stop, failed: o.Failed}
	if o.Sweep == 0 {
		o.Sweep = time.Minute
	}
	if o.Sweep > 0 {
		p.done.Add(1)
		go p.sweep(ctx, o.Sweep)
	}
	return p, nil
}

func createLimits(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(lockKey)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, createTable); err != nil {
		return err
	}
	return tx.Commit()
}

// take is cell.arrive in SQL: $2 is what the call costs, $3 the window. The
// row is always written, since only a written row is returned; its lock is
// what makes calls wait for each other.
const take = `INSERT INTO retable_rate_limits AS l (key, tat, asked, allowed)
SELECT $1, t.now + $2::bigint, t.now, true
FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) t
ON CONFLICT (key) DO UPDATE SET
	asked = excluded.asked,
	allowed = least(greatest(l.tat, excluded.asked), excluded.asked + $3::bigint) + $2 <= excluded.asked + $3,
	tat = least(greatest(l.tat, excluded.asked), excluded.asked + $3)
		+ CASE WHEN least(greatest(l.tat, excluded.asked), excluded.asked + $3) + $2 <= excluded.asked + $3 THEN $2 ELSE 0 END
RETURNING tat - asked, allowed`

// Allow counts a call of the key.
func (p *Postgres) Allow(ctx context.Context, key string, r retable.Rate, cost int) (retable.Decision, error) {
	c, err := newCell(r, cost)
	if err != nil {
		return retable.Decision{}, err
	}
	spend := c.step * time.Duration(cost)
	var ahead int64
	var allowed bool
	err = p.db.QueryRowContext(ctx, take, shortKey(key), spend.Microseconds(), c.window.Microseconds()).Scan(&ahead, &allowed)
	if err != nil {
		return retable.Decision{}, fmt.Errorf("count %s in the database: %w", key, err)
	}
	return c.outcome(allowed, time.Duration(ahead)*time.Microsecond, spend), nil
}

// Sweep removes the keys that are free again and returns how many.
func (p *Postgres) Sweep(ctx context.Context) (int64, error) {
	const batch = 10_000
	var all int64
	for {
		res, err := p.db.ExecContext(ctx, `DELETE FROM retable_rate_limits WHERE ctid = ANY(ARRAY(
			SELECT ctid FROM retable_rate_limits
			WHERE tat < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
			LIMIT $1 FOR UPDATE SKIP LOCKED))`, batch)
		if err != nil {
			return all, err
		}
		n, err := res.RowsAffected()
		all += n
		if err != nil || n < batch {
			return all, err
		}
	}
}

func (p *Postgres) sweep(ctx context.Context, every time.Duration) {
	defer p.done.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if _, err := p.Sweep(ctx); err != nil && ctx.Err() == nil {
				p.failed(fmt.Errorf("sweep the rate limits: %w", err))
			}
		}
	}
}

// Close ends the sweeping and waits for it.
func (p *Postgres) Close() error {
	p.stop()
	p.done.Wait()
	return nil
}
