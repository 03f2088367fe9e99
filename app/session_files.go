package app

import (
	"context"
	"encoding/json"
	"errors"

	"retable/internal/retable"
)

// GetInventory returns what the scan found, without the list of files.
func (s *Service) GetInventory(ctx context.Context, req SessionRef) (*SessionInventory, error) {
	var a *retable.Artifact
	_, err := s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) (err error) {
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: x.ID, Kind: retable.ArtifactProfile})
		return err
	})
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, &retable.Error{Code: retable.Conflict, Reason: "not_scanned", Detail: "This session has not been scanned yet; wait for its job, or retry it."}
	}
	r, err := s.blobs.Open(ctx, a.Key)
	if err != nil {
		return nil, err
	}
	var out SessionInventory
	err = json.NewDecoder(r).Decode(&out)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, retable.Fault(err, "reading the inventory")
	}
	return &out, nil
}

// SourceFileDTO is a file of a session as it travels.
type SourceFileDTO struct {
	ID       int64    `json:"id"`
	Path     string   `json:"path"`
	Status   string   `json:"status" enum:"ok,partial,refused,skipped"`
	Kind     string   `json:"kind,omitempty"`
	Bytes    int64    `json:"bytes"`
	SHA256   string   `json:"sha256,omitempty"`
	Encoding string   `json:"encoding,omitempty"`
	Rows     int64    `json:"rows"`
	Values   int64    `json:"values"`
	Code     string   `json:"code,omitempty"`
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// ListFilesRequest chooses files of a session.
type ListFilesRequest struct {
	SessionID string `json:"session_id"`
	Search    string `json:"search,omitempty"`
	Status    string `json:"status,omitempty"`
	Kind      string `json:"kind,omitempty"`
	PageQuery
}

// ListFiles lists a session's files, by their order in the bundle.
func (s *Service) ListFiles(ctx context.Context, req ListFilesRequest) (*List[SourceFileDTO], error) {
	var out *List[SourceFileDTO]
	_, err := s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) error {
		l, err := tx.Inventory().Files(ctx, x.ID, retable.FileFilter{Search: req.Search, Status: req.Status, Kind: req.Kind}, req.page())
		out = listOf(l, func(f *retable.SourceFile) SourceFileDTO {
			return SourceFileDTO{f.ID, f.Path, f.Status, f.Kind, f.Bytes, f.SHA256, f.Encoding, f.Rows, f.Values, f.Code, f.Error, f.Warnings}
		})
		return err
	})
	return out, err
}
