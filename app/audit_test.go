package app

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"retable/internal/retable"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		ctx := retable.WithCorrelation(b.asUser("root"), "corr-7")
		if _, err := b.LockUser(ctx, UserRef{b.anna.ID}); err != nil {
			t.Fatal(err)
		}
		l, err := b.ListAudit(ctx, ListAuditRequest{AuditQuery: AuditQuery{Action: "user.lock"}})
		if err != nil || len(l.Items) != 1 {
			t.Fatalf("got %+v, %v", l, err)
		}
		e := l.Items[0]
		if e.ActorID != b.admin.ID || e.Actor != "root" || e.Target != b.anna.ID || e.Outcome != "ok" || e.Addr != "192.0.2.1" || e.CorrelationID != "corr-7" || e.At == "" ||
			!strings.Contains(string(e.Detail), `"username":"anna"`) {
			t.Errorf("got %+v", e)
		}
		if l, err := b.ListAudit(ctx, ListAuditRequest{AuditQuery: AuditQuery{Before: "2000-01-01T00:00:00Z"}}); err != nil || len(l.Items) != 0 {
			t.Errorf("before 2000: got %+v, %v", l, err)
		}
		for _, q := range []AuditQuery{{After: "yesterday"}, {Before: "2026"}} {
			if _, err := b.ListAudit(ctx, ListAuditRequest{AuditQuery: q}); !retable.Is(err, retable.Unprocessable) {
				t.Errorf("%+v: got %v", q, err)
			}
		}

		head, err := b.VerifyAudit(ctx, AuditHead{})
		if err != nil || head.Entries < 4 || head.Hash == "" {
			t.Fatalf("got %+v, %v", head, err)
		}
		if _, err := b.UnlockUser(ctx, UserRef{b.anna.ID}); err != nil {
			t.Fatal(err)
		}
		if later, err := b.VerifyAudit(ctx, *head); err != nil || later.Entries != head.Entries+1 {
			t.Errorf("with the head of before: got %+v, %v", later, err)
		}
		_, err = b.VerifyAudit(ctx, AuditHead{Seq: head.Seq, Hash: strings.Repeat("0", 64)})
		wantReason(t, "a log that was rewritten", err, "audit_broken")
		_, err = b.VerifyAudit(ctx, AuditHead{Seq: head.Seq + 100, Hash: head.Hash})
		wantReason(t, "a log that was cut off", err, "audit_broken")
	})
}

func TestExportAudit(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	ctx := b.asUser("root")
	for range 600 { // more than a page
		if err := b.store.Update(ctx, func(tx retable.Tx) error {
			return b.record(ctx, tx, "=HYPERLINK(1)", auditOK, nil, nil)
		}); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := b.ExportAudit(ctx, ExportAuditRequest{}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first, last AuditEntry
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &first), json.Unmarshal([]byte(lines[len(lines)-1]), &last)); err != nil {
		t.Fatal(err)
	}
	if len(lines) < 603 || first.Action != "audit.export" || last.Seq != 1 || int64(len(lines)) != first.Seq {
		t.Errorf("got %d lines, the first %+v, the last %+v", len(lines), first, last)
	}
	out.Reset()
	if err := b.ExportAudit(ctx, ExportAuditRequest{AuditQuery: AuditQuery{Action: "=HYPERLINK(1)"}, Format: "csv"}, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != 601 || rows[0][5-1] != "action" || rows[1][4] != "'=HYPERLINK(1)" {
		t.Errorf("got %d rows, %v, %v", len(rows), rows[min(1, len(rows)-1)], err)
	}
	if err := b.ExportAudit(ctx, ExportAuditRequest{Format: "xml"}, &out); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("an unknown format: got %v", err)
	}
	if err := b.ExportAudit(ctx, ExportAuditRequest{AuditQuery: AuditQuery{After: "x"}}, &out); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("a time of nonsense: got %v", err)
	}
	for _, format := range []string{"jsonl", "csv"} {
		if err := b.ExportAudit(ctx, ExportAuditRequest{Format: format}, fullDisk{}); err == nil {
			t.Errorf("%s: a writer that fails went unseen", format)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }
