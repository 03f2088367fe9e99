package app

import (
	"context"
	"strings"
	"testing"

	"retable/actors"
	"retable/internal/retable"
)

// blockedTasks does nothing until hold is closed, whatever the job.
func blockedTasks(hold <-chan struct{}) map[retable.JobKind]actors.Task {
	task := func(ctx context.Context, _ *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		select {
		case <-hold:
			return actors.Outcome{}, nil
		case <-ctx.Done():
			return actors.Outcome{}, ctx.Err()
		}
	}
	return map[retable.JobKind]actors.Task{retable.JobScan: task, retable.JobConvert: task, retable.JobExport: task, retable.JobCompare: task}
}

// blobsWithoutRows are the keys that no artifact refers to.
func blobsWithoutRows(t *testing.T, s *served) (keys []string) {
	t.Helper()
	for info, err := range s.blobs.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		used, err := s.needed(context.Background(), []retable.BlobInfo{info})
		if err != nil {
			t.Fatal(err)
		}
		if !used[info.Key] && strings.Contains(info.Key, "/") {
			keys = append(keys, info.Key)
		}
	}
	return keys
}
