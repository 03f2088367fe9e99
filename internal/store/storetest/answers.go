package storetest

import "retable/internal/retable"

func answerClaims() []claim {
	return []claim{
		{"a recipe is put, found by kind, and deleted", func(e *env) {
			u := e.user("anna")
			put := func(r retable.Recipe) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Recipes().Put(e.ctx, &r) }
			}
			want := retable.Recipe{
				ID: retable.NewID(), OwnerID: u.ID, Purpose: "convert", Kind: "{urn:x}order", Name: "mine", Body: raw(`{"mode":"flat"}`), CreatedAt: 1, UpdatedAt: 1,
			}
			e.do(put(want))
			want.Body, want.UpdatedAt = raw(`{"mode":"nested"}`), 2
			e.do(put(want))
			general := retable.Recipe{ID: retable.NewID(), OwnerID: u.ID, Purpose: "convert", Name: "all"}
			e.do(put(general))
			e.do(put(retable.Recipe{ID: retable.NewID(), OwnerID: u.ID, Purpose: "compare", Name: "mine"}))
			e.refusedAs(retable.ErrTaken, put(retable.Recipe{ID: retable.NewID(), OwnerID: u.ID, Purpose: "convert", Name: "mine"}))
			e.refused(retable.NotFound, put(retable.Recipe{ID: retable.NewID(), OwnerID: "none", Purpose: "convert", Name: "x"}))
			e.see(func(tx retable.Tx) error {
				got, err := tx.Recipes().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, *got, want)
				list, err := tx.Recipes().List(e.ctx, u.ID, "convert", want.Kind)
				if err != nil {
					return err
				}
				same(e, list, []retable.Recipe{general, want})
				list, err = tx.Recipes().List(e.ctx, u.ID, "convert", "other")
				if err != nil {
					return err
				}
				same(e, list, []retable.Recipe{general})
				list, err = tx.Recipes().List(e.ctx, "", "", "")
				same(e, len(list), 3)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Recipes().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Recipes().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Recipes().Get(e.ctx, want.ID); return err })
		}},
		{"a collection keeps its sessions in order", func(e *env) {
			u := e.user("anna")
			a, b, c := e.session(u, "a.zip"), e.session(u, "b.zip"), e.session(u, "c.zip")
			want := &retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "set", Sessions: []string{c.ID, a.ID, b.ID}, CreatedAt: 1, UpdatedAt: 1}
			put := func(c *retable.Collection) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Collections().Put(e.ctx, c) }
			}
			e.do(put(want))
			want.Name, want.Sessions, want.UpdatedAt = "Set", []string{b.ID, c.ID}, 2
			e.do(put(want))
			e.see(func(tx retable.Tx) error {
				got, err := tx.Collections().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				got, err = tx.Collections().ByName(e.ctx, u.ID, "Set")
				if err != nil {
					return err
				}
				same(e, got, want)
				list, err := tx.Collections().List(e.ctx, "")
				same(e, list, []retable.Collection{*want})
				return err
			})
			e.refusedAs(retable.ErrTaken, put(&retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "Set"}))
			e.refused(retable.NotFound, put(&retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "x", Sessions: []string{"none"}}))
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Collections().ByName(e.ctx, u.ID, "none"); return err })
			e.do(func(tx retable.Tx) error { return tx.Collections().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Collections().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Collections().Get(e.ctx, want.ID); return err })
		}},
		{"messages of a chat are numbered, and go with it", func(e *env) {
			u := e.user("anna")
			set := &retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "set"}
			want := &retable.Chat{ID: retable.NewID(), OwnerID: u.ID, CollectionID: set.ID, Title: "t", CreatedAt: 1, UpdatedAt: 1}
			messages := []retable.ChatMessage{
				{ChatID: want.ID, Role: "user", Text: "How many?", At: 5},
				{ChatID: want.ID, Role: "assistant", Text: "Two.", Answer: raw(`{"route":"sql"}`), At: 7},
			}
			e.do(func(tx retable.Tx) error {
				if err := tx.Collections().Put(e.ctx, set); err != nil {
					return err
				}
				if err := tx.Chats().Create(e.ctx, want); err != nil {
					return err
				}
				for i := range messages {
					if err := tx.Chats().Append(e.ctx, &messages[i]); err != nil {
						return err
					}
					same(e, messages[i].Number, i+1)
				}
				return nil
			})
			want.UpdatedAt = 7
			e.see(func(tx retable.Tx) error {
				got, err := tx.Chats().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				list, err := tx.Chats().Messages(e.ctx, want.ID)
				same(e, list, messages)
				return err
			})
			list := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Chat], error) {
				return tx.Chats().List(e.ctx, u.ID, set.ID, p)
			})
			same(e, list, []retable.Chat{*want})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Chats().Append(e.ctx, &retable.ChatMessage{ChatID: "none", Role: "user"})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Chats().Create(e.ctx, &retable.Chat{ID: "c", OwnerID: u.ID, CollectionID: "none"})
			})
			e.do(func(tx retable.Tx) error { return tx.Chats().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Chats().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Chats().Get(e.ctx, want.ID); return err })
			e.see(func(tx retable.Tx) error {
				list, err := tx.Chats().Messages(e.ctx, want.ID)
				same(e, len(list), 0)
				return err
			})
		}},
	}
}

