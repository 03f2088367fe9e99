package xmltok

import "math"

// Options choose what a Tokenizer delivers and refuses. The zero value is
// ready: strict, with the default limits.
type Options struct {
	Limits    Limits
	Entities  EntityPolicy
	Comments  bool // deliver comments and processing instructions as tokens
	KeepSpace bool // deliver white-space-only text everywhere, as if every Node had KeepSpace
	Window    int  // bytes looked at in one piece; default 64 KiB
}

// EntityPolicy tells what a reference to an entity without known text means:
// one that is not declared, or is external (those are never fetched).
type EntityPolicy uint8

const (
	// EntitiesError refuses the document.
	EntitiesError EntityPolicy = iota
	// EntitiesKeep keeps the reference, &name;, in the text as it stands and
	// lists a warning.
	EntitiesKeep
	// EntitiesHTML gives undeclared entities their HTML meaning (&eacute;);
	// those that HTML does not know either are refused.
	EntitiesHTML
)

// Limits bound what one document may cost. A zero field means its default,
// a negative one no limit.
type Limits struct {
	MaxPaths     int // new Nodes, elements and attributes, that a document may make; more share overflow Nodes; default 100,000
	MaxDepth     int // open elements; default 10,000
	MaxToken     int // bytes of one text, attribute value, comment or tag; default 64 MiB
	MaxAttrs     int // attributes of one element; default 10,000
	MaxDTD       int // bytes of the document type declaration; default 16 MiB
	EntityDepth  int // entities inside entities; default 40
	EntityBytes  int // bytes of entity text that are always allowed; default 8 MiB
	EntityFactor int // beyond those, bytes of entity text per byte of input; default 10
}

// Defaults returns the limits with every zero field set to its default.
func (l Limits) Defaults() Limits { return l.withDefaults() }

const unlimited = math.MaxInt >> 2 // far from overflow in sums

func (l Limits) withDefaults() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
		if *field < 0 {
			*field = unlimited
		}
	}
	set(&l.MaxPaths, 100_000)
	set(&l.MaxDepth, 10_000)
	set(&l.MaxToken, 64<<20)
	set(&l.MaxAttrs, 10_000)
	set(&l.MaxDTD, 16<<20)
	set(&l.EntityDepth, 40)
	set(&l.EntityBytes, 8<<20)
	set(&l.EntityFactor, 10)
	return l
}

const (
	defaultWindow = 64 << 10
	maxWarnings   = 100
)

// Warning is something a user should know about a document that is accepted.
type Warning struct {
	Code    WarningCode
	Message string
	Line    int64 // where it happened first
	Offset  int64
	Count   int64 // how often it happened
}

// WarningCode names one kind of Warning.
type WarningCode string

// The kinds of warning.
const (
	WarnEntityKept  WarningCode = "entity-kept"  // a reference stands in the text as written (EntitiesKeep)
	WarnExternalDTD WarningCode = "external-dtd" // the external DTD subset or a parameter entity was not fetched
	WarnVersion     WarningCode = "version"      // a version other than 1.0, read as 1.0
	WarnMore        WarningCode = "more"         // the list is full; Count tells how many are not in it
)

// warn lists a warning once per message.
func (t *Tokenizer) warn(p int, code WarningCode, message string) {
	for i := range t.warnings {
		if w := &t.warnings[i]; w.Code == code && w.Message == message {
			w.Count++
			return
		}
	}
	if len(t.warnings) >= maxWarnings {
		t.moreWarnings++
		return
	}
	if len(t.frames) > 0 {
		p = t.frames[0].pos
	}
	line, _ := t.win.lineColumn(p)
	t.warnings = append(t.warnings, Warning{Code: code, Message: message, Line: line, Offset: t.win.offset(p), Count: 1})
}

// Warnings lists what a user should know about the document so far. The list
// is bounded; a last WarnMore entry counts what is not in it.
func (t *Tokenizer) Warnings() []Warning {
	list := append([]Warning(nil), t.warnings...)
	if t.moreWarnings > 0 {
		list = append(list, Warning{Code: WarnMore, Message: "more warnings of these kinds", Count: t.moreWarnings})
	}
	return list
}
