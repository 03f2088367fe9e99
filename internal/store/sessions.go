package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"retable/internal/retable"
)

type sessions struct{ *tx }

const sessionColumns = "id, owner_id, name, state, partial, error, form, sha256, bytes, stored, xml_count, tables, row_count, value_count, " +
	"proved, options, engine, pattern, watch_id, pinned, created_at, updated_at, used_at, version"

func scanSession(row scanner) (s retable.Session, err error) {
	err = row.Scan(&s.ID, &s.OwnerID, &s.Name, &s.State, &s.Partial, &s.Error, &s.Form, &s.SHA256, &s.Bytes, &s.Stored,
		&s.XMLCount, &s.Tables, &s.Rows, &s.Values, &s.Proved, raw(&s.Options), &s.Engine, &s.Pattern, orNull(&s.WatchID),
		&s.Pinned, &s.CreatedAt, &s.UpdatedAt, &s.UsedAt, &s.Version)
	return s, err
}

func (t sessions) Create(ctx context.Context, s *retable.Session) error {
	err := t.insert(ctx, retable.ErrTaken, errOwner(), "sessions", sessionColumns+", name_key",
		s.ID, s.OwnerID, s.Name, s.State, s.Partial, s.Error, s.Form, s.SHA256, s.Bytes, s.Stored,
		s.XMLCount, s.Tables, s.Rows, s.Values, s.Proved, s.Options, s.Engine, s.Pattern, nullable(s.WatchID),
		s.Pinned, s.CreatedAt, s.UpdatedAt, s.UsedAt, 1, fold(s.Name))
	if err == nil {
		s.Version = 1
	}
	return err
}

// errOwner is the refusal of a new row whose owner, or another thing that it
// names, is not there.
func errOwner() error {
	return retable.Errorf(retable.NotFound, "The owner, or something else that this refers to, is not there (any more).")
}

func (t sessions) Get(ctx context.Context, id string) (*retable.Session, error) {
	return get(ctx, t.tx, retable.Missing("session", id), scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE id = $1", id)
}

// Update writes all but Stored, which artifacts keep, and UsedAt, which never
// goes back; s gets them as they are.
func (t sessions) Update(ctx context.Context, s *retable.Session) error {
	fresh, err := get(ctx, t.tx, retable.ErrStale, scanSession, `
		UPDATE sessions SET owner_id = $1, name = $2, name_key = $3, state = $4, partial = $5, error = $6, form = $7, sha256 = $8,
			bytes = $9, xml_count = $10, tables = $11, row_count = $12, value_count = $13, proved = $14, options = $15,
			engine = $16, pattern = $17, watch_id = $18, pinned = $19, updated_at = $20,
			used_at = CASE WHEN used_at < $21 THEN $21 ELSE used_at END, version = version + 1
		WHERE id = $22 AND version = $23 RETURNING `+sessionColumns,
		s.OwnerID, s.Name, fold(s.Name), s.State, s.Partial, s.Error, s.Form, s.SHA256,
		s.Bytes, s.XMLCount, s.Tables, s.Rows, s.Values, s.Proved, s.Options,
		s.Engine, s.Pattern, nullable(s.WatchID), s.Pinned, s.UpdatedAt, s.UsedAt, s.ID, s.Version)
	if errors.Is(err, retable.ErrStale) {
		return t.stale(ctx, "sessions", "session", s.ID)
	}
	if err == nil {
		*s = *fresh
	}
	return err
}

func (t sessions) Touch(ctx context.Context, id string, at retable.Millis) error {
	n, err := t.exec(ctx, "UPDATE sessions SET used_at = CASE WHEN used_at < $1 THEN $1 ELSE used_at END WHERE id = $2", at, id)
	return changed(n, err, retable.Missing("session", id))
}

func (t sessions) List(ctx context.Context, f retable.SessionFilter, p retable.Page) (retable.List[retable.Session], error) {
	l := listing[retable.Session]{
		columns: sessionColumns, table: "sessions", key: "id", scan: scanSession,
		cursor: func(s *retable.Session) string { return s.ID },
	}
	l.visible = visibility{"sessions", "session_id", f.Visible}
	equal(&l.where, "owner_id", f.OwnerID)
	equal(&l.where, "state", f.State)
	equal(&l.where, "pattern", f.Pattern)
	equal(&l.where, "sha256", f.SHA256)
	equal(&l.where, "watch_id", f.WatchID)
	l.where.is("pinned", f.Pinned)
	if f.Before > 0 {
		l.where.and("used_at < ?", f.Before)
	}
	if err := l.where.contains("name_key", f.Search); err != nil {
		return retable.List[retable.Session]{}, err
	}
	return l.page(ctx, t.tx, p)
}

// Delete removes the session with its inventory, artifacts, pins, shares and
// the jobs that are over. Its blobs are the caller's to remove.
func (t sessions) Delete(ctx context.Context, id string) error {
	if err := t.hold(ctx, "sessions", id); err != nil { // no job is enqueued in between
		return err
	}
	needed, err := t.References(ctx, id)
	if err != nil {
		return err
	}
	if len(needed) > 0 {
		return &retable.Error{
			Code: retable.Conflict, Reason: retable.ErrReferenced.Reason, Err: retable.ErrReferenced,
			Detail: fmt.Sprintf("The session is still needed by %s.", enumerate(needed)),
		}
	}
	n, err := t.try(ctx, nil, retable.ErrReferenced, "DELETE FROM sessions WHERE id = $1", id)
	return changed(n, err, retable.Missing("session", id))
}

// maxReferences is how many of what needs a session are named.
const maxReferences = 20

func (t sessions) References(ctx context.Context, id string) ([]string, error) {
	named, err := many(ctx, t.tx, func(row scanner) (string, error) {
		var id string
		err := row.Scan(&id)
		return fmt.Sprintf("comparison %q", id), err
	}, "SELECT id FROM comparisons WHERE left_id = $1 UNION SELECT id FROM comparisons WHERE right_id = $1 ORDER BY id DESC LIMIT "+
		strconv.Itoa(maxReferences), id)
	if err != nil {
		return nil, err
	}
	jobs, err := many(ctx, t.tx, func(row scanner) (string, error) {
		var id int64
		var kind retable.JobKind
		var state retable.JobState
		err := row.Scan(&id, &kind, &state)
		return fmt.Sprintf("job %d (%s, %s)", id, kind, state), err
	}, "SELECT id, kind, state FROM jobs WHERE session_id = $1 AND state IN ('QUEUED', 'RUNNING') ORDER BY id LIMIT "+
		strconv.Itoa(maxReferences), id)
	return append(named, jobs...), err
}

// enumerate names the first few of many.
func enumerate(names []string) string {
	const most = 5
	if len(names) <= most {
		return join(names)
	}
	return join(append(names[:most:most], "others"))
}

func join(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		text := names[0]
		for _, name := range names[1 : n-1] {
			text += ", " + name
		}
		return text + " and " + names[n-1]
	}
}

func (t sessions) Totals(ctx context.Context) (n retable.SessionTotals, err error) {
	err = t.one(ctx, func(row scanner) error { return row.Scan(&n.Sessions, &n.Rows, &n.Stored) },
		"SELECT count(*), CAST(COALESCE(sum(row_count), 0) AS BIGINT), CAST(COALESCE(sum(stored), 0) AS BIGINT) FROM sessions")
	return n, err
}
