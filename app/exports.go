package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"retable/actors"
	"retable/internal/format"
	"retable/internal/retable"
)

// ExportRequest asks for a session's tables in a format.
type ExportRequest struct {
	SessionID string          `json:"session_id"`
	Format    string          `json:"format"`
	Options   *ConvertOptions `json:"options,omitempty"` // nil: the session's
	TableIDs  []int64         `json:"table_ids,omitempty"`
	ViewID    string          `json:"view_id,omitempty"` // with one table and columns: what the grid shows
	Columns   []int64         `json:"columns,omitempty"`
	Guard     *bool           `json:"guard,omitempty"` // nil: the setting's
	BOM       bool            `json:"bom,omitempty"`
}

// exportPayload is what an export's job is to do.
type exportPayload struct {
	Format   string         `json:"format"`
	Options  ConvertOptions `json:"options"`
	Guard    bool           `json:"guard"`
	BOM      bool           `json:"bom"`
	TableIDs []int64        `json:"table_ids,omitempty"`
	ViewID   string         `json:"view_id,omitempty"`
	Columns  []int64        `json:"columns,omitempty"`
	Output   string         `json:"output,omitempty"` // a folder of this machine, for watched folders
}

// name is that of the export's file: not the bundle's own, and another one for
// each format.
func (w *exportPayload) name(x *retable.Session) string {
	return BaseName(x.Name) + "-" + w.Format + ".zip"
}

// ExportTables enqueues an export. The same export again is the one that is
// there.
func (s *Service) ExportTables(ctx context.Context, req ExportRequest) (*JobStarted, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	if _, err := format.Lookup(req.Format); err != nil {
		return nil, refused(err)
	}
	if req.Options != nil {
		if err := req.Options.check(); err != nil {
			return nil, err
		}
	}
	var j *retable.Job
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		x, err := session(ctx, tx, p, req.SessionID, false)
		if err != nil {
			return err
		}
		w := exportPayload{Format: strings.ToLower(req.Format), Guard: s.cfg.Guard, BOM: req.BOM, TableIDs: req.TableIDs, ViewID: req.ViewID, Columns: req.Columns}
		if req.Guard != nil {
			w.Guard = *req.Guard
		}
		if w.Options, err = optionsOf(x); err != nil {
			return err
		}
		if req.Options != nil {
			w.Options = *req.Options
		}
		j, err = s.enqueueExport(ctx, tx, x, w, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.system.Hint()
	return &JobStarted{j.ID}, nil
}

func (s *Service) enqueueExport(ctx context.Context, tx retable.Tx, x *retable.Session, w exportPayload, after []int64) (*retable.Job, error) {
	raw, err := encoded(w)
	if err != nil {
		return nil, err
	}
	return s.enqueue(ctx, tx, retable.JobSpec{
		Kind: retable.JobExport, SessionID: x.ID, Payload: raw, After: after, Priority: 1, DedupeKey: "export:" + x.ID + ":" + s.exportHash(w),
	})
}

func (s *Service) exportHash(w exportPayload) string { return hashOf("export", w, s.cfg.Version) }

// exportTask writes a session's tables in a format and packs them.
func (s *Service) exportTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	w, err := payload[exportPayload](j)
	if err != nil {
		return none, err
	}
	hash := s.exportHash(w)
	var (
		x     *retable.Session
		there *retable.Artifact
	)
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		if x, err = tx.Sessions().Get(ctx, j.SessionID); err != nil {
			return err
		}
		there, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: j.SessionID, Kind: retable.ArtifactExport, Format: w.Format, OptionsHash: hash, Engine: s.cfg.Version})
		return err
	})
	if err != nil {
		return none, err
	}
	if there != nil && w.Output == "" {
		if _, err := s.blobs.Stat(ctx, there.Key); err == nil {
			return actors.Outcome{Result: exportResult(there), Message: "as before"}, nil
		}
	}
	dir, remove, err := s.scratch("export")
	if err != nil {
		return none, err
	}
	defer remove()
	var file, media string
	if len(w.TableIDs) > 0 {
		file, media, err = s.exportChosen(ctx, x, w, dir, report)
	} else {
		file, media, err = s.exportAll(ctx, x, w, dir, report)
	}
	if err != nil {
		return none, explained(ctx, err, "exporting the tables")
	}
	if w.Output != "" {
		return actors.Outcome{Result: map[string]any{"output": file}, Message: "written to " + file}, nil
	}
	return s.exported(ctx, j, x, w, hash, file, media)
}

// exportAll converts the original with the options: what `retable convert`
// gives, in a ZIP.
func (s *Service) exportAll(ctx context.Context, x *retable.Session, w exportPayload, dir string, report func(actors.Report)) (file, media string, err error) {
	recipes, err := w.Options.recipes()
	if err != nil {
		return "", "", err
	}
	mode := w.Options.Mode
	if mode == "" {
		mode = "flat"
	}
	out := filepath.Join(dir, w.name(x))
	if w.Output != "" {
		out = filepath.Join(w.Output, safeName(BaseName(x.Name))+"-tables")
	}
	words := func(verb string) func(Progress) string {
		return func(p Progress) string { return fmt.Sprintf("%s: %d of %d files", verb, p.Files, p.FilesTotal) }
	}
	scan, write := forward(report, s.clock, 0, 45, words("reading")), forward(report, s.clock, 45, 95, words("writing "+w.Format))
	shape := w.Options.shape()
	if shape.Lineage == "" {
		shape.Lineage = "line"
	}
	err = s.withOriginal(ctx, x.ID, func(src Source) error {
		if w.Options.Entities != "" {
			if src.Parse.Entities, err = ParseEntities(w.Options.Entities); err != nil {
				return err
			}
		}
		c, err := s.files.Convert(ctx, ConvertRequest{
			Source: src, Output: out, Formats: []string{w.Format}, Shape: shape, Recipes: ofMode(recipes, mode), Overwrite: w.Output != "",
			Format: FormatOptions{Guard: w.Guard, BOM: w.BOM}, Now: s.clock(),
			Progress: func(p Progress) {
				if p.Phase == "convert" {
					write(p)
				} else {
					scan(p)
				}
			},
		})
		if err == nil {
			s.meterConversion(mode, c)
		}
		return err
	})
	return out, "application/zip", err
}

