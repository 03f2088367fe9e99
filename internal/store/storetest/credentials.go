package storetest

import (
	"time"

	"retable/internal/retable"
)

func credentialClaims() []claim {
	return []claim{
		{"a reset is used once, and in its time", func(e *env) {
			u := e.user("anna")
			for hash, expires := range map[string]retable.Millis{"good": 100, "late": 50} {
				e.do(func(tx retable.Tx) error {
					return tx.Credentials().CreateReset(e.ctx, &retable.PasswordReset{
						ID: retable.NewID(), UserID: u.ID, TokenHash: hash, CreatedAt: 1, ExpiresAt: expires,
					})
				})
			}
			use := func(hash string) func(tx retable.Tx) error {
				return func(tx retable.Tx) error {
					r, err := tx.Credentials().UseReset(e.ctx, hash, 60)
					if err == nil {
						same(e, r.UserID, u.ID)
						same(e, r.UsedAt, 60)
					}
					return err
				}
			}
			e.do(use("good"))
			e.refused(retable.NotFound, use("good"))
			e.refused(retable.NotFound, use("late"))
			e.refused(retable.NotFound, use("unknown"))
		}},
		{"resets can be dropped", func(e *env) {
			u := e.user("anna")
			e.do(func(tx retable.Tx) error {
				err := tx.Credentials().CreateReset(e.ctx, &retable.PasswordReset{ID: "r", UserID: u.ID, TokenHash: "t", ExpiresAt: 100})
				if err != nil {
					return err
				}
				return tx.Credentials().DropResets(e.ctx, u.ID)
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Credentials().UseReset(e.ctx, "t", 1); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Credentials().CreateReset(e.ctx, &retable.PasswordReset{ID: "r", UserID: "none", TokenHash: "t"})
			})
		}},
		{"an access token is read, touched and revoked by its owner", func(e *env) {
			u := e.user("anna")
			want := &retable.AccessToken{
				ID: retable.NewID(), UserID: u.ID, Name: "script", TokenHash: "t", CreatedAt: 1, ExpiresAt: 2,
				Scopes: []retable.Scope{retable.ScopeRead, retable.ScopeAsk},
			}
			bare := &retable.AccessToken{ID: retable.NewID(), UserID: u.ID, Name: "bare", TokenHash: "t2", CreatedAt: 1}
			e.do(func(tx retable.Tx) error {
				if err := tx.Credentials().CreateToken(e.ctx, want); err != nil {
					return err
				}
				return tx.Credentials().CreateToken(e.ctx, bare)
			})
			e.do(func(tx retable.Tx) error { return tx.Credentials().TouchToken(e.ctx, want.ID, 7) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Credentials().RevokeToken(e.ctx, "other", want.ID, 8) })
			e.do(func(tx retable.Tx) error { return tx.Credentials().RevokeToken(e.ctx, u.ID, want.ID, 8) })
			e.do(func(tx retable.Tx) error { return tx.Credentials().RevokeToken(e.ctx, u.ID, want.ID, 9) })
			want.LastUsedAt, want.RevokedAt = 7, 8
			e.see(func(tx retable.Tx) error {
				got, err := tx.Credentials().TokenByHash(e.ctx, "t")
				if err != nil {
					return err
				}
				same(e, got, want)
				list, err := tx.Credentials().Tokens(e.ctx, u.ID)
				same(e, list, []retable.AccessToken{*bare, *want})
				return err
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Credentials().TokenByHash(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Credentials().TouchToken(e.ctx, "none", 1) })
		}},
		{"no time step of a second factor works twice", func(e *env) {
			u := e.user("anna")
			step := func(n int64) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Credentials().StepTOTP(e.ctx, u.ID, n) }
			}
			e.refused(retable.NotFound, step(1))
			secret := &retable.TOTPSecret{UserID: u.ID, Secret: "sealed", CreatedAt: 1}
			e.do(func(tx retable.Tx) error { return tx.Credentials().SetTOTP(e.ctx, secret) })
			e.do(step(10))
			e.refusedAs(retable.ErrStale, step(10))
			e.refusedAs(retable.ErrStale, step(9))
			e.do(step(11))
			secret.ConfirmedAt, secret.LastStep = 5, 11
			e.do(func(tx retable.Tx) error { return tx.Credentials().SetTOTP(e.ctx, secret) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Credentials().TOTP(e.ctx, u.ID)
				same(e, got, secret)
				return err
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Credentials().SetTOTP(e.ctx, &retable.TOTPSecret{UserID: "none"})
			})
		}},
		{"recovery codes work once and go with the second factor", func(e *env) {
			u := e.user("anna")
			left := func(want int) {
				e.Helper()
				e.see(func(tx retable.Tx) error {
					n, err := tx.Credentials().RecoveryCodesLeft(e.ctx, u.ID)
					same(e, n, want)
					return err
				})
			}
			set := func(codes ...string) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Credentials().SetRecoveryCodes(e.ctx, u.ID, codes, 1) }
			}
			use := func(code string) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Credentials().UseRecoveryCode(e.ctx, u.ID, code, 2) }
			}
			left(0)
			e.do(set("a", "b", "c"))
			e.do(use("b"))
			e.refused(retable.NotFound, use("b"))
			e.refused(retable.NotFound, use("z"))
			left(2)
			e.do(set("d"))
			e.refused(retable.NotFound, use("a"))
			left(1)
			e.do(func(tx retable.Tx) error { return tx.Credentials().DeleteTOTP(e.ctx, u.ID) })
			left(0)
		}},
		{"an identity belongs to one user", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			want := &retable.Identity{Issuer: "https://id.example.org", Subject: "42", UserID: anna.ID, Email: "a@example.org", CreatedAt: 1}
			e.do(func(tx retable.Tx) error { return tx.Credentials().LinkIdentity(e.ctx, want) })
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error {
				again := *want
				again.UserID = bert.ID
				return tx.Credentials().LinkIdentity(e.ctx, &again)
			})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Credentials().Identity(e.ctx, want.Issuer, "42")
				if err != nil {
					return err
				}
				same(e, got, want)
				list, err := tx.Credentials().Identities(e.ctx, anna.ID)
				same(e, list, []retable.Identity{*want})
				return err
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				_, err := tx.Credentials().Identity(e.ctx, want.Issuer, "43")
				return err
			})
		}},
		{"failures are counted until a success or their time is over", func(e *env) {
			fail := func(key string, at retable.Millis) {
				e.do(func(tx retable.Tx) error { return tx.Throttle().Fail(e.ctx, key, at, time.Second) })
			}
			counted := func(key string, n int, latest retable.Millis) {
				e.Helper()
				e.see(func(tx retable.Tx) error {
					got, at, err := tx.Throttle().Failures(e.ctx, key)
					same(e, got, n)
					same(e, at, latest)
					return err
				})
			}
			counted("a", 0, 0)
			fail("a", 1000)
			fail("a", 1500)
			fail("b", 1600)
			counted("a", 2, 1500)
			e.do(func(tx retable.Tx) error { return tx.Throttle().Reset(e.ctx, "a") })
			counted("a", 0, 0)
			fail("a", 5000)
			counted("b", 0, 0)
			counted("a", 1, 5000)
			fail("a", 6000)
			counted("a", 1, 6000)
		}},
	}
}
