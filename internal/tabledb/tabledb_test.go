package tabledb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

var ctx = context.Background()

func textColumn(name string) table.Column {
	return table.Column{Name: name, XPath: strings.ReplaceAll(name, "[*]", ""), Type: table.Text}
}

func typed(name string, t table.Type) table.Column {
	c := textColumn(name)
	c.Type = t
	return c
}

func own(name string) table.Column {
	return table.Column{Name: name, XPath: name, Type: table.Integer, Role: table.Bookkeeping}
}

// rowOf builds a row; nil is null.
func rowOf(pos table.Position, values ...any) *table.Row {
	row := &table.Row{Pos: pos}
	row.Reset(len(values))
	for i, v := range values {
		if v != nil {
			row.SetString(i, fmt.Sprint(v))
		}
	}
	return row
}

// values lists a row's cells; nil is null.
func values(row *table.Row) []any {
	var out []any
	for i := range row.Cells {
		if v, ok := row.Value(i); ok {
			out = append(out, string(v))
		} else {
			out = append(out, nil)
		}
	}
	return out
}

// build writes one table of the rows and opens the file.
func build(t testing.TB, opts Options, schema *table.Schema, rows ...[]any) *DB {
	t.Helper()
	return buildAll(t, opts, map[*table.Schema][][]any{schema: rows}, []*table.Schema{schema})
}

