package app

import (
	"context"
	"io"

	"retable/internal/retable"
)

// partsReader reads an upload's parts one after the other.
type partsReader struct {
	ctx    context.Context
	s      *Service
	upload string
	next   int
	left   int
	open   retable.BlobReader
}

// Read implements io.Reader.
func (r *partsReader) Read(p []byte) (int, error) {
	for {
		if r.open == nil {
			if r.left == 0 {
				return 0, io.EOF
			}
			r.next, r.left = r.next+1, r.left-1
			var err error
			if r.open, err = r.s.blobs.Open(r.ctx, partKey(r.upload, r.next)); err != nil {
				return 0, err
			}
		}
		n, err := r.open.Read(p)
		if err == io.EOF {
			err = r.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Close ends the part that is open.
func (r *partsReader) Close() error {
	if r.open == nil {
		return nil
	}
	b := r.open
	r.open = nil
	return b.Close()
}
