package storetest

import (
	"fmt"

	"retable/internal/retable"
)

func userClaims() []claim {
	name := func(u retable.User) string { return u.Username }
	return []claim{
		{"what is created is read again", func(e *env) {
			want := &retable.User{
				ID: retable.NewID(), Username: "Änne", Email: "a@example.org", Role: retable.RoleOps, PasswordHash: "h",
				Active: true, Locked: true, MustReset: true, CreatedAt: 1, UpdatedAt: 2, LastLoginAt: 3,
			}
			e.do(func(tx retable.Tx) error { return tx.Users().Create(e.ctx, want) })
			same(e, want.Version, 1)
			e.see(func(tx retable.Tx) error {
				got, err := tx.Users().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				got, err = tx.Users().ByName(e.ctx, "äNNE")
				same(e, got, want)
				return err
			})
		}},
		{"a name is unique without case", func(e *env) {
			e.user("Änne")
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error {
				return tx.Users().Create(e.ctx, &retable.User{ID: retable.NewID(), Username: "ÄNNE", Role: retable.RoleUser})
			})
		}},
		{"who isn't there is missing", func(e *env) {
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Users().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Users().ByName(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Users().Update(e.ctx, &retable.User{ID: "none", Role: retable.RoleUser, Version: 1})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Users().Delete(e.ctx, "none") })
		}},
		{"an update raises the version and refuses a stale one", func(e *env) {
			u := e.user("anna")
			stale := *u
			u.Role, u.Locked, u.Username = retable.RoleAdmin, true, "Anna B"
			e.do(func(tx retable.Tx) error { return tx.Users().Update(e.ctx, u) })
			same(e, u.Version, 2)
			e.see(func(tx retable.Tx) error {
				got, err := tx.Users().Get(e.ctx, u.ID)
				same(e, got, u)
				return err
			})
			e.refusedAs(retable.ErrStale, func(tx retable.Tx) error { return tx.Users().Update(e.ctx, &stale) })
			same(e, stale.Version, 1)
		}},
		{"renaming to a taken name is refused", func(e *env) {
			e.user("anna")
			u := e.user("bert")
			u.Username = "ANNA"
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error { return tx.Users().Update(e.ctx, u) })
		}},
		{"a wrong role is not stored", func(e *env) {
			e.refused(retable.Internal, func(tx retable.Tx) error {
				return tx.Users().Create(e.ctx, &retable.User{ID: retable.NewID(), Username: "x", Role: "king"})
			})
		}},
		{"the list is newest first, filtered, in parts", func(e *env) {
			for i := range 5 {
				u := e.user(fmt.Sprintf("user_%d%%", i))
				if i%2 == 0 {
					u.Role, u.Active, u.Locked = retable.RoleOps, false, true
					e.do(func(tx retable.Tx) error { return tx.Users().Update(e.ctx, u) })
				}
			}
			yes, no := true, false
			for _, c := range []struct {
				filter retable.UserFilter
				want   []string
			}{
				{retable.UserFilter{}, []string{"user_4%", "user_3%", "user_2%", "user_1%", "user_0%"}},
				{retable.UserFilter{Role: retable.RoleOps}, []string{"user_4%", "user_2%", "user_0%"}},
				{retable.UserFilter{Active: &yes}, []string{"user_3%", "user_1%"}},
				{retable.UserFilter{Active: &no, Locked: &yes}, []string{"user_4%", "user_2%", "user_0%"}},
				{retable.UserFilter{Search: "R_3%"}, []string{"user_3%"}},
				{retable.UserFilter{Search: "r%3"}, []string{}},
			} {
				got := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.User], error) {
					return tx.Users().List(e.ctx, c.filter, p)
				})
				sameNames(e, names(got, name), c.want...)
			}
		}},
		{"counts and lists leave out the local user", func(e *env) {
			for i, n := range []string{retable.LocalUser, "anna", "bert", "cara"} {
				u := e.user(n)
				if n != "bert" {
					u.Role, u.Locked = retable.RoleAdmin, i == 3
					e.do(func(tx retable.Tx) error { return tx.Users().Update(e.ctx, u) })
				}
			}
			e.do(func(tx retable.Tx) error {
				n, err := tx.Users().Count(e.ctx)
				if err != nil {
					return err
				}
				same(e, n, 3)
				n, err = tx.Users().CountAdmins(e.ctx)
				same(e, n, 1) // one is locked
				if err != nil {
					return err
				}
				l, err := tx.Users().List(e.ctx, retable.UserFilter{Search: "l"}, retable.Page{})
				same(e, l.Total, 0)
				return err
			})
		}},
		{"who owns something isn't deleted", func(e *env) {
			u := e.user("anna")
			e.session(u, "a.zip")
			e.refusedAs(retable.ErrReferenced, func(tx retable.Tx) error { return tx.Users().Delete(e.ctx, u.ID) })
		}},
		{"a deleted user's log-ins and credentials go too", func(e *env) {
			u := e.user("anna")
			e.do(func(tx retable.Tx) error {
				if err := tx.Logins().Create(e.ctx, &retable.Login{ID: "l", UserID: u.ID, RefreshHash: "h", ExpiresAt: 9}); err != nil {
					return err
				}
				if err := tx.Credentials().SetTOTP(e.ctx, &retable.TOTPSecret{UserID: u.ID, Secret: "s"}); err != nil {
					return err
				}
				return tx.Users().Delete(e.ctx, u.ID)
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Logins().Get(e.ctx, "l"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Credentials().TOTP(e.ctx, u.ID); return err })
		}},
		{"everything is adopted, names that clash get another", func(e *env) {
			from, to := e.user("local"), e.user("anna")
			s := e.session(from, "a.zip")
			var job *retable.Job
			e.do(func(tx retable.Tx) (err error) {
				for _, u := range []*retable.User{from, to} {
					if err := tx.Recipes().Put(e.ctx, &retable.Recipe{ID: retable.NewID(), OwnerID: u.ID, Purpose: "convert", Name: "mine"}); err != nil {
						return err
					}
					c := &retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "mine"}
					if err := tx.Collections().Put(e.ctx, c); err != nil {
						return err
					}
					if err := tx.Chats().Create(e.ctx, &retable.Chat{ID: retable.NewID(), OwnerID: u.ID, CollectionID: c.ID}); err != nil {
						return err
					}
				}
				job, _, err = tx.Jobs().Enqueue(e.ctx, retable.JobSpec{Kind: retable.JobScan, OwnerID: from.ID, SessionID: s.ID}, 1)
				if err != nil {
					return err
				}
				return tx.Users().Adopt(e.ctx, from.ID, to.ID)
			})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Get(e.ctx, s.ID)
				if err != nil {
					return err
				}
				same(e, got.OwnerID, to.ID)
				j, err := tx.Jobs().Get(e.ctx, job.ID)
				if err != nil {
					return err
				}
				same(e, j.OwnerID, to.ID)
				recipes, err := tx.Recipes().List(e.ctx, to.ID, "", "")
				if err != nil {
					return err
				}
				same(e, len(recipes), 2)
				collections, err := tx.Collections().List(e.ctx, to.ID)
				same(e, len(collections), 2)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Users().Delete(e.ctx, from.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Users().Adopt(e.ctx, from.ID, to.ID) })
			e.do(func(tx retable.Tx) error { return tx.Users().Adopt(e.ctx, to.ID, to.ID) })
		}},
	}
}