func buildAll(t testing.TB, opts Options, rows map[*table.Schema][][]any, order []*table.Schema) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tables.sqlite")
	w, err := Create(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, schema := range order {
		tw, err := w.Table(schema)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows[schema] {
			if err := tw.Write(rowOf(table.Position{File: i / 4, Line: int64(i + 10), Offset: int64(i * 100)}, r...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := tw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func readAll(t testing.TB, r table.RowReader, err error) (rows [][]any, positions []table.Position) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row table.Row
	for {
		if err := r.Read(&row); err == io.EOF {
			return rows, positions
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, values(&row))
		positions = append(positions, row.Pos)
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

// strange is a table whose names and values are as odd as XML allows.
func strange() (*table.Schema, [][]any) {
	schema := &table.Schema{
		Name: "Orders~Order", Kind: "{urn:x}Orders", Path: "/Orders/Order", Parent: "Orders",
		Columns: []table.Column{
			own("_id"), own("_file_id"), textColumn("@id"), textColumn("@ID"), textColumn(`a"b/c`),
			textColumn("Name/First"), textColumn("order"), textColumn("item[*]/@sku"), textColumn("../@v"),
		},
	}
	schema.Columns[7].Form = table.List
	schema.Columns[2].Stats = &table.Stats{Values: 3, Nulls: 1, Empty: 1, Distinct: 2, Min: "a", Max: "é", Longest: 9, Examples: []string{"007", "é"}}
	return schema, [][]any{
		{1, 1, "007", "", nil, " spaced ", "1e5", `["a",null]`, "x"},
		{2, 1, "'; DROP TABLE x--", "\"", "line\nfeed", "\t", strings.Repeat("é𝄞", 200_000), "[]", nil},
		{3, 2, nil, nil, nil, nil, nil, nil, nil},
		{4, 2, "", "", "", "", "", "", ""},
		{5, 2, "12345678901234567890", "1.10", "-0", "+5", "NULL", "{}", "\x01\x7f"},
	}
}

func TestReadsBackWhatWasWritten(t *testing.T) {
	schema, rows := strange()
	db := build(t, Options{Engine: "1.2.3"}, schema, rows...)
	want := make([][]any, len(rows))
	for i, r := range rows {
		for _, v := range r {
			if v != nil {
				v = fmt.Sprint(v)
			}
			want[i] = append(want[i], v)
		}
	}
	r, err := db.Reader(ctx, schema.Name, ReadOptions{})
	got, positions := readAll(t, r, err)
	equal(t, got, want)
	equal(t, positions[1], table.Position{File: 0, Line: 11, Offset: 100})
	equal(t, positions[4].File, 1) // from the column _file_id
	back, err := db.Schema(ctx, schema.Name)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, back, schema)
	if again, _ := db.Schema(ctx, schema.Name); again != back {
		t.Error("the schema was loaded twice")
	}
	engine, err := db.Meta(ctx, "engine_version")
	if err != nil || engine != "1.2.3" {
		t.Error(engine, err)
	}
	if _, err := db.Meta(ctx, "nothing"); !errors.Is(err, sql.ErrNoRows) {
		t.Error(err)
	}
	info := db.Tables()[0]
	equal(t, info, Info{
		Name: schema.Name, SQLName: schema.Name, ViewName: "orders_order", Kind: schema.Kind, Path: schema.Path,
		Parent: schema.Parent, Rows: 5, Columns: 9, id: 1,
	})
	views, err := db.ViewColumns(ctx, schema.Name)
	equal(t, err, nil)
	equal(t, views, []string{"_id", "_file_id", "id", "id_2", "a_b_c", "name_first", "order_", "item_sku", "parent_v"})
	counts, err := db.RowsOf(ctx, schema.Name)
	equal(t, err, nil)
	equal(t, counts, map[int64]int64{1: 2, 2: 3})
}

func TestReadsSlices(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{own("_file_id"), textColumn("a"), textColumn("b")}}
	var rows [][]any
	for i := range 100 {
		rows = append(rows, []any{i / 10 % 3, fmt.Sprint("a", i), fmt.Sprint("b", i)})
	}
	db := build(t, Options{}, schema, rows...)
	for _, c := range []struct {
		opts  ReadOptions
		want  int
		first string
	}{
		{ReadOptions{}, 100, "a0"},
		{ReadOptions{Offset: 97}, 3, "a97"},
		{ReadOptions{Offset: 50, Limit: 5}, 5, "a50"},
		{ReadOptions{Offset: 100}, 0, ""},
		{ReadOptions{Offset: 1000, Limit: 1}, 0, ""},
		{ReadOptions{FileID: 1}, 30, "a10"},
		{ReadOptions{FileID: 2}, 30, "a20"},
		{ReadOptions{FileID: 2, Offset: 8, Limit: 4}, 4, "a28"},
		{ReadOptions{FileID: 2, Offset: 10, Limit: 1}, 1, "a50"},
		{ReadOptions{FileID: 9}, 0, ""},
	} {
		c.opts.Columns = []string{"b", "a"}
		r, err := db.Reader(ctx, "t", c.opts)
		got, _ := readAll(t, r, err)
		if len(got) != c.want || c.want > 0 && (got[0][1] != c.first || len(got[0]) != 2) {
			t.Errorf("%+v: got %d rows, %v", c.opts, len(got), got)
		}
	}
	var row table.Row
	if err := db.Row(ctx, "t", 42, &row); err != nil || values(&row)[1] != "a41" {
		t.Error(values(&row), err)
	}
	if err := db.Row(ctx, "t", 101, &row); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := db.Row(ctx, "x", 1, &row); !errors.Is(err, ErrNoTable) {
		t.Error(err)
	}
	if _, err := db.Reader(ctx, "t", ReadOptions{Columns: []string{"c"}}); !errors.Is(err, ErrNoColumn) {
		t.Error(err)
	}
	if _, err := db.Reader(ctx, "t", ReadOptions{Offset: -1}); err == nil {
		t.Error("a negative offset was taken")
	}
	r, _ := db.Reader(ctx, "t", ReadOptions{})
	r.Read(&row)
	r.Close()
	if err := r.Read(&row); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(ctx)
	r, _ = db.Reader(ended, "t", ReadOptions{})
	defer r.Close()
	cancel()
	if err := r.Read(&row); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestColumnsPastTheLimitStandInExtra(t *testing.T) {
	schema := &table.Schema{Name: "wide", Columns: []table.Column{}}
	var row, sparse []any
	for i := range 2500 {
		schema.Columns = append(schema.Columns, textColumn(fmt.Sprintf(`c"%d'`, i)))
		row = append(row, fmt.Sprint("v\n\"", i))
		sparse = append(sparse, nil)
	}
	sparse[2400] = "last"
	sparse[7] = ""
	db := build(t, Options{}, schema, row, sparse)
	r, err := db.Reader(ctx, "wide", ReadOptions{})
	got, _ := readAll(t, r, err)
	equal(t, got, [][]any{row, sparse})
	r, err = db.Reader(ctx, "wide", ReadOptions{Columns: []string{`c"2400'`, `c"7'`, `c"1900'`}})
	got, _ = readAll(t, r, err)
	equal(t, got, [][]any{{"v\n\"2400", "v\n\"7", "v\n\"1900"}, {"last", "", nil}})
	views, _ := db.ViewColumns(ctx, "wide")
	if views[1899] != "c_1899" || views[1900] != "" {
		t.Error(views[1899], views[1900])
	}
	equal(t, rids(t, db, "wide", ViewSpec{Filter: []Filter{{Column: `c"2400'`, Op: Eq, Value: "last"}}}), []int64{2})
	var n int
	if err := db.pool.QueryRow(`SELECT count(*) FROM wide WHERE c_7 = '' AND _extra LIKE '%last%'`).Scan(&n); err != nil || n != 1 {
		t.Error(n, err)
	}
}

func TestTypedViews(t *testing.T) {
	schema := &table.Schema{Name: "Sale", Columns: []table.Column{
		typed("qty", table.Integer), typed("price", table.Decimal), typed("ok", table.Boolean),
		typed("day", table.Date), typed("code", table.Text), typed("big", table.Decimal),
	}}
	schema.Columns[5].Stats = &table.Stats{Longest: 21}
	db := build(t, Options{}, schema,
		[]any{"9", "0.10", "true", "2024-01-31", "007", "12345678901234567890.1"},
		[]any{"100", "0.20", "false", "2023-12-01", "7", "0.2"},
		[]any{"", "", "", "", "", ""},
		[]any{nil, "INF", nil, nil, nil, "NaN"},
	)
	for query, want := range map[string]string{
		"SELECT count(*) FROM sale":                                  "4",
		"SELECT count(*) FROM sale WHERE qty > 50":                   "1",
		"SELECT max(qty) FROM sale":                                  "100",
		"SELECT count(price) FROM sale":                              "3",
		"SELECT count(*) FROM sale WHERE price > 1e300":              "1",
		"SELECT count(*) FROM sale WHERE ok":                         "1",
		"SELECT min(day) FROM sale":                                  "2023-12-01",
		"SELECT count(*) FROM sale WHERE code = '007'":               "1",
		"SELECT count(*) FROM sale WHERE code = ''":                  "1",
		"SELECT dec_sum(price) FROM sale WHERE price < 10":           "0.3",
		"SELECT dec_avg(price) FROM sale WHERE price < 10":           "0.15",
		"SELECT dec_sum(big_text) FROM sale WHERE big_text <> 'NaN'": "12345678901234567890.3",
		"SELECT dec_sum(qty) FROM sale":                              "109",
		"SELECT ifnull(dec_sum(qty), 'none') FROM sale WHERE 0":      "none",
		"SELECT ifnull(dec_avg(qty), 'none') FROM sale WHERE 0":      "none",
		"SELECT typeof(qty) FROM sale LIMIT 1":                       "integer",
		"SELECT typeof(price) FROM sale LIMIT 1":                     "real",
		"SELECT group_concat(name) FROM pragma_table_info('sale')":   "_rid,qty,price,ok,day,code,big,big_text,_file_id,_line,_offset",
	} {
		var got string
		if err := db.pool.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", query, got, err, want)
		}
	}
	if _, err := db.pool.Exec("SELECT dec_sum(code) FROM sale WHERE code = 'x' OR dec_sum('x')"); err == nil {
		t.Error("misuse passed")
	}
	var s string
	if err := db.pool.QueryRow("SELECT dec_sum(day) FROM sale").Scan(&s); err == nil || !strings.Contains(err.Error(), "not a number") {
		t.Errorf("a sum of dates: %v", err)
	}
	if _, err := db.pool.Exec("DELETE FROM _retable_meta"); err == nil {
		t.Error("the file took a write")
	}
}

func TestExactAggregates(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{typed("d", table.Decimal), typed("i", table.Integer)}}
	db := build(t, Options{}, schema, []any{"0.1", math.MaxInt64}, []any{"0.2", "-1"}, []any{nil, nil})
	c, err := newConnector(db.path, ReadParams, ExactAggregates)
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(c)
	defer pool.Close()
	var sum, avg float64
	var i int64
	if err := pool.QueryRow("SELECT sum(d), avg(d), sum(i) FROM t").Scan(&sum, &avg, &i); err != nil || sum != 0.3 || avg != 0.15 || i != math.MaxInt64-1 {
		t.Error(sum, avg, i, err)
	}
	if err := pool.QueryRow("SELECT sum(i) FROM (SELECT 9223372036854775807 AS i UNION ALL SELECT 1)").Scan(&i); err == nil {
		t.Error("an overflow passed")
	}
	var none sql.NullFloat64
	if err := pool.QueryRow("SELECT sum(d) FROM t WHERE 0").Scan(&none); err != nil || none.Valid {
		t.Error(none, err)
	}
	if err := pool.QueryRow("SELECT avg(d) FROM t WHERE 0").Scan(&none); err != nil || none.Valid {
		t.Error(none, err)
	}
}

func TestNamesInSQL(t *testing.T) {
	for in, want := range map[string]string{
		"Orders~Order~Item": "orders_order_item", "Order": "order_", "item[*]/@sku": "item_sku", "../header/date": "parent_header_date",
		"_file_id": "_file_id", "__x": "__x", "@id": "id", "2nd": "n2nd", "Größe": "größe", "注文/@番号": "注文_番号", "~": "x", "a--b": "a_b", "select": "select_",
	} {
		if got := identifier(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	schemas := []*table.Schema{}
	for _, name := range []string{"orders", "Orders", "a~b_c", "a_b~c", "sqlite_x", "_x", "a~b~c", ""} {
		schemas = append(schemas, &table.Schema{Name: name, Columns: []table.Column{textColumn("_rid"), textColumn(""), textColumn("a\x00")}})
	}
	db := buildAll(t, Options{}, nil, schemas)
	var views, tables []string
	for _, i := range db.Tables() {
		views, tables = append(views, i.ViewName), append(tables, i.SQLName)
	}
	equal(t, views, []string{"orders_2", "orders", "a_b_c_2", "a_b_c", "t_sqlite_x", "t_x", "a_b_c_3", "x"})
	equal(t, tables, []string{"orders~", "Orders~~2", "a~b_c", "a_b~c", "~sqlite_x", "_x~", "a~b~c", "~"})
	equal(t, db.layoutOf(t, "orders").sqlColumns, []string{"_rid~2", "~", "a"})
}

func (db *DB) layoutOf(t *testing.T, name string) *layout {
	l, err := db.layout(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func rids(t *testing.T, db *DB, name string, spec ViewSpec) []int64 {
	t.Helper()
	v, err := db.View(ctx, name, spec, filepath.Join(t.TempDir(), "view"))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	got, err := v.Rids(0, v.Len())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFiltersAndSorts(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{
		typed("i", table.Integer), typed("d", table.Decimal), typed("when", table.DateTime), typed("day", table.Date), textColumn("s"), textColumn("l[*]"),
	}}
	schema.Columns[5].Form = table.List
	db := build(t, Options{}, schema,
		[]any{"9", "79500.00", "2024-01-01T12:00:00+02:00", "2024-01-31", "Straße", `["a"]`}, // 1
		[]any{"100", "79500", "2024-01-01T10:00:00Z", "2023-01-31", "strasse", `["b"]`},      // 2
		[]any{"-5", "12345678901234567890.2", "2024-01-01T09:00:00Z", "", "", nil},           // 3
		[]any{nil, "12345678901234567890.1", nil, nil, nil, nil},                             // 4
		[]any{"", "-INF", "", "2024-02-01", "100%_x", "[]"},                                  // 5
	)
	for _, c := range []struct {
		f    Filter
		want []int64
	}{
		{Filter{Column: "i", Op: Eq, Value: "9"}, []int64{1}},
		{Filter{Column: "i", Op: Gt, Value: "9"}, []int64{2}},
		{Filter{Column: "i", Op: Ge, Value: "9"}, []int64{1, 2}},
		{Filter{Column: "i", Op: Lt, Value: "9.5"}, []int64{1, 3}},
		{Filter{Column: "i", Op: Ne, Value: "9"}, []int64{2, 3, 4, 5}},
		{Filter{Column: "i", Op: In, Values: []string{"-5", "100", "7"}}, []int64{2, 3}},
		{Filter{Column: "i", Op: In}, []int64{}},
		{Filter{Column: "i", Op: IsNull}, []int64{4}},
		{Filter{Column: "i", Op: NotNull}, []int64{1, 2, 3, 5}},
		{Filter{Column: "i", Op: IsEmpty}, []int64{5}},
		{Filter{Column: "d", Op: Eq, Value: "79500.0"}, []int64{1, 2}},
		{Filter{Column: "d", Op: Eq, Value: "12345678901234567890.10"}, []int64{4}},
		{Filter{Column: "d", Op: Gt, Value: "12345678901234567890.1"}, []int64{3}},
		{Filter{Column: "d", Op: Le, Value: "12345678901234567890.1"}, []int64{1, 2, 4, 5}},
		{Filter{Column: "d", Op: Lt, Value: "0"}, []int64{5}},
		{Filter{Column: "when", Op: Eq, Value: "2024-01-01T10:00:00Z"}, []int64{1, 2}},
		{Filter{Column: "when", Op: Lt, Value: "2024-01-01T10:00:00Z"}, []int64{3}},
		{Filter{Column: "day", Op: Lt, Value: "2024-01-31"}, []int64{2}},
		{Filter{Column: "s", Op: Eq, Value: "strasse"}, []int64{2}},
		{Filter{Column: "s", Op: Eq, Value: "STRASSE", Fold: true}, []int64{2}},
		{Filter{Column: "s", Op: Contains, Value: "ra"}, []int64{1, 2}},
		{Filter{Column: "s", Op: Contains, Value: "%_"}, []int64{5}},
		{Filter{Column: "s", Op: Starts, Value: "Str"}, []int64{1}},
		{Filter{Column: "s", Op: Starts, Value: "STRA", Fold: true}, []int64{1, 2}},
		{Filter{Column: "s", Op: Eq, Value: `' OR 1=1 --`}, []int64{}},
		{Filter{Column: "l[*]", Op: Eq, Value: "[]"}, []int64{5}},
		{Filter{Column: "_line", Op: Ge, Value: "13"}, []int64{4, 5}},
		{Filter{Column: "_file_id", Op: Eq, Value: "2"}, []int64{5}},
		{Filter{Column: "_rid", Op: Eq, Value: "3"}, []int64{3}},
	} {
		if got := rids(t, db, "t", ViewSpec{Filter: []Filter{c.f}}); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.f, got, c.want)
		}
	}
	for _, c := range []struct {
		by   []Sort
		want []int64
	}{
		{[]Sort{{Column: "i"}}, []int64{3, 1, 2, 4, 5}},
		{[]Sort{{Column: "i", Desc: true}}, []int64{2, 1, 3, 4, 5}},
		{[]Sort{{Column: "d"}, {Column: "s", Desc: true}}, []int64{5, 2, 1, 3, 4}},
		{[]Sort{{Column: "when"}}, []int64{3, 2, 1, 5, 4}},
		{[]Sort{{Column: "s"}}, []int64{3, 5, 1, 2, 4}},
		{[]Sort{{Column: "_offset", Desc: true}}, []int64{5, 4, 3, 2, 1}},
		{nil, []int64{1, 2, 3, 4, 5}},
	} {
		if got := rids(t, db, "t", ViewSpec{Sort: c.by}); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.by, got, c.want)
		}
	}
	both := ViewSpec{Filter: []Filter{{Column: "i", Op: NotNull}, {Column: "d", Op: Ge, Value: "1"}}, Sort: []Sort{{Column: "i", Desc: true}}}
	equal(t, rids(t, db, "t", both), []int64{2, 1, 3})

	for _, c := range []struct {
		spec ViewSpec
		want error
	}{
		{ViewSpec{Filter: []Filter{{Column: "x", Op: Eq}}}, ErrNoColumn},
		{ViewSpec{Sort: []Sort{{Column: "x"}}}, ErrNoColumn},
		{ViewSpec{Filter: []Filter{{Column: "i", Op: Eq, Value: "abc"}}}, ErrFilter},
		{ViewSpec{Filter: []Filter{{Column: "d", Op: Lt, Value: "1e9999"}}}, ErrFilter},
		{ViewSpec{Filter: []Filter{{Column: "i", Op: "~"}}}, ErrFilter},
		{ViewSpec{Filter: []Filter{{Column: "i", Op: In, Values: make([]string, 501)}}}, ErrFilter},
		{ViewSpec{Filter: []Filter{{Column: "i", Op: In, Values: []string{"x"}}}}, ErrFilter},
	} {
		if _, err := db.View(ctx, "t", c.spec, filepath.Join(t.TempDir(), "v")); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.spec, err)
		}
	}
}

func TestViewsReadByPosition(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{typed("n", table.Integer), textColumn("s")}}
	var rows [][]any
	for i := range 1000 {
		rows = append(rows, []any{i * 7 % 1000, fmt.Sprint("s", i)})
	}
	db := build(t, Options{}, schema, rows...)
	path := filepath.Join(t.TempDir(), "v")
	v, err := db.View(ctx, "t", ViewSpec{Sort: []Sort{{Column: "n", Desc: true}}}, path)
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	if v, err = db.OpenView("t", path); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var got []string
	err = v.Rows(ctx, 500, 3, []string{"n"}, func(rid int64, row *table.Row) error {
		n, _ := row.Value(0)
		got = append(got, string(n))
		if fmt.Sprint(rows[rid-1][0]) != string(n) || row.Pos.Line != rid+9 {
			t.Errorf("row %d has %s on line %d", rid, n, row.Pos.Line)
		}
		return nil
	})
	equal(t, err, nil)
	equal(t, got, []string{"499", "498", "497"})
	if err := v.Rows(ctx, 999, 10, nil, func(int64, *table.Row) error { return io.ErrNoProgress }); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
	if err := v.Rows(ctx, 1000, 10, nil, func(int64, *table.Row) error { return io.ErrNoProgress }); err != nil {
		t.Error(err)
	}
	if _, err := v.Rids(-1, 1); err == nil {
		t.Error("a negative offset was taken")
	}
	if err := v.Rows(ctx, 0, 1, []string{"x"}, nil); !errors.Is(err, ErrNoColumn) {
		t.Error(err)
	}
	os.WriteFile(path+"x", []byte("something else, long enough"), 0o600)
	if _, err := db.OpenView("t", path+"x"); err == nil {
		t.Error("a foreign file was taken for a view")
	}
	if _, err := db.OpenView("x", path); !errors.Is(err, ErrNoTable) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	folder := t.TempDir()
	if _, err := db.View(ended, "t", ViewSpec{}, filepath.Join(folder, "v")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestQueriesAreCancelled(t *testing.T) {
	db := build(t, Options{}, &table.Schema{Name: "t", Columns: []table.Column{textColumn("a")}}, []any{"x"})
	ended, cancel := context.WithTimeout(ctx, 50e6)
	defer cancel()
	var n int
	err := db.pool.QueryRowContext(ended, "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT max(n) FROM r").Scan(&n)
	if err == nil {
		t.Error("an endless query ended")
	}
}

func TestFilesAndProofs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x?#%.sqlite")
	w, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	f := File{ID: 2, Path: "b.xml", SHA256: "ab", Bytes: 5, Kind: "r", Encoding: "UTF-8", DocType: "r", Status: "partial", Error: "line 3", Warnings: []string{"w"}, Rows: 7}
	w.AddFile(f)
	w.AddFile(File{ID: 1, Path: "a.xml"})
	w.AddProof(Proof{Kind: "r", Complete: true, Report: map[string]int{"values": 3}})
	w.SetMeta("options", "{}")
	if err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := db.Files(ctx)
	equal(t, err, nil)
	equal(t, files, []File{{ID: 1, Path: "a.xml"}, f})
	proofs, err := db.Proofs(ctx)
	equal(t, err, nil)
	equal(t, proofs, []Proof{{Kind: "r", Complete: true, Report: json.RawMessage(`{"values":3}`)}})
	equal(t, db.Path(), path)
}

func TestWriterRefusals(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "t.sqlite")
	w, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	schema := &table.Schema{Name: "t", Columns: []table.Column{textColumn("a")}}
	tw, err := w.Table(schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Table(schema); !errors.Is(err, ErrTable) {
		t.Error(err)
	}
	if err := tw.Write(rowOf(table.Position{}, "a", "b")); err == nil {
		t.Error("a row of another width was taken")
	}
	if err := w.Commit(ctx); err == nil || !strings.Contains(err.Error(), "still open") {
		t.Error(err)
	}
	if err := tw.Write(rowOf(table.Position{}, "a")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the file shows before its commit")
	}
	w.Abort()
	w.Abort()
	if err := tw.Close(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := tw.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.Table(schema); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := w.Commit(ctx); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	if _, err := Create(filepath.Join(folder, "no", "t.sqlite"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	w, _ = Create(path, Options{})
	defer w.Abort()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.Commit(ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := w.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit after a failure: %v", err)
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	folder := t.TempDir()
	if _, err := Open(filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	text := filepath.Join(folder, "text")
	os.WriteFile(text, bytes.Repeat([]byte("no database "), 1000), 0o600)
	if _, err := Open(text); !errors.Is(err, ErrNotTables) {
		t.Error(err)
	}
	for version, want := range map[string]error{"99": ErrVersion, "x": ErrNotTables} {
		path := filepath.Join(folder, "v"+version)
		c, err := openConn(path, "mode=rwc")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.exec(ctx, metaTables); err != nil {
			t.Fatal(err)
		}
		if err := c.exec(ctx, "INSERT INTO _retable_meta VALUES ('format_version', ?)", version); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if _, err := Open(path); !errors.Is(err, want) {
			t.Error(err)
		}
	}
}

func TestManyTablesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.sqlite")
	w, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	const tables, rows = 200, 137
	var writers []table.RowWriter
	for i := range tables {
		tw, err := w.Table(&table.Schema{Name: fmt.Sprintf("r~t%d", i), Columns: []table.Column{textColumn("a"), textColumn("b")}})
		if err != nil {
			t.Fatal(err)
		}
		writers = append(writers, tw)
	}
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for r := range rows {
				for i := part; i < tables; i += 4 {
					if err := writers[i].Write(rowOf(table.Position{File: r / 50}, r, i)); err != nil {
						t.Error(err)
					}
				}
			}
			for i := part; i < tables; i += 4 {
				if err := writers[i].Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, info := range db.Tables() {
		r, err := db.Reader(ctx, info.Name, ReadOptions{Offset: rows - 1})
		got, positions := readAll(t, r, err)
		if info.Rows != rows || len(got) != 1 || got[0][0] != fmt.Sprint(rows-1) || positions[0].File != 2 {
			t.Fatalf("table %d: %+v %v", i, info, got)
		}
	}
}

func TestDecimals(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "-0.50": "-0.50", "+.5": "0.5", "5.": "5", "1e3": "1000", "1.25e1": "12.5", "1E-3": "0.001", "-1.5e-2": "-0.015",
	} {
		if d, err := parseDecimal(in); err != nil || d.String() != want {
			t.Errorf("%q: got %v, %v, want %s", in, d, err, want)
		}
	}
	for _, in := range []string{"", "-", ".", "1e", "1e999", "--1", "+-1", "1.2.3", "1 ", "INF", "0x1", "1_0", "1e5.5"} {
		if d, err := parseDecimal(in); err == nil {
			t.Errorf("%q: got %v", in, d)
		}
	}
	for _, c := range []struct {
		sum  string
		n    int64
		want string
	}{{"1", 3, "0.333333"}, {"2", 3, "0.666667"}, {"-2", 3, "-0.666667"}, {"1.50", 1, "1.50"}, {"1", 8, "0.125"}, {"0.000001", 2, "0.0000005"}, {"10", 5, "2"}, {"0.00001", 16, "0.000000625"}} {
		d, _ := parseDecimal(c.sum)
		if got := d.mean(c.n).String(); got != c.want {
			t.Errorf("%s/%d: got %s, want %s", c.sum, c.n, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`-?[0-9]{1,30}(\.[0-9]{1,10})?`).Draw(t, "a")
		b := rapid.StringMatching(`-?[0-9]{1,30}(\.[0-9]{1,10})?`).Draw(t, "b")
		x, _ := parseDecimal(a)
		y, _ := parseDecimal(b)
		if got, want := x.cmp(y), x.rat().Cmp(y.rat()); got != want {
			t.Fatalf("cmp: got %d, want %d", got, want)
		}
		want := x.rat()
		want.Add(want, y.rat())
		x.add(y)
		if x.rat().Cmp(want) != 0 {
			t.Fatalf("got %s", x)
		}
	})
	for _, v := range []any{math.Inf(1), math.NaN(), true} {
		if _, err := decimalOf(v); !errors.Is(err, errNotNumber) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if d, err := decimalOf([]byte("1.5")); err != nil || d.String() != "1.5" {
		t.Error(d, err)
	}
	if decCmp("x", "1") != nil || decCmp(int64(2), 1.5) != int64(1) {
		t.Error("dec_cmp")
	}
}

func BenchmarkWrite(b *testing.B) {
	schema, row := benchTable()
	w, err := Create(filepath.Join(b.TempDir(), "t.sqlite"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	tw, err := w.Table(schema)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := tw.Write(row); err != nil {
			b.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		b.Fatal(err)
	}
	if err := w.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchTable() (*table.Schema, *table.Row) {
	schema := &table.Schema{Name: "t~r"}
	var cells []any
	for i := range 10 {
		schema.Columns = append(schema.Columns, textColumn(fmt.Sprint("c", i)))
		cells = append(cells, fmt.Sprint("value ", 1000+i))
	}
	return schema, rowOf(table.Position{Line: 5, Offset: 100}, cells...)
}

func BenchmarkRead(b *testing.B) {
	schema, row := benchTable()
	path := filepath.Join(b.TempDir(), "t.sqlite")
	w, err := Create(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	tw, _ := w.Table(schema)
	const rows = 200_000
	for range rows {
		tw.Write(row)
	}
	tw.Close()
	if err := w.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	b.ResetTimer()
	for range b.N {
		r, err := db.Reader(ctx, schema.Name, ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		var row table.Row
		n := 0
		for ; ; n++ {
			if err := r.Read(&row); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
		if n != rows {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
