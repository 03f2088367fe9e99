package store

import (
	"context"
	"strconv"

	"retable/internal/retable"
)

type uploads struct{ *tx }

const uploadColumns = "id, user_id, filename, bytes, part_bytes, sha256, state, session_id, options, handle, created_at, updated_at, expires_at"

func scanUpload(row scanner) (u retable.Upload, err error) {
	err = row.Scan(&u.ID, &u.UserID, &u.Filename, &u.Bytes, &u.PartBytes, &u.SHA256, &u.State, orNull(&u.SessionID),
		raw(&u.Options), &u.Handle, &u.CreatedAt, &u.UpdatedAt, &u.ExpiresAt)
	return u, err
}

func (t uploads) Create(ctx context.Context, u *retable.Upload) error {
	return t.insert(ctx, retable.ErrTaken, errOwner(), "uploads", uploadColumns,
		u.ID, u.UserID, u.Filename, u.Bytes, u.PartBytes, u.SHA256, u.State, nullable(u.SessionID),
		u.Options, u.Handle, u.CreatedAt, u.UpdatedAt, u.ExpiresAt)
}

func (t uploads) Get(ctx context.Context, id string) (*retable.Upload, error) {
	return get(ctx, t.tx, retable.Missing("upload", id), scanUpload, "SELECT "+uploadColumns+" FROM uploads WHERE id = $1", id)
}

func (t uploads) Update(ctx context.Context, u *retable.Upload) error {
	n, err := t.try(ctx, nil, errOwner(), `
		UPDATE uploads SET filename = $1, bytes = $2, part_bytes = $3, sha256 = $4, state = $5, session_id = $6, options = $7,
			handle = $8, updated_at = $9, expires_at = $10
		WHERE id = $11`,
		u.Filename, u.Bytes, u.PartBytes, u.SHA256, u.State, nullable(u.SessionID), u.Options,
		u.Handle, u.UpdatedAt, u.ExpiresAt, u.ID)
	return changed(n, err, retable.Missing("upload", u.ID))
}

func (t uploads) Move(ctx context.Context, id string, from, to retable.UploadState, at retable.Millis) error {
	n, err := t.exec(ctx, "UPDATE uploads SET state = $1, updated_at = $2 WHERE id = $3 AND state = $4", to, at, id, from)
	if err == nil && n == 0 {
		return t.stale(ctx, "uploads", "upload", id)
	}
	return err
}

// PutPart records a part; sent again, it replaces itself.
func (t uploads) PutPart(ctx context.Context, p *retable.UploadPart) error {
	_, err := t.try(ctx, nil, retable.Missing("upload", p.UploadID), `
		INSERT INTO upload_parts (upload_id, number, bytes, sha256, etag, arrived_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (upload_id, number) DO UPDATE SET bytes = excluded.bytes, sha256 = excluded.sha256,
			etag = excluded.etag, arrived_at = excluded.arrived_at`,
		p.UploadID, p.Number, p.Bytes, p.SHA256, p.ETag, p.At)
	return err
}

// Parts gives the parts that have arrived, by number.
func (t uploads) Parts(ctx context.Context, id string) ([]retable.UploadPart, error) {
	return many(ctx, t.tx, func(row scanner) (p retable.UploadPart, err error) {
		err = row.Scan(&p.UploadID, &p.Number, &p.Bytes, &p.SHA256, &p.ETag, &p.At)
		return p, err
	}, "SELECT upload_id, number, bytes, sha256, etag, arrived_at FROM upload_parts WHERE upload_id = $1 ORDER BY number", id)
}

// Expired gives uploads under way whose time is over, the oldest first.
func (t uploads) Expired(ctx context.Context, before retable.Millis, limit int) ([]retable.Upload, error) {
	return many(ctx, t.tx, scanUpload, "SELECT "+uploadColumns+` FROM uploads
		WHERE state IN ('OPEN', 'VERIFYING') AND expires_at < $1 ORDER BY expires_at LIMIT `+strconv.Itoa(max(0, limit)), before)
}

func (t uploads) Pending(ctx context.Context, userID string) (bytes int64, err error) {
	err = t.value(ctx, &bytes, `SELECT CAST(COALESCE(sum(bytes), 0) AS BIGINT) FROM uploads
		WHERE user_id = $1 AND state IN ('OPEN', 'VERIFYING')`, userID)
	return bytes, err
}
