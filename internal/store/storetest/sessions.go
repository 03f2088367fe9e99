package storetest

import (
	"errors"
	"strings"

	"retable/internal/retable"
)

func sessionClaims() []claim {
	return []claim{
		{"what is created is read again", func(e *env) {
			u := e.user("anna")
			w := e.watch(u, "/in")
			want := &retable.Session{
				ID: retable.NewID(), OwnerID: u.ID, Name: "Lieferung 2026.zip", State: retable.SessionScanned, Partial: true, Error: "e",
				Form: "zip", SHA256: "s", Bytes: 1, Stored: 2, XMLCount: 3, Tables: 4, Rows: 5, Values: 6, Proved: true,
				Options: raw(`{"mode":"flat"}`), Engine: "1", Pattern: "lieferung", WatchID: w.ID, Pinned: true,
				CreatedAt: 7, UpdatedAt: 8, UsedAt: 9,
			}
			e.do(func(tx retable.Tx) error { return tx.Sessions().Create(e.ctx, want) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Get(e.ctx, want.ID)
				same(e, got, want)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Watches().Delete(e.ctx, w.ID) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Get(e.ctx, want.ID)
				same(e, got.WatchID, "")
				return err
			})
		}},
		{"what isn't there is missing", func(e *env) {
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Sessions().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sessions().Touch(e.ctx, "none", 1) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, "none") })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Sessions().Update(e.ctx, &retable.Session{ID: "none", OwnerID: "none", State: retable.SessionReady, Version: 1})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Sessions().Create(e.ctx, &retable.Session{ID: "s", OwnerID: "none", State: retable.SessionReady})
			})
		}},
		{"an update raises the version, refuses a stale one, and leaves Stored and UsedAt alone", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			stale := *s
			e.artifact(&retable.Artifact{SessionID: s.ID, Kind: retable.ArtifactOriginal, Bytes: 100})
			e.do(func(tx retable.Tx) error { return tx.Sessions().Touch(e.ctx, s.ID, 5000) })
			s.State, s.Name, s.Options = retable.SessionScanning, "B.zip", raw(`{}`)
			e.do(func(tx retable.Tx) error { return tx.Sessions().Update(e.ctx, s) })
			same(e, []int64{s.Version, s.Stored, int64(s.UsedAt)}, []int64{2, 100, 5000})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Get(e.ctx, s.ID)
				same(e, got, s)
				return err
			})
			e.refusedAs(retable.ErrStale, func(tx retable.Tx) error { return tx.Sessions().Update(e.ctx, &stale) })
		}},
		{"the list is filtered in every way", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			w := e.watch(anna, "/in")
			for i, name := range []string{"Alpha 1.zip", "Beta 1.zip", "alpha 2.zip", "Ärger.zip", "beta 2.zip"} {
				s := e.session([]*retable.User{anna, bert}[i%2], name)
				s.Pattern, s.UpdatedAt, s.UsedAt = strings.ToLower(name[:4]), 2, retable.Millis(2000+i)
				if i == 2 {
					s.State, s.Pinned, s.WatchID = retable.SessionReady, true, w.ID
				}
				e.do(func(tx retable.Tx) error { return tx.Sessions().Update(e.ctx, s) })
			}
			yes, no := true, false
			for _, c := range []struct {
				filter retable.SessionFilter
				want   []string
			}{
				{retable.SessionFilter{}, []string{"beta 2.zip", "Ärger.zip", "alpha 2.zip", "Beta 1.zip", "Alpha 1.zip"}},
				{retable.SessionFilter{Visible: anna.ID}, []string{"beta 2.zip", "alpha 2.zip", "Alpha 1.zip"}},
				{retable.SessionFilter{OwnerID: bert.ID}, []string{"Ärger.zip", "Beta 1.zip"}},
				{retable.SessionFilter{State: retable.SessionReady}, []string{"alpha 2.zip"}},
				{retable.SessionFilter{Search: "ALPHA"}, []string{"alpha 2.zip", "Alpha 1.zip"}},
				{retable.SessionFilter{Search: "är"}, []string{"Ärger.zip"}},
				{retable.SessionFilter{Pattern: "beta", Visible: anna.ID}, []string{"beta 2.zip"}},
				{retable.SessionFilter{SHA256: "sha of Beta 1.zip"}, []string{"Beta 1.zip"}},
				{retable.SessionFilter{WatchID: w.ID}, []string{"alpha 2.zip"}},
				{retable.SessionFilter{Before: 2002}, []string{"Beta 1.zip", "Alpha 1.zip"}},
				{retable.SessionFilter{Pinned: &yes}, []string{"alpha 2.zip"}},
				{retable.SessionFilter{Pinned: &no, OwnerID: anna.ID}, []string{"beta 2.zip", "Alpha 1.zip"}},
			} {
				got := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Session], error) {
					return tx.Sessions().List(e.ctx, c.filter, p)
				})
				sameNames(e, names(got, func(s retable.Session) string { return s.Name }), c.want...)
			}
		}},
		{"what a comparison or an active job needs isn't deleted, and they are named", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			c := e.comparison(u, a, b)
			job := e.enqueue(retable.JobSpec{Kind: retable.JobConvert, SessionID: b.ID})
			for _, s := range []*retable.Session{a, b} {
				e.refusedAs(retable.ErrReferenced, func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, s.ID) })
			}
			e.see(func(tx retable.Tx) error {
				refs, err := tx.Sessions().References(e.ctx, b.ID)
				same(e, len(refs), 2)
				if !strings.Contains(refs[0], c.ID) || !strings.Contains(refs[1], "convert") {
					e.Errorf("got %q", refs)
				}
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Comparisons().Delete(e.ctx, c.ID) })
			e.do(func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, a.ID) })
			e.refusedAs(retable.ErrReferenced, func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, b.ID) })
			e.do(func(tx retable.Tx) error { _, err := tx.Jobs().AskCancel(e.ctx, job.ID, 5); return err })
			e.do(func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, b.ID) })
		}},
		{"the refusal to delete names the first of many", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			for range 8 {
				e.comparison(u, a, b)
			}
			err := e.store.Update(e.ctx, func(tx retable.Tx) error { return tx.Sessions().Delete(e.ctx, a.ID) })
			var refusal *retable.Error
			if !errors.As(err, &refusal) || !strings.HasSuffix(refusal.Detail, " and others.") || strings.Count(refusal.Detail, "comparison ") != 5 {
				e.Errorf("got %v", err)
			}
		}},
		{"all that hangs on a session goes with it", func(e *env) {
			u := e.user("anna")
			s, other := e.session(u, "a.zip"), e.session(u, "b.zip")
			a := e.artifact(&retable.Artifact{SessionID: s.ID, Kind: retable.ArtifactTables, Bytes: 1})
			job := e.enqueue(retable.JobSpec{Kind: retable.JobScan, SessionID: s.ID})
			set := &retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "set", Sessions: []string{s.ID, other.ID}}
			e.do(func(tx retable.Tx) error {
				if err := tx.Inventory().SetFiles(e.ctx, s.ID, []retable.SourceFile{{ID: 1, Path: "a.xml"}}); err != nil {
					return err
				}
				if err := tx.Comparisons().Pin(e.ctx, &retable.Pin{LeftID: s.ID, RightID: other.ID, LeftPath: "a", RightPath: "b"}); err != nil {
					return err
				}
				if err := tx.Collections().Put(e.ctx, set); err != nil {
					return err
				}
				if _, err := tx.Jobs().AskCancel(e.ctx, job.ID, 5); err != nil {
					return err
				}
				return tx.Sessions().Delete(e.ctx, s.ID)
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Artifacts().Get(e.ctx, a.ID); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().Get(e.ctx, job.ID); return err })
			e.see(func(tx retable.Tx) error {
				files, err := tx.Inventory().Files(e.ctx, s.ID, retable.FileFilter{}, retable.Page{})
				if err != nil {
					return err
				}
				same(e, files.Total, 0)
				pins, err := tx.Comparisons().Pins(e.ctx, s.ID, other.ID)
				if err != nil {
					return err
				}
				same(e, len(pins), 0)
				got, err := tx.Collections().Get(e.ctx, set.ID)
				sameNames(e, got.Sessions, other.ID)
				return err
			})
		}},
	}
}

