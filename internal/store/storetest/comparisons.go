package storetest

import "retable/internal/retable"

func comparisonClaims() []claim {
	return []claim{
		{"a comparison is kept, changed and found", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			e.comparison(u, a, b)
			want := e.comparison(u, a, b)
			want.JobID, want.Options, want.State, want.Similarity, want.Changes = 17, raw(`{"x":1}`), retable.JobSuccess, 0.1234567890123, 5
			want.Summary, want.Error, want.UpdatedAt = raw(`{"rows":5}`), "e", 9
			e.do(func(tx retable.Tx) error { return tx.Comparisons().Update(e.ctx, want) })
			e.see(func(tx retable.Tx) error {
				for _, read := range []func() (*retable.Comparison, error){
					func() (*retable.Comparison, error) { return tx.Comparisons().Get(e.ctx, want.ID) },
					func() (*retable.Comparison, error) { return tx.Comparisons().ByJob(e.ctx, 17) },
					func() (*retable.Comparison, error) { return tx.Comparisons().Find(e.ctx, a.ID, b.ID, "o") },
				} {
					got, err := read()
					if err != nil {
						return err
					}
					same(e, got, want)
				}
				return nil
			})
		}},
		{"what isn't there is missing", func(e *env) {
			u := e.user("anna")
			a := e.session(u, "a.zip")
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Comparisons().Get(e.ctx, "none"); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Comparisons().ByJob(e.ctx, 0); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Comparisons().Find(e.ctx, a.ID, a.ID, ""); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Comparisons().Delete(e.ctx, "none") })
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Comparisons().Update(e.ctx, &retable.Comparison{ID: "none", State: retable.JobQueued})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Comparisons().Create(e.ctx, &retable.Comparison{ID: "c", OwnerID: u.ID, LeftID: a.ID, RightID: "none", State: retable.JobQueued})
			})
		}},
		{"the list is by who may see it and by session", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			a, b, c := e.session(anna, "a.zip"), e.session(anna, "b.zip"), e.session(bert, "c.zip")
			ab, bc, ca := e.comparison(anna, a, b), e.comparison(bert, b, c), e.comparison(bert, c, a)
			for _, q := range []struct {
				filter retable.ComparisonFilter
				want   []string
			}{
				{retable.ComparisonFilter{}, []string{ca.ID, bc.ID, ab.ID}},
				{retable.ComparisonFilter{Visible: anna.ID}, []string{ab.ID}},
				{retable.ComparisonFilter{SessionID: a.ID}, []string{ca.ID, ab.ID}},
				{retable.ComparisonFilter{SessionID: a.ID, Visible: bert.ID}, []string{ca.ID}},
			} {
				got := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Comparison], error) {
					return tx.Comparisons().List(e.ctx, q.filter, p)
				})
				sameNames(e, names(got, func(c retable.Comparison) string { return c.ID }), q.want...)
			}
		}},
		{"one that is being made isn't deleted", func(e *env) {
			u := e.user("anna")
			c := e.comparison(u, e.session(u, "a.zip"), e.session(u, "b.zip"))
			job := e.enqueue(retable.JobSpec{Kind: retable.JobCompare, ComparisonID: c.ID})
			e.refusedAs(retable.ErrReferenced, func(tx retable.Tx) error { return tx.Comparisons().Delete(e.ctx, c.ID) })
			e.do(func(tx retable.Tx) error { _, err := tx.Jobs().AskCancel(e.ctx, job.ID, 2); return err })
			e.do(func(tx retable.Tx) error { return tx.Comparisons().Delete(e.ctx, c.ID) })
		}},
		{"pins are kept per pair, and said again replaced", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			second := retable.Pin{LeftID: a.ID, RightID: b.ID, LeftPath: "b.xml", RightPath: "", CreatedAt: 1}
			first := retable.Pin{LeftID: a.ID, RightID: b.ID, LeftPath: "a.xml", RightPath: "z.xml", CreatedAt: 1}
			pin := func(p retable.Pin) func(tx retable.Tx) error {
				return func(tx retable.Tx) error { return tx.Comparisons().Pin(e.ctx, &p) }
			}
			e.do(pin(second))
			e.do(pin(first))
			first.Apart, first.CreatedAt = true, 2
			e.do(pin(first))
			e.see(func(tx retable.Tx) error {
				got, err := tx.Comparisons().Pins(e.ctx, a.ID, b.ID)
				same(e, got, []retable.Pin{first, second})
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Comparisons().Unpin(e.ctx, &second) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Comparisons().Unpin(e.ctx, &second) })
			e.refused(retable.NotFound, pin(retable.Pin{LeftID: a.ID, RightID: "none"}))
		}},
	}
}
