package blob

import (
	"context"
	"iter"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"retable/internal/retable"
)

// Delete removes the blob.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	for _, name := range []string{key, sumName(key)} { // a hash alone is swept with its folder, and never believed
		err := s.core.RemoveObject(ctx, s.place.bucket, s.name(name), minio.RemoveObjectOptions{})
		if err != nil && !isMissing(err) {
			return s3Error(err, key, "deleting a blob")
		}
	}
	return nil
}

// DeletePrefix removes all blobs in the folder.
func (s *S3) DeletePrefix(ctx context.Context, prefix string) error {
	prefix, err := folder(prefix)
	switch {
	case err != nil:
		return err
	case prefix == "":
		return retable.Errorf(retable.Invalid, "Name the folder whose blobs shall go.")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	found, failed := make(chan minio.ObjectInfo), error(nil)
	var listing sync.WaitGroup
	listing.Go(func() {
		defer close(found)
		for o := range s.objects(ctx, prefix) {
			if o.Err != nil {
				failed = o.Err
				return
			}
			select {
			case found <- o:
			case <-ctx.Done():
				failed = ctx.Err()
				return
			}
		}
	})
	var faults []error
	for e := range s.core.RemoveObjects(ctx, s.place.bucket, found, minio.RemoveObjectsOptions{}) {
		if e.Err != nil && !isMissing(e.Err) {
			faults = append(faults, e.Err)
		}
	}
	stop()
	listing.Wait()
	if len(faults) > 0 {
		return s3Error(faults[0], prefix, "deleting blobs")
	}
	return s3Error(failed, prefix, "listing blobs")
}

func (s *S3) objects(ctx context.Context, prefix string) iter.Seq[minio.ObjectInfo] {
	return s.core.ListObjectsIter(ctx, s.place.bucket, minio.ListObjectsOptions{Prefix: s.name(prefix), Recursive: true})
}

// List yields the blobs in the folder in order of their keys, without hashes.
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[retable.BlobInfo, error] {
	return func(yield func(retable.BlobInfo, error) bool) {
		prefix, err := folder(prefix)
		if err != nil {
			yield(retable.BlobInfo{}, err)
			return
		}
		for o := range s.objects(ctx, prefix) {
			if o.Err != nil {
				yield(retable.BlobInfo{}, s3Error(o.Err, prefix, "listing blobs"))
				return
			}
			key := strings.TrimPrefix(o.Key, s.place.prefix)
			if checkKey(key) != nil {
				continue // a hash, or something that others put there
			}
			if !yield(retable.BlobInfo{Key: key, Bytes: o.Size, ModTime: retable.MillisOf(o.LastModified)}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(retable.BlobInfo{}, err)
		}
	}
}
