package store

import (
	"context"
	"strconv"

	"retable/internal/retable"
)

type artifacts struct{ *tx }

const artifactColumns = "id, session_id, comparison_id, job_id, kind, format, options_hash, engine, name, media_type, blob_key, sha256, bytes, created_at"

func scanArtifact(row scanner) (a retable.Artifact, err error) {
	err = row.Scan(&a.ID, orNull(&a.SessionID), orNull(&a.ComparisonID), &a.JobID, &a.Kind, &a.Format, &a.OptionsHash,
		&a.Engine, &a.Name, &a.MediaType, &a.Key, &a.SHA256, &a.Bytes, &a.CreatedAt)
	return a, err
}

func (t artifacts) Add(ctx context.Context, a *retable.Artifact) error {
	if a.SessionID != "" {
		n, err := t.exec(ctx, "UPDATE sessions SET stored = stored + $1 WHERE id = $2", a.Bytes, a.SessionID)
		if err := changed(n, err, retable.Missing("session", a.SessionID)); err != nil {
			return err
		}
	}
	return t.insert(ctx, retable.ErrTaken, errOwner(), "artifacts", artifactColumns,
		a.ID, nullable(a.SessionID), nullable(a.ComparisonID), a.JobID, a.Kind, a.Format, a.OptionsHash,
		a.Engine, a.Name, a.MediaType, a.Key, a.SHA256, a.Bytes, a.CreatedAt)
}

func (t artifacts) Get(ctx context.Context, id string) (*retable.Artifact, error) {
	return get(ctx, t.tx, retable.Missing("artifact", id), scanArtifact, "SELECT "+artifactColumns+" FROM artifacts WHERE id = $1", id)
}

func (t artifacts) Find(ctx context.Context, f retable.ArtifactFilter) ([]retable.Artifact, error) {
	var w where
	equal(&w, "session_id", f.SessionID)
	equal(&w, "comparison_id", f.ComparisonID)
	equal(&w, "kind", f.Kind)
	equal(&w, "format", f.Format)
	equal(&w, "options_hash", f.OptionsHash)
	equal(&w, "engine", f.Engine)
	equal(&w, "sha256", f.SHA256)
	if f.Before > 0 {
		w.and("created_at < ?", f.Before)
	}
	order := " ORDER BY id DESC"
	if f.Limit > 0 { // of those by age, in the order of the index
		order = " ORDER BY created_at DESC, id DESC LIMIT " + strconv.Itoa(f.Limit)
	}
	return many(ctx, t.tx, scanArtifact, "SELECT "+artifactColumns+" FROM artifacts"+w.String()+order, w.args...)
}

// Delete forgets the artifact and takes its size off the session's.
func (t artifacts) Delete(ctx context.Context, id string) error {
	a, err := get(ctx, t.tx, retable.Missing("artifact", id), scanArtifact,
		"DELETE FROM artifacts WHERE id = $1 RETURNING "+artifactColumns, id)
	if err != nil || a.SessionID == "" {
		return err
	}
	_, err = t.exec(ctx, "UPDATE sessions SET stored = stored - $1 WHERE id = $2", a.Bytes, a.SessionID)
	return err
}

func (t artifacts) HasKey(ctx context.Context, key string) (bool, error) {
	return t.exists(ctx, "SELECT 1 FROM artifacts WHERE blob_key = $1 LIMIT 1", key)
}

func (t artifacts) HasKeys(ctx context.Context, keys []string) (map[string]bool, error) {
	there := make(map[string]bool, len(keys))
	if len(keys) == 0 {
		return there, nil
	}
	var w where
	in(&w, "blob_key", keys)
	return there, t.rows(ctx, func(row scanner) error {
		var key string
		err := row.Scan(&key)
		there[key] = true
		return err
	}, "SELECT DISTINCT blob_key FROM artifacts"+w.String(), w.args...)
}
