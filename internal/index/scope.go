package index

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// scope limits a search to tables, files and kinds.
type scope struct {
	tables, files []string
	rows, cards   bool
	kinds         []string // of cards
	all           bool
}

func newScope(q *Query) scope {
	s := scope{tables: q.Tables, files: q.Files, rows: true, cards: q.Files == nil}
	if q.Kinds != nil {
		s.rows = slices.Contains(q.Kinds, KindRow)
		s.cards = s.cards && slices.ContainsFunc(q.Kinds, func(k Kind) bool { return k != KindRow })
	}
	for _, k := range q.Kinds {
		s.kinds = append(s.kinds, string(k))
	}
	s.all = q.Tables == nil && q.Files == nil && q.Kinds == nil
	return s
}

// sql returns the condition that the chunk whose number the expression n is
// lies within the scope. It begins with AND, or is empty. A row's segment is
// found over its block, so it costs a look-up for each match.
func (s *scope) sql(n string) (string, []any) {
	if s.all {
		return "", nil
	}
	var either []string
	var args []any
	if s.rows {
		row := fmt.Sprintf("%s < %d", n, int64(firstCard))
		if s.tables != nil || s.files != nil {
			row += fmt.Sprintf(" AND (SELECT segment FROM blocks WHERE blocks.n <= %s ORDER BY blocks.n DESC LIMIT 1) IN (SELECT segment FROM segments WHERE 1", n)
			row += within("tbl", s.tables, &args) + within("file", s.files, &args) + ")"
		}
		either = append(either, row)
	}
	if s.cards {
		either = append(either, fmt.Sprintf("%s >= %d AND %s IN (SELECT cards.n FROM cards WHERE 1", n, int64(firstCard), n)+
			within("tbl", s.tables, &args)+within("kind", s.kinds, &args)+")")
	}
	if either == nil {
		return " AND 0", nil
	}
	return " AND (" + strings.Join(either, " OR ") + ")", args
}

// within is the condition that a column is among the values, "" for nil.
func within(column string, values []string, args *[]any) string {
	if values == nil {
		return ""
	}
	list, err := json.Marshal(values)
	if err != nil { // strings always marshal
		list = []byte("[]")
	}
	*args = append(*args, string(list))
	return " AND " + column + " IN (SELECT value FROM json_each(?))"
}
