package store

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
)

var parameter = regexp.MustCompile(`\$[0-9]+`)

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

// from is String with parameters that are numbered behind others.
func (w *where) from(others int) string {
	if others == 0 {
		return w.String()
	}
	return parameter.ReplaceAllStringFunc(w.String(), func(p string) string {
		n, err := strconv.Atoi(p[1:])
		if err != nil {
			return p // not reached: the pattern is digits
		}
		return "$" + strconv.Itoa(n+others)
	})
}

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
	rising  bool   // oldest first
	scan    func(scanner) (T, error)
	cursor  func(*T) string
}

// page answers one part: the items, how many there are in all, and where the
// next part begins.
func (l *listing[T]) page(ctx context.Context, t *tx, p retable.Page) (retable.List[T], error) {
	list := retable.List[T]{Items: []T{}, Total: -1}
	if !p.Uncounted {
		list.Total = 0
		for _, w := range l.branches() {
			var n int64
			if err := t.value(ctx, &n, "SELECT count(*) FROM "+l.table+w.String(), w.args...); err != nil {
				return list, err
			}
			list.Total += n
		}
	}
	size := p.Size()
	query, args, err := l.part(p.Cursor, size+1)
	if err != nil {
		return list, err
	}
	items, err := many(ctx, t, l.scan, query, args...)
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
func (l *listing[T]) branches() []where {
	v := l.visible
	if v.userID == "" {
		return []where{l.where}
	}
	own, shared := l.where.clone(), l.where.clone()
	own.and("owner_id = ?", v.userID)
	ids, args := v.shared()
	shared.and("owner_id <> ? AND id IN ("+ids+")", append([]any{v.userID}, args...)...)
	return []where{own, shared}
}

// part is the query of a page: that of the one branch, or the best of what
// each of them has.
func (l *listing[T]) part(cursor string, rows int) (query string, args []any, err error) {
	compare, order := " < ?", " DESC"
	if l.rising {
		compare, order = " > ?", ""
	}
	limit := " ORDER BY " + l.key + order + " LIMIT " + strconv.Itoa(rows)
	var parts []string
	for _, w := range l.branches() {
		if cursor != "" {
			after, err := l.position(cursor)
			if err != nil {
				return "", nil, err
			}
			w.and(l.key+compare, after)
		}
		parts = append(parts, "SELECT "+l.columns+" FROM "+l.table+w.from(len(args))+limit)
		args = append(args, w.args...)
	}
	if len(parts) == 1 {
		return parts[0], args, nil
	}
	return "SELECT * FROM (" + parts[0] + ") AS own UNION ALL SELECT * FROM (" + parts[1] + ") AS shared" + limit, args, nil
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
