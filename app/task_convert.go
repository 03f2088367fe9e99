package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"retable/actors"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// ConvertSessionRequest asks for a session's tables.
type ConvertSessionRequest struct {
	SessionID string          `json:"session_id"`
	Options   *ConvertOptions `json:"options,omitempty"` // nil: those it was received with
}

// ConvertSession enqueues the conversion of a session. The same one again is
// the same job while it is not over, and done at once if its tables are there.
func (s *Service) ConvertSession(ctx context.Context, req ConvertSessionRequest) (*JobStarted, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if req.Options != nil {
		if err := req.Options.check(); err != nil {
			return nil, err
		}
	}
	var j *retable.Job
	err = s.system.Do(ctx, req.SessionID, "convert", func(ctx context.Context, tx retable.Tx) error {
		x, err := session(ctx, tx, p, req.SessionID, true)
		if err != nil {
			return err
		}
		if req.Options != nil {
			if x.Options, err = encoded(req.Options); err != nil {
				return err
			}
			x.UpdatedAt = s.clock.Now()
			if err := tx.Sessions().Update(ctx, x); err != nil {
				return err
			}
		}
		opts, err := optionsOf(x)
		if err != nil {
			return err
		}
		j, err = s.enqueueConvert(ctx, tx, x.ID, opts, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.system.Hint()
	return &JobStarted{j.ID}, nil
}

// optionsOf are the conversion options that a session has.
func optionsOf(x *retable.Session) (ConvertOptions, error) {
	return payload[ConvertOptions](&retable.Job{Payload: x.Options})
}

func (s *Service) enqueueConvert(ctx context.Context, tx retable.Tx, sessionID string, opts ConvertOptions, after []int64) (*retable.Job, error) {
	raw, err := encoded(opts)
	if err != nil {
		return nil, err
	}
	return s.enqueue(ctx, tx, retable.JobSpec{
		Kind: retable.JobConvert, SessionID: sessionID, Payload: raw, After: after,
		DedupeKey: "convert:" + sessionID + ":" + hashOf(opts, s.cfg.Version),
	})
}

// tablesHash names the tables that options give: only what shapes the
// relational tables counts.
func (s *Service) tablesHash(o ConvertOptions) string {
	return hashOf("tables", o.Entities, o.Recipes, s.cfg.Version)
}

// convertTask makes a session's tables.sqlite.
func (s *Service) convertTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	opts, err := payload[ConvertOptions](j)
	if err != nil {
		return none, err
	}
	hash := s.tablesHash(opts)
	if out, ok, err := s.reuse(ctx, j, hash); ok || err != nil {
		return out, err
	}
	x, err := s.enter(ctx, j.SessionID, "convert", retable.SessionConverting)
	if err != nil {
		return none, err
	}
	dir, remove, err := s.scratch("convert")
	if err != nil {
		return none, err
	}
	defer remove()
	c, err := s.toTables(ctx, j.SessionID, opts, filepath.Join(dir, "tables"), report)
	if err != nil {
		return none, explained(ctx, err, "converting the bundle")
	}
	file, err := findSQLite(filepath.Join(dir, "tables"))
	if err != nil {
		return none, retable.Fault(err, "finding the tables that were written")
	}
	tables, columns, err := inventoryOf(ctx, j.SessionID, file)
	if err != nil {
		return none, retable.Fault(err, "reading the tables that were written")
	}
	blob, err := s.blobs.Import(ctx, madeBy(j)+"tables.sqlite", file)
	if err != nil {
		return none, explained(ctx, err, "storing the tables")
	}
	facts := tablesFacts{tables: tables, columns: columns, values: int64(c.Accounted()), proved: c.Proved(), partial: c.Partial(), files: sourceFiles(j.SessionID, &c.Inventory)}
	return s.converted(ctx, j, x.Name, hash, blob, facts), nil
}

// tablesFacts is what a conversion tells of itself.
type tablesFacts struct {
	tables  []retable.TableInfo
	columns []retable.ColumnInfo
	files   []retable.SourceFile
	values  int64
	proved  bool
	partial bool
	own     bool // the session has them already: its exports and indexes stay good
}

func (f *tablesFacts) rows() (n int64) {
	for i := range f.tables {
		n += f.tables[i].Rows
	}
	return n
}

// converted is the outcome of a conversion.
func (s *Service) converted(ctx context.Context, j *retable.Job, name, hash string, blob retable.BlobInfo, f tablesFacts) actors.Outcome {
	rows := f.rows()
	return actors.Outcome{
		Result:  map[string]any{"tables": len(f.tables), "rows": rows, "values": f.values, "proved": f.proved, "partial": f.partial},
		Message: fmt.Sprintf("%d tables, %d rows, %d values accounted for", len(f.tables), rows, f.values),
		Commit: func(ctx context.Context, tx retable.Tx) error {
			x, err := tx.Sessions().Get(ctx, j.SessionID)
			if err != nil {
				return err
			}
			if !f.own {
				if err := s.replaceTables(ctx, tx, j, x.ID, BaseName(name)+".sqlite", hash, blob, f); err != nil {
					return err
				}
			}
			// Add has counted the artifact's bytes: read the session as it is now.
			if x, err = tx.Sessions().Get(ctx, j.SessionID); err != nil {
				return err
			}
			x.State, x.Error, x.Partial, x.Proved = retable.SessionReady, "", f.partial, f.proved
			x.Tables, x.Rows, x.Values, x.Engine = int64(len(f.tables)), rows, f.values, s.cfg.Version
			x.UpdatedAt = s.clock.Now()
			return tx.Sessions().Update(ctx, x)
		},
		Discard: func() { s.dropBlobs(context.WithoutCancel(ctx), []string{blob.Key}) },
	}
}

// replaceTables gives a session new tables.
func (s *Service) replaceTables(ctx context.Context, tx retable.Tx, j *retable.Job, sessionID, name, hash string, blob retable.BlobInfo, f tablesFacts) error {
	s.forgetTables(ctx, sessionID)
	if err := s.retireTables(ctx, tx, sessionID); err != nil {
		return err
	}
	if err := s.addArtifact(ctx, tx, j, retable.Artifact{
		SessionID: sessionID, Kind: retable.ArtifactTables, Format: "sqlite", OptionsHash: hash, Name: name,
		MediaType: "application/vnd.sqlite3", Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes,
	}); err != nil {
		return err
	}
	if err := tx.Inventory().SetTables(ctx, sessionID, f.tables, f.columns); err != nil {
		return err
	}
	if f.files == nil {
		return nil
	}
	return tx.Inventory().SetFiles(ctx, sessionID, f.files)
}

// retireTables removes the records of tables, exports and indexes that the new
// tables replace. Their blobs go with the next clean-up, when nobody reads
// them any more.
func (s *Service) retireTables(ctx context.Context, tx retable.Tx, sessionID string) error {
	for _, k := range []retable.ArtifactKind{retable.ArtifactTables, retable.ArtifactExport, retable.ArtifactIndex} {
		old, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{SessionID: sessionID, Kind: k})
		if err != nil {
			return err
		}
		for i := range old {
			if err := tx.Artifacts().Delete(ctx, old[i].ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// reuse takes tables that are there already: the session's own, or those of
// another session of the same owner with the same content, options and engine.
func (s *Service) reuse(ctx context.Context, j *retable.Job, hash string) (out actors.Outcome, ok bool, err error) {
	var (
		a    *retable.Artifact
		x    *retable.Session
		from *retable.Session
	)
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if x, err = tx.Sessions().Get(ctx, j.SessionID); err != nil {
			return err
		}
		same, err := tx.Sessions().List(ctx, retable.SessionFilter{OwnerID: x.OwnerID, SHA256: x.SHA256}, retable.Page{Limit: 20})
		if err != nil {
			return err
		}
		for i := range same.Items {
			a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: same.Items[i].ID, Kind: retable.ArtifactTables, OptionsHash: hash, Engine: s.cfg.Version})
			if err != nil || a != nil {
				from = &same.Items[i]
				return err
			}
		}
		return nil
	})
	if err != nil || a == nil {
		return out, false, err
	}
	blob, err := s.blobs.Stat(ctx, a.Key)
	if err != nil {
		return out, false, ignoreMissing(err) // it has been lost: make it again
	}
	blob.SHA256 = a.SHA256
	f := tablesFacts{values: from.Values, proved: from.Proved, partial: from.Partial, own: from.ID == j.SessionID}
	err = s.withBlob(ctx, a.Key, func(path string) (err error) {
		f.tables, f.columns, err = inventoryOf(ctx, j.SessionID, path)
		return err
	})
	if err != nil {
		return out, false, retable.Fault(err, "reading tables that are there")
	}
	out = s.converted(ctx, j, x.Name, hash, blob, f)
	out.Message += " (as before)"
	out.Discard = nil // the blob is somebody's
	return out, true, nil
}

// toTables converts a session's bundle into a folder with tables.sqlite.
func (s *Service) toTables(ctx context.Context, sessionID string, opts ConvertOptions, output string, report func(actors.Report)) (*Conversion, error) {
	recipes, err := opts.recipes()
	if err != nil {
		return nil, err
	}
	entities, err := ParseEntities(opts.Entities)
	if err != nil {
		return nil, refused(err)
	}
	var c *Conversion
	scan := forward(report, s.clock, 0, 50, func(p Progress) string { return fmt.Sprintf("reading: %d of %d files", p.Files, p.FilesTotal) })
	write := forward(report, s.clock, 50, 98, func(p Progress) string { return fmt.Sprintf("writing tables: %d of %d files", p.Files, p.FilesTotal) })
	err = s.withOriginal(ctx, sessionID, func(src Source) (err error) {
		if opts.Entities != "" {
			src.Parse.Entities = entities
		}
		c, err = s.files.Convert(ctx, ConvertRequest{
			Source: src, Output: output, Formats: []string{"sqlite"}, Shape: Shape{Mode: "relational"}, Recipes: ofMode(recipes, "relational"), Now: s.clock(),
			Progress: func(p Progress) {
				if p.Phase == "convert" {
					write(p)
				} else {
					scan(p)
				}
			},
		})
		return err
	})
	if err == nil {
		s.meterConversion("relational", c)
	}
	return c, err
}

// meterConversion tells the metrics what a conversion read and wrote.
func (s *Service) meterConversion(mode string, c *Conversion) {
	if s.meters.Converted == nil {
		return
	}
	rows, bad := uint64(0), 0
	for i := range c.Tables {
		rows += c.Tables[i].Rows
	}
	for i := range c.Files {
		if c.Files[i].Status != StatusOK {
			bad++
		}
	}
	s.meters.Converted(mode, c.Bytes, int64(rows), len(c.Files)-bad, bad)
}

// findSQLite is the one SQLite file of a folder.
func findSQLite(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".sqlite") {
			return filepath.Join(dir, e.Name()), nil
		}
	}
	return "", fmt.Errorf("no SQLite file in %s", dir)
}

