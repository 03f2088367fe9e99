package store

import (
	"context"

	"retable/internal/retable"
)

type collections struct{ *tx }

const collectionColumns = "id, owner_id, name, created_at, updated_at"

func scanCollection(row scanner) (c retable.Collection, err error) {
	err = row.Scan(&c.ID, &c.OwnerID, &c.Name, &c.CreatedAt, &c.UpdatedAt)
	return c, err
}

// Put writes the collection and the sessions in it, in their order.
func (t collections) Put(ctx context.Context, c *retable.Collection) error {
	_, err := t.try(ctx, nameTaken("name", c.Name), errOwner(), "INSERT INTO collections ("+collectionColumns+") VALUES ("+params(1, 5)+`)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at`,
		c.ID, c.OwnerID, c.Name, c.CreatedAt, c.UpdatedAt)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM collection_sessions WHERE collection_id = $1", c.ID); err != nil {
		return err
	}
	for i, id := range c.Sessions {
		if _, err := t.try(ctx, nil, retable.Missing("session", id), `
			INSERT INTO collection_sessions (collection_id, session_id, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			c.ID, id, i); err != nil {
			return err
		}
	}
	return nil
}

func (t collections) Get(ctx context.Context, id string) (*retable.Collection, error) {
	return t.whole(ctx, retable.Missing("collection", id), "SELECT "+collectionColumns+" FROM collections WHERE id = $1", id)
}

func (t collections) ByName(ctx context.Context, ownerID, name string) (*retable.Collection, error) {
	return t.whole(ctx, retable.Missing("collection", name),
		"SELECT "+collectionColumns+" FROM collections WHERE owner_id = $1 AND name = $2", ownerID, name)
}

func (t collections) whole(ctx context.Context, missing error, query string, args ...any) (*retable.Collection, error) {
	c, err := get(ctx, t.tx, missing, scanCollection, query, args...)
	if err != nil {
		return nil, err
	}
	c.Sessions, err = t.sessionsOf(ctx, c.ID)
	return c, err
}

func (t collections) sessionsOf(ctx context.Context, id string) ([]string, error) {
	return many(ctx, t.tx, scanString, "SELECT session_id FROM collection_sessions WHERE collection_id = $1 ORDER BY position", id)
}

func (t collections) List(ctx context.Context, visible string) ([]retable.Collection, error) {
	var w where
	w.visible(visibility{"collections", "collection_id", visible})
	all, err := many(ctx, t.tx, scanCollection, "SELECT "+collectionColumns+" FROM collections"+w.String()+" ORDER BY id DESC", w.args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	members, err := lists(ctx, t.tx, "SELECT collection_id, session_id FROM collection_sessions", "collection_id", ids, " ORDER BY collection_id, position")
	for i := range all {
		all[i].Sessions = members[all[i].ID]
	}
	return all, err
}

// Delete removes the collection with its chats; the sessions stay.
func (t collections) Delete(ctx context.Context, id string) error {
	n, err := t.exec(ctx, "DELETE FROM collections WHERE id = $1", id)
	return changed(n, err, retable.Missing("collection", id))
}
