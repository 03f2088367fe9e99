package store

import (
	"context"
	"database/sql"
	"errors"

	"retable/internal/retable"
)

type sharing struct{ *tx }

func (t sharing) CreateTeam(ctx context.Context, team *retable.Team) error {
	if err := t.insert(ctx, nameTaken("team name", team.Name), nil, "teams", "id, name, name_key, created_at",
		team.ID, team.Name, fold(team.Name), team.CreatedAt); err != nil {
		return err
	}
	return t.setMembers(ctx, team)
}

func (t sharing) UpdateTeam(ctx context.Context, team *retable.Team) error {
	n, err := t.try(ctx, nameTaken("team name", team.Name), nil,
		"UPDATE teams SET name = $1, name_key = $2 WHERE id = $3", team.Name, fold(team.Name), team.ID)
	if err := changed(n, err, retable.Missing("team", team.ID)); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM team_members WHERE team_id = $1", team.ID); err != nil {
		return err
	}
	return t.setMembers(ctx, team)
}

func (t sharing) setMembers(ctx context.Context, team *retable.Team) error {
	for _, userID := range team.Members {
		if _, err := t.try(ctx, nil, retable.Missing("user", userID),
			"INSERT INTO team_members (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", team.ID, userID); err != nil {
			return err
		}
	}
	return nil
}

func (t sharing) DeleteTeam(ctx context.Context, id string) error {
	n, err := t.exec(ctx, "DELETE FROM teams WHERE id = $1", id)
	return changed(n, err, retable.Missing("team", id))
}

func scanTeam(row scanner) (team retable.Team, err error) {
	err = row.Scan(&team.ID, &team.Name, &team.CreatedAt)
	return team, err
}

func (t sharing) Team(ctx context.Context, id string) (*retable.Team, error) {
	team, err := get(ctx, t.tx, retable.Missing("team", id), scanTeam, "SELECT id, name, created_at FROM teams WHERE id = $1", id)
	if err != nil {
		return nil, err
	}
	team.Members, err = t.members(ctx, id)
	return team, err
}

func (t sharing) members(ctx context.Context, teamID string) ([]string, error) {
	return many(ctx, t.tx, scanString, "SELECT user_id FROM team_members WHERE team_id = $1 ORDER BY user_id", teamID)
}

