package app

import (
	"context"

	"retable/internal/retable"
)

// ArtifactDTO is an artifact as it travels.
type ArtifactDTO struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Format    string `json:"format,omitempty"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
	Engine    string `json:"engine,omitempty"` // the version of Retable that made it
	JobID     int64  `json:"job_id,omitempty"` // that made it
	Removable bool   `json:"removable"`        // by the caller
	CreatedAt string `json:"created_at"`
}

// ArtifactList are a session's artifacts.
type ArtifactList struct {
	Artifacts []ArtifactDTO `json:"artifacts"`
}

// ListArtifacts lists what was made of a session, newest first.
func (s *Service) ListArtifacts(ctx context.Context, req SessionRef) (*ArtifactList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &ArtifactList{Artifacts: []ArtifactDTO{}}
	_, err = s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) error {
		l, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{SessionID: x.ID})
		if err != nil {
			return err
		}
		mine := p.Has(retable.ScopeWrite)
		if err := may(ctx, tx, p, retable.ResourceSession, x.ID, x.OwnerID, true); retable.Is(err, retable.Forbidden) {
			mine = false
		} else if err != nil {
			return err
		}
		for i := range l {
			a := &l[i]
			out.Artifacts = append(out.Artifacts, ArtifactDTO{
				ID: a.ID, Kind: string(a.Kind), Format: a.Format, Name: a.Name, MediaType: a.MediaType, Bytes: a.Bytes, SHA256: a.SHA256,
				Engine: a.Engine, JobID: a.JobID, Removable: mine && spare(a.Kind), CreatedAt: a.CreatedAt.String(),
			})
		}
		return nil
	})
	return out, err
}

// spare reports whether a session can do without artifacts of the kind: its
// grid, its comparisons and its answers live on the others.
func spare(k retable.ArtifactKind) bool {
	return k == retable.ArtifactExport || k == retable.ArtifactLegacy
}

// ArtifactRef names an artifact.
type ArtifactRef struct {
	ArtifactID string `json:"artifact_id"`
}

// ArtifactTicket gives a link to an artifact.
func (s *Service) ArtifactTicket(ctx context.Context, req ArtifactRef) (*TicketURL, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var a *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) error {
		a, err = artifact(ctx, tx, p, req.ArtifactID, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.ticketFor(a)
}

// DeleteArtifact removes an export, or tables that were taken over. An export
// is made again when it is asked for; tables that were taken over are gone.
func (s *Service) DeleteArtifact(ctx context.Context, req ArtifactRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	var a *retable.Artifact
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if a, err = artifact(ctx, tx, p, req.ArtifactID, true); err != nil {
			return err
		}
		if !spare(a.Kind) {
			return retable.Errorf(retable.Conflict, "%s can't be removed by itself: other things are made of it. Delete what it belongs to instead.", a.Name)
		}
		if err := tx.Artifacts().Delete(ctx, a.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, "artifact.delete", a.ID, map[string]any{"session_id": a.SessionID, "kind": a.Kind, "name": a.Name, "bytes": a.Bytes})
	})
	if err != nil {
		return nil, err
	}
	s.dropBlobs(ctx, []string{a.Key})
	return done(), nil
}

// artifact returns the artifact of a session or comparison that p may see, or
// change.
func artifact(ctx context.Context, tx retable.Tx, p *retable.Principal, id string, write bool) (*retable.Artifact, error) {
	if !retable.ValidID(id) {
		return nil, retable.Missing("artifact", id)
	}
	a, err := tx.Artifacts().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.SessionID != "" {
		_, err = session(ctx, tx, p, a.SessionID, write)
	} else {
		_, err = comparison(ctx, tx, p, a.ComparisonID, write)
	}
	return a, err
}
