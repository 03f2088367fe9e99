package app

import (
	"context"
	"slices"

	"retable/internal/retable"
)

// demoTeam is the team of the demonstration, and who is in it.
const demoTeam = "Demonstration"

func demoUsers() []CreateUserRequest {
	return []CreateUserRequest{
		{Username: "demo-admin", Role: retable.RoleAdmin}, {Username: "demo-ops", Role: retable.RoleOps}, {Username: "demo-analyst", Role: retable.RoleUser},
	}
}

// SeededUser is a user of the demonstration. Without a link they have a
// password already.
type SeededUser struct {
	User
	Link *PasswordLink `json:"link,omitempty"`
}

// Seeded is the demonstration: its people, its two deliveries and what they
// differ in, once the job is done.
type Seeded struct {
	Users        []SeededUser `json:"users"`
	TeamID       string       `json:"team_id"`
	Sessions     []Received   `json:"sessions"`
	ComparisonID string       `json:"comparison_id"`
	JobID        int64        `json:"job_id"` // of the comparison, which comes last
}

// Seed makes a demonstration team for trying out: three users with links to set
// their passwords, and the analyst's two sample deliveries, converted, compared
// and shared with the team. Again, it adds what is missing and makes fresh links
// for those without a password. Only the person at this machine may.
func (s *Service) Seed(ctx context.Context, _ None) (*Seeded, error) {
	if err := s.atMachine(ctx); err != nil {
		return nil, err
	}
	if err := s.seedHarmless(ctx); err != nil {
		return nil, err
	}
	out := &Seeded{}
	for _, req := range demoUsers() {
		u, err := s.seedUser(ctx, req)
		if err != nil {
			return nil, err
		}
		out.Users = append(out.Users, *u)
	}
	var err error
	if out.TeamID, err = s.seedTeam(ctx, out.Users); err != nil {
		return nil, err
	}
	analyst := out.Users[len(out.Users)-1]
	return out, s.seedWork(retable.WithPrincipal(ctx, &retable.Principal{UserID: analyst.ID, Username: analyst.Username, Role: analyst.Role, Teams: []string{out.TeamID}}), out)
}

// seedHarmless refuses where the demonstration's administrator would be the
// first one, to whom passes what the person at this machine has worked on.
func (s *Service) seedHarmless(ctx context.Context) error {
	first, err := s.SetupNeeded(ctx)
	if err != nil || !first {
		return err
	}
	own, err := s.ListSessions(ctx, ListSessionsRequest{PageQuery: PageQuery{Limit: 1}})
	if err == nil && own.Total > 0 {
		err = &retable.Error{Code: retable.Conflict, Reason: "own_work", Detail: "This data root holds sessions of yours, which pass to the first administrator: make that one yourself first (retable admin create-user NAME), or seed another data root (--runtime-root)."}
	}
	return err
}

// seedUser makes a user, or finds the one who is there.
func (s *Service) seedUser(ctx context.Context, req CreateUserRequest) (*SeededUser, error) {
	u, err := s.FindUser(ctx, UsernameRef{req.Username})
	if retable.Is(err, retable.NotFound) {
		req.Show = true
		made, err := s.CreateUser(ctx, req)
		if err != nil {
			return nil, err
		}
		return &SeededUser{made.User, made.Link}, nil
	}
	if err != nil || u.HasPassword {
		return &SeededUser{User: deref(u)}, err
	}
	link, err := s.MakePasswordLink(ctx, UsernameRef{req.Username})
	return &SeededUser{*u, link}, err
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// seedTeam makes the team, or adds to it who is missing.
func (s *Service) seedTeam(ctx context.Context, users []SeededUser) (string, error) {
	var members []string
	for i := range users {
		members = append(members, users[i].ID)
	}
	teams, err := s.ListTeams(ctx, None{})
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(teams.Teams, func(t TeamDTO) bool { return t.Name == demoTeam })
	if at < 0 {
		t, err := s.CreateTeam(ctx, TeamRequest{Name: demoTeam, Members: members})
		return deref(t).ID, err
	}
	t := teams.Teams[at]
	for _, m := range t.Members {
		if !slices.Contains(members, m.UserID) {
			members = append(members, m.UserID)
		}
	}
	_, err = s.UpdateTeam(ctx, TeamRequest{TeamID: t.ID, Name: t.Name, Members: members})
	return t.ID, err
}

// seedWork does what an analyst does, in their name.
func (s *Service) seedWork(ctx context.Context, out *Seeded) error {
	samples, err := s.OpenSample(ctx, None{})
	if err != nil {
		return err
	}
	out.Sessions = samples.Sessions
	started, err := s.Compare(ctx, CompareSessionsRequest{LeftID: out.Sessions[0].SessionID, RightID: out.Sessions[1].SessionID})
	if err != nil {
		return err
	}
	out.ComparisonID, out.JobID = started.ComparisonID, started.JobID
	shared := []ResourceRef{
		{string(retable.ResourceSession), out.Sessions[0].SessionID}, {string(retable.ResourceSession), out.Sessions[1].SessionID},
		{string(retable.ResourceComparison), out.ComparisonID},
	}
	for _, ref := range shared {
		if _, err := s.PutShare(ctx, ShareRequest{ResourceRef: ref, TeamID: out.TeamID}); err != nil {
			return err
		}
	}
	return nil
}
