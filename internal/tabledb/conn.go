package tabledb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// uri names a file for SQLite with the parameters of a connection.
func uri(path, params string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(abs)
	if path[0] != '/' { // a drive of Windows
		path = "/" + path
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?" + params, nil
}

// connector opens connections for database/sql without a driver name in the
// process-wide registry.
type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

var _ driver.Connector = (*connector)(nil)

func newConnector(path, params string, hook func(*sqlite3.SQLiteConn) error) (*connector, error) {
	dsn, err := uri(path, params)
	if err != nil {
		return nil, err
	}
	return &connector{dsn: dsn, drv: &sqlite3.SQLiteDriver{ConnectHook: hook}}, nil
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.drv }

// conn is one bare connection: the writer spares itself the layer of
// database/sql, which costs more than the insertion. It uses the driver's
// interfaces only, so that the package compiles without cgo.
type conn struct{ driver.Conn }

func openConn(path, params string) (*conn, error) {
	c, err := newConnector(path, params, nil)
	if err != nil {
		return nil, err
	}
	dc, err := c.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return &conn{dc}, nil
}

var errDriver = errors.New("the SQLite driver lacks an interface that Retable needs")

// exec runs statements without results.
func (c *conn) exec(ctx context.Context, sql string, args ...any) error {
	e, ok := c.Conn.(driver.ExecerContext)
	if !ok {
		return errDriver
	}
	if _, err := e.ExecContext(ctx, sql, named(args)); err != nil {
		return err
	}
	return nil
}

// text runs a query and returns the first column of its rows.
func (c *conn) text(ctx context.Context, sql string) ([]string, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, errDriver
	}
	rows, err := q.QueryContext(ctx, sql, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(dest); {
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, fmt.Sprint(dest[0]))
	}
}

func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case int:
			a = int64(v)
		case uint64:
			a = int64(v) //nolint:gosec // a count of values or rows
		case bool:
			a = int64(0)
			if v {
				a = int64(1)
			}
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return values
}

// stmt is a prepared statement that is run by its query face: the driver
// binds all its arguments in one crossing to C there.
type stmt struct {
	driver.Stmt
	query driver.StmtQueryContext
}

func (c *conn) prepare(sql string) (*stmt, error) {
	s, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	q, ok := s.(driver.StmtQueryContext)
	if !ok {
		_ = s.Close()
		return nil, errDriver
	}
	return &stmt{s, q}, nil
}

// run executes the statement, which returns no rows.
func (s *stmt) run(args []driver.NamedValue) error {
	rows, err := s.query.QueryContext(context.Background(), args)
	if err != nil {
		return err
	}
	if err := rows.Next(nil); err != io.EOF {
		_ = rows.Close()
		if err == nil {
			err = errors.New("statement returned a row")
		}
		return err
	}
	return rows.Close()
}
