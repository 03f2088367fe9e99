package app

import (
	"context"
	"time"

	"retable/internal/retable"
)

// DirectPut is a link by which a client stores a whole bundle itself: one PUT
// of exactly the announced bytes, with these headers.
type DirectPut struct {
	URL       string
	Headers   map[string]string // length and checksum are part of the signature
	ExpiresAt string
}

// maxDirect is what S3 stores by one request; larger bundles come in parts.
const maxDirect = 5 << 30

// canDirect tells whether an announced upload may be stored by its client:
// the store takes clients, and length and hash, which the link is signed for,
// are known.
func (s *Service) canDirect(req *CreateUploadRequest) bool {
	_, ok := s.blobs.(retable.Presigner)
	return ok && req.Direct && req.Bytes > 0 && req.Bytes <= maxDirect && req.SHA256 != ""
}

// DirectUpload gives the link by which the client stores an upload that was
// opened for it; nil where it has to send parts. Those it may send in any case.
func (s *Service) DirectUpload(ctx context.Context, req UploadRef, ttl time.Duration) (*DirectPut, error) {
	u, _, err := s.upload(ctx, req.UploadID)
	if err != nil {
		return nil, err
	}
	p, ok := s.blobs.(retable.Presigner)
	if !ok || u.Bytes == 0 || u.SHA256 == "" || partsOf(u) > 1 || u.Bytes > maxDirect {
		return nil, nil
	}
	if u.State != retable.UploadOpen {
		return nil, notOpen(u)
	}
	url, headers, err := p.PresignPut(ctx, partKey(u.ID, 1), u.Bytes, u.SHA256, ttl)
	if err != nil {
		return nil, err
	}
	return &DirectPut{URL: url, Headers: headers, ExpiresAt: s.clock.Now().Add(ttl).String()}, nil
}

// foundDirect records the one part of an upload that its client has stored by
// a link. The store has verified it; what lies there otherwise is nobody's.
func (s *Service) foundDirect(ctx context.Context, u *retable.Upload, parts []retable.UploadPart) ([]retable.UploadPart, error) {
	if _, ok := s.blobs.(retable.Presigner); !ok || len(parts) > 0 || u.Bytes == 0 || u.SHA256 == "" || partsOf(u) > 1 {
		return parts, nil
	}
	info, err := s.blobs.Stat(ctx, partKey(u.ID, 1))
	if retable.Is(err, retable.NotFound) {
		return parts, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Bytes != u.Bytes || info.SHA256 != u.SHA256 {
		return nil, retable.Errorf(retable.Unprocessable, "%s lies in the store with another size or SHA-256 than was announced: send it again.", u.Filename)
	}
	part := retable.UploadPart{UploadID: u.ID, Number: 1, Bytes: info.Bytes, SHA256: info.SHA256, At: s.clock.Now()}
	if err := s.store.Update(ctx, func(tx retable.Tx) error { return tx.Uploads().PutPart(ctx, &part) }); err != nil {
		return nil, err
	}
	return []retable.UploadPart{part}, nil
}
