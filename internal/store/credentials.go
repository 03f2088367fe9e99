package store

import (
	"context"

	"retable/internal/retable"
)

type credentials struct{ *tx }

const resetColumns = "id, user_id, token_hash, created_at, expires_at, used_at"

func scanReset(row scanner) (r retable.PasswordReset, err error) {
	err = row.Scan(&r.ID, &r.UserID, &r.TokenHash, &r.CreatedAt, &r.ExpiresAt, &r.UsedAt)
	return r, err
}

func (t credentials) CreateReset(ctx context.Context, r *retable.PasswordReset) error {
	return t.insert(ctx, retable.ErrTaken, retable.Missing("user", r.UserID), "password_resets", resetColumns,
		r.ID, r.UserID, r.TokenHash, r.CreatedAt, r.ExpiresAt, r.UsedAt)
}

func (t credentials) UseReset(ctx context.Context, tokenHash string, at retable.Millis) (*retable.PasswordReset, error) {
	return get(ctx, t.tx, retable.Errorf(retable.NotFound, "The link to set a password is not valid (any more). Ask for a new one."),
		scanReset, `UPDATE password_resets SET used_at = $1
			WHERE token_hash = $2 AND used_at = 0 AND expires_at > $1 RETURNING `+resetColumns, at, tokenHash)
}

func (t credentials) DropResets(ctx context.Context, userID string) error {
	_, err := t.exec(ctx, "DELETE FROM password_resets WHERE user_id = $1", userID)
	return err
}

const tokenColumns = "id, user_id, name, token_hash, scopes, created_at, expires_at, last_used_at, revoked_at" //nolint:gosec // names of columns

func scanToken(row scanner) (a retable.AccessToken, err error) {
	err = row.Scan(&a.ID, &a.UserID, &a.Name, &a.TokenHash, array(&a.Scopes), &a.CreatedAt, &a.ExpiresAt, &a.LastUsedAt, &a.RevokedAt)
	return a, err
}

func (t credentials) CreateToken(ctx context.Context, a *retable.AccessToken) error {
	scopes, err := arrayOf(a.Scopes)
	if err != nil {
		return retable.Fault(err, "writing the scopes of a token")
	}
	if scopes == nil {
		scopes = []byte("[]")
	}
	return t.insert(ctx, retable.ErrTaken, retable.Missing("user", a.UserID), "access_tokens", tokenColumns,
		a.ID, a.UserID, a.Name, a.TokenHash, scopes, a.CreatedAt, a.ExpiresAt, a.LastUsedAt, a.RevokedAt)
}

func (t credentials) TokenByHash(ctx context.Context, hash string) (*retable.AccessToken, error) {
	return get(ctx, t.tx, retable.Errorf(retable.NotFound, "There is no such access token."), scanToken,
		"SELECT "+tokenColumns+" FROM access_tokens WHERE token_hash = $1", hash)
}

func (t credentials) Tokens(ctx context.Context, userID string) ([]retable.AccessToken, error) {
	return many(ctx, t.tx, scanToken, "SELECT "+tokenColumns+" FROM access_tokens WHERE user_id = $1 ORDER BY id DESC", userID)
}

func (t credentials) RevokeToken(ctx context.Context, userID, id string, at retable.Millis) error {
	n, err := t.exec(ctx, `UPDATE access_tokens SET revoked_at = CASE WHEN revoked_at = 0 THEN $1 ELSE revoked_at END
		WHERE id = $2 AND user_id = $3`, at, id, userID)
	return changed(n, err, retable.Missing("access token", id))
}

func (t credentials) TouchToken(ctx context.Context, id string, at retable.Millis) error {
	n, err := t.exec(ctx, `UPDATE access_tokens
		SET last_used_at = CASE WHEN last_used_at < $1 THEN $1 ELSE last_used_at END WHERE id = $2`, at, id)
	return changed(n, err, retable.Missing("access token", id))
}

const identityColumns = "issuer, subject, user_id, email, created_at"

func scanIdentity(row scanner) (i retable.Identity, err error) {
	err = row.Scan(&i.Issuer, &i.Subject, &i.UserID, &i.Email, &i.CreatedAt)
	return i, err
}

func (t credentials) Identity(ctx context.Context, issuer, subject string) (*retable.Identity, error) {
	return get(ctx, t.tx, retable.Missing("identity", subject), scanIdentity,
		"SELECT "+identityColumns+" FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject)
}

func (t credentials) LinkIdentity(ctx context.Context, i *retable.Identity) error {
	return t.insert(ctx, nameTaken("identity", i.Subject), retable.Missing("user", i.UserID), "identities", identityColumns,
		i.Issuer, i.Subject, i.UserID, i.Email, i.CreatedAt)
}

func (t credentials) Identities(ctx context.Context, userID string) ([]retable.Identity, error) {
	return many(ctx, t.tx, scanIdentity,
		"SELECT "+identityColumns+" FROM identities WHERE user_id = $1 ORDER BY created_at, issuer, subject", userID)
}
