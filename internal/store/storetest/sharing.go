package storetest

import "retable/internal/retable"

func sharingClaims() []claim {
	return []claim{
		{"a team is kept with its members", func(e *env) {
			anna, bert, cara := e.user("anna"), e.user("bert"), e.user("cara")
			team := e.team("Audit", anna, bert)
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error {
				return tx.Sharing().CreateTeam(e.ctx, &retable.Team{ID: retable.NewID(), Name: "AUDIT"})
			})
			other := e.team("Other", cara)
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error {
				return tx.Sharing().UpdateTeam(e.ctx, &retable.Team{ID: other.ID, Name: "audit"})
			})
			team.Name, team.Members = "Auditors", []string{bert.ID, cara.ID}
			e.do(func(tx retable.Tx) error { return tx.Sharing().UpdateTeam(e.ctx, team) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sharing().Team(e.ctx, team.ID)
				if err != nil {
					return err
				}
				same(e, got, team)
				for user, want := range map[*retable.User]int{anna: 0, bert: 1, cara: 2} {
					list, err := tx.Sharing().Teams(e.ctx, user.ID)
					if err != nil {
						return err
					}
					same(e, len(list), want)
				}
				every, err := tx.Sharing().Teams(e.ctx, "")
				sameNames(e, names(every, func(t retable.Team) string { return t.Name }), "Auditors", "Other")
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Sharing().DeleteTeam(e.ctx, team.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sharing().DeleteTeam(e.ctx, team.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sharing().UpdateTeam(e.ctx, team) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Sharing().Team(e.ctx, team.ID); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Sharing().CreateTeam(e.ctx, &retable.Team{ID: retable.NewID(), Name: "New", Members: []string{"none"}})
			})
		}},
		{"what is shared is seen by the user and by the team's members", func(e *env) {
			anna, bert, cara, dora := e.user("anna"), e.user("bert"), e.user("cara"), e.user("dora")
			s := e.session(anna, "a.zip")
			team := e.team("Team", cara)
			e.share(&retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, UserID: bert.ID})
			e.share(&retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, TeamID: team.ID, Write: true})
			for _, c := range []struct {
				user        *retable.User
				read, write bool
				visible     int64
			}{{anna, false, false, 1}, {bert, true, false, 1}, {cara, true, true, 1}, {dora, false, false, 0}} {
				e.see(func(tx retable.Tx) error {
					read, write, err := tx.Sharing().Access(e.ctx, retable.ResourceSession, s.ID, c.user.ID)
					if err != nil {
						return err
					}
					same(e, []bool{read, write}, []bool{c.read, c.write})
					list, err := tx.Sessions().List(e.ctx, retable.SessionFilter{Visible: c.user.ID}, retable.Page{})
					same(e, list.Total, c.visible)
					return err
				})
			}
		}},
		{"sharing again replaces, unsharing ends it", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			s := e.session(anna, "a.zip")
			share := &retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, UserID: bert.ID, CreatedAt: 3}
			e.share(share)
			share.Write = true
			e.share(share)
			e.see(func(tx retable.Tx) error {
				list, err := tx.Sharing().Shares(e.ctx, retable.ResourceSession, s.ID)
				same(e, list, []retable.Share{*share})
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Sharing().Unshare(e.ctx, share) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sharing().Unshare(e.ctx, share) })
		}},
		{"collections and comparisons are shared too", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			c := e.comparison(anna, e.session(anna, "a.zip"), e.session(anna, "b.zip"))
			set := &retable.Collection{ID: retable.NewID(), OwnerID: anna.ID, Name: "set"}
			e.do(func(tx retable.Tx) error { return tx.Collections().Put(e.ctx, set) })
			e.share(&retable.Share{Resource: retable.ResourceCollection, ResourceID: set.ID, UserID: bert.ID})
			e.share(&retable.Share{Resource: retable.ResourceComparison, ResourceID: c.ID, UserID: bert.ID})
			e.see(func(tx retable.Tx) error {
				sets, err := tx.Collections().List(e.ctx, bert.ID)
				if err != nil {
					return err
				}
				same(e, len(sets), 1)
				comparisons, err := tx.Comparisons().List(e.ctx, retable.ComparisonFilter{Visible: bert.ID}, retable.Page{})
				same(e, comparisons.Total, 1)
				return err
			})
		}},
		{"nonsense is refused", func(e *env) {
			anna := e.user("anna")
			s := e.session(anna, "a.zip")
			for _, c := range []struct {
				share retable.Share
				code  retable.Code
			}{
				{retable.Share{Resource: "user", ResourceID: s.ID, UserID: anna.ID}, retable.Unprocessable},
				{retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID}, retable.Unprocessable},
				{retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, UserID: anna.ID, TeamID: "t"}, retable.Unprocessable},
				{retable.Share{Resource: retable.ResourceSession, ResourceID: "none", UserID: anna.ID}, retable.NotFound},
				{retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, TeamID: "none"}, retable.NotFound},
			} {
				e.refused(c.code, func(tx retable.Tx) error { return tx.Sharing().Share(e.ctx, &c.share) })
				e.refused(c.code, func(tx retable.Tx) error { return tx.Sharing().Unshare(e.ctx, &c.share) })
			}
			e.refused(retable.Unprocessable, func(tx retable.Tx) error { _, err := tx.Sharing().Shares(e.ctx, "user", "x"); return err })
			e.refused(retable.Unprocessable, func(tx retable.Tx) error { _, _, err := tx.Sharing().Access(e.ctx, "user", "x", "y"); return err })
		}},
		{"shares go with the thing, the user and the team", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			s := e.session(anna, "a.zip")
			team := e.team("Team", bert)
			e.share(&retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, UserID: bert.ID})
			e.share(&retable.Share{Resource: retable.ResourceSession, ResourceID: s.ID, TeamID: team.ID})
			e.do(func(tx retable.Tx) error {
				if err := tx.Users().Delete(e.ctx, bert.ID); err != nil {
					return err
				}
				return tx.Sharing().DeleteTeam(e.ctx, team.ID)
			})
			e.see(func(tx retable.Tx) error {
				list, err := tx.Sharing().Shares(e.ctx, retable.ResourceSession, s.ID)
				same(e, len(list), 0)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, s.ID) })
		}},
		{"a quota is set per user; without one the default holds", func(e *env) {
			u := e.user("anna")
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Sharing().Quota(e.ctx, u.ID); return err })
			for _, q := range []*retable.Quota{{UserID: u.ID, MaxBytes: 5}, {UserID: u.ID, MaxBytes: 6, MaxSessions: 7}} {
				e.do(func(tx retable.Tx) error { return tx.Sharing().SetQuota(e.ctx, q) })
				e.see(func(tx retable.Tx) error {
					got, err := tx.Sharing().Quota(e.ctx, u.ID)
					same(e, got, q)
					return err
				})
			}
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sharing().SetQuota(e.ctx, &retable.Quota{UserID: "none"}) })
		}},
		{"usage is what sessions and comparisons keep", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			c := e.comparison(u, a, b)
			e.artifact(&retable.Artifact{SessionID: a.ID, Kind: retable.ArtifactOriginal, Bytes: 100})
			e.artifact(&retable.Artifact{SessionID: b.ID, Kind: retable.ArtifactTables, Bytes: 20})
			e.artifact(&retable.Artifact{ComparisonID: c.ID, Kind: retable.ArtifactReport, Bytes: 3})
			e.do(func(tx retable.Tx) error {
				got, err := tx.Sharing().Usage(e.ctx, u.ID)
				same(e, got, retable.Usage{Bytes: 123, Sessions: 2})
				return err
			})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sharing().Usage(e.ctx, e.Name())
				same(e, got, retable.Usage{})
				return err
			})
		}},
	}
}

