package store

import (
	"context"
	"strings"

	"golang.org/x/text/unicode/norm"

	"retable/internal/retable"
)

type users struct{ *tx }

// fold is the form in which names are compared: composed, without case.
func fold(s string) string { return strings.ToLower(norm.NFC.String(s)) }

const userColumns = "id, username, email, role, password_hash, active, locked, must_reset, created_at, updated_at, last_login_at, version"

func scanUser(row scanner) (u retable.User, err error) {
	err = row.Scan(&u.ID, &u.Username, &u.Email, &u.Role, &u.PasswordHash, &u.Active, &u.Locked, &u.MustReset,
		&u.CreatedAt, &u.UpdatedAt, &u.LastLoginAt, &u.Version)
	return u, err
}

func (t users) Create(ctx context.Context, u *retable.User) error {
	err := t.insert(ctx, nameTaken("user name", u.Username), nil, "users", userColumns+", username_key",
		u.ID, u.Username, u.Email, u.Role, u.PasswordHash, u.Active, u.Locked, u.MustReset,
		u.CreatedAt, u.UpdatedAt, u.LastLoginAt, 1, fold(u.Username))
	if err == nil {
		u.Version = 1
	}
	return err
}

// nameTaken is ErrTaken with the name in its message.
func nameTaken(what, name string) error {
	refusal := retable.Errorf(retable.Conflict, "The %s %q is taken.", what, name)
	refusal.Reason, refusal.Err = retable.ErrTaken.Reason, retable.ErrTaken
	return refusal
}

func (t users) Get(ctx context.Context, id string) (*retable.User, error) {
	return get(ctx, t.tx, retable.Missing("user", id), scanUser, "SELECT "+userColumns+" FROM users WHERE id = $1", id)
}

func (t users) ByName(ctx context.Context, username string) (*retable.User, error) {
	return get(ctx, t.tx, retable.Missing("user", username), scanUser,
		"SELECT "+userColumns+" FROM users WHERE username_key = $1", fold(username))
}

func (t users) Update(ctx context.Context, u *retable.User) error {
	n, err := t.try(ctx, nameTaken("user name", u.Username), nil, `
		UPDATE users SET username = $1, username_key = $2, email = $3, role = $4, password_hash = $5,
			active = $6, locked = $7, must_reset = $8, updated_at = $9, last_login_at = $10, version = version + 1
		WHERE id = $11 AND version = $12`,
		u.Username, fold(u.Username), u.Email, u.Role, u.PasswordHash,
		u.Active, u.Locked, u.MustReset, u.UpdatedAt, u.LastLoginAt, u.ID, u.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return t.stale(ctx, "users", "user", u.ID)
	}
	u.Version++
	return nil
}

// stale says why a guarded UPDATE met no row: the row is gone, or has changed.
func (t *tx) stale(ctx context.Context, table, what, id string) error {
	there, err := t.exists(ctx, "SELECT 1 FROM "+table+" WHERE id = $1", id)
	switch {
	case err != nil:
		return err
	case !there:
		return retable.Missing(what, id)
	}
	return retable.ErrStale
}

func (t users) List(ctx context.Context, f retable.UserFilter, p retable.Page) (retable.List[retable.User], error) {
	l := listing[retable.User]{
		columns: userColumns, table: "users", key: "id", scan: scanUser,
		cursor: func(u *retable.User) string { return u.ID },
	}
	l.where.and("username_key <> ?", fold(retable.LocalUser)) // the person at this machine, who is no account
	equal(&l.where, "role", f.Role)
	l.where.is("active", f.Active)
	l.where.is("locked", f.Locked)
	if err := l.where.contains("username_key", f.Search); err != nil {
		return retable.List[retable.User]{}, err
	}
	return l.page(ctx, t.tx, p)
}

// Count counts accounts but LocalUser's. In Update it serialises those who
// decide by it: of two who make the first account at once, one sees the other's.
func (t users) Count(ctx context.Context) (n int64, err error) {
	if err := t.serialise(ctx, lockUsers); err != nil {
		return 0, err
	}
	err = t.value(ctx, &n, "SELECT count(*) FROM users WHERE username_key <> $1", fold(retable.LocalUser))
	return n, err
}

// CountAdmins counts the administrators that can log in. In Update it
// serialises those who decide by it: the last one can't be lost to two at once.
func (t users) CountAdmins(ctx context.Context) (n int64, err error) {
	if err := t.serialise(ctx, lockUsers); err != nil {
		return 0, err
	}
	err = t.value(ctx, &n, `SELECT count(*) FROM users
		WHERE role = 'admin' AND active AND NOT locked AND username_key <> $1`, fold(retable.LocalUser))
	return n, err
}

// serialise lets transactions that write pass one at a time, until they end.
func (t *tx) serialise(ctx context.Context, lock int64) error {
	if !t.s.d.savepoints || !t.write {
		return nil // SQLite has one writer anyway
	}
	_, err := t.exec(ctx, "SELECT pg_advisory_xact_lock($1)", lock)
	return err
}

// hold keeps others from changing a row, and from deciding by it, until a
// transaction that writes ends.
func (t *tx) hold(ctx context.Context, table, id string) error {
	if !t.write || t.s.d.forUpdate == "" {
		return nil // SQLite has one writer anyway
	}
	_, err := t.exists(ctx, "SELECT id FROM "+table+" WHERE id = $1"+t.s.d.forUpdate, id)
	return err
}

// Delete removes the account with its log-ins, credentials, recipes and chats.
// ErrReferenced while it owns sessions, comparisons, collections or watches:
// Adopt gives them to someone else.
func (t users) Delete(ctx context.Context, id string) error {
	n, err := t.try(ctx, nil, &retable.Error{
		Code: retable.Conflict, Reason: retable.ErrReferenced.Reason, Err: retable.ErrReferenced,
		Detail: "The user still owns sessions, comparisons, collections or watched folders. Delete them or give them to another user first.",
	}, "DELETE FROM users WHERE id = $1", id)
	return changed(n, err, retable.Missing("user", id))
}
