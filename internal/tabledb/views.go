package tabledb

import (
	"fmt"
	"slices"
	"strings"

	"retable/internal/table"
)

// A view gives SQL a table with typed values and plain names.
//
// The view of table Orders~Order is orders_order: its whole path, since the
// last element alone (order) would have to change its name when other data
// brings a second table of that element. Columns follow the same rule:
// Customer/@id is customer_id. Where two names become one, the one that comes
// first in code-point order (tables) or column order keeps it and the others
// are numbered: order_id, order_id_2. _retable_tables and _retable_columns
// say which is which.
//
// Integers are INTEGER, decimals REAL, booleans 1 and 0, dates and times
// their ISO text; the empty string of a typed column is null. A decimal
// column with values longer than a double holds has its text beside it as
// NAME_text, for dec_sum. Text, lists, subtrees and XML are as they are. The
// view is plain SQL: it works in any program that opens the file.
//
// Columns in _extra are not in the view but for _extra itself.
type view struct {
	t     *tableWriter
	name  string
	names []string // by column of the table outside _extra
	exact []string // name of the text column beside it, or ""
}

// viewNames gives each table its view's name.
func (w *Writer) viewNames() []string {
	order := make([]int, len(w.tables))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := w.tables[a].schema, w.tables[b].schema
		return strings.Compare(x.Kind+"\x00"+x.Name, y.Kind+"\x00"+y.Name)
	})
	used := names{}
	out := make([]string, len(w.tables))
	for _, i := range order {
		out[i] = used.unique(viewName(w.tables[i].schema.Name), "_")
	}
	return out
}

// viewName keeps views clear of the prefixes of SQLite and of meta tables.
func viewName(name string) string {
	id := identifier(name)
	if strings.HasPrefix(id, "sqlite_") || strings.HasPrefix(id, "_") {
		id = "t_" + strings.TrimLeft(id, "_")
	}
	return id
}

func newView(t *tableWriter, name string) *view {
	v := &view{t: t, name: name, names: make([]string, len(t.columns)), exact: make([]string, len(t.columns))}
	used := names{}
	for _, own := range append([]string{"_rid", "_extra"}, t.hidden...) {
		used.unique(own, "")
	}
	for i := range t.columns {
		v.names[i] = used.unique(identifier(t.schema.Columns[i].Name), "_")
	}
	for i := range t.columns {
		if tooLongForDouble(&t.schema.Columns[i]) {
			v.exact[i] = used.unique(v.names[i]+"_text", "_")
		}
	}
	return v
}

// column is the name in the view of the i-th column, nil if it has none.
func (v *view) column(i int) any {
	if i < len(v.names) {
		return v.names[i]
	}
	return nil
}

func tooLongForDouble(c *table.Column) bool {
	return c.Form == table.Scalar && c.Type == table.Decimal && c.Stats != nil && c.Stats.Longest > 16
}

func (v *view) sql() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE VIEW %s AS SELECT _rid", quote(v.name))
	for i, name := range v.names {
		c := &v.t.schema.Columns[i]
		column := quote(v.t.columns[i])
		fmt.Fprintf(&b, ", %s AS %s", typedSQL(c, column), quote(name))
		if v.exact[i] != "" {
			fmt.Fprintf(&b, ", %s AS %s", column, quote(v.exact[i]))
		}
	}
	for _, c := range v.t.hidden {
		b.WriteString(", " + c)
	}
	if v.t.extra {
		b.WriteString(", _extra")
	}
	fmt.Fprintf(&b, " FROM %s", quote(v.t.sqlName))
	return b.String()
}

// typedSQL is the expression that turns the verbatim text of a column into a
// value of its type.
func typedSQL(c *table.Column, column string) string {
	if c.Role == table.Bookkeeping || c.Form != table.Scalar {
		return column
	}
	switch c.Type {
	case table.Integer:
		return "CAST(NULLIF(" + column + ",'') AS INTEGER)"
	case table.Decimal:
		// The words of XSD doubles; a CAST would make them 0.
		return "CASE " + column + " WHEN '' THEN NULL WHEN 'NaN' THEN NULL WHEN 'INF' THEN 9e999" +
			" WHEN '+INF' THEN 9e999 WHEN '-INF' THEN -9e999 ELSE CAST(" + column + " AS REAL) END"
	case table.Boolean:
		return "CASE " + column + " WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
	case table.Date, table.DateTime, table.Time:
		return "NULLIF(" + column + ",'')"
	}
	return column
}
