package diff

import "retable/internal/table"

// Stage is the stage that paired two files.
type Stage string

// The stages in their order.
const (
	StagePinned    Stage = "pinned"    // by the caller
	StageOnly      Stage = "only"      // one file on each side
	StageIdentical Stage = "identical" // same content
	StagePath      Stage = "path"      // same path
	StageBasename  Stage = "basename"  // same unique base name, and alike
	StageLikeness  Stage = "likeness"  // by name, schema and content
	StageNone      Stage = ""          // not paired
)

// FilePair is a pair of files, or a file without a counterpart: Left or
// Right is nil then.
type FilePair struct {
	Left, Right *File
	Stage       Stage
	// Score is 0.25 Name + 0.35 Schema + 0.40 Content; the parts are from 0 to
	// 1. Content is estimated from sketches: "about". Not measured for
	// StageOnly, StageIdentical and pins of sources with one file.
	Score, Name, Schema, Content float64
	RunnerUp                     string  // path of the next best on the other side
	Margin                       float64 // Score less the runner-up's
	Tally                        Tally
	Tables                       map[string]Tally // by table
}

// Same tells whether both files are there and say the same.
func (p *FilePair) Same() bool { return p.Left != nil && p.Right != nil && p.Tally.Same() }

// ColumnHow tells how two columns were matched.
type ColumnHow string

// The ways, in their order.
const (
	ColumnExact   ColumnHow = "exact"
	ColumnXPath   ColumnHow = "xpath"  // same identity, another form
	ColumnFolded  ColumnHow = "folded" // but for case and outer space
	ColumnRename  ColumnHow = "renamed"
	ColumnRemoves ColumnHow = "removed"
	ColumnAdds    ColumnHow = "added"
	ColumnIgnored ColumnHow = "ignored"
)

// ColumnPair is a column of the comparison. Left or Right is "" where the
// side lacks it. The same header twice gets #2 at its end.
type ColumnPair struct {
	Left, Right         string
	LeftType, RightType table.Type
	How                 ColumnHow
	Key                 bool
	// Score of a rename is 0.3 Name + 0.5 Agreement + 0.1 Type + 0.1 Position,
	// and Margin its distance to the next best of either column.
	Score, Name, Agreement, Type, Position, Margin float64
	Changed, FormatOnly                            int64 // cells
}

// Key is how the rows of a table were matched.
type Key struct {
	Columns []string // left names; empty without a key
	Scope   Scope
	Given   bool // by the caller
	Why     string
	// Unique shares are distinct keys per row of each side.
	UniqueLeft, UniqueRight float64
	Overlap                 float64 // share of the smaller side's keys that the other has, about
	Agreement               float64 // mean share of equal cells of key-matched sample rows
	Chance                  float64 // the same for rows put together by chance
	RowOrder                float64 // the same for rows put together by position
	DuplicateLeft           int64   // rows beyond the first of their key
	DuplicateRight          int64
	Candidates              []KeyCandidate
}

// Keyless tells whether rows were matched by likeness.
func (k *Key) Keyless() bool { return len(k.Columns) == 0 && k.Scope != ScopeRoot }

// Scope says within what a key is unique.
type Scope string

// The scopes.
const (
	ScopeTable  Scope = "table"
	ScopeFile   Scope = "file"   // within a pair of files
	ScopeParent Scope = "parent" // within a pair of parent rows
	ScopeRoot   Scope = "root"   // one row per file: the file is the key
)

// KeyCandidate is a key that was considered.
type KeyCandidate struct {
	Columns []string
	Scope   Scope
	// Score is 0.35 Overlap + 0.25 Name + 0.15 Brevity + 0.15 Place + 0.10 Type,
	// less what keys are not unique. In tables of nested rows a key of the whole
	// table without an id's name loses up to 0.25: a code may be unique there by
	// chance, while siblings are told apart on purpose.
	Score                               float64
	Overlap, Name, Brevity, Place, Type float64
	Unique                              float64 // the worse side's share of keys that occur once, about
	Refused                             string  // why it was not taken, "" if it was or wasn't needed
}

// TableResult is the comparison of one table.
type TableResult struct {
	Left, Right *table.Schema // nil where the side lacks it
	Columns     []ColumnPair
	Key         Key
	// Place is the column that stands for the row's place: _parent_id, _file,
	// or "" if places are not compared.
	Place string
	Counts
	Tally Tally
	Notes []string
}

// Name is the table's name on the left, or else on the right.
func (t *TableResult) Name() string {
	if t.Left != nil {
		return t.Left.Name
	}
	return t.Right.Name
}

// Counts of a table.
type Counts struct {
	RowsAdded, RowsRemoved   int64
	RowsMatched, RowsChanged int64 // changed in content
	RowsMoved                int64
	RowsFormatOnly           int64 // changed in format, not in content
	CellsChanged             int64 // content
	CellsFormatOnly          int64
}

// Result is the whole answer.
type Result struct {
	Left, Right string // names of the sources
	Files       []FilePair
	Tables      []*TableResult
	Tally       Tally   // pooled over all tables
	Mean        float64 // unweighted mean of the similarity of files; unpaired ones count 0
	Notes       []string
}

// Similarity is S pooled over all cells, from 0 to 1.
func (r *Result) Similarity() float64 { return r.Tally.Similarity() }

// Same tells whether there is no difference but of format: no row, column,
// table or file was added, removed or renamed, no row moved, no content
// changed.
func (r *Result) Same() bool {
	for i := range r.Files {
		p := &r.Files[i]
		if p.Left == nil || p.Right == nil || p.Left.Path != p.Right.Path && p.Stage != StageOnly {
			return false
		}
	}
	for _, t := range r.Tables {
		if t.Left == nil || t.Right == nil || !t.Tally.Same() {
			return false
		}
		for i := range t.Columns {
			if t.Columns[i].How == ColumnRename {
				return false
			}
		}
	}
	return r.Tally.Same()
}
