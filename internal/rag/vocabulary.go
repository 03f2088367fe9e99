package rag

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// vocabulary knows which values occur in which text columns. Columns with few
// values are known whole; the rest is looked up when a question needs it.
type vocabulary struct {
	byFold map[string][]storedValue
	rest   []*column // whose values are not all known
}

// storedValue is a value as it stands in a column.
type storedValue struct {
	column *column
	value  string
}

const (
	openTime     = 60 * time.Second
	knownValues  = 2000    // a column with more is looked up instead
	sampledRows  = 100_000 // larger tables are sampled
	sampleBlocks = 50
	topValues    = 12
	longestValue = 200 // bytes; longer ones are prose, not values to name
)

// load gathers the values of all text columns.
func (v *vocabulary) load(ctx context.Context, s *session) error {
	v.byFold = map[string][]storedValue{}
	for _, t := range s.tables {
		for _, c := range t.columns {
			if c.kind != textKind && c.kind != integerKind || t.Rows == 0 {
				continue
			}
			if err := v.loadColumn(ctx, s, c); err != nil {
				return fmt.Errorf("values of %s.%s: %w", t.ViewName, c.name, err)
			}
		}
	}
	return nil
}

func (v *vocabulary) loadColumn(ctx context.Context, s *session, c *column) error {
	if c.longest > maxSampledCell {
		v.rest = append(v.rest, c)
		return nil
	}
	whole := c.table.Rows <= sampledRows
	from := ident(c.table.ViewName)
	if !whole {
		from = "(SELECT " + ident(c.name) + " FROM " + from + " WHERE " + sample(c.table.Rows) + ")"
	}
	query := fmt.Sprintf("SELECT %s, count(*) FROM %s WHERE %s IS NOT NULL AND %s <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d",
		ident(c.name), from, ident(c.name), ident(c.name), knownValues+1)
	var all []valueCount
	err := s.guard.run(ctx, query, func([]string) {}, func(row []any) bool {
		n, _ := row[1].(int64)
		all = append(all, valueCount{textOf(row[0]), n})
		return true
	})
	if err != nil {
		return err
	}
	c.complete = whole && len(all) <= knownValues
	if c.complete {
		c.distinct = int64(len(all)) // exact now
	} else {
		v.rest = append(v.rest, c)
		all = all[:min(len(all), knownValues)]
	}
	c.top = slices.Clone(all[:min(len(all), topValues)])
	if c.kind != textKind {
		return nil
	}
	for _, one := range all {
		if len(one.value) <= longestValue {
			key := foldValue(one.value)
			v.byFold[key] = append(v.byFold[key], storedValue{c, one.value})
		}
	}
	return nil
}

const maxSampledCell = 256 << 10

// sample chooses blocks of rows spread over a table.
func sample(rows int64) string {
	size := int64(sampledRows / sampleBlocks)
	var parts []string
	for i := range int64(sampleBlocks) {
		first := 1 + i*(rows-size)/(sampleBlocks-1)
		parts = append(parts, fmt.Sprintf("_rid BETWEEN %d AND %d", first, first+size-1))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// foldValue is the form in which a literal is matched with values: lower case,
// white space folded.
func foldValue(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// lookUp finds literals among the values that are not known yet. They must be
// written as in the data, but for the case of ASCII letters.
func (v *vocabulary) lookUp(ctx context.Context, s *session, literals []string) (map[string][]storedValue, error) {
	found := map[string][]storedValue{}
	if len(literals) == 0 {
		return found, nil
	}
	quoted := make([]string, len(literals))
	for i, l := range literals {
		quoted[i] = sqlText(l)
	}
	list := "(" + strings.Join(quoted, ",") + ")"
	byTable := map[*tableInfo][]*column{}
	var order []*tableInfo
	for _, c := range v.rest {
		if c.kind != textKind || c.longest > maxSampledCell {
			continue
		}
		if byTable[c.table] == nil {
			order = append(order, c.table)
		}
		byTable[c.table] = append(byTable[c.table], c)
	}
	for _, t := range order {
		for group := range slices.Chunk(byTable[t], 40) {
			if err := v.lookUpIn(ctx, s, t, group, list, found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

func (v *vocabulary) lookUpIn(ctx context.Context, s *session, t *tableInfo, columns []*column, list string, found map[string][]storedValue) error {
	var pick, match []string
	for _, c := range columns {
		in := ident(c.name) + " COLLATE NOCASE IN " + list
		pick = append(pick, "CASE WHEN "+in+" THEN "+ident(c.name)+" END")
		match = append(match, in)
	}
	query := "SELECT DISTINCT " + strings.Join(pick, ", ") + " FROM " + ident(t.ViewName) +
		" WHERE " + strings.Join(match, " OR ") + " LIMIT 200"
	return s.guard.run(ctx, query, func([]string) {}, func(row []any) bool {
		for i, x := range row {
			if x == nil {
				continue
			}
			value := storedValue{columns[i], textOf(x)}
			key := foldValue(value.value)
			if !slices.Contains(found[key], value) {
				found[key] = append(found[key], value)
			}
		}
		return true
	})
}

// sqlText quotes a text for SQL.
func sqlText(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}
