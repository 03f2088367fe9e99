package tabledb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"retable/internal/table"
)

// Op is a comparison of a Filter.
type Op string

// The comparisons. Values are compared by the column's type: numbers by
// value, dates with times as instants (to a millisecond), all else by code
// point. Null satisfies only IsNull and Ne; the empty string of a typed column
// counts as null for order and size.
const (
	Eq       Op = "="
	Ne       Op = "!="
	Lt       Op = "<"
	Le       Op = "<="
	Gt       Op = ">"
	Ge       Op = ">="
	Contains Op = "contains"
	Starts   Op = "starts"
	IsNull   Op = "null"
	NotNull  Op = "not null"
	IsEmpty  Op = "empty" // present, and the empty string
	In       Op = "in"
)

// Filter keeps the rows whose column compares so.
type Filter struct {
	Column string // header
	Op     Op
	Value  string
	Values []string // of In
	Fold   bool     // text comparisons ignore case
}

// condition is a piece of SQL with its arguments, in their order.
type condition struct {
	sql  string
	args []any
}

// and joins two conditions, the first of which begins with WHERE or is empty.
func (c condition) and(other condition) condition {
	word := " AND "
	if c.sql == "" {
		word = " WHERE "
	}
	return condition{c.sql + word + "(" + other.sql + ")", append(c.args, other.args...)}
}

// search keeps rows in which any column holds the text.
func (l *layout) search(text string) condition {
	found := condition{sql: "0"}
	for i := range l.schema.Columns {
		if l.schema.Columns[i].Role != table.Data {
			continue
		}
		if i >= l.inSQL {
			// The rest stands in one JSON object: its values hold the text if it does.
			found.sql += " OR instr(fold(_extra), fold(?)) > 0"
			found.args = append(found.args, text)
			break
		}
		found.sql += " OR instr(fold(" + quote(l.sqlColumns[i]) + "), fold(?)) > 0"
		found.args = append(found.args, text)
	}
	return found
}

// where joins the filters by AND.
func (l *layout) where(filters []Filter) (condition, error) {
	var all condition
	for i, f := range filters {
		c, err := l.condition(f)
		if err != nil {
			return all, err
		}
		if i == 0 {
			all.sql = " WHERE "
		} else {
			all.sql += " AND "
		}
		all.sql += "(" + c.sql + ")"
		all.args = append(all.args, c.args...)
	}
	return all, nil
}

// column returns the schema's column and the SQL for its verbatim text. The
// columns that every table has, _rid among them, are found by their names.
func (l *layout) column(name string) (*table.Column, string, error) {
	i := l.schema.Index(name)
	if i < 0 && (name == "_rid" || slices.Contains(hiddenLineage[:], name)) {
		return &table.Column{Name: name, Type: table.Integer, Role: table.Bookkeeping}, name, nil
	}
	if i < 0 {
		return nil, "", fmt.Errorf("%w: table %s has no %q", ErrNoColumn, l.info.Name, name)
	}
	if i >= l.inSQL {
		path := "$." + string(appendJSON(nil, name))
		return &l.schema.Columns[i], "json_extract(_extra, '" + strings.ReplaceAll(path, "'", "''") + "')", nil
	}
	return &l.schema.Columns[i], quote(l.sqlColumns[i]), nil
}

func (l *layout) condition(f Filter) (condition, error) {
	c, x, err := l.column(f.Column)
	if err != nil {
		return condition{}, err
	}
	switch f.Op {
	case IsNull:
		return condition{x + " IS NULL", nil}, nil
	case NotNull:
		return condition{x + " IS NOT NULL", nil}, nil
	case IsEmpty:
		return condition{x + " = ''", nil}, nil
	case Contains:
		return condition{"instr(" + folded(x, f) + ", " + folded("?", f) + ") > 0", []any{f.Value}}, nil
	case Starts:
		return condition{"substr(" + folded(x, f) + ", 1, length(" + folded("?", f) + ")) = " + folded("?", f), []any{f.Value, f.Value}}, nil
	case In:
		return oneOf(c, x, f)
	case Ne:
		eq, err := compare(c, x, Eq, f)
		eq.sql = "NOT ifnull(" + eq.sql + ", 0)"
		return eq, err
	case Eq, Lt, Le, Gt, Ge:
		return compare(c, x, f.Op, f)
	}
	return condition{}, fmt.Errorf("%w: %q is no comparison", ErrFilter, f.Op)
}

