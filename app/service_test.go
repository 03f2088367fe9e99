package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"retable/internal/retable"
)

func TestABundleBecomesTablesAndADownload(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "orders_2026-01.zip", someOrders(t, 40, "10.50"))
	x, err := s.GetSession(s.ctx, SessionRef{got.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	if x.State != "READY" || x.XMLCount != 2 || x.Tables != 3 || x.Rows != 2+40+80 || !x.Proved || x.Partial || x.Pattern != "orders" || x.Owner != "ada" || x.Form != "zip" {
		t.Errorf("got %+v", x)
	}
	tables, err := s.ListTables(s.ctx, SessionRef{got.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tb := range tables.Tables {
		names = append(names, tb.Name)
	}
	if strings.Join(names, " ") != "Orders Orders~Order Orders~Order~Item" {
		t.Errorf("got tables %v", names)
	}
	link, err := s.DownloadTicket(s.ctx, DownloadRequest{SessionID: got.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	_, content := s.download(t, link.URL)
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range z.File {
		files = append(files, f.Name)
	}
	if !strings.Contains(strings.Join(files, " "), "Order.csv") {
		t.Errorf("got files %v", files)
	}
	if _, err := s.Redeem(t.Context(), strings.TrimPrefix(link.URL, "/api/tickets/")); !retable.Is(err, retable.NotFound) {
		t.Errorf("a ticket works twice: %v", err)
	}
}

func TestTheSameAgainIsTheSame(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	content := someOrders(t, 10, "1")
	first := s.take(t, s.ctx, "a.zip", content)
	again := s.take(t, s.ctx, "b.zip", content)
	if !again.Existing || again.SessionID != first.SessionID {
		t.Errorf("the same content gives %+v after %+v", again, first)
	}
	one, err := s.ConvertSession(s.ctx, ConvertSessionRequest{SessionID: first.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	if j := s.await(t, s.ctx, one.JobID, retable.JobSuccess); !strings.Contains(j.Message, "as before") {
		t.Errorf("converted again: %q", j.Message)
	}
	e1, err := s.ExportTables(s.ctx, ExportRequest{SessionID: first.SessionID, Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	r1 := s.await(t, s.ctx, e1.JobID, retable.JobSuccess).Result
	e2, err := s.ExportTables(s.ctx, ExportRequest{SessionID: first.SessionID, Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	if r2 := s.await(t, s.ctx, e2.JobID, retable.JobSuccess).Result; string(r1) != string(r2) {
		t.Errorf("the second export is another: %s and %s", r1, r2)
	}
	anew, err := s.ConvertSession(s.ctx, ConvertSessionRequest{SessionID: first.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, anew.JobID, retable.JobSuccess)
	e3, err := s.ExportTables(s.ctx, ExportRequest{SessionID: first.SessionID, Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	if r3 := s.await(t, s.ctx, e3.JobID, retable.JobSuccess).Result; string(r1) != string(r3) {
		t.Errorf("a conversion that changed nothing took the export with it: %s, then %s", r1, r3)
	}
}

func TestTwoDeliveriesAreCompared(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	a := s.take(t, s.ctx, "orders_2026-01.zip", someOrders(t, 30, "10.50"))
	b := s.take(t, s.ctx, "orders_2026-02.zip", someOrders(t, 31, "99"))
	sug, err := s.SuggestComparisons(s.ctx, SuggestRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(sug.Suggestions) != 1 || sug.Suggestions[0].Left.ID != a.SessionID || sug.Suggestions[0].Right.ID != b.SessionID {
		t.Errorf("got suggestions %+v", sug.Suggestions)
	}
	c, err := s.Compare(s.ctx, CompareSessionsRequest{LeftID: a.SessionID, RightID: b.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, c.JobID, retable.JobSuccess)
	got, err := s.GetComparison(s.ctx, ComparisonRef{c.ComparisonID})
	if err != nil {
		t.Fatal(err)
	}
	// One order and its two items more, one price changed.
	if got.State != "SUCCESS" || got.Changes != 4 || got.Similarity <= 0.9 || got.Similarity >= 1 || len(got.Summary) == 0 {
		t.Errorf("got %d changes, similarity %v, %s", got.Changes, got.Similarity, got.Summary)
	}
	for _, format := range sessionReports {
		link, err := s.ReportTicket(s.ctx, ReportRequest{JobID: c.JobID, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if _, content := s.download(t, link.URL); len(content) == 0 {
			t.Errorf("the %s report is empty", format)
		}
	}
	again, err := s.Compare(s.ctx, CompareSessionsRequest{LeftID: a.SessionID, RightID: b.SessionID})
	if err != nil || *again != *c {
		t.Errorf("again gives %+v, %v; there is %+v", again, err, c)
	}
	if _, err := s.DeleteSession(s.ctx, SessionRef{a.SessionID}); !retable.Is(err, retable.Conflict) {
		t.Errorf("a session that a comparison needs is deleted: %v", err)
	}
	if _, err := s.DeleteComparison(s.ctx, ComparisonRef{c.ComparisonID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteSession(s.ctx, SessionRef{a.SessionID}); err != nil {
		t.Error(err)
	}
}

func TestABadBundleFailsWithItsReason(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got, err := s.ReceiveBundle(s.ctx, ReceiveRequest{Name: "bad.zip", Bytes: 9, Body: strings.NewReader("not a zip"), Convert: true})
	if err != nil {
		t.Fatal(err)
	}
	j := s.await(t, s.ctx, got.JobID, retable.JobFailed)
	if j.Error == "" || strings.Contains(j.Error, "Something went wrong") {
		t.Errorf("got %q", j.Error)
	}
	x, err := s.GetSession(s.ctx, SessionRef{got.SessionID})
	if err != nil || x.State != "FAILED" || x.Error == "" {
		t.Errorf("got %+v, %v", x, err)
	}
}

func TestUploadsThatAreNotWhatTheySaidLeaveNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.MaxUpload = 1000 })
	for name, c := range map[string]struct {
		req  ReceiveRequest
		code retable.Code
	}{
		"shorter than declared": {ReceiveRequest{Name: "a.xml", Bytes: 10, Body: strings.NewReader("<a/>")}, retable.Invalid},
		"longer than declared":  {ReceiveRequest{Name: "a.xml", Bytes: 2, Body: strings.NewReader("<a/>")}, retable.Invalid},
		"another hash":          {ReceiveRequest{Name: "a.xml", Bytes: 4, SHA256: strings.Repeat("0", 64), Body: strings.NewReader("<a/>")}, retable.Unprocessable},
		"broken off":            {ReceiveRequest{Name: "a.xml", Bytes: -1, Body: io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(errors.New("connection reset")))}, retable.Invalid},
		"declared too large":    {ReceiveRequest{Name: "a.xml", Bytes: 1001, Body: strings.NewReader("")}, retable.TooLarge},
		"too large":             {ReceiveRequest{Name: "a.xml", Bytes: -1, Body: strings.NewReader(strings.Repeat("x", 1001))}, retable.TooLarge},
		"empty":                 {ReceiveRequest{Name: "a.xml", Bytes: 0, Body: strings.NewReader("")}, retable.Unprocessable},
		"no bundle by its name": {ReceiveRequest{Name: "a.exe", Bytes: 4, Body: strings.NewReader("<a/>")}, retable.Unsupported},
		"a name with controls":  {ReceiveRequest{Name: "a\n.xml", Bytes: 4, Body: strings.NewReader("<a/>")}, retable.Invalid},
		"options that can't be": {ReceiveRequest{Name: "a.xml", Bytes: 4, Body: strings.NewReader("<a/>"), Options: ConvertOptions{Mode: "round"}}, retable.Unprocessable},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := s.ReceiveBundle(s.ctx, c.req); !retable.Is(err, c.code) {
				t.Errorf("got %v (%s), want %s", err, retable.CodeOf(err), c.code)
			}
		})
	}
	l, err := s.ListSessions(s.ctx, ListSessionsRequest{})
	if err != nil || l.Total != 0 {
		t.Errorf("%d sessions remain, %v", l.Total, err)
	}
	for info, err := range s.blobs.List(t.Context(), "") {
		t.Errorf("%s remains, %v", info.Key, err)
	}
}

func TestQuotasHold(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.Quota = retable.Quota{MaxSessions: 1, MaxBytes: 10 << 20} })
	s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1"))
	_, err := s.ReceiveBundle(s.ctx, ReceiveRequest{Name: "b.xml", Bytes: 4, Body: strings.NewReader("<b/>")})
	var e *retable.Error
	if !errors.As(err, &e) || e.Reason != "quota_exceeded" {
		t.Errorf("a second session gives %v", err)
	}
	if err := s.AcceptUpload(s.ctx, "big.zip", 11<<20); !errors.As(err, &e) || e.Reason != "quota_exceeded" {
		t.Errorf("too many bytes give %v", err)
	}
}

func TestOthersSeeOnlyWhatIsShared(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	_, bob := s.addUser(t, "bob", retable.RoleUser)
	carl, carlCtx := s.addUser(t, "carl", retable.RoleUser)
	content := someOrders(t, 4, "1")
	got := s.take(t, bob, "a.zip", content)
	ref := SessionRef{got.SessionID}
	for name, do := range map[string]func(context.Context) error{
		"look":   func(ctx context.Context) error { _, err := s.GetSession(ctx, ref); return err },
		"tables": func(ctx context.Context) error { _, err := s.ListTables(ctx, ref); return err },
		"job":    func(ctx context.Context) error { _, err := s.GetJob(ctx, JobRef{got.JobID}); return err },
		"convert": func(ctx context.Context) error {
			_, err := s.ConvertSession(ctx, ConvertSessionRequest{SessionID: got.SessionID})
			return err
		},
		"export": func(ctx context.Context) error {
			_, err := s.ExportTables(ctx, ExportRequest{SessionID: got.SessionID, Format: "csv"})
			return err
		},
		"delete": func(ctx context.Context) error { _, err := s.DeleteSession(ctx, ref); return err },
		"share": func(ctx context.Context) error {
			_, err := s.PutShare(ctx, ShareRequest{ResourceRef: ResourceRef{"session", got.SessionID}, Username: "carl"})
			return err
		},
	} {
		if err := do(carlCtx); !retable.Is(err, retable.NotFound) {
			t.Errorf("%s by another user gives %v", name, err)
		}
		if err := do(context.Background()); !retable.Is(err, retable.Unauthorized) {
			t.Errorf("%s by nobody gives %v", name, err)
		}
	}
	if l, err := s.ListSessions(carlCtx, ListSessionsRequest{}); err != nil || l.Total != 0 {
		t.Errorf("carl lists %d, %v", l.Total, err)
	}
	if _, err := s.PutShare(bob, ShareRequest{ResourceRef: ResourceRef{"session", got.SessionID}, Username: "carl"}); err != nil {
		t.Fatal(err)
	}
	if x, err := s.GetSession(carlCtx, ref); err != nil || !x.Shared {
		t.Errorf("shared, it is %+v, %v", x, err)
	}
	if _, err := s.DeleteSession(carlCtx, ref); !retable.Is(err, retable.Forbidden) {
		t.Errorf("shared to look at, deleting gives %v", err)
	}
	if _, err := s.DeleteShare(bob, ShareRequest{ResourceRef: ResourceRef{"session", got.SessionID}, UserID: carl.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetSession(carlCtx, ref); !retable.Is(err, retable.NotFound) {
		t.Errorf("after the share was taken back: %v", err)
	}
}

func TestResumableUploads(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.PartBytes = 100 })
	content := someOrders(t, 40, "1")
	u, err := s.CreateUpload(s.ctx, CreateUploadRequest{Filename: "a.zip", Bytes: int64(len(content))})
	if err != nil {
		t.Fatal(err)
	}
	count := (len(content) + 99) / 100
	put := func(n int) error {
		part := content[(n-1)*100 : min(n*100, len(content))]
		_, err := s.PutPart(s.ctx, u.ID, n, int64(len(part)), "", bytes.NewReader(part))
		return err
	}
	for n := count; n >= 2; n-- {
		if err := put(n); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CompleteUpload(s.ctx, UploadRef{u.ID}); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "missing: 1.") {
		t.Errorf("without part 1: %v", err)
	}
	if _, err := s.PutPart(s.ctx, u.ID, 1, 99, "", strings.NewReader(strings.Repeat("x", 99))); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("a part of another size: %v", err)
	}
	if _, err := s.PutPart(s.ctx, u.ID, count+1, 1, "", strings.NewReader("x")); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("a part too many: %v", err)
	}
	if err := errors.Join(put(1), put(1)); err != nil { // again is no harm
		t.Fatal(err)
	}
	got, err := s.CompleteUpload(s.ctx, UploadRef{u.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, got.JobID, retable.JobSuccess)
	again, err := s.CompleteUpload(s.ctx, UploadRef{u.ID})
	if err != nil || again.SessionID != got.SessionID {
		t.Errorf("completed again: %+v, %v", again, err)
	}
	for info := range s.blobs.List(t.Context(), "uploads/") {
		t.Errorf("%s remains", info.Key)
	}
	v, err := s.CreateUpload(s.ctx, CreateUploadRequest{Filename: "b.zip", Bytes: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPart(s.ctx, v.ID, 1, 10, "", strings.NewReader("0123456789")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AbortUpload(s.ctx, UploadRef{v.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPart(s.ctx, v.ID, 1, 10, "", strings.NewReader("0123456789")); !retable.Is(err, retable.Conflict) {
		t.Errorf("a part of a dead upload: %v", err)
	}
	for info := range s.blobs.List(t.Context(), "uploads/") {
		t.Errorf("%s remains", info.Key)
	}
}
