package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"retable/app"
)

// inputFlags name what to read and under which limits.
type inputFlags struct {
	Input   string `arg:"" help:"ZIP, folder, XML file (also .gz, .bz2, .zst), or - for standard input."`
	Workers int    `short:"w" help:"Files read at once; 0 is one per core." env:"RET_WORKERS"`
	limitFlags
}

// limitFlags bound what reading may cost.
type limitFlags struct {
	Entities string `enum:"error,keep,html" default:"error" env:"RET_ENTITIES" help:"Undeclared and external entities: ${enum}. Nothing is ever fetched."`

	MaxEntries    *int           `group:"Limits (0: no limit)" env:"RET_MAX_ENTRIES" placeholder:"N" help:"Files in the bundle; else ${max_entries}."`
	MaxEntryBytes *byteSize      `group:"Limits (0: no limit)" env:"RET_MAX_ENTRY_BYTES" placeholder:"SIZE" help:"Unpacked size of one file; else ${max_entry_bytes}."`
	MaxTotalBytes *byteSize      `group:"Limits (0: no limit)" env:"RET_MAX_TOTAL_BYTES" placeholder:"SIZE" help:"Unpacked size of all files; else ${max_total_bytes}."`
	MaxRatio      *int64         `group:"Limits (0: no limit)" env:"RET_MAX_RATIO" placeholder:"N" help:"Unpacked bytes per packed byte; else ${max_ratio}."`
	MaxNesting    *int           `group:"Limits (0: no limit)" env:"RET_MAX_NESTING" placeholder:"N" help:"Archives within archives; else ${max_nesting}. 0: archives inside are refused."`
	MaxReadTime   *time.Duration `group:"Limits (0: no limit)" env:"RET_MAX_READ_TIME" placeholder:"TIME" help:"Time spent on reading, such as 90s or 10m; else ${max_read_time}."`
	MaxValueBytes *byteSize      `group:"Limits (0: no limit)" env:"RET_MAX_VALUE_BYTES" placeholder:"SIZE" help:"Size of one text or attribute; else ${max_value_bytes}."`
	MaxDepth      *int           `group:"Limits (0: no limit)" env:"RET_MAX_DEPTH" placeholder:"N" help:"Elements within elements; else ${max_depth}."`
}

// limitDefaults are the values in the help texts above.
func limitDefaults() kong.Vars {
	l, p := app.LocalLimits(), app.DefaultParseLimits()
	none := func(n int64, text string) string {
		if n == 0 {
			return "no limit"
		}
		return text
	}
	return kong.Vars{
		"max_entries":     thousands(uint64(l.Entries)),
		"max_entry_bytes": humanBytes(l.EntryBytes),
		"max_total_bytes": humanBytes(l.TotalBytes),
		"max_ratio":       thousands(uint64(l.Ratio)),
		"max_nesting":     strconv.Itoa(l.Nesting),
		"max_read_time":   none(int64(l.Time), l.Time.String()),
		"max_value_bytes": humanBytes(int64(p.MaxValue)),
		"max_depth":       thousands(uint64(p.MaxDepth)),
	}
}

func (f *inputFlags) source(c *call) (app.Source, error) {
	if f.Workers < 0 {
		return app.Source{}, fmt.Errorf("--workers %d is less than none: use 0 for one per core", f.Workers)
	}
	return f.at(c, f.Input)
}

// at is the source at a path.
func (f *limitFlags) at(c *call, path string) (app.Source, error) {
	s := app.Source{Path: path, Stdin: c.In, Limits: app.LocalLimits()}
	err := errors.Join(
		limit("max-entries", &s.Limits.Entries, f.MaxEntries, 0),
		limit("max-entry-bytes", &s.Limits.EntryBytes, (*int64)(f.MaxEntryBytes), 0),
		limit("max-total-bytes", &s.Limits.TotalBytes, (*int64)(f.MaxTotalBytes), 0),
		limit("max-ratio", &s.Limits.Ratio, f.MaxRatio, 0),
		limit("max-nesting", &s.Limits.Nesting, f.MaxNesting, -1),
		limit("max-read-time", &s.Limits.Time, f.MaxReadTime, 0),
		limit("max-depth", &s.Parse.Limits.MaxDepth, f.MaxDepth, -1),
	)
	if v := f.MaxValueBytes; v != nil {
		s.Parse.MaxValue, s.Parse.Limits.MaxToken = int(*v), int(*v)
		if *v == 0 {
			s.Parse.MaxValue, s.Parse.Limits.MaxToken = math.MaxInt, -1
		}
	}
	if err != nil {
		return s, err
	}
	s.Parse.Entities, err = app.ParseEntities(f.Entities)
	return s, err
}

// limit takes a flag's value over; 0 becomes what the field calls no limit.
func limit[T int | int64 | time.Duration](flag string, field, asked *T, none T) error {
	switch {
	case asked == nil:
	case *asked < 0:
		return fmt.Errorf("--%s %v is less than nothing: use 0 for no limit", flag, *asked)
	case *asked == 0:
		*field = none
	default:
		*field = *asked
	}
	return nil
}

// shapeFlags say how documents become tables.
type shapeFlags struct {
	Mode    string   `enum:"flat,relational" default:"flat" help:"flat: one wide row per record. relational: a table per repeating element."`
	Record  []string `short:"r" sep:"none" placeholder:"PATH" help:"Path of the record element, such as /Orders/Order; repeat for several siblings. Default: found by itself."`
	Explode string   `placeholder:"PATH" help:"A repeating path inside the record: one row per occurrence."`
	Lists   string   `enum:"json,join,spread" default:"json" help:"Repeats inside a record: ${enum}."`
	Join    string   `default:"; " help:"Separator for --lists join."`
	Sep     string   `placeholder:"TEXT" help:"Replaces / in headers."`
	Lineage string   `enum:"none,line,full" default:"line" help:"Columns that lead back to the source: none, line (_file, _line), full (with _offset, _xpath)."`
	Recipe  []string `sep:"none" placeholder:"FILE" help:"Recipe files, or a folder of them."`
}

func (f *shapeFlags) shape() app.Shape {
	return app.Shape{Mode: f.Mode, Records: f.Record, Explode: f.Explode, Lists: f.Lists, Join: f.Join, Separator: f.Sep, Lineage: f.Lineage}
}

// byteSize is a number of bytes, written with or without a unit: 64MB.
type byteSize int64

// UnmarshalText reads a size; units are powers of ten, with i powers of two.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(text)))
	units := []struct {
		name string
		size float64
	}{{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"b", 1}}
	unit := 1.0
	for _, u := range units {
		if strings.HasSuffix(s, u.name) {
			s, unit = strings.TrimSpace(strings.TrimSuffix(s, u.name)), u.size
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no size: write 64MB, 1GiB or a number of bytes", text)
	}
	*b = byteSize(n * unit)
	return nil
}

// humanBytes writes a size for people.
func humanBytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v /= 1000
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", v, units[i]), ".0 ", " ", 1)
}

// thousands writes a count with separators.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
