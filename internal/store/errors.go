package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"retable/internal/retable"
)

// fault is what kind of complaint a database's error is.
type fault int

const (
	faultOther     fault = iota // ours: bad SQL, a broken check
	faultUnique                 // a unique constraint
	faultReference              // a foreign key
	faultBusy                   // passes by itself: try again
	faultLocked                 // another process holds the file
	faultFull                   // no space left
	faultReadOnly               // may not be written
	faultDamaged                // the data is not what was written
	faultDown                   // not reachable
)

// names are how faults are counted.
var faultNames = map[fault]string{
	faultOther: "internal", faultUnique: "unique", faultReference: "reference", faultBusy: "busy",
	faultLocked: "locked", faultFull: "full", faultReadOnly: "readonly", faultDamaged: "damaged", faultDown: "down",
}

// refusals are what people read about the faults that aren't theirs.
var refusals = map[fault]retable.Error{
	faultLocked: {Code: retable.Unavailable, Reason: "database_locked", RetryAfter: 5 * time.Second,
		Detail: "The database is locked by another program. Close what has it open (another Retable, a database browser, a backup), and repeat."},
	faultBusy: {Code: retable.Busy, Reason: "database_busy", RetryAfter: time.Second,
		Detail: "The database is too busy at the moment. Repeat in a moment."},
	faultFull: {Code: retable.Unavailable, Reason: "database_full",
		Detail: "The disk that holds the database is full. Free some space, then repeat; nothing was lost."},
	faultReadOnly: {Code: retable.Unavailable, Reason: "database_readonly",
		Detail: "The database can't be written: its file or folder is read-only, or the server only answers reads. Check the permissions, then repeat."},
	faultDamaged: {Code: retable.Unavailable, Reason: "database_damaged",
		Detail: `The database file is damaged: restore a backup with "retable admin restore FILE".`},
	faultDown: {Code: retable.Unavailable, Reason: "database_down", RetryAfter: 5 * time.Second,
		Detail: "The database can't be reached. Check that it runs and that its address and password are right."},
}

// explain turns a driver's error into the one that callers get. What is a
// retable.Error already, or the context's end, stays as it is.
func (d *dialect) explain(err error, doing string) error {
	var already *retable.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &already):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrTxDone):
		return retable.Fault(err, doing+" (a transaction was used after its end)")
	}
	if r, ok := refusals[d.classify(err)]; ok {
		r.Err = err
		return &r
	}
	return retable.Fault(err, doing)
}

// classifyPostgres reads SQLSTATE; see the appendix "Error Codes" of
// PostgreSQL's documentation.
func classifyPostgres(err error) fault {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return classifyNet(err)
	}
	switch {
	case pg.Code == "23505" && pg.ConstraintName == "jobs_one_running":
		return faultBusy // two workers took jobs of one session at once: one tries again
	case pg.Code == "23505":
		return faultUnique
	case pg.Code == "23503":
		return faultReference
	case pg.Code == "40001", pg.Code == "40P01", pg.Code == "55P03": // serialisation, deadlock, lock timeout
		return faultBusy
	case pg.Code == "53100": // disk_full
		return faultFull
	case pg.Code == "25006": // read_only_sql_transaction: a standby
		return faultReadOnly
	case strings.HasPrefix(pg.Code, "XX00") && pg.Code != "XX000": // data_corrupted, index_corrupted
		return faultDamaged
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "53"),
		strings.HasPrefix(pg.Code, "28"), pg.Code == "3D000": // log-in refused, no such database
		return faultDown
	}
	return faultOther
}

// classifyNet tells what lies between us and the server.
func classifyNet(err error) fault {
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, net.ErrClosed),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return faultDown
	case strings.Contains(err.Error(), "unexpected EOF"), strings.Contains(err.Error(), "conn closed"):
		return faultDown
	}
	return faultOther
}
