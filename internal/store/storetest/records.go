package storetest

import (
	"fmt"
	"strings"

	"retable/internal/retable"
	"retable/internal/store"
)

func recordClaims() []claim {
	return []claim{
		{"a setting is set, read and replaced", func(e *env) {
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Settings().Get(e.ctx, "a"); return err })
			for _, value := range []string{`{"x": 1}`, `"two"`} {
				e.do(func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "a", raw(value), 1) })
				e.see(func(tx retable.Tx) error {
					got, err := tx.Settings().Get(e.ctx, "a")
					same(e, string(got), value)
					return err
				})
			}
			e.do(func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "b", raw(`null`), 1) })
			e.see(func(tx retable.Tx) error {
				every, err := tx.Settings().All(e.ctx)
				same(e, len(every), 2)
				same(e, string(every["a"]), `"two"`)
				return err
			})
			for _, wrong := range []string{`{`, ``} {
				e.refused(retable.Unprocessable, func(tx retable.Tx) error { return tx.Settings().Set(e.ctx, "a", raw(wrong), 1) })
			}
		}},
		{"a notice reaches its user or the administrators, until it is seen", func(e *env) {
			u := e.user("anna")
			var ids []string
			for i, to := range []string{u.ID, "", u.ID} {
				n := &retable.Notice{ID: retable.NewID(), UserID: to, Kind: "k", Text: fmt.Sprint(i), Detail: raw(`{}`), At: 1}
				e.do(func(tx retable.Tx) error { return tx.Notices().Add(e.ctx, n) })
				ids = append(ids, n.ID)
			}
			list := func(to string, unseen bool) []string {
				return names(all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Notice], error) {
					return tx.Notices().List(e.ctx, to, unseen, p)
				}), func(n retable.Notice) string { return n.Text })
			}
			sameNames(e, list(u.ID, false), "2", "0")
			sameNames(e, list("", true), "1")
			e.do(func(tx retable.Tx) error { return tx.Notices().Seen(e.ctx, ids[2], 5) })
			e.do(func(tx retable.Tx) error { return tx.Notices().Seen(e.ctx, ids[2], 6) })
			sameNames(e, list(u.ID, true), "0")
			e.see(func(tx retable.Tx) error {
				part, err := tx.Notices().List(e.ctx, u.ID, false, retable.Page{Limit: 1})
				if err != nil {
					return err
				}
				same(e, part.Items[0].SeenAt, 5)
				got, err := tx.Notices().Get(e.ctx, ids[2])
				same(e, *got, part.Items[0])
				return err
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Notices().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Notices().Seen(e.ctx, "none", 5) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Notices().Add(e.ctx, &retable.Notice{ID: "n", UserID: "none"}) })
		}},
		{"errors are kept, searched and purged; long ones are cut", func(e *env) {
			for i, message := range []string{"Parser broke", "disk full", "parser again"} {
				e.do(func(tx retable.Tx) error {
					return tx.ErrorEvents().Add(e.ctx, &retable.ErrorEvent{
						ID: retable.NewID(), At: retable.Millis(10 + i), Source: []string{"convert", "GET /x"}[i%2], JobID: 3, UserID: "gone",
						CorrelationID: "corr-" + fmt.Sprint(i), Code: retable.Internal, Message: message, Stack: strings.Repeat("ä", 50_000),
					})
				})
			}
			list := func(source, search string) []string {
				return names(all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.ErrorEvent], error) {
					return tx.ErrorEvents().List(e.ctx, source, search, p)
				}), func(x retable.ErrorEvent) string { return x.Message })
			}
			sameNames(e, list("", ""), "parser again", "disk full", "Parser broke")
			sameNames(e, list("convert", ""), "parser again", "Parser broke")
			sameNames(e, list("", "PARSER"), "parser again", "Parser broke")
			sameNames(e, list("", "corr-1"), "disk full")
			e.see(func(tx retable.Tx) error {
				part, err := tx.ErrorEvents().List(e.ctx, "", "", retable.Page{Limit: 1})
				if stack := part.Items[0].Stack; len(stack) > 64<<10 || !strings.HasSuffix(stack, "ä…") {
					e.Errorf("the stack has %d bytes and ends with %q", len(stack), stack[len(stack)-6:])
				}
				return err
			})
			e.do(func(tx retable.Tx) error {
				n, err := tx.ErrorEvents().Purge(e.ctx, 12)
				same(e, n, 2)
				return err
			})
			sameNames(e, list("", ""), "parser again")
		}},
	}
}

