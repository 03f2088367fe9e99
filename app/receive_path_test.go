package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retable/internal/retable"
)

// folderOf writes files below a fresh folder called deliveries.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deliveries")
	for name, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAPathIsTakenInByThePersonAtThisMachine(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	file := filepath.Join(t.TempDir(), "orders.zip")
	if err := os.WriteFile(file, someOrders(t, 4, "1"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := s.ReceivePath(s.ctx, PathRequest{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, got.JobID, retable.JobSuccess)
	x, err := s.GetSession(s.ctx, SessionRef{SessionID: got.SessionID})
	if err != nil || x.Name != "orders.zip" || x.State != string(retable.SessionReady) {
		t.Errorf("got %+v, %v", x, err)
	}
	only, err := s.ReceivePath(s.ctx, PathRequest{Path: folderOf(t, map[string]string{"a.xml": "<a><b/></a>"}), Convert: new(false)})
	if err != nil {
		t.Fatal(err)
	}
	if j := s.await(t, s.ctx, only.JobID, retable.JobSuccess); j.JobType != string(retable.JobScan) {
		t.Errorf("unasked, the last job is %s", j.JobType)
	}

	_, stranger := s.addUser(t, "bob", retable.RoleUser)
	if _, err := s.ReceivePath(stranger, PathRequest{Path: file}); !retable.Is(err, retable.Forbidden) {
		t.Errorf("somebody else's path was read: %v", err)
	}
	if _, err := s.ReceivePath(s.ctx, PathRequest{Path: file + ".missing"}); !retable.Is(err, retable.NotFound) || !strings.Contains(err.Error(), "orders.zip.missing") {
		t.Errorf("got %v", err)
	}
}

func TestAFolderBecomesOneBundleAndTheSameOneAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	files := map[string]string{
		"z.xml": "<Orders><Order id='1'/><Order id='2'/></Orders>", "a/b.xml": "<Orders><Order id='3'/><Order id='4'/></Orders>", "a/readme.txt": "not XML",
	}
	dir := folderOf(t, files)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.xml")); err != nil {
		t.Fatal(err)
	}
	got, err := s.ReceivePath(s.ctx, PathRequest{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, got.JobID, retable.JobSuccess)
	x, err := s.GetSession(s.ctx, SessionRef{SessionID: got.SessionID})
	if err != nil || x.Name != "deliveries.zip" || x.XMLCount != 2 || x.Rows != 6 {
		t.Errorf("got %+v, %v", x, err)
	}
	again, err := s.ReceivePath(s.ctx, PathRequest{Path: folderOf(t, files) + string(filepath.Separator)})
	if err != nil || !again.Existing || again.SessionID != got.SessionID {
		t.Errorf("the same files gave %+v, %v", again, err)
	}
}

func TestFoldersAreBounded(t *testing.T) {
	t.Parallel()
	deep := filepath.Join(folderOf(t, map[string]string{"a.xml": "<a/>"}), strings.Repeat("d/", maxFolders+2))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	top := deep
	for filepath.Base(top) != "deliveries" {
		top = filepath.Dir(top)
	}
	for _, c := range []struct {
		claim, dir string
		limits     Limits
		code       retable.Code
		says       string
	}{
		{"too many files", folderOf(t, map[string]string{"a.xml": "<a/>", "b.xml": "<a/>"}), Limits{Entries: 1}, retable.TooLarge, "RET_MAX_ENTRIES"},
		{"too many bytes", folderOf(t, map[string]string{"a.xml": "<a/>", "b.xml": "<aaaa/>"}), Limits{TotalBytes: 8}, retable.TooLarge, "RET_MAX_TOTAL_BYTES"},
		{"nothing in it", t.TempDir(), Limits{Entries: 1}, retable.Unprocessable, "no files"},
		{"too deep", top, Limits{Entries: 10}, retable.Unprocessable, "folders within folders"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			t.Parallel()
			s := idle(t, func(cfg *ServiceConfig, _ *ServiceDeps) { cfg.Limits = c.limits })
			_, err := s.ReceivePath(s.ctx, PathRequest{Path: c.dir})
			if !retable.Is(err, c.code) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			l, err := s.ListSessions(s.ctx, ListSessionsRequest{})
			if err != nil || len(l.Items) != 0 {
				t.Errorf("something was kept: %+v, %v", l, err)
			}
		})
	}
}

func TestExactlyTheAllowedBytesOfAFolderPass(t *testing.T) {
	t.Parallel()
	s := idle(t, func(cfg *ServiceConfig, _ *ServiceDeps) { cfg.Limits = Limits{TotalBytes: 8} })
	var b bytes.Buffer
	if err := s.packFolder(context.Background(), &b, folderOf(t, map[string]string{"a.xml": "<a/>", "b.xml": "<b/>"})); err != nil {
		t.Error(err)
	}
}
