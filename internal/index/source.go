package index

import "retable/internal/tabledb"

// Source is what an index is made of.
type Source struct {
	Session string // id
	// Revision names the content: the SHA-256 of tables.sqlite, say. A set that
	// exists for the same revision is not made again.
	Revision string
	Tables   *tabledb.DB
	Changes  []Change
}

// Change is what the card of a comparison tells.
type Change struct {
	Comparison              string // id
	Left, Right             string // names of the deliveries
	Added, Removed, Changed int64  // rows
	Same                    int64
	Tables                  []TableChange
}

// TableChange is what has changed in one table.
type TableChange struct {
	Name                    string
	State                   string // "added", "removed", "changed", "same"
	Added, Removed, Changed int64  // rows
	Columns                 []ColumnChange
}

// ColumnChange is what has changed in one column.
type ColumnChange struct {
	Name    string
	State   string // "added", "removed", "renamed", or "" for changed values
	Changed int64  // cells
	Example string // "from -> to"
}

// Stage is what Build or Embed is doing.
type Stage string

// The stages, in their order.
const (
	StageRows    Stage = "rows"    // reading rows and writing full text
	StageMerge   Stage = "merge"   // putting the full text in order
	StageVectors Stage = "vectors" // embedding
)

// Progress is how far the work has come.
type Progress struct {
	Stage       Stage
	Table       string
	Done, Total int64 // rows; of StageVectors chunks

	Added, Removed int64 // chunks so far, but for StageVectors
}