func scanString(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

func (t sharing) Teams(ctx context.Context, userID string) ([]retable.Team, error) {
	var w where
	if userID != "" {
		w.and("id IN (SELECT team_id FROM team_members WHERE user_id = ?)", userID)
	}
	teams, err := many(ctx, t.tx, scanTeam, "SELECT id, name, created_at FROM teams"+w.String()+" ORDER BY name_key", w.args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(teams))
	for i := range teams {
		ids[i] = teams[i].ID
	}
	members, err := lists(ctx, t.tx, "SELECT team_id, user_id FROM team_members", "team_id", ids, " ORDER BY team_id, user_id")
	for i := range teams {
		teams[i].Members = members[teams[i].ID]
	}
	return teams, err
}

func (t sharing) Quota(ctx context.Context, userID string) (*retable.Quota, error) {
	return get(ctx, t.tx, retable.Missing("quota of user", userID), func(row scanner) (q retable.Quota, err error) {
		err = row.Scan(&q.UserID, &q.MaxBytes, &q.MaxSessions)
		return q, err
	}, "SELECT user_id, max_bytes, max_sessions FROM quotas WHERE user_id = $1", userID)
}

func (t sharing) SetQuota(ctx context.Context, q *retable.Quota) error {
	_, err := t.try(ctx, nil, retable.Missing("user", q.UserID), `
		INSERT INTO quotas (user_id, max_bytes, max_sessions) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET max_bytes = excluded.max_bytes, max_sessions = excluded.max_sessions`,
		q.UserID, q.MaxBytes, q.MaxSessions)
	return err
}

// Usage is what the user's sessions and comparisons take. In Update it holds
// the user's row, so that two who ask at once can't both take the last place.
func (t sharing) Usage(ctx context.Context, userID string) (u retable.Usage, err error) {
	if err := t.hold(ctx, "users", userID); err != nil {
		return u, err
	}
	err = t.one(ctx, func(row scanner) error { return row.Scan(&u.Bytes, &u.Sessions) },
		"SELECT CAST(COALESCE(sum(stored), 0) AS BIGINT), count(*) FROM sessions WHERE owner_id = $1", userID)
	if err != nil {
		return u, err
	}
	var reports int64
	err = t.value(ctx, &reports, `
		SELECT CAST(COALESCE(sum(a.bytes), 0) AS BIGINT) FROM comparisons c JOIN artifacts a ON a.comparison_id = c.id
		WHERE c.owner_id = $1 AND a.session_id IS NULL`, userID)
	u.Bytes += reports
	return u, err
}

// sharedColumn is where a kind of thing stands in shares.
func sharedColumn(r retable.Resource) (string, error) {
	switch r {
	case retable.ResourceSession, retable.ResourceCollection, retable.ResourceComparison:
		return string(r) + "_id", nil
	}
	return "", retable.Errorf(retable.Unprocessable, "%q can't be shared: only sessions, collections and comparisons can.", r)
}

// partner is with whom a thing is shared: a column and an id.
func partner(s *retable.Share) (column, id string, err error) {
	switch {
	case s.UserID != "" && s.TeamID == "":
		return "user_id", s.UserID, nil
	case s.TeamID != "" && s.UserID == "":
		return "team_id", s.TeamID, nil
	}
	return "", "", retable.Errorf(retable.Unprocessable, "A thing is shared with one user or one team.")
}

func (t sharing) Share(ctx context.Context, s *retable.Share) error {
	column, err := sharedColumn(s.Resource)
	if err != nil {
		return err
	}
	with, id, err := partner(s)
	if err != nil {
		return err
	}
	_, err = t.try(ctx, nil, retable.Errorf(retable.NotFound, "The %s, or whom it is to be shared with, is not there.", s.Resource),
		"INSERT INTO shares ("+column+", "+with+", may_write, created_at) VALUES ($1, $2, $3, $4)"+
			" ON CONFLICT ("+column+", "+with+") DO UPDATE SET may_write = excluded.may_write",
		s.ResourceID, id, s.Write, s.CreatedAt)
	return err
}

func (t sharing) Unshare(ctx context.Context, s *retable.Share) error {
	column, err := sharedColumn(s.Resource)
	if err != nil {
		return err
	}
	with, id, err := partner(s)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, "DELETE FROM shares WHERE "+column+" = $1 AND "+with+" = $2", s.ResourceID, id)
	return changed(n, err, retable.Errorf(retable.NotFound, "The %s is not shared with them.", s.Resource))
}

func (t sharing) Shares(ctx context.Context, r retable.Resource, id string) ([]retable.Share, error) {
	column, err := sharedColumn(r)
	if err != nil {
		return nil, err
	}
	return many(ctx, t.tx, func(row scanner) (retable.Share, error) {
		s := retable.Share{Resource: r, ResourceID: id}
		err := row.Scan(orNull(&s.UserID), orNull(&s.TeamID), &s.Write, &s.CreatedAt)
		return s, err
	}, "SELECT user_id, team_id, may_write, created_at FROM shares WHERE "+column+" = $1 ORDER BY created_at, COALESCE(user_id, team_id)", id)
}

func (t sharing) Access(ctx context.Context, r retable.Resource, id, userID string) (read, write bool, err error) {
	column, err := sharedColumn(r)
	if err != nil {
		return false, false, err
	}
	var may sql.NullBool
	err = t.value(ctx, &may, "SELECT may_write FROM shares WHERE "+column+` = $1 AND (user_id = $2
		OR team_id IN (SELECT team_id FROM team_members WHERE user_id = $2)) ORDER BY may_write DESC LIMIT 1`, id, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return err == nil, may.Bool, err
}
