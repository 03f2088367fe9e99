package storetest

import (
	"fmt"

	"retable/internal/retable"
)

func artifactClaims() []claim {
	return []claim{
		{"an artifact is kept, and its size counts to the session's", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			want := e.artifact(&retable.Artifact{
				SessionID: s.ID, JobID: 7, Kind: retable.ArtifactExport, Format: "csv", OptionsHash: "o", Engine: "1", Name: "a.zip",
				MediaType: "application/zip", Key: "sessions/x/a.zip", SHA256: "s", Bytes: 100, CreatedAt: 5,
			})
			stored := func(want int64) {
				e.Helper()
				e.see(func(tx retable.Tx) error {
					got, err := tx.Sessions().Get(e.ctx, s.ID)
					same(e, got.Stored, want)
					return err
				})
			}
			stored(100)
			e.see(func(tx retable.Tx) error {
				got, err := tx.Artifacts().Get(e.ctx, want.ID)
				if err != nil {
					return err
				}
				same(e, got, want)
				has, err := tx.Artifacts().HasKey(e.ctx, want.Key)
				if err != nil {
					return err
				}
				same(e, has, true)
				keys, err := tx.Artifacts().HasKeys(e.ctx, []string{"other", want.Key})
				same(e, keys, map[string]bool{want.Key: true})
				if err != nil {
					return err
				}
				has, err = tx.Artifacts().HasKey(e.ctx, "other")
				same(e, has, false)
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Artifacts().Delete(e.ctx, want.ID) })
			stored(0)
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Artifacts().Delete(e.ctx, want.ID) })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Artifacts().Get(e.ctx, want.ID); return err })
			stored(0)
		}},
		{"they are found by what they are, newest first", func(e *env) {
			u := e.user("anna")
			a, b := e.session(u, "a.zip"), e.session(u, "b.zip")
			c := e.comparison(u, a, b)
			for i, x := range []*retable.Artifact{
				{SessionID: a.ID, Kind: retable.ArtifactExport, Format: "csv", OptionsHash: "o1", Engine: "1", SHA256: "x"},
				{SessionID: a.ID, Kind: retable.ArtifactExport, Format: "csv", OptionsHash: "o2", Engine: "2", SHA256: "y"},
				{SessionID: b.ID, Kind: retable.ArtifactTables, SHA256: "y"},
				{ComparisonID: c.ID, Kind: retable.ArtifactReport, Format: "html"},
			} {
				x.Name = fmt.Sprint(i)
				e.artifact(x)
			}
			for _, q := range []struct {
				filter retable.ArtifactFilter
				want   []string
			}{
				{retable.ArtifactFilter{SessionID: a.ID}, []string{"1", "0"}},
				{retable.ArtifactFilter{SessionID: a.ID, OptionsHash: "o1"}, []string{"0"}},
				{retable.ArtifactFilter{SessionID: a.ID, Kind: retable.ArtifactExport, Format: "csv", Engine: "2"}, []string{"1"}},
				{retable.ArtifactFilter{SHA256: "y"}, []string{"2", "1"}},
				{retable.ArtifactFilter{ComparisonID: c.ID}, []string{"3"}},
				{retable.ArtifactFilter{SessionID: "none"}, []string{}},
			} {
				e.see(func(tx retable.Tx) error {
					got, err := tx.Artifacts().Find(e.ctx, q.filter)
					sameNames(e, names(got, func(a retable.Artifact) string { return a.Name }), q.want...)
					return err
				})
			}
			e.do(func(tx retable.Tx) error { return tx.Comparisons().Delete(e.ctx, c.ID) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Artifacts().Find(e.ctx, retable.ArtifactFilter{ComparisonID: c.ID})
				same(e, len(got), 0)
				return err
			})
		}},
		{"one of a session that isn't there is refused", func(e *env) {
			for _, a := range []*retable.Artifact{{ID: "a", SessionID: "none"}, {ID: "a", ComparisonID: "none"}} {
				e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Artifacts().Add(e.ctx, a) })
			}
		}},
	}
}

func inventoryClaims() []claim {
	return []claim{
		{"files are listed by id, in parts, and replaced as a whole", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			files := make([]retable.SourceFile, 451) // more than two batches
			for i := range files {
				files[i] = retable.SourceFile{
					SessionID: s.ID, ID: int64(i + 1), Path: fmt.Sprintf("d/%d.xml", i), Status: "ok", Kind: "{urn:x}root", Bytes: 1,
					SHA256: "s", Encoding: "UTF-8", Rows: 2, Values: 3, Code: "c", Error: "e", Warnings: []string{"w", "v"},
				}
			}
			set := func(n int) {
				e.do(func(tx retable.Tx) error { return tx.Inventory().SetFiles(e.ctx, s.ID, files[:n]) })
			}
			set(451)
			e.see(func(tx retable.Tx) error {
				page := retable.Page{Limit: 200}
				var got []retable.SourceFile
				for {
					part, err := tx.Inventory().Files(e.ctx, s.ID, retable.FileFilter{}, page)
					if err != nil {
						return err
					}
					same(e, part.Total, 451)
					got = append(got, part.Items...)
					if part.Next == "" {
						break
					}
					page.Cursor = part.Next
				}
				same(e, got, files)
				return nil
			})
			set(3)
			same(e, len(all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.SourceFile], error) {
				return tx.Inventory().Files(e.ctx, s.ID, retable.FileFilter{}, p)
			})), 3)
			set(0)
		}},
		{"tables and columns are kept in their order and replaced as a whole", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			tables := []retable.TableInfo{
				{SessionID: s.ID, ID: 1, Name: "order", View: "order", Kind: "k", Path: "/o", Rows: 5, Columns: 2},
				{SessionID: s.ID, ID: 2, Name: "item", View: "item_2", Kind: "k", Path: "/o/i", Parent: "order", Rows: 9, Columns: 1},
			}
			columns := []retable.ColumnInfo{
				{SessionID: s.ID, TableID: 1, ID: 1, Name: "id", View: "id", XPath: "/o/@id", Type: "integer", Distinct: 5, Min: "1", Max: "5", Examples: []string{"1", "2"}},
				{SessionID: s.ID, TableID: 1, ID: 2, Name: "note", View: "note", XPath: "/o/note", Type: "text", Nulls: 4, Distinct: 1, Min: "a", Max: "a"},
				{SessionID: s.ID, TableID: 2, ID: 1, Name: "x", View: "x", XPath: "/o/i/x", Type: "text"},
			}
			for range 2 {
				e.do(func(tx retable.Tx) error { return tx.Inventory().SetTables(e.ctx, s.ID, tables, columns) })
			}
			e.see(func(tx retable.Tx) error {
				got, err := tx.Inventory().Tables(e.ctx, s.ID)
				if err != nil {
					return err
				}
				same(e, got, tables)
				first, err := tx.Inventory().Columns(e.ctx, s.ID, 1)
				same(e, first, columns[:2])
				return err
			})
			e.do(func(tx retable.Tx) error { return tx.Inventory().SetTables(e.ctx, s.ID, tables[:1], nil) })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Inventory().Columns(e.ctx, s.ID, 1)
				same(e, len(got), 0)
				return err
			})
		}},
		{"what doesn't fit together is refused", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			one := []retable.TableInfo{{ID: 1, Name: "a"}}
			e.refused(retable.NotFound, func(tx retable.Tx) error {
				return tx.Inventory().SetFiles(e.ctx, "none", []retable.SourceFile{{ID: 1}})
			})
			e.refused(retable.NotFound, func(tx retable.Tx) error { return tx.Inventory().SetTables(e.ctx, "none", one, nil) })
			e.refused(retable.Unprocessable, func(tx retable.Tx) error {
				return tx.Inventory().SetTables(e.ctx, s.ID, one, []retable.ColumnInfo{{TableID: 2, ID: 1}})
			})
			e.refused(retable.Unprocessable, func(tx retable.Tx) error {
				return tx.Inventory().SetFiles(e.ctx, s.ID, []retable.SourceFile{{ID: 1}, {ID: 1}})
			})
		}},
	}
}
