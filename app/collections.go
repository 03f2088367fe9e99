package app

import (
	"context"
	"slices"
	"strings"

	"retable/internal/retable"
)

// CollectionDTO is a set of sessions that questions are asked of.
type CollectionDTO struct {
	ID            string   `json:"id"`
	OwnerID       string   `json:"owner_id"`
	Name          string   `json:"name"`
	Sessions      []string `json:"sessions"`
	IndexedChunks int64    `json:"indexed_chunks"`
	IndexState    string   `json:"index_state" enum:"none,building,ready,stale"`
	Vectors       bool     `json:"vectors"`
	JobID         int64    `json:"job_id,omitempty"`
	Shared        bool     `json:"shared"`
	CreatedAt     string   `json:"created_at"`
	UpdatedAt     string   `json:"updated_at"`
}

// CollectionList are the collections.
type CollectionList struct {
	Collections []CollectionDTO `json:"collections"`
}

// CollectionRequest makes or changes a collection.
type CollectionRequest struct {
	CollectionID string   `json:"collection_id,omitempty"`
	Name         string   `json:"name" minLength:"1" maxLength:"200"`
	Sessions     []string `json:"sessions"`
}

// CollectionRef names a collection.
type CollectionRef struct {
	CollectionID string `json:"collection_id"`
}

// maxCollection bounds the sessions that one question runs on.
const maxCollection = 50

// ListCollections lists the collections that the caller may see.
func (s *Service) ListCollections(ctx context.Context, _ None) (*CollectionList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &CollectionList{Collections: []CollectionDTO{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Collections().List(ctx, p.UserID)
		if err != nil {
			return err
		}
		out.Collections, err = collectionDTOs(ctx, tx, p, l)
		return err
	})
	return out, err
}

// collectionDTOs says how far the indexes of collections' sessions are.
func collectionDTOs(ctx context.Context, tx retable.Tx, p *retable.Principal, l []retable.Collection) ([]CollectionDTO, error) {
	var sessions []string
	for i := range l {
		sessions = append(sessions, l[i].Sessions...)
	}
	building, err := tx.Jobs().Active(ctx, sessions, retable.JobIndex)
	if err != nil {
		return nil, err
	}
	indexes, err := tx.Artifacts().Newest(ctx, sessions, retable.ArtifactIndex)
	if err != nil {
		return nil, err
	}
	made, err := madeInAll(ctx, tx, indexes)
	if err != nil {
		return nil, err
	}
	out := make([]CollectionDTO, len(l))
	for i := range l {
		out[i] = collectionDTO(&l[i], p, building, indexes, made)
	}
	return out, nil
}

// collectionDTO is one of them; the maps are by session.
func collectionDTO(c *retable.Collection, p *retable.Principal, building map[string]int64, indexes map[string]retable.Artifact, made map[string]indexMade) CollectionDTO {
	d := CollectionDTO{
		ID: c.ID, OwnerID: c.OwnerID, Name: c.Name, Sessions: c.Sessions, IndexState: "none", Shared: c.OwnerID != p.UserID,
		CreatedAt: c.CreatedAt.String(), UpdatedAt: c.UpdatedAt.String(),
	}
	if d.Sessions == nil {
		d.Sessions = []string{}
	}
	ready := 0
	for _, id := range c.Sessions {
		if job := building[id]; job != 0 {
			d.JobID, d.IndexState = job, "building"
		}
		if a, there := indexes[id]; there {
			ready++
			d.IndexedChunks += made[id].Chunks
			d.Vectors = d.Vectors || a.Format != ""
		}
	}
	switch {
	case d.IndexState == "building":
	case ready > 0 && ready == len(c.Sessions):
		d.IndexState = "ready"
	case ready > 0:
		d.IndexState = "stale"
	}
	return d
}

// CreateCollection makes a collection and enqueues the indexes that it needs.
func (s *Service) CreateCollection(ctx context.Context, req CollectionRequest) (*CollectionDTO, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	return s.putCollection(ctx, p, &retable.Collection{ID: retable.NewID(), OwnerID: p.UserID, CreatedAt: now, UpdatedAt: now}, req)
}

// UpdateCollection changes a collection's name and sessions.
func (s *Service) UpdateCollection(ctx context.Context, req CollectionRequest) (*CollectionDTO, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	var c *retable.Collection
	err = s.store.View(ctx, func(tx retable.Tx) error {
		c, err = collection(ctx, tx, p, req.CollectionID, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.UpdatedAt = s.clock.Now()
	return s.putCollection(ctx, p, c, req)
}

func (s *Service) putCollection(ctx context.Context, p *retable.Principal, c *retable.Collection, req CollectionRequest) (*CollectionDTO, error) {
	if c.Name = strings.TrimSpace(req.Name); c.Name == "" {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: "A collection needs a name.", Fields: []retable.FieldError{{Field: "name", Message: "is empty"}}}
	}
	if len(req.Sessions) > maxCollection {
		return nil, retable.Errorf(retable.Unprocessable, "A collection holds %d sessions at most; these are %d.", maxCollection, len(req.Sessions))
	}
	c.Sessions = slices.Compact(slices.Clone(req.Sessions))
	var d *CollectionDTO
	err := s.store.Update(ctx, func(tx retable.Tx) error {
		for _, id := range c.Sessions {
			if _, err := session(ctx, tx, p, id, false); err != nil {
				return err
			}
		}
		if err := tx.Collections().Put(ctx, c); err != nil {
			return err
		}
		for _, id := range c.Sessions {
			if _, err := s.ensureIndex(ctx, tx, p, id, nil); err != nil {
				return err
			}
		}
		one, err := collectionDTOs(ctx, tx, p, []retable.Collection{*c})
		if err == nil {
			d = &one[0]
		}
		return err
	})
	if err == nil {
		s.system.Hint()
	}
	return d, err
}

// DeleteCollection removes a collection and its chats. Its sessions stay.
func (s *Service) DeleteCollection(ctx context.Context, req CollectionRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		c, err := collection(ctx, tx, p, req.CollectionID, true)
		if err != nil {
			return err
		}
		return tx.Collections().Delete(ctx, c.ID)
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}

// collection reads a collection that the caller may see, or change: by its id,
// or by the name that its owner gave it.
func collection(ctx context.Context, tx retable.Tx, p *retable.Principal, idOrName string, write bool) (*retable.Collection, error) {
	var (
		c   *retable.Collection
		err error
	)
	if retable.ValidID(idOrName) {
		c, err = tx.Collections().Get(ctx, idOrName)
	} else {
		c, err = tx.Collections().ByName(ctx, p.UserID, idOrName)
	}
	if err != nil {
		return nil, err
	}
	return c, may(ctx, tx, p, retable.ResourceCollection, c.ID, c.OwnerID, write)
}
