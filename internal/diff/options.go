package diff

import (
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"strings"

	"retable/internal/table"
)

// Errors that Compare wraps with the names concerned.
var (
	ErrNoColumn  = errors.New("no such column")
	ErrNoFile    = errors.New("no such file")
	ErrNoScratch = errors.New("the comparison needs a scratch directory")
	ErrOption    = errors.New("bad option")
)

// Options of a comparison. The zero value compares everything, finds keys by
// itself and works in memory as far as MemoryBytes allows.
type Options struct {
	Workers     int    // goroutines; 0: one per CPU
	Scratch     string // existing directory for files that don't fit into memory
	MemoryBytes int64  // for rows and indexes; 0: 96 MB
	Rules       Rules  // for all tables
	// Tables holds rules for tables by name or glob (* for any run of
	// characters, ? for one). They add to Rules; a Key replaces it. An exact
	// name goes before globs, and these in the order of their text.
	Tables   map[string]Rules
	Pins     []PairPin
	Progress func(Progress) // called from one goroutine at a time; nil for none
}

// Rules say how the rows of a table are compared. Columns are named by
// header, by XPath, or by glob over both.
type Rules struct {
	Key        []string // compare by these columns
	Keyless    bool     // compare without a key
	Ignore     []string // columns that are left out
	Tolerances map[string]Tolerance
	Cells      CellRules            // for all columns
	Columns    map[string]CellRules // for columns; they add to Cells
}

// CellRules say which values are equal though their bytes are not. Values in
// Unicode's NFC, numbers as decimals and dates as instants always are, where
// the column is of that type on both sides.
type CellRules struct {
	IgnoreCase    bool // full Unicode case folding
	Trim          bool // white space at both ends
	CollapseSpace bool // runs of white space are one space
	AsText        bool // neither number nor date
	NullTokens    []string
}

// Tolerance makes near values equal: |a-b| <= Abs + Rel*max(|a|,|b|) for
// numbers, DateSeconds for dates.
type Tolerance struct {
	Abs, Rel    string // decimals; "" is 0
	DateSeconds int64
}

// PairPin joins or parts two files by path. Apart with an empty Right (or
// Left) keeps the other from being paired at all.
type PairPin struct {
	Left, Right string
	Apart       bool
}

// Progress is how far a phase is: rows of a table, or tables.
type Progress struct {
	Phase string // "read", "pair", "match", "explain"
	Table string
	Done  int64
	Total int64 // -1 if not known
}

const (
	defaultMemory = 96 << 20
	minimumMemory = 1 << 20
)

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = defaultMemory
	}
	o.MemoryBytes = max(o.MemoryBytes, minimumMemory)
	return o
}

func (o Options) validate() error {
	all := map[string]Rules{"": o.Rules}
	for name, r := range o.Tables {
		all[name] = r
	}
	for _, name := range sortedKeys(all) {
		r := all[name]
		if r.Keyless && len(r.Key) > 0 {
			return fmt.Errorf("%w: table %q has both a key and keyless", ErrOption, name)
		}
		for _, column := range sortedKeys(r.Tolerances) {
			if _, err := r.Tolerances[column].compile(); err != nil {
				return fmt.Errorf("%w: tolerance of column %q: %w", ErrOption, column, err)
			}
		}
	}
	return nil
}

// tolerance is a compiled Tolerance.
type tolerance struct {
	abs, rel *big.Rat
	seconds  int64
}

func (t Tolerance) compile() (*tolerance, error) {
	c := &tolerance{abs: new(big.Rat), rel: new(big.Rat), seconds: t.DateSeconds}
	for _, part := range []struct {
		text string
		into *big.Rat
	}{{t.Abs, c.abs}, {t.Rel, c.rel}} {
		if part.text == "" {
			continue
		}
		d, ok := parseDecimal([]byte(part.text))
		if !ok || !d.rat(part.into) || part.into.Sign() < 0 {
			return nil, fmt.Errorf("%q is no decimal of 0 or more", part.text)
		}
	}
	if t.DateSeconds < 0 {
		return nil, fmt.Errorf("%d seconds are fewer than none", t.DateSeconds)
	}
	return c, nil
}

// rulesFor adds up the rules of a table that is named so on either side.
func (o Options) rulesFor(names ...string) Rules {
	r := o.Rules
	r.Tolerances = merged(nil, r.Tolerances)
	r.Columns = merged(nil, r.Columns)
	add := func(more Rules) {
		if len(more.Key) > 0 {
			r.Key, r.Keyless = more.Key, false
		}
		if more.Keyless {
			r.Key, r.Keyless = nil, true
		}
		r.Ignore = append(r.Ignore[:len(r.Ignore):len(r.Ignore)], more.Ignore...)
		r.Tolerances = merged(r.Tolerances, more.Tolerances)
		r.Columns = merged(r.Columns, more.Columns)
		r.Cells = r.Cells.plus(more.Cells)
	}
	exact := func(pattern string) bool {
		for _, name := range names {
			if pattern == name {
				return true
			}
		}
		return false
	}
	for _, pattern := range sortedKeys(o.Tables) {
		if exact(pattern) {
			continue
		}
		for _, name := range names {
			if glob(pattern, name) {
				add(o.Tables[pattern])
				break
			}
		}
	}
	for _, pattern := range sortedKeys(o.Tables) { // the exact ones last: their key stays
		if exact(pattern) {
			add(o.Tables[pattern])
		}
	}
	return r
}

func (c CellRules) plus(more CellRules) CellRules {
	c.IgnoreCase = c.IgnoreCase || more.IgnoreCase
	c.Trim = c.Trim || more.Trim
	c.CollapseSpace = c.CollapseSpace || more.CollapseSpace
	c.AsText = c.AsText || more.AsText
	c.NullTokens = append(c.NullTokens[:len(c.NullTokens):len(c.NullTokens)], more.NullTokens...)
	return c
}

// names tells whether the pattern means the column.
func names(pattern string, c *table.Column) bool {
	return pattern == c.Name || pattern == c.XPath || glob(pattern, c.Name) || glob(pattern, c.XPath)
}

// glob matches * and ?; all else, brackets too, stands for itself.
func glob(pattern, s string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == s
	}
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
