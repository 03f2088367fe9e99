package store

import (
	"context"
	"slices"
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
			w.args = append(w.args, args[i-1]) //nolint:gosec // the callers are ours: an argument for each ?
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

// clone is a copy to which more can be added.
func (w *where) clone() where { return where{slices.Clone(w.conds), slices.Clone(w.args)} }

// String is the clause with its keyword, "" without conditions.
func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// visibility says that things are the user's own or shared with them.
type visibility struct {
	table  string
	column string // of the thing in shares
	userID string // "": everybody's
}

// shared are the ids of what is shared with the user; each ? is their id.
func (v visibility) shared() (query string, args []any) {
	return "SELECT " + v.column + " FROM shares WHERE user_id = ? AND " + v.column + " IS NOT NULL" +
		" UNION SELECT s." + v.column + " FROM team_members m JOIN shares s ON s.team_id = m.team_id" +
		" WHERE m.user_id = ? AND s." + v.column + " IS NOT NULL", []any{v.userID, v.userID}
}

// any reports whether anything at all is shared with the user: most have
// nothing, and the query of what is takes longer than that of their own.
func (v visibility) any(ctx context.Context, t *tx) (some bool, err error) {
	err = t.value(ctx, &some, "SELECT EXISTS (SELECT 1 FROM shares WHERE user_id = $1 AND "+v.column+" IS NOT NULL)"+
		" OR EXISTS (SELECT 1 FROM team_members m JOIN shares s ON s.team_id = m.team_id"+
		" WHERE m.user_id = $1 AND s."+v.column+" IS NOT NULL)", v.userID)
	return some, err
}

// visible is the condition, for lists that are short.
func (w *where) visible(v visibility) {
	if v.userID == "" {
		return
	}
	shared, args := v.shared()
	w.and("id IN (SELECT id FROM "+v.table+" WHERE owner_id = ? UNION "+shared+")", append([]any{v.userID}, args...)...)
}

// listing is a query that is answered in parts.
type listing[T any] struct {
	columns string
	table   string
	where   where
	visible visibility
	key     string // unique column that gives the order, and the cursor
	number  bool   // the key is a number
	rising  bool   // oldest first; not of what is shared
	scan    func(scanner) (T, error)
	cursor  func(*T) string
}

// page answers one part: the items, how many there are in all, and where the
// next part begins.
func (l *listing[T]) page(ctx context.Context, t *tx, p retable.Page) (retable.List[T], error) {
	list := retable.List[T]{Items: []T{}, Total: -1}
	branches, err := l.branches(ctx, t)
	if err != nil {
		return list, err
	}
	if !p.Uncounted {
		list.Total = 0
		for _, w := range branches {
			var n int64
			if err := t.value(ctx, &n, "SELECT count(*) FROM "+l.table+w.String(), w.args...); err != nil {
				return list, err
			}
			list.Total += n
		}
	}
	size := p.Size()
	items, err := l.part(ctx, t, branches, p.Cursor, size+1)
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

// branches are the conditions, no row meeting two of them. What a user owns and
// what is shared with them are read apart: of the first an index has the order,
// and a page of a list of a hundred thousand is read without the rest.
func (l *listing[T]) branches(ctx context.Context, t *tx) ([]where, error) {
	v := l.visible
	if v.userID == "" {
		return []where{l.where}, nil
	}
	own := l.where.clone()
	own.and("owner_id = ?", v.userID)
	if some, err := v.any(ctx, t); err != nil || !some {
		return []where{own}, err
	}
	shared := l.where.clone()
	ids, args := v.shared()
	shared.and("owner_id <> ? AND id IN ("+ids+")", append([]any{v.userID}, args...)...)
	return []where{own, shared}, nil
}

// part reads the rows behind the cursor: those of the one branch, or the first
// of what each of them has. A UNION of the two would do the same in one
// statement, and takes SQLite twice as long as both of them.
func (l *listing[T]) part(ctx context.Context, t *tx, branches []where, cursor string, rows int) ([]T, error) {
	var items []T
	for _, w := range branches {
		query, args, err := l.query(w, cursor, rows)
		if err != nil {
			return nil, err
		}
		some, err := many(ctx, t, l.scan, query, args...)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	if len(branches) > 1 { // only texts are keys of what is shared, and their order is that of bytes
		slices.SortStableFunc(items, func(a, b T) int { return strings.Compare(l.cursor(&b), l.cursor(&a)) })
		items = items[:min(len(items), rows)]
	}
	return items, nil
}

// query is that of the rows behind the cursor which meet the condition.
func (l *listing[T]) query(w where, cursor string, rows int) (query string, args []any, err error) {
	compare, order := " < ?", " DESC"
	if l.rising {
		compare, order = " > ?", ""
	}
	if cursor != "" {
		after, err := l.position(cursor)
		if err != nil {
			return "", nil, err
		}
		w = w.clone()
		w.and(l.key+compare, after)
	}
	return "SELECT " + l.columns + " FROM " + l.table + w.String() + " ORDER BY " + l.key + order + " LIMIT " + strconv.Itoa(rows), w.args, nil
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
