package store

import (
	"cmp"
	"context"
	"slices"

	"retable/internal/retable"
)

// What a list says of its items and another table knows is asked for all items
// at once: a page takes as many statements with one item as with five hundred.

// maxKeys is how many keys one statement names. Source: SQLite takes 32,766
// parameters; more statements cost less than one so long.
const maxKeys = 500

// several calls scan for the rows of a query whose column is one of the keys.
// Conditions may stand in w already; tail follows them.
func several[K cmp.Ordered](ctx context.Context, t *tx, query string, w where, column string, keys []K, tail string, scan func(scanner) error) error {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	for some := range slices.Chunk(slices.Compact(keys), maxKeys) {
		w := w.clone()
		in(&w, column, some)
		if err := t.rows(ctx, scan, query+w.String()+tail, w.args...); err != nil {
			return err
		}
	}
	return nil
}

// texts are one text for each of the keys that are found.
func texts(ctx context.Context, t *tx, query string, w where, column string, keys []string, tail string) (map[string]string, error) {
	found := make(map[string]string, len(keys))
	return found, several(ctx, t, query, w, column, keys, tail, func(row scanner) error {
		var key, text string
		err := row.Scan(&key, &text)
		found[key] = text
		return err
	})
}

func (t users) Names(ctx context.Context, ids []string) (map[string]string, error) {
	return texts(ctx, t.tx, "SELECT id, username FROM users", where{}, "id", ids, "")
}

func (t sessions) Names(ctx context.Context, ids []string) (map[string]string, error) {
	return texts(ctx, t.tx, "SELECT id, name FROM sessions", where{}, "id", ids, "")
}

func (t sharing) TeamNames(ctx context.Context, ids []string) (map[string]string, error) {
	return texts(ctx, t.tx, "SELECT id, name FROM teams", where{}, "id", ids, "")
}

// Twins compares ids, which rise with time.
func (t sessions) Twins(ctx context.Context, ids []string) (map[string]string, error) {
	var w where
	w.and("later.sha256 <> ''")
	return texts(ctx, t.tx, "SELECT later.id, min(first.id) FROM sessions later"+
		" JOIN sessions first ON first.sha256 = later.sha256 AND first.owner_id = later.owner_id AND first.id < later.id",
		w, "later.id", ids, " GROUP BY later.id")
}

func (t comparisons) Names(ctx context.Context, ids []string) (map[string][2]string, error) {
	found := make(map[string][2]string, len(ids))
	return found, several(ctx, t.tx, "SELECT c.id, l.name, r.name FROM comparisons c JOIN sessions l ON l.id = c.left_id JOIN sessions r ON r.id = c.right_id",
		where{}, "c.id", ids, "", func(row scanner) error {
			var id, left, right string
			err := row.Scan(&id, &left, &right)
			found[id] = [2]string{left, right}
			return err
		})
}

func (t jobs) Some(ctx context.Context, ids []int64) (map[int64]retable.Job, error) {
	found := make(map[int64]retable.Job, len(ids))
	return found, several(ctx, t.tx, "SELECT "+jobColumns+" FROM jobs", where{}, "id", ids, "", func(row scanner) error {
		j, err := scanJob(row)
		found[j.ID] = j
		return err
	})
}

func (t jobs) Active(ctx context.Context, sessions []string, kind retable.JobKind) (map[string]int64, error) {
	var w where
	w.and("state IN ('QUEUED', 'RUNNING')")
	equal(&w, "kind", kind)
	found := make(map[string]int64, len(sessions))
	return found, several(ctx, t.tx, "SELECT session_id, max(id) FROM jobs", w, "session_id", sessions, " GROUP BY session_id", func(row scanner) error {
		var session string
		var id int64
		err := row.Scan(&session, &id)
		found[session] = id
		return err
	})
}

func (t artifacts) Newest(ctx context.Context, sessions []string, kind retable.ArtifactKind) (map[string]retable.Artifact, error) {
	var w where
	w.and("kind = ?", kind)
	found := make(map[string]retable.Artifact, len(sessions))
	return found, several(ctx, t.tx, "SELECT "+artifactColumns+" FROM artifacts", w, "session_id", sessions, "", func(row scanner) error {
		a, err := scanArtifact(row)
		if found[a.SessionID].ID < a.ID { // ids rise with time
			found[a.SessionID] = a
		}
		return err
	})
}

func (t watches) Counts(ctx context.Context, watches []string) (map[string]map[string]int64, error) {
	found := make(map[string]map[string]int64, len(watches))
	return found, several(ctx, t.tx, "SELECT watch_id, state, count(*) FROM watched_files", where{}, "watch_id", watches, " GROUP BY watch_id, state", func(row scanner) error {
		var watch, state string
		var n int64
		err := row.Scan(&watch, &state, &n)
		if found[watch] == nil {
			found[watch] = map[string]int64{}
		}
		found[watch][state] = n
		return err
	})
}

// lists are the texts of each of the keys, in the order of tail.
func lists(ctx context.Context, t *tx, query, column string, keys []string, tail string) (map[string][]string, error) {
	found := make(map[string][]string, len(keys))
	return found, several(ctx, t, query, where{}, column, keys, tail, func(row scanner) error {
		var key, text string
		err := row.Scan(&key, &text)
		found[key] = append(found[key], text)
		return err
	})
}