func auditClaims() []claim {
	return []claim{
		{"entries are numbered and chained, filtered and verified", func(e *env) {
			e.audit(5)
			for _, q := range []struct {
				filter retable.AuditFilter
				want   []string
			}{
				{retable.AuditFilter{}, []string{"5", "4", "3", "2", "1"}},
				{retable.AuditFilter{ActorID: "u1"}, []string{"4", "2"}},
				{retable.AuditFilter{Action: "user.lock"}, []string{"5", "4", "3", "2", "1"}},
				{retable.AuditFilter{Target: "t3", Outcome: "ok"}, []string{"3"}},
				{retable.AuditFilter{Outcome: "denied"}, []string{}},
				{retable.AuditFilter{After: 101, Before: 104}, []string{"4", "3"}},
			} {
				got := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.AuditEntry], error) {
					return tx.Audit().List(e.ctx, q.filter, p)
				})
				sameNames(e, names(got, func(x retable.AuditEntry) string { return fmt.Sprint(x.Seq) }), q.want...)
			}
			head, err := e.verify(nil)
			same(e, err, nil)
			same(e, head.Entries, 5)
		}},
		{"a head of before shows what was cut off or rewritten", func(e *env) {
			e.audit(3)
			head, err := e.verify(nil)
			same(e, err, nil)
			e.audit(2)
			_, err = e.verify(&head)
			same(e, err, nil)
			for _, wrong := range []store.AuditHead{{Seq: 99, Hash: head.Hash}, {Seq: 2, Hash: head.Hash}} {
				if _, err := e.verify(&wrong); !retable.Is(err, retable.Conflict) {
					e.Errorf("got %v, want a conflict", err)
				}
			}
		}},
		{"an entry that is undone leaves no gap", func(e *env) {
			e.audit(1)
			_ = e.store.Update(e.ctx, func(tx retable.Tx) error {
				if err := tx.Audit().Append(e.ctx, &retable.AuditEntry{Action: "x", Outcome: "ok"}); err != nil {
					return err
				}
				return fmt.Errorf("undone")
			})
			e.audit(1)
			head, err := e.verify(nil)
			same(e, err, nil)
			same(e, head.Seq, 2)
		}},
		{"reading may stop early", func(e *env) {
			e.audit(3)
			stop := fmt.Errorf("enough")
			err := e.store.View(e.ctx, func(tx retable.Tx) error {
				return tx.Audit().Each(e.ctx, func(*retable.AuditEntry) error { return stop })
			})
			same(e, err, stop)
		}},
	}
}

// audit appends n entries.
func (e *env) audit(n int) {
	e.Helper()
	for i := range n {
		e.do(func(tx retable.Tx) error {
			x := &retable.AuditEntry{
				At: retable.Millis(100 + i), ActorID: "u" + fmt.Sprint(i%2), Actor: "Anna\x00", Action: "user.lock", Target: "t" + fmt.Sprint(i+1),
				Outcome: "ok", Addr: "192.0.2.1", CorrelationID: "c", Detail: raw(`{"role": "admin"}`),
			}
			if err := tx.Audit().Append(e.ctx, x); err != nil {
				return err
			}
			if x.Seq == 0 || len(x.Hash) != 64 || (x.Seq > 1) != (x.PrevHash != "") {
				e.Errorf("the entry was not filled: %+v", x)
			}
			return nil
		})
	}
}

func (e *env) verify(expect *store.AuditHead) (head store.AuditHead, err error) {
	e.Helper()
	viewErr := e.store.View(e.ctx, func(tx retable.Tx) error {
		head, err = store.VerifyAudit(e.ctx, tx.Audit(), expect)
		return nil
	})
	if viewErr != nil {
		e.Fatal(viewErr)
	}
	return head, err
}
