package store

import (
	"context"

	"retable/internal/retable"
)

type recipes struct{ *tx }

const recipeColumns = "id, owner_id, purpose, kind, name, body, created_at, updated_at"

func scanRecipe(row scanner) (r retable.Recipe, err error) {
	err = row.Scan(&r.ID, &r.OwnerID, &r.Purpose, &r.Kind, &r.Name, raw(&r.Body), &r.CreatedAt, &r.UpdatedAt)
	return r, err
}

func (t recipes) Put(ctx context.Context, r *retable.Recipe) error {
	_, err := t.try(ctx, nameTaken("name", r.Name), errOwner(), "INSERT INTO recipes ("+recipeColumns+") VALUES ("+params(1, 8)+`)
		ON CONFLICT (id) DO UPDATE SET purpose = excluded.purpose, kind = excluded.kind, name = excluded.name,
			body = excluded.body, updated_at = excluded.updated_at`,
		r.ID, r.OwnerID, r.Purpose, r.Kind, r.Name, r.Body, r.CreatedAt, r.UpdatedAt)
	return err
}

func (t recipes) Get(ctx context.Context, id string) (*retable.Recipe, error) {
	return get(ctx, t.tx, retable.Missing("recipe", id), scanRecipe, "SELECT "+recipeColumns+" FROM recipes WHERE id = $1", id)
}

// List gives an owner's recipes, newest first; with a kind those for it and
// those for all kinds.
func (t recipes) List(ctx context.Context, ownerID, purpose, kind string) ([]retable.Recipe, error) {
	var w where
	equal(&w, "owner_id", ownerID)
	equal(&w, "purpose", purpose)
	if kind != "" {
		w.and("kind IN (?, '')", kind)
	}
	return many(ctx, t.tx, scanRecipe, "SELECT "+recipeColumns+" FROM recipes"+w.String()+" ORDER BY id DESC", w.args...)
}

func (t recipes) Delete(ctx context.Context, id string) error {
	n, err := t.exec(ctx, "DELETE FROM recipes WHERE id = $1", id)
	return changed(n, err, retable.Missing("recipe", id))
}
