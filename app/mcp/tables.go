package mcp

import (
	"context"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/app"
	"retable/internal/retable"
)

func (d *desk) addTables(s *sdk.Server) {
	add(s, d, tool("list_sessions", "List sessions", "List the sessions (deliveries that were taken in) that you may see, the newest first.", true), d.listSessions)
	add(s, d, tool("list_tables", "List tables", "List the tables of a session with their numbers of rows and columns.", true), d.listTables)
	add(s, d, tool("describe_table", "Describe a table", "Describe a table: the columns with their names in SQL, types, distinct values and examples, and its first rows.", true), d.describeTable)
	add(s, d, tool("query", "Query by SQL", "Run one SELECT of SQLite over the views of a session, read-only. At most 200 rows come back: count, group and sum in SQL rather than reading rows.", true), d.query)
}

type listSessionsIn struct {
	Search string `json:"search,omitempty" jsonschema:"part of the name"`
	Limit  int    `json:"limit,omitempty" jsonschema:"sessions to list, 1 to 100; 20 if left out"`
	Cursor string `json:"cursor,omitempty" jsonschema:"next of the list before, to go on"`
}

type sessionOut struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   string `json:"state"`
	Tables  int64  `json:"tables"`
	Rows    int64  `json:"rows"`
	Created string `json:"created,omitempty"`
	Owner   string `json:"owner,omitempty" jsonschema:"of a session that is shared with you"`
	Partial bool   `json:"partial,omitempty" jsonschema:"some files could not be read whole"`
}

type sessionsOut struct {
	Note     string       `json:"note"`
	Sessions []sessionOut `json:"sessions"`
	Total    int64        `json:"total"`
	Next     string       `json:"next,omitempty"`
}

func (d *desk) listSessions(ctx context.Context, in listSessionsIn) (*sessionsOut, error) {
	if in.Limit <= 0 {
		in.Limit = 20
	}
	l, err := d.from.ListSessions(ctx, app.ListSessionsRequest{Search: in.Search, PageQuery: app.PageQuery{Limit: min(in.Limit, 100), Cursor: in.Cursor}})
	if err != nil {
		return nil, err
	}
	out := &sessionsOut{Note: noted, Sessions: []sessionOut{}, Total: l.Total, Next: l.Next}
	for i := range l.Items {
		x := &l.Items[i]
		o := sessionOut{ID: x.ID, Name: plain(x.Name, maxCell), State: x.State, Tables: x.Tables, Rows: x.Rows, Created: x.CreatedAt, Partial: x.Partial}
		if x.Shared {
			o.Owner = plain(x.Owner, maxCell)
		}
		out.Sessions = append(out.Sessions, o)
	}
	return out, nil
}

// sessionIn names a session.
type sessionIn struct {
	Session string `json:"session,omitempty" jsonschema:"id or name of the session; may be left out if there is only one"`
}

type tableOut struct {
	SQL     string `json:"sql" jsonschema:"its name in SQL"`
	Table   string `json:"table"`
	XPath   string `json:"xpath,omitempty" jsonschema:"of the element that a row is made of"`
	Parent  string `json:"parent,omitempty" jsonschema:"table that its rows belong to"`
	Rows    int64  `json:"rows"`
	Columns int64  `json:"columns"`
}

type tablesOut struct {
	Note    string     `json:"note"`
	Session string     `json:"session"`
	Tables  []tableOut `json:"tables"`
	More    int        `json:"more,omitempty" jsonschema:"tables that aren't listed"`
}

func (d *desk) listTables(ctx context.Context, in sessionIn) (*tablesOut, error) {
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	l, err := d.from.ListTables(ctx, app.SessionRef{SessionID: x.ID})
	if err != nil {
		return nil, err
	}
	if len(l.Tables) == 0 && x.State != string(retable.SessionReady) {
		return nil, retable.Errorf(retable.Conflict, "The session %s has no tables yet (%s): wait for its conversion, or start it.", x.Name, x.State)
	}
	out := &tablesOut{Note: noted, Session: plain(x.Name, maxCell), Tables: []tableOut{}, More: max(0, len(l.Tables)-maxTables)}
	for _, t := range l.Tables[:min(len(l.Tables), maxTables)] {
		out.Tables = append(out.Tables, tableOf(&t))
	}
	return out, nil
}

func tableOf(t *app.TableDTO) tableOut {
	return tableOut{SQL: t.View, Table: plain(t.Name, maxCell), XPath: plain(t.Path, maxCell), Parent: plain(t.Parent, maxCell), Rows: t.Rows, Columns: t.Columns}
}

