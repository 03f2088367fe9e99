package bench

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Agreement is what a cell-by-cell comparison of two CSV files found.
type Agreement struct {
	Rows, OtherRows int
	Common          int      // columns in both
	Missing         []string // columns of the other file that ours lacks, with a value
	Hollow          int      // columns that ours lacks, all of whose cells are empty
	Cells           int64    // compared
	Unequal         int64
	First           string // the first difference
}

// OK tells whether all rows, and all of the other file's columns, are equal.
func (a *Agreement) OK() bool {
	return a.Rows == a.OtherRows && a.Unequal == 0 && len(a.Missing) == 0 && a.Common > 0
}

// String is one line for the report.
func (a *Agreement) String() string {
	switch {
	case a.OK():
		s := fmt.Sprintf("agrees: %d rows, %d columns, %d cells equal", a.Rows, a.Common, a.Cells)
		if a.Hollow > 0 {
			s += fmt.Sprintf(" (%d always empty ones left out)", a.Hollow)
		}
		return s
	case a.Rows != a.OtherRows:
		return fmt.Sprintf("DIFFERS: %d rows against %d", a.Rows, a.OtherRows)
	case a.Unequal > 0:
		return fmt.Sprintf("DIFFERS in %d of %d cells: %s", a.Unequal, a.Cells, a.First)
	case a.Common == 0:
		return "DIFFERS: no column in common"
	}
	return fmt.Sprintf("DIFFERS: columns missing: %s", strings.Join(a.Missing, ", "))
}

// CompareCSV compares ours with a rival's file in the rival's columns. Names
// are compared without prefixes and list marks; lists by their values.
// Columns that a rival can't have (of ancestors, of Retable) are passed over.
func CompareCSV(ours, theirs string) (*Agreement, error) {
	a, closeA, err := openCSV(ours)
	if err != nil {
		return nil, err
	}
	defer closeA()
	b, closeB, err := openCSV(theirs)
	if err != nil {
		return nil, err
	}
	defer closeB()
	header, err := a.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	index := map[string]int{}
	for i, name := range header {
		index[plainName(name)] = i
	}
	if header, err = b.Read(); err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	names := slices.Clone(header)
	out, at := &Agreement{}, make([]int, len(header))
	for i, name := range names {
		var ok bool
		if at[i], ok = index[plainName(name)]; !ok {
			at[i] = -1
			continue
		}
		out.Common++
	}
	filled := make([]bool, len(names))
	if err := out.rows(a, b, at, names, filled); err != nil {
		return nil, err
	}
	for i, k := range at {
		if k < 0 && filled[i] {
			out.Missing = append(out.Missing, names[i])
		} else if k < 0 {
			out.Hollow++
		}
	}
	return out, nil
}

// rows compares row by row, and notes which columns that ours lacks hold a
// value: an element that is always empty needs no column.
func (a *Agreement) rows(ours, theirs *csv.Reader, at []int, names []string, filled []bool) error {
	for {
		x, errX := ours.Read()
		y, errY := theirs.Read()
		if errX == nil {
			a.Rows++
		}
		if errY == nil {
			a.OtherRows++
		}
		if errX != nil && errY != nil {
			return errors.Join(notEOF(errX), notEOF(errY))
		}
		if errX != nil || errY != nil {
			continue // count the rest
		}
		for i, k := range at {
			if k < 0 {
				filled[i] = filled[i] || !hollow(y[i])
				continue
			}
			a.Cells++
			if x[k] == y[i] || plainValue(x[k]) == plainValue(y[i]) {
				continue
			}
			if a.Unequal++; a.First == "" {
				a.First = fmt.Sprintf("row %d, %s: %.60q against %.60q", a.Rows, names[i], x[k], y[i])
			}
		}
	}
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func openCSV(path string) (*csv.Reader, func(), error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(f)
	r.ReuseRecord = true
	return r, func() { _ = f.Close() }, nil
}

// prefixes matches namespace prefixes and list marks in a header.
const prefixes = `[^/@:\[\]]+:|\[\*\]`

func plainName(name string) string {
	return regexp.MustCompile(prefixes).ReplaceAllString(name, "")
}

// plainValue brings a JSON list into one spelling; a list of nothing is
// nothing.
func plainValue(s string) string {
	if !strings.HasPrefix(s, "[") {
		return s
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s
	}
	if void(v) {
		return ""
	}
	out, err := json.Marshal(prune(v))
	if err != nil {
		return s
	}
	return string(out)
}

// hollow tells whether a cell holds no value but empty ones.
func hollow(s string) bool {
	return s == "" || strings.HasPrefix(s, "[") && strings.Trim(strings.ReplaceAll(s, "null", ""), `[],"`) == ""
}

func void(v any) bool {
	list, ok := v.([]any)
	return v == nil || ok && !slices.ContainsFunc(list, func(e any) bool { return !void(e) })
}

// prune makes lists of nothing inside a list null.
func prune(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	if void(v) {
		return nil
	}
	for i := range list {
		list[i] = prune(list[i])
	}
	return list
}