func oneOf(c *table.Column, x string, f Filter) (condition, error) {
	all := condition{sql: "0"}
	if len(f.Values) > 500 {
		return all, fmt.Errorf("%w: %d values are too many, 500 at most", ErrFilter, len(f.Values))
	}
	for _, v := range f.Values {
		one := f
		one.Value = v
		eq, err := compare(c, x, Eq, one)
		if err != nil {
			return all, err
		}
		all.sql += " OR " + eq.sql
		all.args = append(all.args, eq.args...)
	}
	return all, nil
}

func folded(x string, f Filter) string {
	if f.Fold {
		return "fold(" + x + ")"
	}
	return x
}

// compare compares by the column's type.
func compare(c *table.Column, x string, op Op, f Filter) (condition, error) {
	kind := c.Type
	if c.Form != table.Scalar {
		kind = table.Text
	}
	switch kind {
	case table.Integer:
		return compareInteger(c, x, op, f.Value)
	case table.Decimal:
		return compareDecimal(c, x, op, f.Value)
	case table.DateTime:
		return condition{"julianday(" + x + ") " + string(op) + " julianday(?)", []any{f.Value}}, nil
	case table.Date, table.Time:
		return condition{"NULLIF(" + x + ",'') " + string(op) + " ?", []any{f.Value}}, nil
	}
	return condition{folded(x, f) + " " + string(op) + " " + folded("?", f), []any{f.Value}}, nil
}

func compareInteger(c *table.Column, x string, op Op, value string) (condition, error) {
	if c.Role == table.Data {
		x = typedSQL(c, x)
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return condition{x + " " + string(op) + " ?", []any{n}}, nil
	}
	if _, err := parseDecimal(value); err != nil {
		return condition{}, fmt.Errorf("%w: column %s holds integers, %q is no number", ErrFilter, c.Name, value)
	}
	// Integers are compared with a fraction as decimals.
	return condition{"dec_cmp(" + x + ", ?) " + string(op) + " 0", []any{value}}, nil
}

// compareDecimal decides by doubles where they are far enough apart, and
// exactly where they are not.
func compareDecimal(c *table.Column, x string, op Op, value string) (condition, error) {
	d, err := parseDecimal(value)
	if err != nil {
		return condition{}, fmt.Errorf("%w: column %s holds numbers, %q is none", ErrFilter, c.Name, value)
	}
	f, _ := d.rat().Float64()
	low, high := f-abs(f)*1e-12, f+abs(f)*1e-12
	number := typedSQL(c, x)
	near := "(" + number + " BETWEEN ? AND ? AND dec_cmp(" + x + ", ?) " + string(op) + " 0)"
	args := []any{low, high, value}
	switch op {
	case Lt, Le:
		return condition{"(" + number + " < ? OR " + near + ")", append([]any{low}, args...)}, nil
	case Gt, Ge:
		return condition{"(" + number + " > ? OR " + near + ")", append([]any{high}, args...)}, nil
	}
	return condition{near, args}, nil
}

func abs(f float64) float64 { return max(f, -f) }

// Sort orders by a column; nulls come last either way.
type Sort struct {
	Column string
	Desc   bool
}

// order returns the ORDER BY clause. Rows that are equal keep their order.
func (l *layout) order(sorts []Sort) (string, error) {
	var keys []string
	for _, s := range sorts {
		c, x, err := l.column(s.Column)
		if err != nil {
			return "", err
		}
		way := " ASC NULLS LAST"
		if s.Desc {
			way = " DESC NULLS LAST"
		}
		switch {
		case c.Form != table.Scalar || c.Role == table.Bookkeeping:
			keys = append(keys, x+way)
		case c.Type == table.DateTime:
			keys = append(keys, "julianday("+x+")"+way, x+way)
		default:
			keys = append(keys, typedSQL(c, x)+way)
		}
	}
	return " ORDER BY " + strings.Join(append(keys, "_rid"), ", "), nil
}