type describeIn struct {
	sessionIn
	Table string `json:"table" jsonschema:"the table, by its name in SQL, as list_tables names it, or by the end of that name, such as order"`
}

type columnOut struct {
	SQL      string   `json:"sql" jsonschema:"its name in SQL"`
	Column   string   `json:"column"`
	Type     string   `json:"type"`
	Nulls    int64    `json:"nulls" jsonschema:"rows without a value"`
	Distinct int64    `json:"distinct"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Examples []string `json:"examples,omitempty"`
}

type describeOut struct {
	tableOut
	Note        string      `json:"note"`
	Session     string      `json:"session"`
	Fields      []columnOut `json:"fields"`
	MoreColumns int         `json:"more_columns,omitempty" jsonschema:"columns that aren't listed"`
	FirstRows   *rowsOut    `json:"first_rows,omitempty"`
}

func (d *desk) describeTable(ctx context.Context, in describeIn) (*describeOut, error) {
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	t, err := d.table(ctx, x, in.Table)
	if err != nil {
		return nil, err
	}
	columns, err := d.from.ListColumns(ctx, app.TableRef{SessionID: x.ID, TableID: t.ID})
	if err != nil {
		return nil, err
	}
	out := &describeOut{tableOut: tableOf(t), Note: noted, Session: plain(x.Name, maxCell), Fields: []columnOut{}}
	room := &budget{maxResult / 2}
	for i := range columns.Columns {
		c := &columns.Columns[i]
		if c.View == "" {
			continue // not in the view, so it can't be asked for
		}
		if len(out.Fields) == maxFields || room.left == 0 {
			out.MoreColumns++
			continue
		}
		out.Fields = append(out.Fields, columnOf(c, room))
	}
	out.FirstRows, err = d.firstRows(ctx, x.ID, t.View)
	return out, err
}

// maxExamples bounds the examples of a column.
const maxExamples = 3

func columnOf(c *app.ColumnDTO, room *budget) columnOut {
	out := columnOut{SQL: c.View, Column: plain(c.Name, maxCell), Type: c.Type, Nulls: c.Nulls, Distinct: c.Distinct}
	out.Min, _ = room.take(c.Min)
	out.Max, _ = room.take(c.Max)
	for _, e := range c.Examples[:min(len(c.Examples), maxExamples)] {
		if v, ok := room.take(e); ok {
			out.Examples = append(out.Examples, v)
		}
	}
	return out
}

// firstRows shows what rows look like. Who may not query sees the columns only.
func (d *desk) firstRows(ctx context.Context, session, view string) (*rowsOut, error) {
	r, err := d.from.Query(ctx, app.QueryRequest{SessionID: session, SQL: `SELECT * FROM "` + strings.ReplaceAll(view, `"`, `""`) + `" LIMIT 3`})
	if retable.Is(err, retable.Forbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rowsOf(r, maxResult/4), nil
}

type queryIn struct {
	sessionIn
	SQL string `json:"sql" jsonschema:"one SELECT statement of SQLite"`
}

// rowsOut is a bounded result of a query. Missing values are empty.
type rowsOut struct {
	Columns   []string   `json:"columns"`
	Types     []string   `json:"types,omitempty"`
	Rows      [][]string `json:"rows"`
	Truncated bool       `json:"truncated" jsonschema:"there are more rows than these"`
}

type queryOut struct {
	rowsOut
	Note    string `json:"note"`
	Session string `json:"session"`
}

func (d *desk) query(ctx context.Context, in queryIn) (*queryOut, error) {
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	r, err := d.from.Query(ctx, app.QueryRequest{SessionID: x.ID, SQL: in.SQL})
	if err != nil {
		return nil, err
	}
	return &queryOut{rowsOut: *rowsOf(r, maxResult), Note: noted, Session: plain(x.Name, maxCell)}, nil
}

// rowsOf bounds a result: whole rows, as many as there is room for.
func rowsOf(r *retable.ResultTable, most int) *rowsOut {
	out := &rowsOut{Columns: []string{}, Types: r.Types, Rows: [][]string{}, Truncated: r.Truncated}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, plain(c, maxCell))
	}
	room := &budget{most}
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		fits := len(out.Rows) < maxRows
		for i, v := range row {
			if fits {
				cells[i], fits = room.take(v)
			}
		}
		if !fits {
			out.Truncated = true
			break
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