// exported stores an export.
func (s *Service) exported(ctx context.Context, j *retable.Job, x *retable.Session, w exportPayload, hash, file, media string) (actors.Outcome, error) {
	name := filepath.Base(file)
	blob, err := s.blobs.Import(ctx, madeBy(j)+"export-"+safeName(name), file)
	if err != nil {
		return actors.Outcome{}, explained(ctx, err, "storing the export")
	}
	a := retable.Artifact{
		ID: retable.NewID(), SessionID: x.ID, JobID: j.ID, Kind: retable.ArtifactExport, Format: w.Format, OptionsHash: hash, Engine: s.cfg.Version,
		Name: name, MediaType: media, Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes, CreatedAt: s.clock.Now(),
	}
	return actors.Outcome{
		Result:  exportResult(&a),
		Message: fmt.Sprintf("%s, %d bytes", a.Name, a.Bytes),
		Commit:  func(ctx context.Context, tx retable.Tx) error { return tx.Artifacts().Add(ctx, &a) },
		Discard: func() { s.dropBlobs(context.Background(), []string{blob.Key}) },
	}, nil
}

func exportResult(a *retable.Artifact) map[string]any {
	return map[string]any{"artifact_id": a.ID, "name": a.Name, "bytes": a.Bytes}
}

// DownloadRequest asks for the ZIP of a session's tables.
type DownloadRequest struct {
	SessionID string `json:"session_id"`
	Format    string `json:"format,omitempty"` // csv if empty
}

// downloadPatience is how long a download waits for its export.
const downloadPatience = 15 * time.Minute

// DownloadTables gives the ZIP of a session's tables, making it if need be.
func (s *Service) DownloadTables(ctx context.Context, req DownloadRequest) (*Download, error) {
	a, err := s.exportArtifact(ctx, req)
	if err != nil {
		return nil, err
	}
	return &Download{Key: a.Key, Name: a.Name, MediaType: a.MediaType, Bytes: a.Bytes, SHA256: a.SHA256}, nil
}

// DownloadTicket gives a link to it.
func (s *Service) DownloadTicket(ctx context.Context, req DownloadRequest) (*TicketURL, error) {
	a, err := s.exportArtifact(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.ticketFor(a)
}

func (s *Service) exportArtifact(ctx context.Context, req DownloadRequest) (*retable.Artifact, error) {
	if req.Format == "" {
		req.Format = "csv"
	}
	started, err := s.ExportTables(ctx, ExportRequest{SessionID: req.SessionID, Format: req.Format})
	if err != nil {
		return nil, err
	}
	j, err := s.WaitJob(ctx, started.JobID, downloadPatience)
	if err != nil {
		return nil, err
	}
	switch {
	case j.Status == string(retable.JobFailed):
		return nil, &retable.Error{Code: retable.Code(j.ErrorCode), Detail: j.Error}
	case j.Status != string(retable.JobSuccess):
		return nil, retable.Errorf(retable.Busy, "The export is still being made (job %d); try again later.", j.ID)
	}
	result, err := payload[struct {
		ArtifactID string `json:"artifact_id"`
	}](&retable.Job{ID: j.ID, Payload: j.Result})
	if err != nil {
		return nil, err
	}
	var a *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) error {
		a, err = tx.Artifacts().Get(ctx, result.ArtifactID)
		return err
	})
	return a, err
}

// ReportRequest asks for a comparison's report.
type ReportRequest struct {
	JobID  int64  `json:"job_id"`
	Format string `json:"format"`
}

// ReportTicket gives a link to a report of a comparison.
func (s *Service) ReportTicket(ctx context.Context, req ReportRequest) (*TicketURL, error) {
	a, err := s.reportArtifact(ctx, req)
	if err != nil {
		return nil, err
	}
	return s.ticketFor(a)
}

// DownloadReport gives a report of a comparison.
func (s *Service) DownloadReport(ctx context.Context, req ReportRequest) (*Download, error) {
	a, err := s.reportArtifact(ctx, req)
	if err != nil {
		return nil, err
	}
	return &Download{Key: a.Key, Name: a.Name, MediaType: a.MediaType, Bytes: a.Bytes, SHA256: a.SHA256}, nil
}

func (s *Service) reportArtifact(ctx context.Context, req ReportRequest) (*retable.Artifact, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var a *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) error {
		c, err := tx.Comparisons().ByJob(ctx, req.JobID)
		if err != nil {
			return err
		}
		if c, err = comparison(ctx, tx, p, c.ID, false); err != nil {
			return err
		}
		a, err = newest(ctx, tx, retable.ArtifactFilter{ComparisonID: c.ID, Kind: retable.ArtifactReport, Format: req.Format})
		if err == nil && a == nil {
			return retable.Errorf(retable.NotFound, "This comparison has no %s report: there are %s.", req.Format, strings.Join(sessionReports, ", "))
		}
		return err
	})
	return a, err
}
