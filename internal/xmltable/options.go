package xmltable

// Mode is how a kind's elements become tables.
type Mode uint8

const (
	// Flat gives one wide row per record; what repeats inside becomes lists.
	Flat Mode = iota
	// Relational gives every repeating element a table of its own.
	Relational
)

func (m Mode) String() string { return [...]string{"flat", "relational"}[m] }

// Lineage is how much of a row's place in its source is written out.
type Lineage uint8

const (
	LineageNone Lineage = iota
	LineageLine         // _file, _line
	LineageFull         // _file, _line, _offset, _xpath
)

// Options choose a plan's form. The zero value is flat with JSON lists and
// no lineage columns.
type Options struct {
	Mode    Mode
	Lineage Lineage
	Records []string // absolute paths; empty: Choose decides
	Explode string   // a repeating path below the record: one row per occurrence
	Lists   ListForm // how repeats are written in flat mode
	Join    string   // separator of ListJoin
	Sep     string   // replaces / in headers
	Recipe  *Recipe  // names, order and forms to keep
}

// ListForm is the form of flat mode's repeating values.
type ListForm uint8

const (
	ListJSON   ListForm = iota // a/b[*]: JSON array
	ListJoin                   // a/b[*]: values joined by a separator
	ListSpread                 // a/b[1] .. a/b[k]
)

// maxSpread bounds the columns one repeating element spreads to; beyond it
// the list stays JSON.
const maxSpread = 64
