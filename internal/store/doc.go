// Package store keeps Retable's rows in SQLite (embedded, the default) or in
// PostgreSQL (for replicas), behind one path of hand-written SQL. It fulfils
// retable.Store.
//
// How to read it: store.go opens and closes, tx.go runs transactions, query.go
// runs statements, dialect.go holds all in which the engines differ, errors.go
// turns their complaints into retable.Error. Then one file per noun. jobs*.go
// is the jobs table, audit.go the chain of the audit log, notify*.go the hints
// and events between replicas. migrate.go and backfill.go bring a schema up to
// date; lock.go is the right to run jobs in a data root.
//
// Rules of the SQL here:
//
//   - Parameters are $1, $2 ... and first appear in that order in each statement.
//     The SQLite driver numbers them by first appearance, so anything else would
//     be silently wrong.
//   - Absent references are NULL, never "".
//   - A statement that may break a constraint in ordinary use goes through
//     try, which keeps PostgreSQL's transaction usable after it.
package store
