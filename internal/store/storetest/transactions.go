package storetest

import (
	"context"
	"errors"

	"retable/internal/retable"
)

func transactionClaims() []claim {
	return []claim{
		{"an error undoes everything", func(e *env) {
			stop := errors.New("stop")
			err := e.store.Update(e.ctx, func(tx retable.Tx) error {
				if err := tx.Settings().Set(e.ctx, "a", raw(`1`), 1); err != nil {
					return err
				}
				return stop
			})
			if !errors.Is(err, stop) {
				e.Fatalf("got %v, want the error of the function", err)
			}
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				_, err := tx.Settings().Get(e.ctx, "a")
				return err
			})
		}},
		{"a panic undoes everything and goes on", func(e *env) {
			func() {
				defer func() {
					if recover() == nil {
						e.Error("the panic was swallowed")
					}
				}()
				_ = e.store.Update(e.ctx, func(tx retable.Tx) error {
					if err := tx.Settings().Set(e.ctx, "a", raw(`1`), 1); err != nil {
						return err
					}
					panic("in the middle")
				})
			}()
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				_, err := tx.Settings().Get(e.ctx, "a")
				return err
			})
		}},
		{"a view is one snapshot", func(e *env) {
			e.do(func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "a", raw(`1`), 1) })
			e.see(func(tx retable.Tx) error {
				before, err := tx.Settings().Get(e.ctx, "a")
				if err != nil {
					return err
				}
				errs := atOnce(1, func(int) error {
					return e.store.Update(e.ctx, func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "a", raw(`2`), 2) })
				})
				if errs[0] != nil {
					return errs[0]
				}
				after, err := tx.Settings().Get(e.ctx, "a")
				same(e, string(after), string(before))
				return err
			})
		}},
		{"a view can't write", func(e *env) {
			err := e.store.View(e.ctx, func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "a", raw(`1`), 1) })
			if !retable.Is(err, retable.Internal) {
				e.Fatalf("got %v, want an internal error", err)
			}
		}},
		{"a refusal leaves the transaction usable", func(e *env) {
			u := e.user("anna")
			e.do(func(tx retable.Tx) error {
				twin := *u
				twin.ID = retable.NewID()
				if err := tx.Users().Create(e.ctx, &twin); !errors.Is(err, retable.ErrTaken) {
					return err
				}
				return tx.Settings().Set(e.ctx, "after", raw(`true`), 1)
			})
			e.see(func(tx retable.Tx) error {
				_, err := tx.Settings().Get(e.ctx, "after")
				return err
			})
		}},
		{"one transaction inside another is refused, not waited for", func(e *env) {
			nested := []func(func(retable.Tx) error) error{
				func(fn func(retable.Tx) error) error { return e.store.Update(e.ctx, fn) },
				func(fn func(retable.Tx) error) error { return e.store.View(e.ctx, fn) },
			}
			for _, outer := range nested {
				for _, inner := range nested {
					err := outer(func(retable.Tx) error { return inner(func(retable.Tx) error { return nil }) })
					if !retable.Is(err, retable.Internal) {
						e.Fatalf("got %v, want an internal error", err)
					}
				}
			}
			e.see(func(retable.Tx) error { return nil })
		}},
		{"a transaction that is kept is refused", func(e *env) {
			var kept retable.Tx
			e.do(func(tx retable.Tx) error {
				kept = tx
				return nil
			})
			if err := kept.Settings().Set(e.ctx, "a", raw(`1`), 1); !retable.Is(err, retable.Internal) {
				e.Fatalf("got %v, want an internal error", err)
			}
			if _, err := kept.Settings().All(e.ctx); !retable.Is(err, retable.Internal) {
				e.Fatalf("got %v, want an internal error", err)
			}
		}},
		{"a context that is over stops it", func(e *env) {
			ctx, cancel := context.WithCancel(e.ctx)
			cancel()
			for _, run := range []func(context.Context, func(retable.Tx) error) error{e.store.Update, e.store.View} {
				if err := run(ctx, func(retable.Tx) error { return nil }); !retable.Is(err, retable.Cancelled) {
					e.Fatalf("got %v, want cancelled", err)
				}
			}
		}},
		{"text that isn't UTF-8 is kept as far as it can be", func(e *env) {
			u := e.user("anna")
			s := e.session(u, "a\x00b\xffc.zip")
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Get(e.ctx, s.ID)
				if err == nil {
					same(e, got.Name, "a\uFFFDb\uFFFDc.zip")
				}
				return err
			})
		}},
		{"a wrong cursor and too long a search are refused", func(e *env) {
			long := string(make([]byte, 300))
			e.refused(retable.Invalid, func(tx retable.Tx) error {
				_, err := tx.Jobs().List(e.ctx, retable.JobFilter{}, retable.Page{Cursor: "x"})
				return err
			})
			e.refused(retable.Invalid, func(tx retable.Tx) error {
				_, err := tx.Users().List(e.ctx, retable.UserFilter{}, retable.Page{Cursor: long})
				return err
			})
			e.refused(retable.Unprocessable, func(tx retable.Tx) error {
				_, err := tx.Users().List(e.ctx, retable.UserFilter{Search: long}, retable.Page{})
				return err
			})
		}},
		{"it is healthy and says what it is", func(e *env) {
			if err := e.store.Health(e.ctx); err != nil {
				e.Error(err)
			}
			if engine := e.store.Engine(); engine != "sqlite" && engine != "postgres" {
				e.Errorf("engine %q", engine)
			}
		}},
	}
}