func watchClaims() []claim {
	return []claim{
		{"a folder is watched once", func(e *env) {
			u := e.user("anna")
			want := e.watch(u, "/in")
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error {
				return tx.Watches().Create(e.ctx, &retable.Watch{ID: retable.NewID(), OwnerID: u.ID, Dir: "/in"})
			})
			other := e.watch(e.user("bert"), "/out")
			want.Options, want.Active, want.State, want.Error, want.SweptAt, want.UpdatedAt = raw(`{"format":"csv"}`), false, "missing", "e", 5, 6
			e.do(func(tx retable.Tx) error { return tx.Watches().Update(e.ctx, want) })
			other.Dir = "/in"
			e.refusedAs(retable.ErrTaken, func(tx retable.Tx) error { return tx.Watches().Update(e.ctx, other) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Watches().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				mine, err := tx.Watches().List(e.ctx, u.ID)
				if err != nil {
					return err
				}
				same(e, mine, []retable.Watch{*want})
				every, err := tx.Watches().List(e.ctx, "")
				same(e, len(every), 2)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Watches().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Watches().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Watches().Update(e.ctx, want) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Watches().Get(e.ctx, want.ID); return err })
		}},
		{"files of a folder are kept by path and found by content", func(e *env) {
			u := e.user("anna")
			w := e.watch(u, "/in")
			s := e.session(u, "a.zip")
			for i, path := range []string{"b.zip", "a.zip", "c.zip", "d.zip"} {
				f := &retable.WatchedFile{WatchID: w.ID, Path: path, Bytes: 1, SHA256: "same", State: "waiting", SeenAt: retable.Millis(10 + i/2), UpdatedAt: 1}
				e.do(func(tx retable.Tx) error { return tx.Watches().PutFile(e.ctx, f) })
			}
			want := &retable.WatchedFile{
				WatchID: w.ID, Path: "c.zip", Bytes: 2, ModTime: 3, SHA256: "s", State: "done", SessionID: s.ID, JobID: 4, Error: "e", SeenAt: 11, UpdatedAt: 5,
			}
			e.do(func(tx retable.Tx) error { return tx.Watches().PutFile(e.ctx, want) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Watches().File(e.ctx, w.ID, "c.zip")
				if err != nil {
					return err
				}
				same(e, got, want)
				got, err = tx.Watches().FileByHash(e.ctx, w.ID, "same")
				same(e, got.Path, "a.zip")
				return err
			})
			list := func(state string) []string {
				return names(all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.WatchedFile], error) {
					return tx.Watches().Files(e.ctx, w.ID, state, p)
				}), func(f retable.WatchedFile) string { return f.Path })
			}
			sameNames(e, list(""), "d.zip", "c.zip", "b.zip", "a.zip")
			sameNames(e, list("waiting"), "d.zip", "b.zip", "a.zip")
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Watches().File(e.ctx, w.ID, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Watches().FileByHash(e.ctx, w.ID, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Watches().PutFile(e.ctx, &retable.WatchedFile{WatchID: "none", Path: "x"})
			})
			e.refused(retable.Invalid, func(tx retable.Tx) error {
				_, err := tx.Watches().Files(e.ctx, w.ID, "", retable.Page{Cursor: "x"})
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, s.ID) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Watches().File(e.ctx, w.ID, "c.zip")
				same(e, got.SessionID, "")
				return err
			})
		}},
	}
}

func (e *env) watch(owner *retable.User, dir string) *retable.Watch {
	e.Helper()
	w := &retable.Watch{ID: retable.NewID(), OwnerID: owner.ID, Dir: dir, Active: true, State: "watching", CreatedAt: 1, UpdatedAt: 1}
	e.do(func(tx retable.Tx) error { return tx.Watches().Create(e.ctx, w) })
	return w
}
