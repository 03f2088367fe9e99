package store

import (
	"context"

	"retable/internal/retable"
)

type comparisons struct{ *tx }

const comparisonColumns = "id, owner_id, left_id, right_id, job_id, options, options_hash, state, similarity, changes, summary, error, created_at, updated_at"

func scanComparison(row scanner) (c retable.Comparison, err error) {
	err = row.Scan(&c.ID, &c.OwnerID, &c.LeftID, &c.RightID, &c.JobID, raw(&c.Options), &c.OptionsHash, &c.State,
		&c.Similarity, &c.Changes, raw(&c.Summary), &c.Error, &c.CreatedAt, &c.UpdatedAt)
	return c, err
}

func (t comparisons) Create(ctx context.Context, c *retable.Comparison) error {
	return t.insert(ctx, retable.ErrTaken, errOwner(), "comparisons", comparisonColumns,
		c.ID, c.OwnerID, c.LeftID, c.RightID, c.JobID, c.Options, c.OptionsHash, c.State,
		c.Similarity, c.Changes, c.Summary, c.Error, c.CreatedAt, c.UpdatedAt)
}

func (t comparisons) Get(ctx context.Context, id string) (*retable.Comparison, error) {
	return get(ctx, t.tx, retable.Missing("comparison", id), scanComparison, "SELECT "+comparisonColumns+" FROM comparisons WHERE id = $1", id)
}

func (t comparisons) ByJob(ctx context.Context, jobID int64) (*retable.Comparison, error) {
	return get(ctx, t.tx, retable.Errorf(retable.NotFound, "There is no comparison of job %d.", jobID), scanComparison,
		"SELECT "+comparisonColumns+" FROM comparisons WHERE job_id = $1 AND job_id > 0 ORDER BY id DESC LIMIT 1", jobID)
}

func (t comparisons) Find(ctx context.Context, left, right, optionsHash string) (*retable.Comparison, error) {
	return get(ctx, t.tx, retable.Errorf(retable.NotFound, "The two sessions have not been compared in this way."), scanComparison,
		"SELECT "+comparisonColumns+` FROM comparisons
		WHERE left_id = $1 AND right_id = $2 AND options_hash = $3 ORDER BY id DESC LIMIT 1`, left, right, optionsHash)
}

func (t comparisons) Update(ctx context.Context, c *retable.Comparison) error {
	n, err := t.exec(ctx, `
		UPDATE comparisons SET job_id = $1, options = $2, options_hash = $3, state = $4, similarity = $5, changes = $6,
			summary = $7, error = $8, updated_at = $9
		WHERE id = $10`,
		c.JobID, c.Options, c.OptionsHash, c.State, c.Similarity, c.Changes, c.Summary, c.Error, c.UpdatedAt, c.ID)
	return changed(n, err, retable.Missing("comparison", c.ID))
}

func (t comparisons) List(ctx context.Context, f retable.ComparisonFilter, p retable.Page) (retable.List[retable.Comparison], error) {
	l := listing[retable.Comparison]{
		columns: comparisonColumns, table: "comparisons", key: "id", scan: scanComparison,
		cursor: func(c *retable.Comparison) string { return c.ID },
	}
	l.visible = visibility{"comparisons", "comparison_id", f.Visible}
	if f.SessionID != "" {
		l.where.and("(left_id = ? OR right_id = ?)", f.SessionID, f.SessionID)
	}
	return l.page(ctx, t.tx, p)
}

// Delete removes the comparison with its artifacts, shares and the jobs that
// are over. ErrReferenced while a job that is not over needs it.
func (t comparisons) Delete(ctx context.Context, id string) error {
	if err := t.hold(ctx, "comparisons", id); err != nil { // no job is enqueued in between
		return err
	}
	busy, err := t.exists(ctx, "SELECT 1 FROM jobs WHERE comparison_id = $1 AND state IN ('QUEUED', 'RUNNING') LIMIT 1", id)
	if err != nil {
		return err
	}
	if busy {
		return &retable.Error{Code: retable.Conflict, Reason: retable.ErrReferenced.Reason, Err: retable.ErrReferenced,
			Detail: "The comparison is being made. Cancel its job first."}
	}
	n, err := t.exec(ctx, "DELETE FROM comparisons WHERE id = $1", id)
	return changed(n, err, retable.Missing("comparison", id))
}

// Pin keeps a person's word on a pair; said again, it replaces itself.
func (t comparisons) Pin(ctx context.Context, p *retable.Pin) error {
	_, err := t.try(ctx, nil, retable.Errorf(retable.NotFound, "One of the two sessions is not there (any more)."), `
		INSERT INTO pair_pins (left_id, right_id, left_path, right_path, apart, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (left_id, right_id, left_path, right_path) DO UPDATE SET apart = excluded.apart, created_at = excluded.created_at`,
		p.LeftID, p.RightID, p.LeftPath, p.RightPath, p.Apart, p.CreatedAt)
	return err
}

func (t comparisons) Unpin(ctx context.Context, p *retable.Pin) error {
	n, err := t.exec(ctx, "DELETE FROM pair_pins WHERE left_id = $1 AND right_id = $2 AND left_path = $3 AND right_path = $4",
		p.LeftID, p.RightID, p.LeftPath, p.RightPath)
	return changed(n, err, retable.Errorf(retable.NotFound, "That pair is not pinned."))
}

// Pins gives the pins of two sessions, in order of their paths.
func (t comparisons) Pins(ctx context.Context, left, right string) ([]retable.Pin, error) {
	return many(ctx, t.tx, func(row scanner) (p retable.Pin, err error) {
		err = row.Scan(&p.LeftID, &p.RightID, &p.LeftPath, &p.RightPath, &p.Apart, &p.CreatedAt)
		return p, err
	}, `SELECT left_id, right_id, left_path, right_path, apart, created_at FROM pair_pins
		WHERE left_id = $1 AND right_id = $2 ORDER BY left_path, right_path`, left, right)
}
