package store

import (
	"context"
	"strconv"
	"strings"

	"retable/internal/retable"
)

type watches struct{ *tx }

const watchColumns = "id, owner_id, dir, options, active, state, error, swept_at, created_at, updated_at"

func scanWatch(row scanner) (w retable.Watch, err error) {
	err = row.Scan(&w.ID, &w.OwnerID, &w.Dir, raw(&w.Options), &w.Active, &w.State, &w.Error, &w.SweptAt, &w.CreatedAt, &w.UpdatedAt)
	return w, err
}

func errWatched(dir string) error {
	return &retable.Error{Code: retable.Conflict, Reason: retable.ErrTaken.Reason, Err: retable.ErrTaken,
		Detail: "The folder " + strconv.Quote(dir) + " is watched already."}
}

func (t watches) Create(ctx context.Context, w *retable.Watch) error {
	return t.insert(ctx, errWatched(w.Dir), errOwner(), "watches", watchColumns,
		w.ID, w.OwnerID, w.Dir, w.Options, w.Active, w.State, w.Error, w.SweptAt, w.CreatedAt, w.UpdatedAt)
}

func (t watches) Get(ctx context.Context, id string) (*retable.Watch, error) {
	return get(ctx, t.tx, retable.Missing("watched folder", id), scanWatch, "SELECT "+watchColumns+" FROM watches WHERE id = $1", id)
}

func (t watches) Update(ctx context.Context, w *retable.Watch) error {
	n, err := t.try(ctx, errWatched(w.Dir), nil, `
		UPDATE watches SET dir = $1, options = $2, active = $3, state = $4, error = $5, swept_at = $6, updated_at = $7 WHERE id = $8`,
		w.Dir, w.Options, w.Active, w.State, w.Error, w.SweptAt, w.UpdatedAt, w.ID)
	return changed(n, err, retable.Missing("watched folder", w.ID))
}

func (t watches) List(ctx context.Context, ownerID string) ([]retable.Watch, error) {
	var w where
	equal(&w, "owner_id", ownerID)
	return many(ctx, t.tx, scanWatch, "SELECT "+watchColumns+" FROM watches"+w.String()+" ORDER BY id DESC", w.args...)
}

// Delete forgets the folder and what became of its files; sessions stay.
func (t watches) Delete(ctx context.Context, id string) error {
	n, err := t.exec(ctx, "DELETE FROM watches WHERE id = $1", id)
	return changed(n, err, retable.Missing("watched folder", id))
}

const watchedColumns = "watch_id, path, bytes, mod_time, sha256, state, session_id, job_id, error, seen_at, updated_at"

func scanWatched(row scanner) (f retable.WatchedFile, err error) {
	err = row.Scan(&f.WatchID, &f.Path, &f.Bytes, &f.ModTime, &f.SHA256, &f.State, orNull(&f.SessionID), &f.JobID, &f.Error, &f.SeenAt, &f.UpdatedAt)
	return f, err
}

func (t watches) PutFile(ctx context.Context, f *retable.WatchedFile) error {
	_, err := t.try(ctx, nil, errOwner(), "INSERT INTO watched_files ("+watchedColumns+") VALUES ("+params(1, 11)+`)
		ON CONFLICT (watch_id, path) DO UPDATE SET bytes = excluded.bytes, mod_time = excluded.mod_time, sha256 = excluded.sha256,
			state = excluded.state, session_id = excluded.session_id, job_id = excluded.job_id, error = excluded.error,
			seen_at = excluded.seen_at, updated_at = excluded.updated_at`,
		f.WatchID, f.Path, f.Bytes, f.ModTime, f.SHA256, f.State, nullable(f.SessionID), f.JobID, f.Error, f.SeenAt, f.UpdatedAt)
	return err
}

func (t watches) File(ctx context.Context, watchID, path string) (*retable.WatchedFile, error) {
	return get(ctx, t.tx, retable.Missing("watched file", path), scanWatched,
		"SELECT "+watchedColumns+" FROM watched_files WHERE watch_id = $1 AND path = $2", watchID, path)
}

// FileByHash gives the file of that content that was seen first.
func (t watches) FileByHash(ctx context.Context, watchID, sha256 string) (*retable.WatchedFile, error) {
	return get(ctx, t.tx, retable.Errorf(retable.NotFound, "No file of that content was seen in the folder."), scanWatched,
		"SELECT "+watchedColumns+` FROM watched_files
		WHERE watch_id = $1 AND sha256 = $2 ORDER BY seen_at, path LIMIT 1`, watchID, sha256)
}

// Files gives the files of a folder, those seen last first. The cursor is the
// time and the path of the last one.
func (t watches) Files(ctx context.Context, watchID, state string, p retable.Page) (retable.List[retable.WatchedFile], error) {
	list := retable.List[retable.WatchedFile]{Items: []retable.WatchedFile{}}
	var w where
	w.and("watch_id = ?", watchID)
	equal(&w, "state", state)
	if err := t.value(ctx, &list.Total, "SELECT count(*) FROM watched_files"+w.String(), w.args...); err != nil {
		return list, err
	}
	if p.Cursor != "" {
		time, path, _ := strings.Cut(p.Cursor, ":")
		seen, err := strconv.ParseInt(time, 10, 64)
		if err != nil {
			return list, errCursor()
		}
		w.and("(seen_at, path) < (?, ?)", seen, path)
	}
	size := p.Size()
	items, err := many(ctx, t.tx, scanWatched, "SELECT "+watchedColumns+" FROM watched_files"+w.String()+
		" ORDER BY seen_at DESC, path DESC LIMIT "+strconv.Itoa(size+1), w.args...)
	if err != nil {
		return list, err
	}
	if len(items) > size {
		items = items[:size]
		last := items[size-1]
		list.Next = strconv.FormatInt(int64(last.SeenAt), 10) + ":" + last.Path
	}
	list.Items = append(list.Items, items...)
	return list, nil
}
