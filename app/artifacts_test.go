package app

import (
	"testing"

	"retable/internal/retable"
)

func TestExportsAreRemovedByWhoMayChangeTheSession(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	_, bea := s.addUser(t, "bea", retable.RoleUser)
	_, carl := s.addUser(t, "carl", retable.RoleUser)
	id := s.take(t, bea, "a.zip", someOrders(t, 4, "1")).SessionID
	if _, err := s.PutShare(bea, ShareRequest{ResourceRef: ResourceRef{Resource: "session", ResourceID: id}, Username: "carl"}); err != nil {
		t.Fatal(err)
	}
	export := func() int64 {
		started, err := s.ExportTables(bea, ExportRequest{SessionID: id, Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		s.await(t, bea, started.JobID, retable.JobSuccess)
		return started.JobID
	}
	job := export()
	l, err := s.ListArtifacts(bea, SessionRef{id})
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[string]ArtifactDTO{}
	for _, a := range l.Artifacts {
		if a.Removable != (a.Kind == "export") {
			t.Errorf("the %s is removable: %v", a.Kind, a.Removable)
		}
		byKind[a.Kind] = a
	}
	made := byKind["export"]
	if made.JobID != job || made.Engine != "test" || made.Bytes == 0 {
		t.Errorf("the export is %+v, of job %d", made, job)
	}
	shown, err := s.ListArtifacts(carl, SessionRef{id})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range shown.Artifacts {
		if a.Removable {
			t.Errorf("who may only look could remove the %s", a.Kind)
		}
	}
	if _, err := s.DeleteArtifact(carl, ArtifactRef{made.ID}); !retable.Is(err, retable.Forbidden) {
		t.Errorf("who may only look: %v", err)
	}
	if _, err := s.DeleteArtifact(bea, ArtifactRef{byKind["tables"].ID}); !retable.Is(err, retable.Conflict) {
		t.Errorf("what the grid is made of: %v", err)
	}
	if _, err := s.DeleteArtifact(bea, ArtifactRef{"no id"}); !retable.Is(err, retable.NotFound) {
		t.Errorf("what isn't there: %v", err)
	}
	if _, err := s.DeleteArtifact(bea, ArtifactRef{made.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ArtifactTicket(bea, ArtifactRef{made.ID}); !retable.Is(err, retable.NotFound) {
		t.Errorf("after it was removed: %v", err)
	}
	if got := blobsWithoutRows(t, s); len(got) > 0 {
		t.Errorf("nobody's are %q", got)
	}
	export() // it can be made again
}
