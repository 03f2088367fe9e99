package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"

	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// ColumnStatsRequest asks what is in a column, of a table or of a view.
type ColumnStatsRequest struct {
	TableRef
	ColumnID int64  `json:"column_id"`
	View     string `json:"view,omitempty"`
}

// ValueCount is a value and how often it occurs.
type ValueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// HistogramBin is a bar of a histogram.
type HistogramBin struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int64  `json:"count"`
}

// ColumnStats is what is in a column. Distinct values are counted up to a
// bound, above which the count is one of at least so many.
type ColumnStats struct {
	Rows          int64          `json:"rows"`
	Nulls         int64          `json:"nulls"`
	Empty         int64          `json:"empty"`
	Distinct      int64          `json:"distinct"`
	DistinctExact bool           `json:"distinct_exact"`
	Min           string         `json:"min,omitempty"`
	Max           string         `json:"max,omitempty"`
	Mean          string         `json:"mean,omitempty"`
	Sum           string         `json:"sum,omitempty"`
	Longest       int            `json:"longest"`
	Top           []ValueCount   `json:"top"`
	Histogram     []HistogramBin `json:"histogram,omitempty"`
}

// The bounds of what statistics keep in memory.
const (
	statsDistinct = 100_000
	statsTop      = 20
	statsBins     = 24
)

// ColumnStats reads a column once and says what is in it.
func (s *Service) ColumnStats(ctx context.Context, req ColumnStatsRequest) (*ColumnStats, error) {
	var out *ColumnStats
	err := s.withTable(ctx, req.TableRef, func(db *tabledb.DB, name string) error {
		schema, err := db.Schema(ctx, name)
		if err != nil {
			return err
		}
		if req.ColumnID < 1 || req.ColumnID > int64(len(schema.Columns)) {
			return retable.Errorf(retable.NotFound, "There is no column %d: the table has %d.", req.ColumnID, len(schema.Columns))
		}
		c := &schema.Columns[req.ColumnID-1]
		t := &columnTally{counts: map[string]int64{}, typ: c.Type, out: &ColumnStats{DistinctExact: true, Top: []ValueCount{}}}
		if err := s.eachValue(ctx, db, name, c.Name, req, t.add); err != nil {
			return err
		}
		out = t.finish()
		if req.View == "" && c.Role == table.Data && isNumber(c.Type) {
			return exactSums(ctx, db, name, int(req.ColumnID)-1, out)
		}
		return nil
	})
	if err != nil {
		return nil, explained(ctx, err, "reading the column")
	}
	return out, nil
}

// eachValue reads a column.
func (s *Service) eachValue(ctx context.Context, db *tabledb.DB, name, column string, req ColumnStatsRequest, add func(v []byte, present bool)) error {
	if req.View != "" {
		v, err := s.openView(ctx, db, req.SessionID, req.TableID, req.View)
		if err != nil {
			return err
		}
		defer v.Close()
		return v.Rows(ctx, 0, v.Len(), []string{column}, func(_ int64, row *table.Row) error {
			add(row.Value(0))
			return nil
		})
	}
	r, err := db.Reader(ctx, name, tabledb.ReadOptions{Columns: []string{column}})
	if err != nil {
		return err
	}
	defer r.Close()
	var row table.Row
	for {
		if err := r.Read(&row); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		add(row.Value(0))
	}
}

// columnTally gathers what is in a column.
type columnTally struct {
	out     *ColumnStats
	typ     table.Type
	counts  map[string]int64
	numbers []float64 // a sample of them for the histogram, all up to a bound
	lo, hi  float64
	any     bool
}

func (t *columnTally) add(v []byte, present bool) {
	t.out.Rows++
	if !present {
		t.out.Nulls++
		return
	}
	if len(v) == 0 {
		t.out.Empty++
	}
	t.out.Longest = max(t.out.Longest, utf8.RuneCount(v))
	if n, ok := t.counts[string(v)]; ok {
		t.counts[string(v)] = n + 1
	} else if len(t.counts) < statsDistinct {
		t.counts[string(v)] = 1
	} else {
		t.out.DistinctExact = false
	}
	if x, ok := numeric(t.typ, v); ok {
		if !t.any || x < t.lo {
			t.lo, t.out.Min = x, shortened(string(v))
		}
		if !t.any || x > t.hi {
			t.hi, t.out.Max = x, shortened(string(v))
		}
		t.any = true
		if len(t.numbers) < 1_000_000 {
			t.numbers = append(t.numbers, x)
		}
	}
}

func isNumber(t table.Type) bool { return t == table.Integer || t == table.Decimal }

// numeric is a value's place on a line: numbers, and points in time.
func numeric(t table.Type, v []byte) (float64, bool) {
	switch t {
	case table.Integer, table.Decimal:
		x, err := strconv.ParseFloat(string(v), 64)
		return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
	case table.Date, table.DateTime:
		for _, layout := range []string{"2006-01-02", time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
			if at, err := time.Parse(layout, string(v)); err == nil {
				return float64(at.Unix()), true
			}
		}
	}
	return 0, false
}

func (t *columnTally) finish() *ColumnStats {
	t.out.Distinct = int64(len(t.counts))
	type pair struct {
		value string
		n     int64
	}
	top := make([]pair, 0, len(t.counts))
	for v, n := range t.counts {
		top = append(top, pair{v, n})
	}
	sort.Slice(top, func(i, k int) bool {
		if top[i].n != top[k].n {
			return top[i].n > top[k].n
		}
		return top[i].value < top[k].value
	})
	for _, p := range top[:min(len(top), statsTop)] {
		t.out.Top = append(t.out.Top, ValueCount{shortened(p.value), p.n})
	}
	if !t.any && len(t.counts) > 0 {
		t.out.Min, t.out.Max = extremes(t.counts)
	}
	t.out.Histogram = t.histogram()
	return t.out
}

func extremes(counts map[string]int64) (lowest, highest string) {
	first := true
	for v := range counts {
		if first || v < lowest {
			lowest = v
		}
		if first || v > highest {
			highest = v
		}
		first = false
	}
	return shortened(lowest), shortened(highest)
}

// histogram counts numbers and dates in bins of equal width.
func (t *columnTally) histogram() []HistogramBin {
	if len(t.numbers) == 0 || t.lo == t.hi {
		return nil
	}
	width := (t.hi - t.lo) / statsBins
	bins := make([]HistogramBin, statsBins)
	for i := range bins {
		bins[i].From, bins[i].To = t.edge(t.lo+float64(i)*width), t.edge(t.lo+float64(i+1)*width)
	}
	for _, x := range t.numbers {
		bins[min(int((x-t.lo)/width), statsBins-1)].Count++
	}
	return slices.Clip(bins)
}

func (t *columnTally) edge(x float64) string {
	if t.typ == table.Date || t.typ == table.DateTime {
		return time.Unix(int64(x), 0).UTC().Format("2006-01-02")
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// exactSums adds numbers up exactly, in the database.
func exactSums(ctx context.Context, db *tabledb.DB, name string, column int, out *ColumnStats) error {
	info, err := db.Table(name)
	if err != nil {
		return err
	}
	views, err := db.ViewColumns(ctx, name)
	if err != nil || views[column] == "" {
		return err
	}
	r, err := rag.Query(ctx, db, fmt.Sprintf("SELECT dec_sum(%[1]s), dec_avg(%[1]s) FROM %[2]s", views[column], info.ViewName))
	if err != nil || len(r.Rows) == 0 {
		return err
	}
	out.Sum, out.Mean = r.Rows[0][0], r.Rows[0][1]
	return nil
}
