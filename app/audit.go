package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"retable/internal/retable"
)

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	Seq           int64           `json:"seq"`
	At            string          `json:"at"`
	ActorID       string          `json:"actor_id,omitempty"`
	Actor         string          `json:"actor,omitempty"`
	Action        string          `json:"action"`
	Target        string          `json:"target,omitempty"`
	Outcome       string          `json:"outcome" enum:"ok,denied,failed"`
	Addr          string          `json:"addr,omitempty"`
	CorrelationID string          `json:"correlation_id,omitempty"`
	Detail        json.RawMessage `json:"detail,omitempty"`
	Hash          string          `json:"hash"`
}

func auditEntryOf(e *retable.AuditEntry) AuditEntry {
	return AuditEntry{
		Seq: e.Seq, At: e.At.String(), ActorID: e.ActorID, Actor: e.Actor, Action: e.Action, Target: e.Target, Outcome: e.Outcome,
		Addr: e.Addr, CorrelationID: e.CorrelationID, Detail: e.Detail, Hash: e.Hash,
	}
}

// AuditQuery chooses entries; what is empty doesn't matter.
type AuditQuery struct {
	ActorID string `json:"actor_id,omitempty"`
	Action  string `json:"action,omitempty"`
	Target  string `json:"target,omitempty"`
	Outcome string `json:"outcome,omitempty" enum:"ok,denied,failed"`
	After   string `json:"after,omitempty"`  // RFC 3339
	Before  string `json:"before,omitempty"` // RFC 3339
}

func (q AuditQuery) filter() (f retable.AuditFilter, err error) {
	f = retable.AuditFilter{ActorID: q.ActorID, Action: q.Action, Target: q.Target, Outcome: q.Outcome}
	if f.After, err = instant("after", q.After); err == nil {
		f.Before, err = instant("before", q.Before)
	}
	return f, err
}

// instant reads a point in time of a request.
func instant(field, text string) (retable.Millis, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		message := "That is no point in time; write it like 2026-11-25T09:00:00Z."
		return 0, &retable.Error{Code: retable.Unprocessable, Detail: message, Fields: []retable.FieldError{{Field: field, Message: message}}}
	}
	return retable.MillisOf(t), nil
}

// ListAuditRequest asks for a part of the log.
type ListAuditRequest struct {
	PageQuery
	AuditQuery
}

// ListAudit gives entries of the audit log, the newest first.
func (a *Accounts) ListAudit(ctx context.Context, req ListAuditRequest) (*List[AuditEntry], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	f, err := req.filter()
	if err != nil {
		return nil, err
	}
	var l retable.List[retable.AuditEntry]
	err = a.store.View(ctx, func(tx retable.Tx) (err error) {
		l, err = tx.Audit().List(ctx, f, req.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(l, auditEntryOf), nil
}

// ExportAuditRequest says what to export and how.
type ExportAuditRequest struct {
	AuditQuery
	Format string `json:"format,omitempty" enum:"jsonl,csv"` // jsonl if empty
}

// ExportAudit writes entries to w, the newest first, as JSON Lines or CSV. It
// holds no transaction open while w is slow.
func (a *Accounts) ExportAudit(ctx context.Context, req ExportAuditRequest, w io.Writer) error {
	p, err := a.asAdmin(ctx)
	if err != nil {
		return err
	}
	f, err := req.filter()
	if err != nil {
		return err
	}
	var write func(AuditEntry) error
	flush := func() error { return nil }
	switch req.Format {
	case "", "jsonl":
		enc := json.NewEncoder(w)
		write = func(e AuditEntry) error { return enc.Encode(e) }
	case "csv":
		c := csv.NewWriter(w)
		if err := c.Write([]string{"seq", "at", "actor_id", "actor", "action", "target", "outcome", "addr", "correlation_id", "detail", "hash"}); err != nil {
			return err
		}
		write = func(e AuditEntry) error { return c.Write(e.csv()) }
		flush = func() error { c.Flush(); return c.Error() }
	default:
		return retable.Errorf(retable.Unprocessable, "The audit log comes as jsonl or csv, not as %q.", req.Format)
	}
	if err := a.update(ctx, func(tx retable.Tx) error {
		return a.record(ctx, tx, "audit.export", auditOK, nil, map[string]any{"by": p.Username, "query": req.AuditQuery})
	}); err != nil {
		return err
	}
	page := retable.Page{Limit: 500}
	for {
		var l retable.List[retable.AuditEntry]
		if err := a.store.View(ctx, func(tx retable.Tx) (err error) {
			l, err = tx.Audit().List(ctx, f, page)
			return err
		}); err != nil {
			return err
		}
		for i := range l.Items {
			if err := write(auditEntryOf(&l.Items[i])); err != nil {
				return err
			}
		}
		if page.Cursor = l.Next; page.Cursor == "" {
			return flush()
		}
	}
}

// csv is the entry as a row. What a spreadsheet would take for a formula gets a
// quote before it.
func (e AuditEntry) csv() []string {
	row := []string{
		strconv.FormatInt(e.Seq, 10), e.At, e.ActorID, e.Actor, e.Action, e.Target, e.Outcome, e.Addr, e.CorrelationID, string(e.Detail), e.Hash,
	}
	for i, s := range row {
		if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
			row[i] = "'" + s
		}
	}
	return row
}

// AuditHead is how far a log reaches. Written down elsewhere, it shows later
// whether entries were cut off or the log was rewritten.
type AuditHead struct {
	Entries int64  `json:"entries"`
	Seq     int64  `json:"seq"`
	Hash    string `json:"hash"`
}

// VerifyAudit follows the chain of the audit log from its beginning. With a
// head of earlier in the request it must lie in the chain. The error is a
// Conflict with the reason "audit_broken" that names the first wrong entry.
func (a *Accounts) VerifyAudit(ctx context.Context, req AuditHead) (*AuditHead, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	if a.verify == nil {
		return nil, retable.Fault(errors.New("nothing to verify with was given"), "verifying the audit log")
	}
	var expect *AuditHead
	if req.Hash != "" || req.Seq != 0 {
		expect = &req
	}
	var head AuditHead
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		head, err = a.verify(ctx, tx.Audit(), expect)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &head, nil
}