// inventoryOf reads the tables and columns of a tables.sqlite.
func inventoryOf(ctx context.Context, sessionID, path string) ([]retable.TableInfo, []retable.ColumnInfo, error) {
	db, err := tabledb.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	var (
		tables  []retable.TableInfo
		columns []retable.ColumnInfo
	)
	for i, t := range db.Tables() {
		id := int64(i) + 1
		tables = append(tables, retable.TableInfo{SessionID: sessionID, ID: id, Name: t.Name, View: t.ViewName, Kind: t.Kind, Path: t.Path, Parent: t.Parent, Rows: t.Rows, Columns: int64(t.Columns)})
		schema, err := db.Schema(ctx, t.Name)
		if err != nil {
			return nil, nil, err
		}
		views, err := db.ViewColumns(ctx, t.Name)
		if err != nil {
			return nil, nil, err
		}
		for k := range schema.Columns {
			columns = append(columns, columnInfo(sessionID, id, int64(k)+1, &schema.Columns[k], views[k]))
		}
	}
	return tables, columns, nil
}

func columnInfo(sessionID string, tableID, id int64, c *table.Column, view string) retable.ColumnInfo {
	out := retable.ColumnInfo{SessionID: sessionID, TableID: tableID, ID: id, Name: c.Name, View: view, XPath: c.XPath, Type: c.Type.String()}
	if st := c.Stats; st != nil {
		out.Nulls, out.Distinct, out.Min, out.Max = int64(st.Nulls), int64(st.Distinct), shortened(st.Min), shortened(st.Max)
		for _, e := range st.Examples {
			out.Examples = append(out.Examples, shortened(e))
		}
	}
	return out
}

// shortened bounds what of a value stands in a list of columns.
func shortened(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
