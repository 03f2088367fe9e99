package app

import (
	"context"
	"slices"

	"retable/internal/index"
	"retable/internal/retable"
)

// IndexRequest asks for a session's index.
type IndexRequest struct {
	SessionID  string `json:"session_id"`
	Collection string `json:"collection" minLength:"1" maxLength:"200"`
}

// IndexStarted is the contract's answer: the job, or what is there already.
type IndexStarted struct {
	JobID         int64  `json:"job_id,omitempty"`
	Collection    string `json:"collection,omitempty"`
	IndexedChunks int64  `json:"indexed_chunks,omitempty"`
}

// IndexSession adds a session to one of the caller's collections, which is made
// if need be, and enqueues its index if it isn't there.
func (s *Service) IndexSession(ctx context.Context, req IndexRequest) (*IndexStarted, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	var out *IndexStarted
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		x, err := session(ctx, tx, p, req.SessionID, false)
		if err != nil {
			return err
		}
		c, err := s.collect(ctx, tx, p, x, req.Collection)
		if err != nil {
			return err
		}
		job, err := s.ensureIndex(ctx, tx, p, x.ID, nil)
		if err != nil {
			return err
		}
		out = &IndexStarted{JobID: job, Collection: c.ID}
		if job != 0 {
			return nil
		}
		one, err := collectionDTOs(ctx, tx, p, []retable.Collection{*c})
		if err == nil {
			out.IndexedChunks = one[0].IndexedChunks
		}
		return err
	})
	if err == nil {
		s.system.Hint()
	}
	return out, err
}

// collect adds a session to a collection, by id or name; a new name makes one.
func (s *Service) collect(ctx context.Context, tx retable.Tx, p *retable.Principal, x *retable.Session, idOrName string) (*retable.Collection, error) {
	c, err := collection(ctx, tx, p, idOrName, true)
	if retable.Is(err, retable.NotFound) && !retable.ValidID(idOrName) {
		now := s.clock.Now()
		c, err = &retable.Collection{ID: retable.NewID(), OwnerID: p.UserID, Name: idOrName, CreatedAt: now, UpdatedAt: now}, nil
	}
	if err != nil || slices.Contains(c.Sessions, x.ID) {
		return c, err
	}
	if len(c.Sessions) >= maxCollection {
		return nil, retable.Errorf(retable.Conflict, "The collection %s holds %d sessions, which is all it can: take one out, or make another.", c.Name, maxCollection)
	}
	c.Sessions = append(c.Sessions, x.ID)
	c.UpdatedAt = s.clock.Now()
	return c, tx.Collections().Put(ctx, c)
}

// ensureIndex enqueues a session's index, unless one of its tables, by the
// model in force, is there; 0 then.
func (s *Service) ensureIndex(ctx context.Context, tx retable.Tx, p *retable.Principal, sessionID string, after []int64) (int64, error) {
	x, err := tx.Sessions().Get(ctx, sessionID)
	if err != nil {
		return 0, err
	}
	if len(after) == 0 {
		job, err := s.ensureTables(ctx, tx, x)
		if err != nil {
			return 0, err
		}
		if job == 0 {
			there, err := s.indexed(ctx, tx, x.ID)
			if err != nil || there {
				return 0, err
			}
		} else {
			after = []int64{job}
		}
	}
	j, err := s.enqueue(ctx, tx, retable.JobSpec{Kind: retable.JobIndex, OwnerID: p.UserID, SessionID: x.ID, After: after, DedupeKey: "index:" + x.ID})
	if err != nil {
		return 0, err
	}
	return j.ID, nil
}

// indexed reports whether the session's newest index is of its tables and of
// the model in force, and tells of its latest comparison.
func (s *Service) indexed(ctx context.Context, tx retable.Tx, sessionID string) (bool, error) {
	tables, err := newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactTables})
	if err != nil || tables == nil {
		return false, err
	}
	a, err := newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactIndex})
	if err != nil || a == nil {
		return false, err
	}
	model := s.models.fingerprint(ctx)
	if a.OptionsHash != tables.SHA256 || a.Format != model && model != "" {
		return false, nil
	}
	c, err := latestIn(ctx, tx, sessionID)
	if err != nil || c == nil {
		return err == nil, err
	}
	made, err := madeIn(ctx, tx, a)
	return made.Comparison == c.ID, err
}

// modelOf names the model of a set's vectors, "" without any. It stands as the
// artifact's format; what it was made of, as its options.
func modelOf(m *index.Manifest) string {
	if m.Vectors == nil {
		return ""
	}
	return m.Vectors.Fingerprint
}

// indexMade is what the job of an index has told of it.
type indexMade struct {
	Chunks     int64  `json:"indexed_chunks"`
	Comparison string `json:"comparison"` // that it has the cards of, "" for none
}

func madeIn(ctx context.Context, tx retable.Tx, a *retable.Artifact) (indexMade, error) {
	j, err := tx.Jobs().Get(ctx, a.JobID)
	if err != nil {
		return indexMade{}, ignoreMissing(err)
	}
	return payload[indexMade](&retable.Job{ID: j.ID, Payload: j.Result})
}

// madeInAll is what the jobs of indexes have told of them, by session.
func madeInAll(ctx context.Context, tx retable.Tx, indexes map[string]retable.Artifact) (map[string]indexMade, error) {
	ids := make([]int64, 0, len(indexes))
	for _, a := range indexes {
		ids = append(ids, a.JobID)
	}
	jobs, err := tx.Jobs().Some(ctx, ids)
	if err != nil {
		return nil, err
	}
	made := make(map[string]indexMade, len(indexes))
	for session, a := range indexes {
		j, there := jobs[a.JobID]
		if !there { // jobs that are over are purged one day
			continue
		}
		if made[session], err = payload[indexMade](&retable.Job{ID: j.ID, Payload: j.Result}); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// enqueueIndex adds a session to a collection and enqueues its index after the
// jobs that make its tables.
func (s *Service) enqueueIndex(ctx context.Context, tx retable.Tx, p *retable.Principal, x *retable.Session, name string, after []int64) (int64, error) {
	if _, err := s.collect(ctx, tx, p, x, name); err != nil {
		return 0, err
	}
	return s.ensureIndex(ctx, tx, p, x.ID, after)
}
