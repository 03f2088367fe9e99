package rag

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

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
	g.pool.SetMaxOpenConns(2)
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

// guardedConnector opens connections that SQLite itself guards.
type guardedConnector struct {
	dsn   string
	guard *Guard
}

var _ driver.Connector = (*guardedConnector)(nil)

func (c *guardedConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// guardedConn is a connection with the set of names that its present query
// declares by WITH.
type guardedConn struct {
	driver.Conn
	mu   sync.Mutex
	ctes map[string]bool
}

func (c *guardedConn) permit(ctes map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctes = ctes
}

// QueryContext passes on what database/sql needs to run with a context.
func (c *guardedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, errNoDriver
	}
	return q.QueryContext(ctx, query, args)
}

// The categories of sqlite3_limit and what is allowed of each.
var sqliteLimits = [...]struct{ category, value int }{
	{0, 1 << 20},  // bytes of a value or row
	{1, 64 << 10}, // bytes of SQL
	{2, 2000},     // columns: as many as a view may have
	{3, 100},      // depth of an expression
	{4, 20},       // terms of a compound select
	{5, 100_000},  // instructions of a program
	{6, 32},       // arguments of a function
	{7, 0},        // attached databases
	{8, 200},      // bytes of a LIKE or GLOB pattern
	{9, 100},      // parameters
	{10, 0},       // depth of triggers
	{11, 0},       // worker threads
}

func (c *guardedConnector) Connect(context.Context) (driver.Conn, error) {
	out := &guardedConn{}
	drv := &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		limiter, ok := any(conn).(interface{ SetLimit(category, value int) int })
		if !ok {
			return errNoDriver
		}
		if err := errors.Join(tabledb.Functions(conn), exactFunctions(conn)); err != nil {
			return err
		}
		for _, l := range sqliteLimits {
			limiter.SetLimit(l.category, l.value)
		}
		conn.RegisterAuthorizer(func(op int, first, second, _ string) int {
			return c.guard.authorize(out, op, first, second)
		})
		return nil
	}}
	conn, err := drv.Open(c.dsn)
	out.Conn = conn
	return out, err
}

// The actions of the authorizer that are ever allowed, and its answers.
const (
	actionRead     = 20
	actionSelect   = 21
	actionFunction = 31
	allow          = 0
	deny           = 1
)

// authorize is asked by SQLite for each thing a statement would do, while it
// compiles it. What isn't named here is denied: PRAGMA, ATTACH, transactions,
// recursion, every write, every table but the session's.
func (g *Guard) authorize(c *guardedConn, op int, first, second string) int {
	switch op {
	case actionSelect:
		return allow
	case actionRead:
		name := strings.ToLower(first)
		if g.names[name] {
			return allow
		}
		// count(*) and the like read no column; SQLite then asks for the name in
		// the query, which may be one that WITH declares.
		c.mu.Lock()
		defer c.mu.Unlock()
		if second == "" && (name == "" || c.ctes[name]) {
			return allow
		}
	case actionFunction:
		if strings.Contains(allowedFunctions, " "+strings.ToLower(second)+" ") {
			return allow
		}
	}
	return deny
}

// allowedFunctions compute from their arguments alone, in time and space that
// the limits bound. Not among them: load_extension, randomblob and zeroblob,
// printf and format (widths), fts and sqlite_* functions, hex (doubling), char.
const allowedFunctions = " abs avg ceil ceiling coalesce count cume_dist date datetime dense_rank dec_avg dec_cmp dec_max" +
	" dec_median dec_min dec_sum first_value floor fold glob group_concat ifnull iif instr julianday lag last_value lead length" +
	" like lower ltrim max min mod nth_value ntile nullif percent_rank rank replace round row_number rtrim sign string_agg strftime" +
	" substr substring sum time timediff total trim trunc typeof unicode unixepoch upper json_extract json_array_length json_type json_valid -> ->> "
