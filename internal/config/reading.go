package config

import (
	"math"
	"time"
)

// Reading bounds what reading a bundle may cost. As in the command line's
// flags 0 means no limit; for MaxNesting it means that archives inside are refused.
type Reading struct {
	MaxEntries    int
	MaxEntryBytes int64
	MaxTotalBytes int64
	MaxRatio      int
	MaxNesting    int
	MaxReadTime   time.Duration
	MaxValueBytes int64
	MaxDepth      int
	Entities      string // error, keep, html
	FormulaGuard  bool
}

func (r *Reading) fields() []Field {
	return []Field{
		{Name: "max_entries", value: integer(&r.MaxEntries, 0, math.MaxInt32), Default: "1000000", Served: "2000", Help: "Files in the bundle; 0 is no limit, here and below."},
		{Name: "max_entry_bytes", value: size(&r.MaxEntryBytes, 0, maxSize), Default: "64GB", Served: "100MB", Help: "Unpacked size of one file."},
		{Name: "max_total_bytes", value: size(&r.MaxTotalBytes, 0, maxSize), Default: "1TB", Served: "1GB", Help: "Unpacked size of all files."},
		{Name: "max_ratio", value: integer(&r.MaxRatio, 0, math.MaxInt32), Default: "1000", Served: "200", Help: "Unpacked bytes per packed byte."},
		{Name: "max_nesting", value: integer(&r.MaxNesting, 0, 16), Default: "1", Help: "Archives within archives; here 0 means that archives inside are refused."},
		{Name: "max_read_time", value: duration(&r.MaxReadTime, 0, maxDuration), Default: "0s", Served: "2m", Help: "Time spent on reading."},
		{Name: "max_value_bytes", value: size(&r.MaxValueBytes, 0, maxSize), Default: "64MiB", Help: "Size of one text or attribute."},
		{Name: "max_depth", value: integer(&r.MaxDepth, 0, math.MaxInt32), Default: "10000", Help: "Elements within elements."},
		{Name: "entities", value: choice(&r.Entities, "error", "keep", "html"), Default: "error", Help: "Undeclared and external entities. Nothing is ever fetched."},
		{Name: "formula_guard", value: boolean(&r.FormulaGuard), Default: "false", Served: "true", Help: "Defuse cells that a spreadsheet would run as formulas, in downloads and exports as CSV and TSV. The window does so too."},
	}
}
