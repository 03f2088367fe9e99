package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"

	"retable/internal/retable"
)

type audit struct{ *tx }

const auditColumns = "seq, at, actor_id, actor, action, target, outcome, addr, correlation_id, detail, prev_hash, hash"

func scanAudit(row scanner) (e retable.AuditEntry, err error) {
	err = row.Scan(&e.Seq, &e.At, &e.ActorID, &e.Actor, &e.Action, &e.Target, &e.Outcome, &e.Addr, &e.CorrelationID,
		raw(&e.Detail), &e.PrevHash, &e.Hash)
	return e, err
}

// Append links the entry to the one before. Appends wait for each other until
// their transactions end, so it should be the last thing a transaction does.
func (t audit) Append(ctx context.Context, e *retable.AuditEntry) error {
	if err := t.serialise(ctx, lockAudit); err != nil {
		return err
	}
	var seq int64
	var prev string
	err := t.one(ctx, func(row scanner) error { return row.Scan(&seq, &prev) },
		"SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1")
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.Seq, e.PrevHash = seq+1, prev
	for _, text := range []*string{&e.ActorID, &e.Actor, &e.Action, &e.Target, &e.Outcome, &e.Addr, &e.CorrelationID} {
		*text = clean(*text) // as it will be stored, so that the hash holds
	}
	if len(e.Detail) > 0 {
		e.Detail = []byte(clean(string(e.Detail)))
	}
	e.Hash = AuditHash(e)
	_, err = t.exec(ctx, "INSERT INTO audit_log ("+auditColumns+") VALUES ("+params(1, 12)+")",
		e.Seq, e.At, e.ActorID, e.Actor, e.Action, e.Target, e.Outcome, e.Addr, e.CorrelationID, e.Detail, e.PrevHash, e.Hash)
	return err
}

// AuditHash is the hex SHA-256 over the entry's fields but Hash, PrevHash last,
// each behind its length as 8 bytes, big end first.
func AuditHash(e *retable.AuditEntry) string {
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(e.Seq, 10), strconv.FormatInt(int64(e.At), 10), e.ActorID, e.Actor, e.Action, e.Target,
		e.Outcome, e.Addr, e.CorrelationID, string(e.Detail), e.PrevHash,
	} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		h.Write(length[:])
		h.Write([]byte(field))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (t audit) List(ctx context.Context, f retable.AuditFilter, p retable.Page) (retable.List[retable.AuditEntry], error) {
	l := listing[retable.AuditEntry]{
		columns: auditColumns, table: "audit_log", key: "seq", number: true, scan: scanAudit,
		cursor: func(e *retable.AuditEntry) string { return strconv.FormatInt(e.Seq, 10) },
	}
	equal(&l.where, "actor_id", f.ActorID)
	equal(&l.where, "action", f.Action)
	equal(&l.where, "target", f.Target)
	equal(&l.where, "outcome", f.Outcome)
	if f.After > 0 {
		l.where.and("at > ?", f.After)
	}
	if f.Before > 0 {
		l.where.and("at < ?", f.Before)
	}
	return l.page(ctx, t.tx, p)
}

func (t audit) Each(ctx context.Context, fn func(*retable.AuditEntry) error) error {
	return t.rows(ctx, func(row scanner) error {
		e, err := scanAudit(row)
		if err != nil {
			return err
		}
		return fn(&e)
	}, "SELECT "+auditColumns+" FROM audit_log ORDER BY seq")
}

// AuditHead is how far a log reaches. Written down elsewhere, it shows later
// whether entries were cut off at the end, which a chain alone can't.
type AuditHead struct {
	Entries int64
	Seq     int64
	Hash    string
}

// VerifyAudit follows the chain from its beginning. The error is a Conflict
// with reason "audit_broken" that names the first entry that is not as it was
// written. expect, if not nil, is a head of earlier that must lie in the chain.
func VerifyAudit(ctx context.Context, log retable.Audit, expect *AuditHead) (AuditHead, error) {
	var head AuditHead
	met := expect == nil || expect.Seq == 0
	err := log.Each(ctx, func(e *retable.AuditEntry) error {
		switch {
		case e.Seq != head.Seq+1:
			return broken("Entry %d of the audit log is missing: after %d comes %d.", head.Seq+1, head.Seq, e.Seq)
		case e.PrevHash != head.Hash:
			return broken("Entry %d of the audit log does not follow from the one before it.", e.Seq)
		case e.Hash != AuditHash(e):
			return broken("Entry %d of the audit log was changed after it was written.", e.Seq)
		}
		head = AuditHead{Entries: head.Entries + 1, Seq: e.Seq, Hash: e.Hash}
		if expect != nil && e.Seq == expect.Seq {
			if e.Hash != expect.Hash {
				return broken("Entry %d of the audit log is not the one that was there before: the log was rewritten.", e.Seq)
			}
			met = true
		}
		return nil
	})
	if err == nil && !met {
		err = broken("The audit log ends at entry %d; it had %d before: entries were removed from its end.", head.Seq, expect.Seq)
	}
	return head, err
}

func broken(format string, args ...any) error {
	err := retable.Errorf(retable.Conflict, format, args...)
	err.Reason = "audit_broken"
	return err
}
