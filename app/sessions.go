package app

import (
	"context"
	"encoding/json"
	"strings"

	"retable/internal/retable"
)

// Session is one delivery as it travels.
type Session struct {
	ID        string          `json:"id"`
	OwnerID   string          `json:"owner_id"`
	Owner     string          `json:"owner,omitempty"`
	Name      string          `json:"name"`
	State     string          `json:"state" enum:"RECEIVED,SCANNING,SCANNED,CONVERTING,READY,FAILED,DELETING"`
	Partial   bool            `json:"partial"`
	Error     string          `json:"error,omitempty"`
	Form      string          `json:"form"`
	SHA256    string          `json:"sha256"`
	Bytes     int64           `json:"bytes"`
	Stored    int64           `json:"stored_bytes"`
	XMLCount  int64           `json:"xml_count"`
	Tables    int64           `json:"tables"`
	Rows      int64           `json:"rows"`
	Values    int64           `json:"values"`
	Proved    bool            `json:"proved"`
	Options   *ConvertOptions `json:"options,omitempty"`
	Engine    string          `json:"engine,omitempty"`
	Pattern   string          `json:"pattern"`
	WatchID   string          `json:"watch_id,omitempty"`
	Pinned    bool            `json:"pinned"`
	Shared    bool            `json:"shared"`
	JobID     int64           `json:"job_id,omitempty"`
	SameAs    string          `json:"same_as,omitempty"`
	CreatedAt string          `json:"created_at"`
	UpdatedAt string          `json:"updated_at"`
	UsedAt    string          `json:"used_at"`
}

// SessionList is a part of the sessions.
type SessionList = List[Session]

