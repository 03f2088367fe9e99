package rag

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"

	sqlite3 "github.com/mattn/go-sqlite3"

	"retable/internal/tabledb"
)

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
