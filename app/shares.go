package app

import (
	"context"

	"retable/internal/retable"
)

// ShareDTO names who may see, or change, something: a user or a team.
type ShareDTO struct {
	UserID    string `json:"user_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TeamID    string `json:"team_id,omitempty"`
	TeamName  string `json:"team_name,omitempty"`
	Write     bool   `json:"write"`
	CreatedAt string `json:"created_at,omitempty"`
}

// ShareList are the shares of one thing.
type ShareList struct {
	Shares []ShareDTO `json:"shares"`
}

// ResourceRef names a thing that can be shared.
type ResourceRef struct {
	Resource   string `json:"resource" enum:"session,collection,comparison"`
	ResourceID string `json:"resource_id"`
}

// ShareRequest names whom a thing is shared with; one of the three.
type ShareRequest struct {
	ResourceRef
	Username string `json:"username,omitempty"`
	UserID   string `json:"user_id,omitempty"`
	TeamID   string `json:"team_id,omitempty"`
	Write    bool   `json:"write,omitempty"`
}

// owned checks that the caller owns the thing.
func owned(ctx context.Context, tx retable.Tx, p *retable.Principal, ref ResourceRef) error {
	var owner string
	if !retable.ValidID(ref.ResourceID) {
		return retable.Missing(ref.Resource, ref.ResourceID)
	}
	switch retable.Resource(ref.Resource) {
	case retable.ResourceSession:
		x, err := tx.Sessions().Get(ctx, ref.ResourceID)
		if err != nil {
			return err
		}
		owner = x.OwnerID
	case retable.ResourceCollection:
		x, err := tx.Collections().Get(ctx, ref.ResourceID)
		if err != nil {
			return err
		}
		owner = x.OwnerID
	case retable.ResourceComparison:
		x, err := tx.Comparisons().Get(ctx, ref.ResourceID)
		if err != nil {
			return err
		}
		owner = x.OwnerID
	default:
		return retable.Errorf(retable.Unprocessable, "A %q can't be shared: sessions, collections and comparisons can.", ref.Resource)
	}
	if owner == p.UserID || p.IsAdmin() {
		return nil
	}
	if err := may(ctx, tx, p, retable.Resource(ref.Resource), ref.ResourceID, owner, false); err != nil {
		return err
	}
	return &retable.Error{Code: retable.Forbidden, Detail: "Only its owner shares it."}
}

// ListShares lists whom a thing is shared with.
func (s *Service) ListShares(ctx context.Context, req ResourceRef) (*ShareList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &ShareList{Shares: []ShareDTO{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if err := owned(ctx, tx, p, req); err != nil {
			return err
		}
		l, err := tx.Sharing().Shares(ctx, retable.Resource(req.Resource), req.ResourceID)
		if err != nil {
			return err
		}
		out.Shares, err = shareDTOs(ctx, tx, l)
		return err
	})
	return out, err
}

func shareDTOs(ctx context.Context, tx retable.Tx, l []retable.Share) ([]ShareDTO, error) {
	users, err := tx.Users().Names(ctx, idsOf(l, func(x *retable.Share) string { return x.UserID }))
	if err != nil {
		return nil, err
	}
	teams, err := tx.Sharing().TeamNames(ctx, idsOf(l, func(x *retable.Share) string { return x.TeamID }))
	out := make([]ShareDTO, len(l))
	for i := range l {
		x := &l[i]
		out[i] = ShareDTO{UserID: x.UserID, Username: users[x.UserID], TeamID: x.TeamID, TeamName: teams[x.TeamID], Write: x.Write, CreatedAt: x.CreatedAt.String()}
	}
	return out, err
}

// PutShare shares a thing with a user or a team; again, it changes the right.
func (s *Service) PutShare(ctx context.Context, req ShareRequest) (*ShareDTO, error) {
	var d *ShareDTO
	err := s.changeShare(ctx, req, "share.put", func(tx retable.Tx, x *retable.Share) error {
		if err := tx.Sharing().Share(ctx, x); err != nil {
			return err
		}
		one, err := shareDTOs(ctx, tx, []retable.Share{*x})
		if err == nil {
			d = &one[0]
		}
		return err
	})
	return d, err
}

// DeleteShare takes a share back.
func (s *Service) DeleteShare(ctx context.Context, req ShareRequest) (*Success, error) {
	err := s.changeShare(ctx, req, "share.delete", func(tx retable.Tx, x *retable.Share) error { return tx.Sharing().Unshare(ctx, x) })
	if err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Service) changeShare(ctx context.Context, req ShareRequest, action string, change func(retable.Tx, *retable.Share) error) error {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		if err := owned(ctx, tx, p, req.ResourceRef); err != nil {
			return err
		}
		x := &retable.Share{Resource: retable.Resource(req.Resource), ResourceID: req.ResourceID, UserID: req.UserID, TeamID: req.TeamID, Write: req.Write, CreatedAt: s.clock.Now()}
		if err := grantee(ctx, tx, req, x); err != nil {
			return err
		}
		if err := change(tx, x); err != nil {
			return err
		}
		return s.audit(ctx, tx, action, req.Resource+":"+req.ResourceID, map[string]any{"user": x.UserID, "team": x.TeamID, "write": x.Write})
	})
}

// grantee finds whom a share is for.
func grantee(ctx context.Context, tx retable.Tx, req ShareRequest, x *retable.Share) error {
	switch {
	case req.Username != "":
		u, err := tx.Users().ByName(ctx, req.Username)
		if err != nil {
			return err
		}
		x.UserID, x.TeamID = u.ID, ""
	case req.UserID != "":
		if _, err := tx.Users().Get(ctx, req.UserID); err != nil {
			return err
		}
		x.TeamID = ""
	case req.TeamID != "":
		if _, err := tx.Sharing().Team(ctx, req.TeamID); err != nil {
			return err
		}
	default:
		return &retable.Error{Code: retable.Unprocessable, Detail: "Name a user or a team to share with."}
	}
	return nil
}

// TeamDTO is a team as it travels.
type TeamDTO struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Members   []TeamMember `json:"members"`
	CreatedAt string       `json:"created_at"`
}

// TeamMember is a user of a team.
type TeamMember struct {
	UserID   string `json:"user_id"`
	Username string `json:"username"`
}

// TeamList are the teams.
type TeamList struct {
	Teams []TeamDTO `json:"teams"`
}

// TeamRequest makes or changes a team.
type TeamRequest struct {
	TeamID  string   `json:"team_id,omitempty"`
	Name    string   `json:"name" minLength:"1" maxLength:"100"`
	Members []string `json:"members"` // user ids
}

// TeamRef names a team.
type TeamRef struct {
	TeamID string `json:"team_id"`
}

// ListTeams lists the caller's teams; administrators see all.
func (s *Service) ListTeams(ctx context.Context, _ None) (*TeamList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	of := p.UserID
	if p.IsAdmin() {
		of = ""
	}
	out := &TeamList{Teams: []TeamDTO{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Sharing().Teams(ctx, of)
		if err != nil {
			return err
		}
		out.Teams, err = teamDTOs(ctx, tx, l)
		return err
	})
	return out, err
}

func teamDTOs(ctx context.Context, tx retable.Tx, l []retable.Team) ([]TeamDTO, error) {
	var members []string
	for i := range l {
		members = append(members, l[i].Members...)
	}
	names, err := tx.Users().Names(ctx, members)
	out := make([]TeamDTO, len(l))
	for i := range l {
		out[i] = TeamDTO{ID: l[i].ID, Name: l[i].Name, Members: []TeamMember{}, CreatedAt: l[i].CreatedAt.String()}
		for _, id := range l[i].Members {
			out[i].Members = append(out[i].Members, TeamMember{id, names[id]})
		}
	}
	return out, err
}

// CreateTeam makes a team.
func (s *Service) CreateTeam(ctx context.Context, req TeamRequest) (*TeamDTO, error) {
	t := &retable.Team{ID: retable.NewID(), Name: req.Name, Members: req.Members, CreatedAt: s.clock.Now()}
	return s.putTeam(ctx, t, "team.create", func(tx retable.Tx) error { return tx.Sharing().CreateTeam(ctx, t) })
}

// UpdateTeam changes a team's name and members.
func (s *Service) UpdateTeam(ctx context.Context, req TeamRequest) (*TeamDTO, error) {
	t := &retable.Team{ID: req.TeamID, Name: req.Name, Members: req.Members}
	return s.putTeam(ctx, t, "team.update", func(tx retable.Tx) error { return tx.Sharing().UpdateTeam(ctx, t) })
}

func (s *Service) putTeam(ctx context.Context, t *retable.Team, action string, put func(retable.Tx) error) (*TeamDTO, error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	var d *TeamDTO
	err := s.store.Update(ctx, func(tx retable.Tx) error {
		if err := put(tx); err != nil {
			return err
		}
		now, err := tx.Sharing().Team(ctx, t.ID)
		if err != nil {
			return err
		}
		one, err := teamDTOs(ctx, tx, []retable.Team{*now})
		if err != nil {
			return err
		}
		d = &one[0]
		return s.audit(ctx, tx, action, t.ID, map[string]any{"name": t.Name, "members": t.Members})
	})
	return d, err
}

// DeleteTeam removes a team and what was shared with it.
func (s *Service) DeleteTeam(ctx context.Context, req TeamRef) (*Success, error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx retable.Tx) error {
		if err := tx.Sharing().DeleteTeam(ctx, req.TeamID); err != nil {
			return err
		}
		return s.audit(ctx, tx, "team.delete", req.TeamID, nil)
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}
