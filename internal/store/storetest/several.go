package storetest

import "retable/internal/retable"

// severalClaims are about what is asked for many things at once.
func severalClaims() []claim {
	return []claim{
		{"names are given of those that are there", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			a, b := e.session(anna, "a.zip"), e.session(bert, "b.zip")
			team := e.team("buyers", anna)
			c := e.comparison(anna, b, a)
			e.see(func(tx retable.Tx) error {
				users, err := tx.Users().Names(e.ctx, []string{bert.ID, "none", anna.ID, bert.ID})
				same(e, users, map[string]string{anna.ID: "anna", bert.ID: "bert"})
				if err != nil {
					return err
				}
				sessions, err := tx.Sessions().Names(e.ctx, []string{a.ID, "none"})
				same(e, sessions, map[string]string{a.ID: "a.zip"})
				if err != nil {
					return err
				}
				teams, err := tx.Sharing().TeamNames(e.ctx, []string{team.ID, "none"})
				same(e, teams, map[string]string{team.ID: "buyers"})
				if err != nil {
					return err
				}
				compared, err := tx.Comparisons().Names(e.ctx, []string{c.ID, "none"})
				same(e, compared, map[string][2]string{c.ID: {"b.zip", "a.zip"}})
				return err
			})
		}},
		{"of no things no answer is given", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			e.enqueue(retable.JobSpec{Kind: retable.JobScan, SessionID: s.ID})
			e.see(func(tx retable.Tx) error {
				users, err := tx.Users().Names(e.ctx, nil)
				same(e, users, map[string]string{})
				if err != nil {
					return err
				}
				active, err := tx.Jobs().Active(e.ctx, nil, "")
				same(e, active, map[string]int64{})
				return err
			})
		}},
		{"many hundred are asked for in parts", func(e *env) {
			u := e.user("anna")
			ids := []string{u.ID}
			for range 1200 {
				ids = append(ids, retable.NewID())
			}
			e.see(func(tx retable.Tx) error {
				got, err := tx.Users().Names(e.ctx, ids)
				same(e, got, map[string]string{u.ID: "anna"})
				return err
			})
		}},
		{"a twin is the owner's first session of the same content", func(e *env) {
			anna, bert := e.user("anna"), e.user("bert")
			var ids []string
			for i, name := range []string{"a", "b", "a", "a"} {
				ids = append(ids, e.session([]*retable.User{anna, anna, bert, anna}[i], name).ID)
			}
			last := e.session(anna, "a").ID
			for range 2 { // no content is known of these
				s := &retable.Session{ID: retable.NewID(), OwnerID: anna.ID, Name: "x", State: retable.SessionReceived}
				e.do(func(tx retable.Tx) error { return tx.Sessions().Create(e.ctx, s) })
				ids = append(ids, s.ID)
			}
			e.see(func(tx retable.Tx) error {
				got, err := tx.Sessions().Twins(e.ctx, append(ids, last))
				same(e, got, map[string]string{ids[3]: ids[0], last: ids[0]})
				return err
			})
		}},
		{"the newest job that is not over is given, of a kind or of any", func(e *env) {
			u := e.user("anna")
			a, b, c := e.session(u, "a"), e.session(u, "b"), e.session(u, "c")
			e.enqueue(retable.JobSpec{Kind: retable.JobScan, SessionID: a.ID})
			index := e.enqueue(retable.JobSpec{Kind: retable.JobIndex, SessionID: a.ID})
			convert := e.enqueue(retable.JobSpec{Kind: retable.JobConvert, SessionID: a.ID})
			over := e.enqueue(retable.JobSpec{Kind: retable.JobIndex, SessionID: b.ID})
			e.do(func(tx retable.Tx) error { _, err := tx.Jobs().AskCancel(e.ctx, over.ID, 5); return err })
			all := []string{a.ID, b.ID, c.ID}
			e.see(func(tx retable.Tx) error {
				got, err := tx.Jobs().Active(e.ctx, all, "")
				same(e, got, map[string]int64{a.ID: convert.ID})
				if err != nil {
					return err
				}
				got, err = tx.Jobs().Active(e.ctx, all, retable.JobIndex)
				same(e, got, map[string]int64{a.ID: index.ID})
				return err
			})
		}},
		{"some jobs are those that are there", func(e *env) {
			s := e.session(e.user("anna"), "a")
			job := e.enqueue(retable.JobSpec{Kind: retable.JobScan, SessionID: s.ID, Payload: raw(`{}`)})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Jobs().Some(e.ctx, []int64{job.ID, job.ID + 100})
				same(e, len(got), 1)
				same(e, got[job.ID], *job)
				return err
			})
		}},
		{"the newest artifact of a kind is given", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a"), e.session(u, "b")
			e.artifact(&retable.Artifact{SessionID: a.ID, Kind: retable.ArtifactIndex, Bytes: 1})
			want := e.artifact(&retable.Artifact{SessionID: a.ID, Kind: retable.ArtifactIndex, Bytes: 2})
			e.artifact(&retable.Artifact{SessionID: a.ID, Kind: retable.ArtifactTables, Bytes: 3})
			e.artifact(&retable.Artifact{SessionID: b.ID, Kind: retable.ArtifactTables, Bytes: 4})
			e.see(func(tx retable.Tx) error {
				got, err := tx.Artifacts().Newest(e.ctx, []string{a.ID, b.ID}, retable.ArtifactIndex)
				same(e, got, map[string]retable.Artifact{a.ID: *want})
				return err
			})
		}},
		{"the files of watched folders are counted by state", func(e *env) {
			u := e.user("anna")
			in, other := e.watch(u, "/in"), e.watch(u, "/other")
			for i, state := range []string{"done", "failed", "done"} {
				f := &retable.WatchedFile{WatchID: in.ID, Path: string(rune('a' + i)), State: state}
				e.do(func(tx retable.Tx) error { return tx.Watches().PutFile(e.ctx, f) })
			}
			e.see(func(tx retable.Tx) error {
				got, err := tx.Watches().Counts(e.ctx, []string{in.ID, other.ID})
				same(e, got, map[string]map[string]int64{in.ID: {"done": 2, "failed": 1}})
				return err
			})
		}},
	}
}