func (e *env) team(name string, members ...*retable.User) *retable.Team {
	e.Helper()
	team := &retable.Team{ID: retable.NewID(), Name: name, CreatedAt: 1}
	for _, m := range members {
		team.Members = append(team.Members, m.ID)
	}
	e.do(func(tx retable.Tx) error { return tx.Sharing().CreateTeam(e.ctx, team) })
	return team
}

func (e *env) share(s *retable.Share) {
	e.Helper()
	e.do(func(tx retable.Tx) error { return tx.Sharing().Share(e.ctx, s) })
}

func (e *env) comparison(owner *retable.User, left, right *retable.Session) *retable.Comparison {
	e.Helper()
	c := &retable.Comparison{
		ID: retable.NewID(), OwnerID: owner.ID, LeftID: left.ID, RightID: right.ID, OptionsHash: "o",
		State: retable.JobQueued, CreatedAt: 1, UpdatedAt: 1,
	}
	e.do(func(tx retable.Tx) error { return tx.Comparisons().Create(e.ctx, c) })
	return c
}

func (e *env) artifact(a *retable.Artifact) *retable.Artifact {
	e.Helper()
	a.ID = retable.NewID()
	if a.Key == "" {
		a.Key = "key/" + a.ID
	}
	e.do(func(tx retable.Tx) error { return tx.Artifacts().Add(e.ctx, a) })
	return a
}
