package app

import (
	"context"
	"encoding/json"
	"fmt"

	"retable/actors"
	"retable/internal/retable"
)

// scanTask makes a session's inventory.
func (s *Service) scanTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	if _, err := s.enter(ctx, j.SessionID, "scan", retable.SessionScanning); err != nil {
		return none, err
	}
	var inv *Inventory
	err := s.withOriginal(ctx, j.SessionID, func(src Source) (err error) {
		inv, err = s.files.Scan(ctx, ScanRequest{Source: src, Progress: forward(report, s.clock, 0, 98, func(p Progress) string {
			return fmt.Sprintf("%d of %d files read", p.Files, p.FilesTotal)
		})})
		return err
	})
	if err != nil {
		return none, explained(ctx, err, "reading the bundle")
	}
	if inv.Unread() {
		return none, explained(ctx, nothingRead(inv), "reading the bundle")
	}
	blob, err := s.putJSON(ctx, madeBy(j)+"inventory.json", inv.summary())
	if err != nil {
		return none, err
	}
	files := sourceFiles(j.SessionID, inv)
	return actors.Outcome{
		Result:  map[string]any{"files": len(inv.Files), "kinds": len(inv.Kinds), "values": inv.Values},
		Message: fmt.Sprintf("%d files of %d kinds", len(inv.Files), len(inv.Kinds)),
		Commit: func(ctx context.Context, tx retable.Tx) error {
			x, err := tx.Sessions().Get(ctx, j.SessionID)
			if err != nil {
				return err
			}
			if err := tx.Inventory().SetFiles(ctx, j.SessionID, files); err != nil {
				return err
			}
			x.Form, x.XMLCount, x.Values, x.Partial = inv.Form, int64(len(inv.Files)), int64(inv.Values), inv.Partial()
			if err := s.addArtifact(ctx, tx, j, retable.Artifact{
				SessionID: x.ID, Kind: retable.ArtifactProfile, Format: "json", Name: BaseName(x.Name) + "-inventory.json", MediaType: "application/json",
				Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes,
			}); err != nil {
				return err
			}
			if err := restState(ctx, tx, x); err != nil {
				return err
			}
			x.UpdatedAt = s.clock.Now()
			return tx.Sessions().Update(ctx, x)
		},
		Discard: func() { s.dropBlobs(context.WithoutCancel(ctx), []string{blob.Key}) },
	}, nil
}

// SessionInventory is what a bundle holds, without the list of its files.
type SessionInventory struct {
	Name       string           `json:"name"`
	Form       string           `json:"form"`
	Kinds      []InventoryKind  `json:"kinds"`
	FileCounts map[string]int64 `json:"file_counts"`
	Bytes      int64            `json:"bytes"`
	Elements   uint64           `json:"elements"`
	Values     uint64           `json:"values"`
	Warnings   int              `json:"warnings"`
}

// InventoryKind is one kind of document with the bytes that its files have.
type InventoryKind struct {
	KindReport
	Bytes int64 `json:"bytes"`
}

func (inv *Inventory) summary() *SessionInventory {
	out := &SessionInventory{
		Name: inv.Name, Form: inv.Form, Kinds: []InventoryKind{}, Bytes: inv.Bytes, Elements: inv.Elements, Values: inv.Values, Warnings: len(inv.Warnings),
		FileCounts: map[string]int64{StatusOK: 0, StatusPartial: 0, StatusRefused: int64(len(inv.Refused)), "skipped": int64(len(inv.Skipped))},
	}
	bytes := map[string]int64{}
	told := map[string]bool{}
	for i := range inv.Files {
		f := &inv.Files[i]
		out.FileCounts[f.Status]++
		bytes[f.Kind] += f.Bytes
		told[f.Path] = f.Status == StatusRefused
	}
	for _, r := range inv.Refused { // those that are in both lists count once
		if told[r.Path] {
			out.FileCounts[StatusRefused]--
		}
	}
	for _, k := range inv.Kinds {
		out.Kinds = append(out.Kinds, InventoryKind{k, bytes[k.Kind]})
	}
	return out
}

// sourceFiles are the rows of the inventory: what was read, refused, skipped.
func sourceFiles(sessionID string, inv *Inventory) []retable.SourceFile {
	warned := map[string][]string{}
	for _, w := range inv.Warnings {
		if len(warned[w.Path]) < 20 {
			warned[w.Path] = append(warned[w.Path], w.Message)
		}
	}
	var out []retable.SourceFile
	told := map[string]bool{}
	for i := range inv.Files {
		f := &inv.Files[i]
		told[f.Path] = true
		out = append(out, retable.SourceFile{
			SessionID: sessionID, ID: int64(f.Index) + 1, Path: f.Path, Status: f.Status, Kind: f.Kind, Bytes: f.Bytes, SHA256: f.SHA256,
			Encoding: f.Encoding, Rows: int64(f.Rows), Values: int64(f.Values), Code: f.Code, Error: f.Error, Warnings: warned[f.Path],
		})
	}
	next := int64(len(inv.Files)) + 1
	for _, r := range inv.Refused {
		if told[r.Path] {
			continue
		}
		told[r.Path] = true
		out = append(out, retable.SourceFile{SessionID: sessionID, ID: next, Path: r.Path, Status: StatusRefused, Code: r.Code, Error: r.Error})
		next++
	}
	for _, k := range inv.Skipped {
		out = append(out, retable.SourceFile{SessionID: sessionID, ID: next, Path: k.Path, Status: "skipped", Error: k.Reason})
		next++
	}
	return out
}

// putJSON stores a value as a blob.
func (s *Service) putJSON(ctx context.Context, key string, v any) (retable.BlobInfo, error) {
	var none retable.BlobInfo
	w, err := s.blobs.Create(ctx, key)
	if err != nil {
		return none, err
	}
	defer w.Abort()
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return none, explained(ctx, err, "storing a result")
	}
	return w.Commit(ctx)
}

// addArtifact records an artifact of a job.
func (s *Service) addArtifact(ctx context.Context, tx retable.Tx, j *retable.Job, a retable.Artifact) error {
	a.ID, a.JobID, a.Engine, a.CreatedAt = retable.NewID(), j.ID, s.cfg.Version, s.clock.Now()
	return tx.Artifacts().Add(ctx, &a)
}
