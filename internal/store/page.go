package store

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
)

// where collects conditions and numbers their parameters.
type where struct {
	conds []string
	args  []any
}

// and adds a condition; each ? in it is the next argument.
func (w *where) and(cond string, args ...any) {
	var b strings.Builder
	for i, part := range strings.Split(cond, "?") {
		if i > 0 {
			w.args = append(w.args, args[i-1])
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(len(w.args)))
		}
		b.WriteString(part)
	}
	w.conds = append(w.conds, b.String())
}

// equal adds column = value unless the value is "".
func equal[T ~string](w *where, column string, value T) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}

// is adds a condition on a flag unless it is nil.
func (w *where) is(column string, flag *bool) {
	switch {
	case flag == nil:
	case *flag:
		w.and(column)
	default:
		w.and("NOT " + column)
	}
}

// contains adds a condition that a column of lower-case text holds a string.
func (w *where) contains(expression, search string) error {
	if search == "" {
		return nil
	}
	if utf8.RuneCountInString(search) > maxSearch {
		return retable.Errorf(retable.Unprocessable, "The text to search for is longer than %d characters.", maxSearch)
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(fold(search))
	w.and(expression+` LIKE ? ESCAPE '\'`, "%"+escaped+"%")
	return nil
}

const maxSearch = 200

// in adds column IN (values), or nothing without values.
func in[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// String is the clause with its keyword, "" without conditions.
func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// visible is the condition that a thing is the user's own or shared with them.
// column is the thing's in shares.
func (w *where) visible(table, column, userID string) {
	if userID == "" {
		return
	}
	w.and("id IN (SELECT id FROM "+table+" WHERE owner_id = ?"+
		" UNION SELECT "+column+" FROM shares WHERE user_id = ? AND "+column+" IS NOT NULL"+
		" UNION SELECT s."+column+" FROM team_members m JOIN shares s ON s.team_id = m.team_id"+
		" WHERE m.user_id = ? AND s."+column+" IS NOT NULL)", userID, userID, userID)
}

// listing is a query that is answered in parts.
type listing[T any] struct {
	columns string
	table   string
	where   where
	key     string // unique column that gives the order, and the cursor
	number  bool   // the key is a number
	rising  bool   // oldest first
	scan    func(scanner) (T, error)
	cursor  func(*T) string
}

// page answers one part: the items, how many there are in all, and where the
// next part begins.
func (l *listing[T]) page(ctx context.Context, t *tx, p retable.Page) (retable.List[T], error) {
	list := retable.List[T]{Items: []T{}}
	if err := t.value(ctx, &list.Total, "SELECT count(*) FROM "+l.table+l.where.String(), l.where.args...); err != nil {
		return list, err
	}
	compare, order := " < ?", " DESC"
	if l.rising {
		compare, order = " > ?", ""
	}
	if p.Cursor != "" {
		after, err := l.position(p.Cursor)
		if err != nil {
			return list, err
		}
		l.where.and(l.key+compare, after)
	}
	size := p.Size()
	query := "SELECT " + l.columns + " FROM " + l.table + l.where.String() +
		" ORDER BY " + l.key + order + " LIMIT " + strconv.Itoa(size+1)
	items, err := many(ctx, t, l.scan, query, l.where.args...)
	if err != nil {
		return list, err
	}
	if len(items) > size {
		items = items[:size]
		list.Next = l.cursor(&items[size-1])
	}
	list.Items = append(list.Items, items...)
	return list, nil
}

// position reads a cursor.
func (l *listing[T]) position(cursor string) (any, error) {
	if !l.number {
		if len(cursor) > 100 {
			return nil, errCursor()
		}
		return cursor, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return nil, errCursor()
	}
	return n, nil
}

func errCursor() error {
	return retable.Errorf(retable.Invalid, "The cursor does not belong to this list; begin again without one.")
}
