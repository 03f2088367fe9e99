package rag

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	promptTables  = 8
	promptColumns = 60 // of one table
	promptSamples = 3
	promptSample  = 60   // bytes of a sample
	promptChunk   = 1500 // bytes of a retrieved row
	promptHits    = 12
)

// fence encloses data within a prompt. Data can't write it: angle brackets are
// replaced in it.
func fence(name, data string) string {
	data = strings.NewReplacer("<", "‹", ">", "›").Replace(data)
	return "<" + name + ">\n" + data + "\n</" + name + ">\n"
}

// relevant chooses the tables that a question may be about: those whose names,
// columns or values it mentions, and those in which the search found rows.
func (c *Catalogue) relevant(ctx context.Context, s *session, req Request) ([]*tableInfo, error) {
	lat, err := newLattice(ctx, c.words, s, req.Question, req.Now, 0)
	if err != nil {
		return nil, err
	}
	score := map[*tableInfo]float64{}
	for i := range lat.names {
		for _, n := range lat.names[i] {
			for _, h := range n.tables {
				score[h.table] += 6 / float64(1+h.rank)
			}
			for _, h := range n.columns {
				score[h.column.table] += 2 / float64(1+h.rank)
			}
		}
		for _, v := range lat.values[i] {
			for _, col := range columnsOf(v.stored) {
				score[col.table]++
			}
		}
	}
	if req.Searcher != nil {
		hits, err := req.Searcher.Search(ctx, req.Question, 50)
		if err != nil {
			return nil, err
		}
		for place, h := range hits {
			if t := s.tableNamed(h.Table); t != nil && h.SessionID == s.id {
				score[t] += 3 / float64(1+place)
			}
		}
	}
	tables := slices.Clone(s.tables)
	slices.SortStableFunc(tables, func(a, b *tableInfo) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(b.standing(), a.standing()), cmp.Compare(b.Rows, a.Rows))
	})
	return tables[:min(len(tables), promptTables)], nil
}

// ddl describes tables as SQL, with samples as comments.
func ddl(tables []*tableInfo) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "CREATE TABLE %s ( -- %d rows, %s\n  _id INTEGER, _parent_id INTEGER", ident(t.ViewName), t.Rows, plain(t.Path))
		if t.parent != nil {
			fmt.Fprintf(&b, " /* = %s._id */", ident(t.parent.ViewName))
		}
		for i, c := range t.columns {
			if i == promptColumns {
				fmt.Fprintf(&b, "\n  -- and %d more columns", len(t.columns)-i)
				break
			}
			fmt.Fprintf(&b, ",\n  %s %s", ident(c.name), sqlType(c.kind))
			if samples := c.samples(); samples != "" {
				b.WriteString(" -- such as " + samples)
			}
		}
		b.WriteString("\n);\n")
	}
	return b.String()
}

func sqlType(k columnKind) string {
	switch k {
	case integerKind:
		return "INTEGER"
	case decimalKind:
		return "REAL"
	case booleanKind:
		return "INTEGER /* 1 or 0 */"
	case dateKind:
		return "TEXT /* 2006-01-02 */"
	case dateTimeKind:
		return "TEXT /* 2006-01-02T15:04:05 */"
	}
	return "TEXT"
}

// samples are some values as JSON strings, short and on one line.
func (c *column) samples() string {
	var out []string
	values := c.examples
	if len(c.top) > 0 {
		values = nil
		for _, v := range c.top {
			values = append(values, v.value)
		}
	}
	for _, v := range values {
		if len(out) == promptSamples {
			break
		}
		b, err := json.Marshal(capText(plain(v), promptSample))
		if err != nil {
			continue
		}
		out = append(out, strings.ReplaceAll(string(b), "*/", "* /"))
	}
	return strings.Join(out, ", ")
}
