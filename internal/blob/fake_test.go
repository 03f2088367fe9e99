package blob_test

import (
	"net/http/httptest"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"retable/internal/blob"
	"retable/internal/blob/blobtest"
	"retable/internal/retable"
)

// TestS3ConformsOnAFake is there for machines without the real server. The
// fake checks no signatures.
func TestS3ConformsOnAFake(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithoutVersioning()).Server())
	t.Run("all", func(t *testing.T) {
		blobtest.Run(t, func(t *testing.T) blobtest.Opener {
			place, cache := "s3://bucket/"+retable.NewID()+"?region=x&endpoint="+server.URL, t.TempDir()
			return func(t *testing.T) blobtest.Store {
				return openStore(t, blob.Config{Place: place, AccessKey: "a", SecretKey: "s", PartBytes: 5 << 20, CacheDir: cache})
			}
		}, blobtest.Large) // it keeps all in memory
	})
	server.Close()
}
