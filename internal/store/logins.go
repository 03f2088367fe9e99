package store

import (
	"context"
	"database/sql"
	"errors"

	"retable/internal/retable"
)

type logins struct{ *tx }

const loginColumns = "id, user_id, refresh_token_hash, previous_hash, rotated_at, ip, user_agent, created_at, expires_at, last_used_at, revoked_at, revoke_reason"

func scanLogin(row scanner) (l retable.Login, err error) {
	err = row.Scan(&l.ID, &l.UserID, &l.RefreshHash, &l.PreviousHash, &l.RotatedAt, &l.IP, &l.UserAgent,
		&l.CreatedAt, &l.ExpiresAt, &l.LastUsedAt, &l.RevokedAt, &l.RevokeReason)
	return l, err
}

func (t logins) Create(ctx context.Context, l *retable.Login) error {
	return t.insert(ctx, retable.ErrTaken, retable.Missing("user", l.UserID), "login_sessions", loginColumns,
		l.ID, l.UserID, l.RefreshHash, l.PreviousHash, l.RotatedAt, l.IP, l.UserAgent,
		l.CreatedAt, l.ExpiresAt, l.LastUsedAt, l.RevokedAt, l.RevokeReason)
}

func (t logins) Get(ctx context.Context, id string) (*retable.Login, error) {
	return get(ctx, t.tx, retable.Missing("log-in", id), scanLogin,
		"SELECT "+loginColumns+" FROM login_sessions WHERE id = $1", id)
}

// errNoToken doesn't repeat the hash: it leads to a secret.
func errNoToken() error {
	return retable.Errorf(retable.NotFound, "There is no log-in with that refresh token.")
}

func (t logins) ByRefresh(ctx context.Context, hash string) (*retable.Login, retable.Millis, error) {
	l, err := get(ctx, t.tx, errNoToken(), scanLogin,
		"SELECT "+loginColumns+" FROM login_sessions WHERE refresh_token_hash = $1", hash)
	if err == nil || !retable.Is(err, retable.NotFound) {
		return l, 0, err
	}
	var id string
	var spent retable.Millis
	err = t.one(ctx, func(row scanner) error { return row.Scan(&id, &spent) },
		"SELECT login_id, spent_at FROM spent_refresh_tokens WHERE token_hash = $1", hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, 0, errNoToken()
	case err != nil:
		return nil, 0, err
	}
	l, err = t.Get(ctx, id)
	return l, spent, err
}

// Rotate is one guarded UPDATE: of any number at once, one finds the old hash.
func (t logins) Rotate(ctx context.Context, id, old, fresh string, at, expires retable.Millis) error {
	n, err := t.try(ctx, retable.ErrTaken, nil, `
		UPDATE login_sessions SET refresh_token_hash = $1, previous_hash = $2, rotated_at = $3, last_used_at = $3, expires_at = $4
		WHERE id = $5 AND refresh_token_hash = $2 AND revoked_at = 0`, fresh, old, at, expires, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.stale(ctx, "login_sessions", "log-in", id)
	}
	return t.insert(ctx, retable.ErrTaken, nil, "spent_refresh_tokens", "token_hash, login_id, spent_at", old, id, at)
}

func (t logins) Touch(ctx context.Context, id string, at retable.Millis) error {
	n, err := t.exec(ctx, `UPDATE login_sessions
		SET last_used_at = CASE WHEN last_used_at < $1 THEN $1 ELSE last_used_at END WHERE id = $2`, at, id)
	return changed(n, err, retable.Missing("log-in", id))
}

// Revoke ends a log-in; one that was ended already keeps its first reason.
func (t logins) Revoke(ctx context.Context, id, reason string, at retable.Millis) error {
	n, err := t.exec(ctx, `UPDATE login_sessions
		SET revoke_reason = CASE WHEN revoked_at = 0 THEN $1 ELSE revoke_reason END,
			revoked_at = CASE WHEN revoked_at = 0 THEN $2 ELSE revoked_at END
		WHERE id = $3`, reason, at, id)
	return changed(n, err, retable.Missing("log-in", id))
}

func (t logins) RevokeAll(ctx context.Context, userID, reason string, at retable.Millis) (int64, error) {
	return t.exec(ctx, `UPDATE login_sessions SET revoked_at = $1, revoke_reason = $2
		WHERE user_id = $3 AND revoked_at = 0`, at, reason, userID)
}

// List gives a user's log-ins. Active ones are neither revoked nor, by the
// store's clock, expired.
func (t logins) List(ctx context.Context, userID string, active bool, p retable.Page) (retable.List[retable.Login], error) {
	l := listing[retable.Login]{
		columns: loginColumns, table: "login_sessions", key: "id", scan: scanLogin,
		cursor: func(l *retable.Login) string { return l.ID },
	}
	equal(&l.where, "user_id", userID)
	if active {
		l.where.and("revoked_at = 0 AND expires_at > ?", t.s.cfg.Clock.Now())
	}
	return l.page(ctx, t.tx, p)
}

func (t logins) Purge(ctx context.Context, before retable.Millis) (int64, error) {
	expired, err := t.exec(ctx, "DELETE FROM login_sessions WHERE expires_at < $1", before)
	if err != nil {
		return 0, err
	}
	revoked, err := t.exec(ctx, "DELETE FROM login_sessions WHERE revoked_at > 0 AND revoked_at < $1", before)
	return expired + revoked, err
}
