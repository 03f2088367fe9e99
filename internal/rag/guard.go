package rag

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// Limits bound what one query may take.
type Limits struct {
	Time  time.Duration // 0: 5 s
	Rows  int           // 0: 200; one more is read to know that there are more
	Bytes int           // of the whole result; 0: 8 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Time <= 0 {
		l.Time = 5 * time.Second
	}
	if l.Rows <= 0 {
		l.Rows = 200
	}
	if l.Bytes <= 0 {
		l.Bytes = 8 << 20
	}
	return l
}

// Guard runs SELECT statements over the views of one session's tables and
// nothing else. It has connections of its own, on which SQLite enforces that;
// it is safe for use by several goroutines. The caller closes it.
type Guard struct {
	pool   *sql.DB
	limits Limits
	names  map[string]bool // of views and the tables under them, lower case
}

// OpenGuard opens a guard over the file that db reads.
func OpenGuard(db *tabledb.DB, limits Limits) (*Guard, error) {
	g := &Guard{limits: limits.withDefaults(), names: map[string]bool{}}
	for _, t := range db.Tables() {
		g.names[strings.ToLower(t.ViewName)] = true
		g.names[strings.ToLower(t.SQLName)] = true
	}
	path, err := filepath.Abs(db.Path())
	if err != nil {
		return nil, err
	}
	g.pool = sql.OpenDB(&guardedConnector{dsn: guardDSN(path), guard: g})
	g.pool.SetMaxOpenConns(max(2, runtime.GOMAXPROCS(0)))
	g.pool.SetMaxIdleConns(1)
	return g, nil
}

func guardDSN(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?" + tabledb.ReadParams
}

// Close closes the connections.
func (g *Guard) Close() error { return g.pool.Close() }

// Query runs one SELECT over the views of the file that db reads, with the
// default limits. Its errors are *retable.Error.
func Query(ctx context.Context, db *tabledb.DB, query string) (*retable.ResultTable, error) {
	g, err := OpenGuard(db, Limits{})
	if err != nil {
		return nil, retable.Fault(err, "opening the tables")
	}
	defer g.Close()
	return g.Query(ctx, query)
}

// Query runs one SELECT and returns its rows, bounded.
func (g *Guard) Query(ctx context.Context, query string) (*retable.ResultTable, error) {
	out := &retable.ResultTable{Rows: [][]string{}}
	var kinds []valueKind
	bytes := 0
	err := g.run(ctx, query, func(columns []string) {
		out.Columns = columns
		kinds = make([]valueKind, len(columns))
	}, func(values []any) bool {
		if len(out.Rows) == g.limits.Rows || bytes > g.limits.Bytes {
			out.Truncated = true
			return false
		}
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = capText(textOf(v), maxCell)
			kinds[i] = kinds[i].with(v)
			bytes += len(row[i])
		}
		out.Rows = append(out.Rows, row)
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		out.Types = append(out.Types, k.String())
	}
	return out, nil
}

// maxCell bounds a cell of a result, in bytes.
const maxCell = 32 << 10

// run checks and runs a query; head gets the column names, each the values of
// every row until it returns false.
func (g *Guard) run(ctx context.Context, query string, head func([]string), each func([]any) bool) error {
	ctes, err := checkStatement(query)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, g.limits.Time)
	defer cancel()
	conn, err := g.pool.Conn(limited)
	if err != nil {
		return g.explain(ctx, limited, err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		gc, ok := c.(*guardedConn)
		if !ok {
			return errNoDriver
		}
		gc.permit(ctes)
		return nil
	})
	if err != nil {
		return g.explain(ctx, limited, err)
	}
	return g.explain(ctx, limited, readRows(limited, conn, query, head, each))
}

func readRows(ctx context.Context, conn *sql.Conn, query string, head func([]string), each func([]any) bool) error {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	head(columns)
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if !each(values) {
			return nil // rows.Close stops the statement
		}
	}
	return rows.Err()
}

var errNoDriver = errors.New("the SQLite driver lacks what guarding needs")

// explain turns an error of SQLite into one for people.
func (g *Guard) explain(ctx, limited context.Context, err error) error {
	var refusal *retable.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &retable.Error{Code: retable.Cancelled, Detail: "The query was stopped.", Err: context.Cause(ctx)}
	case limited.Err() != nil:
		return &retable.Error{
			Code: retable.Unprocessable, Reason: "query_too_long", Err: err,
			Detail: fmt.Sprintf("The query took longer than %s and was stopped. Ask for fewer rows or a simpler join.", g.limits.Time),
		}
	case errors.As(err, &refusal):
		return err
	}
	text := err.Error()
	if strings.Contains(text, "not authorized") || strings.Contains(text, "prohibited") {
		return refused("Only SELECT over this session's tables with plain functions is allowed: " + text + ".")
	}
	return &retable.Error{Code: retable.Invalid, Reason: "query_failed", Detail: "SQLite can't run this query: " + text + ".", Err: err}
}

func refused(detail string) *retable.Error {
	return &retable.Error{Code: retable.Invalid, Reason: "query_refused", Detail: detail}
}