func uploadClaims() []claim {
	return []claim{
		{"an upload grows by parts and changes its state once", func(e *env) {
			u := e.user("anna")
			s := e.session(u, "a.zip")
			want := &retable.Upload{
				ID: retable.NewID(), UserID: u.ID, Filename: "a.zip", Bytes: 10, PartBytes: 4, SHA256: "s", State: retable.UploadOpen,
				Options: raw(`{"convert":false}`), CreatedAt: 1, UpdatedAt: 1, ExpiresAt: 100,
			}
			e.do(func(tx retable.Tx) error { return tx.Uploads().Create(e.ctx, want) })
			for _, n := range []int{2, 1, 3, 1} {
				e.do(func(tx retable.Tx) error {
					return tx.Uploads().PutPart(e.ctx, &retable.UploadPart{UploadID: want.ID, Number: n, Bytes: int64(n), SHA256: "p", ETag: "t", At: 2})
				})
			}
			e.see(func(tx retable.Tx) error {
				parts, err := tx.Uploads().Parts(e.ctx, want.ID)
				same(e, names(parts, func(p retable.UploadPart) string { return string(rune('0' + p.Number)) }), []string{"1", "2", "3"})
				return err
			})
			want.SessionID, want.Handle, want.UpdatedAt = s.ID, "h", 3
			e.do(func(tx retable.Tx) error { return tx.Uploads().Update(e.ctx, want) })
			move := func(tx retable.Tx) error {
				return tx.Uploads().Move(e.ctx, want.ID, retable.UploadOpen, retable.UploadVerifying, 4)
			}
			e.do(move)
			e.refusedAs(retable.ErrStale, move)
			want.State, want.UpdatedAt = retable.UploadVerifying, 4
			e.see(func(tx retable.Tx) error {
				got, err := tx.Uploads().Get(e.ctx, want.ID)
				same(e, got, want)
				return err
			})
		}},
		{"what isn't there is missing", func(e *env) {
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Uploads().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Uploads().Move(e.ctx, "none", retable.UploadOpen, retable.UploadAborted, 1)
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Uploads().Update(e.ctx, &retable.Upload{ID: "none", State: retable.UploadOpen})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Uploads().PutPart(e.ctx, &retable.UploadPart{UploadID: "none", Number: 1})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Uploads().Create(e.ctx, &retable.Upload{ID: "u", UserID: "none", State: retable.UploadOpen})
			})
		}},
		{"those under way count, and expire", func(e *env) {
			u := e.user("anna")
			for i, state := range []retable.UploadState{
				retable.UploadOpen, retable.UploadVerifying, retable.UploadComplete, retable.UploadAborted, retable.UploadOpen,
			} {
				e.do(func(tx retable.Tx) error {
					return tx.Uploads().Create(e.ctx, &retable.Upload{
						ID: string(rune('a' + i)), UserID: u.ID, Bytes: 10, State: state, ExpiresAt: retable.Millis(100 - i),
					})
				})
			}
			e.see(func(tx retable.Tx) error {
				bytes, err := tx.Uploads().Pending(e.ctx, u.ID)
				if err != nil {
					return err
				}
				same(e, bytes, 30)
				expired, err := tx.Uploads().Expired(e.ctx, 100, 10)
				if err != nil {
					return err
				}
				id := func(u retable.Upload) string { return u.ID }
				sameNames(e, names(expired, id), "e", "b")
				expired, err = tx.Uploads().Expired(e.ctx, 1000, 1)
				sameNames(e, names(expired, id), "e")
				return err
			})
		}},
	}
}
