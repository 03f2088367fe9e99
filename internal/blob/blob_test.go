package blob_test

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"retable/internal/blob"
	"retable/internal/blob/blobtest"
	"retable/internal/retable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openStore(t *testing.T, c blob.Config) blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// realS3 configures a store in a folder of the real server.
func realS3(server *blobtest.Server, prefix, cache string) blob.Config {
	return blob.Config{
		Place: server.Place(prefix), AccessKey: blobtest.AccessKey, SecretKey: blobtest.SecretKey, PartBytes: 5 << 20, Timeout: 30 * time.Second, CacheDir: cache, CacheBytes: 1 << 30,
	}
}

func TestDirConforms(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blobtest.Opener {
		dir := filepath.Join(t.TempDir(), "blobs")
		return func(t *testing.T) blobtest.Store { return openStore(t, blob.Config{Place: dir}) }
	})
}

func TestS3Conforms(t *testing.T) {
	server := blobtest.S3(t)
	t.Run("all", func(t *testing.T) { // the server outlives the parallel tests
		blobtest.Run(t, func(t *testing.T) blobtest.Opener {
			prefix, cache := retable.NewID(), t.TempDir()
			return func(t *testing.T) blobtest.Store { return openStore(t, realS3(server, prefix, cache)) }
		})
	})
}
