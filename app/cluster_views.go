package app

import (
	"context"
	"encoding/json"
	"io"

	"retable/internal/retable"
)

// maxViewRecipe bounds what is read of a recipe: filters may name many values.
const maxViewRecipe = 8 << 20

// viewKey is where the other replicas find what a view is made of. No row
// refers to it, so the daily clean-up takes it away again.
func viewKey(sessionID, viewID string) string {
	return "sessions/" + sessionID + "/views/" + viewID + ".json"
}

// tellView leaves a view's recipe for the other replicas, each of which makes
// the row ids itself when it is asked for them. An embedded service is alone.
func (s *Service) tellView(ctx context.Context, sessionID string, recipe *viewRecipe) error {
	if sessionID == "" || s.relay == nil {
		return nil
	}
	key := viewKey(sessionID, recipe.id())
	if _, err := s.blobs.Stat(ctx, key); !retable.Is(err, retable.NotFound) {
		return err
	}
	raw, err := json.Marshal(recipe)
	if err != nil {
		return retable.Fault(err, "keeping a view")
	}
	w, err := s.blobs.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(raw); err != nil {
		return explained(ctx, err, "keeping a view")
	}
	_, err = w.Commit(ctx)
	return err
}

// viewRecipe reads what another replica has left, nil if there is none or it
// is of tables that the session no longer has.
func (s *Service) viewRecipe(ctx context.Context, sessionID, viewID string) (*viewRecipe, error) {
	if sessionID == "" || s.relay == nil {
		return nil, nil
	}
	b, err := s.blobs.Open(ctx, viewKey(sessionID, viewID))
	if retable.Is(err, retable.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var recipe viewRecipe
	if err := json.NewDecoder(io.LimitReader(b, maxViewRecipe)).Decode(&recipe); err != nil {
		return nil, explained(ctx, err, "reading a view")
	}
	var tables *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		tables, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactTables})
		return err
	})
	if err != nil || tables == nil || tables.SHA256 != recipe.Content {
		return nil, err
	}
	return &recipe, nil
}