// ListSessionsRequest chooses sessions.
type ListSessionsRequest struct {
	Search  string `json:"search,omitempty"`
	State   string `json:"state,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	PageQuery
}

// ListSessions lists the sessions that the caller may see, newest first.
func (s *Service) ListSessions(ctx context.Context, req ListSessionsRequest) (*SessionList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out *SessionList
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Sessions().List(ctx, retable.SessionFilter{
			Visible: p.UserID, Search: req.Search, State: retable.SessionState(req.State), Pattern: req.Pattern,
		}, req.page())
		if err != nil {
			return err
		}
		out = listOf(l, func(x *retable.Session) Session { return sessionDTO(x, p) })
		return enrich(ctx, tx, out.Items)
	})
	return out, err
}

// GetSession returns a session.
func (s *Service) GetSession(ctx context.Context, req SessionRef) (*Session, error) {
	return s.viewSession(ctx, req.SessionID, nil)
}

// viewSession reads a session for the caller, and more in the same snapshot.
func (s *Service) viewSession(ctx context.Context, id string, more func(tx retable.Tx, x *retable.Session) error) (*Session, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out Session
	err = s.store.View(ctx, func(tx retable.Tx) error {
		x, err := session(ctx, tx, p, id, false)
		if err != nil {
			return err
		}
		one := []Session{sessionDTO(x, p)}
		if err := enrich(ctx, tx, one); err != nil {
			return err
		}
		out = one[0]
		if more != nil {
			return more(tx, x)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// enrich adds what other tables know of sessions: one question to each of them,
// however many sessions there are.
func enrich(ctx context.Context, tx retable.Tx, all []Session) error {
	ids := idsOf(all, func(d *Session) string { return d.ID })
	owners, err := tx.Users().Names(ctx, idsOf(all, func(d *Session) string { return d.OwnerID }))
	if err != nil {
		return err
	}
	active, err := tx.Jobs().Active(ctx, ids, "")
	if err != nil {
		return err
	}
	twins, err := tx.Sessions().Twins(ctx, ids)
	for i := range all {
		d := &all[i]
		d.Owner, d.JobID, d.SameAs = owners[d.OwnerID], active[d.ID], twins[d.ID]
	}
	return err
}

func sessionDTO(x *retable.Session, p *retable.Principal) Session {
	d := Session{
		ID: x.ID, OwnerID: x.OwnerID, Name: x.Name, State: string(x.State), Partial: x.Partial, Error: x.Error, Form: x.Form,
		SHA256: x.SHA256, Bytes: x.Bytes, Stored: x.Stored, XMLCount: x.XMLCount, Tables: x.Tables, Rows: x.Rows, Values: x.Values,
		Proved: x.Proved, Engine: x.Engine, Pattern: x.Pattern, WatchID: x.WatchID, Pinned: x.Pinned, Shared: x.OwnerID != p.UserID,
		CreatedAt: x.CreatedAt.String(), UpdatedAt: x.UpdatedAt.String(), UsedAt: x.UsedAt.String(),
	}
	if len(x.Options) > 0 {
		var o ConvertOptions
		if json.Unmarshal(x.Options, &o) == nil {
			d.Options = &o
		}
	}
	return d
}

// UpdateSessionRequest changes what is the person's to change.
type UpdateSessionRequest struct {
	SessionID string  `json:"session_id"`
	Name      *string `json:"name,omitempty" maxLength:"255"`
	Pinned    *bool   `json:"pinned,omitempty"`
}

// UpdateSession renames or pins a session.
func (s *Service) UpdateSession(ctx context.Context, req UpdateSessionRequest) (*Session, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if req.Name != nil && strings.TrimSpace(*req.Name) == "" {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: "A session needs a name.", Fields: []retable.FieldError{{Field: "name", Message: "is empty"}}}
	}
	err = s.system.Do(ctx, req.SessionID, "update", func(ctx context.Context, tx retable.Tx) error {
		x, err := session(ctx, tx, p, req.SessionID, true)
		if err != nil {
			return err
		}
		if req.Name != nil {
			x.Name = strings.TrimSpace(*req.Name)
			x.Pattern = SeriesPattern(x.Name)
		}
		if req.Pinned != nil {
			x.Pinned = *req.Pinned
		}
		x.UpdatedAt = s.clock.Now()
		return tx.Sessions().Update(ctx, x)
	})
	if err != nil {
		return nil, err
	}
	return s.GetSession(ctx, SessionRef{req.SessionID})
}

// DeleteSession removes a session with all that was made of it. It is refused
// while a comparison or a job that is not over needs it.
func (s *Service) DeleteSession(ctx context.Context, req SessionRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if err := s.deleteSession(ctx, p, req.SessionID); err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Service) deleteSession(ctx context.Context, p *retable.Principal, id string) error {
	var keys []string
	err := s.system.Do(ctx, id, "delete", func(ctx context.Context, tx retable.Tx) error {
		x, err := session(ctx, tx, p, id, true)
		if err != nil {
			return err
		}
		if refs, err := tx.Sessions().References(ctx, id); err != nil {
			return err
		} else if len(refs) > 0 {
			return retable.Errorf(retable.Conflict, "%s can't be deleted while others need it: %s. Delete its comparisons first, and let its jobs end or cancel them.", x.Name, strings.Join(refs, "; "))
		}
		arts, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{SessionID: id})
		if err != nil {
			return err
		}
		keys = keys[:0]
		for i := range arts {
			keys = append(keys, arts[i].Key)
		}
		if err := tx.Sessions().Delete(ctx, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, "session.delete", id, map[string]any{"name": x.Name, "bytes": x.Stored})
	})
	if err != nil {
		return err
	}
	s.forgetTables(ctx, id)
	s.dropBlobs(ctx, keys)
	return nil
}

// dropBlobs deletes blobs that no artifact refers to any more. What is missed
// is found by the next clean-up.
func (s *Service) dropBlobs(ctx context.Context, keys []string) {
	for _, key := range keys {
		var used bool
		err := s.store.View(ctx, func(tx retable.Tx) (err error) {
			used, err = tx.Artifacts().HasKey(ctx, key)
			return err
		})
		if err == nil && !used {
			err = s.blobs.Delete(ctx, key)
		}
		if err != nil {
			s.log.WarnContext(ctx, "a blob is left for the clean-up", "key", key, "err", err)
		}
	}
}
