package storetest

import (
	"time"

	"retable/internal/retable"
)

func loginClaims() []claim {
	return []claim{
		{"a log-in is read by id and by its token", func(e *env) {
			want := e.login(e.user("anna"), "h1")
			e.see(func(tx retable.Tx) error {
				got, err := tx.Logins().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				got, spent, err := tx.Logins().ByRefresh(e.ctx, "h1")
				same(e, got, want)
				same(e, spent, 0)
				return err
			})
		}},
		{"what isn't there is missing", func(e *env) {
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Logins().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, _, err := tx.Logins().ByRefresh(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Logins().Rotate(e.ctx, "none", "a", "b", 1, 2) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Logins().Touch(e.ctx, "none", 1) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Logins().Revoke(e.ctx, "none", "x", 1) })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Logins().Create(e.ctx, &retable.Login{ID: "l", UserID: "none", RefreshHash: "h"})
			})
		}},
		{"a rotation spends the old token, and its second use is told", func(e *env) {
			l := e.login(e.user("anna"), "h1")
			e.do(func(tx retable.Tx) error { return tx.Logins().Rotate(e.ctx, l.ID, "h1", "h2", 50, 99) })
			e.do(func(tx retable.Tx) error { return tx.Logins().Rotate(e.ctx, l.ID, "h2", "h3", 60, 100) })
			e.see(func(tx retable.Tx) error {
				got, spent, err := tx.Logins().ByRefresh(e.ctx, "h3")
				if err != nil {
					return err
				}
				same(e, spent, 0)
				same(e, got.PreviousHash, "h2")
				same(e, []retable.Millis{got.RotatedAt, got.LastUsedAt, got.ExpiresAt}, []retable.Millis{60, 60, 100})
				for hash, at := range map[string]retable.Millis{"h1": 50, "h2": 60} {
					got, spent, err = tx.Logins().ByRefresh(e.ctx, hash)
					if err != nil {
						return err
					}
					same(e, got.ID, l.ID)
					same(e, spent, at)
				}
				return nil
			})
			e.refusedAs(retable.ErrStale, func(tx retable.Tx) error { return tx.Logins().Rotate(e.ctx, l.ID, "h1", "h4", 70, 100) })
		}},
		{"a revoked log-in isn't rotated, and keeps its first reason", func(e *env) {
			l := e.login(e.user("anna"), "h1")
			e.do(func(tx retable.Tx) error { return tx.Logins().Revoke(e.ctx, l.ID, "logged out", 5) })
			e.do(func(tx retable.Tx) error { return tx.Logins().Revoke(e.ctx, l.ID, "again", 6) })
			e.refusedAs(retable.ErrStale, func(tx retable.Tx) error { return tx.Logins().Rotate(e.ctx, l.ID, "h1", "h2", 7, 8) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Logins().Get(e.ctx, l.ID)
				same(e, got.RevokeReason, "logged out")
				same(e, got.RevokedAt, 5)
				return err
			})
		}},
		{"all of a user's log-ins are revoked at once", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			e.login(anna, "a1")
			e.login(anna, "a2")
			other := e.login(bert, "b1")
			e.do(func(tx retable.Tx) error {
				n, err := tx.Logins().RevokeAll(e.ctx, anna.ID, "stolen", 7)
				same(e, n, 2)
				return err
			})
			e.do(func(tx retable.Tx) error {
				n, err := tx.Logins().RevokeAll(e.ctx, anna.ID, "stolen", 8)
				same(e, n, 0)
				return err
			})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Logins().Get(e.ctx, other.ID)
				same(e, got.RevokedAt, 0)
				return err
			})
		}},
		{"the time of use never goes back", func(e *env) {
			l := e.login(e.user("anna"), "h1")
			e.do(func(tx retable.Tx) error { return tx.Logins().Touch(e.ctx, l.ID, 5000) })
			e.do(func(tx retable.Tx) error { return tx.Logins().Touch(e.ctx, l.ID, 4000) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Logins().Get(e.ctx, l.ID)
				same(e, got.LastUsedAt, 5000)
				return err
			})
		}},
		{"the list tells active ones, and purging removes the others", func(e *env) {
			anna := e.user("anna")
			now := retable.MillisOf(time.Now())
			var ids []string
			for i, expires := range []retable.Millis{now.Add(time.Hour), now.Add(time.Hour), now.Add(-time.Hour), now.Add(2 * time.Hour)} {
				l := e.login(anna, "h"+string(rune('0'+i)))
				e.do(func(tx retable.Tx) error {
					return tx.Logins().Rotate(e.ctx, l.ID, l.RefreshHash, l.RefreshHash+"x", 1, expires)
				})
				ids = append(ids, l.ID)
			}
			e.do(func(tx retable.Tx) error { return tx.Logins().Revoke(e.ctx, ids[0], "x", now.Add(-time.Minute)) })
			list := func(active bool) []string {
				return names(all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Login], error) {
					return tx.Logins().List(e.ctx, anna.ID, active, p)
				}), func(l retable.Login) string { return l.ID })
			}
			sameNames(e, list(true), ids[3], ids[1])
			sameNames(e, list(false), ids[3], ids[2], ids[1], ids[0])
			e.do(func(tx retable.Tx) error {
				n, err := tx.Logins().Purge(e.ctx, now)
				same(e, n, 2)
				return err
			})
			sameNames(e, list(false), ids[3], ids[1])
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, _, err := tx.Logins().ByRefresh(e.ctx, "h0"); return err })
		}},
	}
}

func (e *env) login(u *retable.User, hash string) *retable.Login {
	e.Helper()
	l := &retable.Login{
		ID: retable.NewID(), UserID: u.ID, RefreshHash: hash, RotatedAt: 10, IP: "192.0.2.1", UserAgent: "test",
		CreatedAt: 10, ExpiresAt: 1000, LastUsedAt: 10,
	}
	e.do(func(tx retable.Tx) error { return tx.Logins().Create(e.ctx, l) })
	return l
}
