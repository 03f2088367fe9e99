package xmltable

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// idsPerFile is the span of row ids that one file may use: ids stay unique,
// readable and below 2^53 without knowing other files' row counts.
const idsPerFile = 1_000_000_000

// Sink takes finished rows. The row is reused after Row returns.
type Sink interface {
	Row(p *Plan, t int, row *table.Row) error
}

// File names the document that is being flattened.
type File struct {
	Index int    // position in the bundle's sorted order
	Path  string // as shown in _file
}

// FileResult is what flattening did with one document.
type FileResult struct {
	Plan *Plan
	Rows []uint64 // by table of the plan
	// Incomplete counts the values of rows that were open when a malformed
	// document ended: they are reported, not emitted.
	Incomplete uint64
	Err        error // why reading stopped early
}

// ErrChanged says that a document holds what its profile does not know.
var ErrChanged = errors.New("the document changed between the two passes over it: convert it again")

// FlattenOptions are the limits and places of a flattener.
type FlattenOptions struct {
	Tokenizer xmltok.Options
	MaxValue  int    // bytes of one joined text; 0: DefaultMaxValue
	Scratch   string // directory for rows that wait for their ancestors' end
}

// Flattener turns documents into rows by the plans of their kinds. It
// belongs to one goroutine.
type Flattener struct {
	plans map[string]*planState
	tok   *xmltok.Tokenizer
	opts  FlattenOptions
	sink  Sink

	steps  []*step  // by tokenizer node id
	vals   []*value // the same for attributes
	hashes []xxh3.Uint128

	now       *planState
	file      File
	frames    []open
	scopes    []*scope
	sc        *scope // innermost
	text      []byte
	counts    []count
	ranks     []int32
	nextID    int64
	capture   *capture
	dropping  bool // the document broke: open rows are not emitted
	result    *FileResult
	positions bool
	guess     *guess        // set while the plan is a guess
	size      int64         // content bytes so far, as the profile counts them
	out       table.Row     // a row on its way from a hold
	back      *bufio.Reader // of the rows that waited; nil until some did
	picked    table.Row
	rowBytes  int // most of one row: maxRowBytes
}

// planState is what a flattener keeps per plan.
type planState struct {
	*Plan
	emitted []tally
	rows    []uint64
	present [][]uint64                   // cells with a value, by table and column
	wholes  map[*table.Stats]*valueStats // of captured subtrees, by their columns' place for them
	lists   []listState
	groups  []int // occurrences so far in the parent instance
}

type tally struct{ n, sum uint64 }

// NewFlattener returns a flattener for documents of the plans' kinds.
func NewFlattener(plans []*Plan, sink Sink, opts FlattenOptions) *Flattener {
	if opts.MaxValue == 0 {
		opts.MaxValue = DefaultMaxValue
	}
	f := &Flattener{plans: map[string]*planState{}, tok: xmltok.New(opts.Tokenizer), opts: opts, sink: sink, rowBytes: maxRowBytes}
	for _, p := range plans {
		st := &planState{
			Plan: p, emitted: make([]tally, len(p.values)), rows: make([]uint64, len(p.Tables)),
			lists: make([]listState, len(p.columns)), groups: make([]int, len(p.groups)),
			wholes: map[*table.Stats]*valueStats{},
		}
		for _, t := range p.Tables {
			st.present = append(st.present, make([]uint64, len(t.inner)))
		}
		f.plans[p.Kind] = st
	}
	return f
}

// File flattens one document. Like Scanner.File it reports a malformed
// document in its result; the error is the context's or the sink's.
func (f *Flattener) File(ctx context.Context, file File, r io.Reader) (*FileResult, error) {
	f.begin(file, r)
	for n := 0; ; n++ {
		if n%pollTokens == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		t, err := f.tok.Next()
		if err != nil {
			if cerr := ctx.Err(); cerr != nil {
				return nil, cerr
			}
			return f.finish(err)
		}
		switch t.Kind {
		case xmltok.Leaf:
			err = f.leaf(t)
		case xmltok.Start:
			err = f.start(t)
		case xmltok.Text:
			err = f.addText(t)
		case xmltok.End:
			err = f.end()
		}
		if err != nil {
			var tooLong *ValueError
			if errors.As(err, &tooLong) {
				return f.finish(err)
			}
			return nil, err
		}
	}
}

func (f *Flattener) begin(file File, r io.Reader) {
	if f.tok.Nodes() > maxKeptPaths {
		f.tok.ResetPaths()
		f.steps, f.vals, f.hashes = nil, nil, nil
	}
	f.tok.Reset(r)
	f.file, f.result = file, &FileResult{}
	f.frames, f.text, f.counts, f.ranks = f.frames[:0], f.text[:0], f.counts[:0], f.ranks[:0]
	f.scopes, f.sc, f.capture, f.dropping = f.scopes[:0], nil, nil, false
	f.nextID = int64(file.Index+1) * idsPerFile
}

func (f *Flattener) finish(err error) (*FileResult, error) {
	if f.guess != nil {
		if !errors.Is(err, io.EOF) {
			return nil, ErrGuess // what a broken document's rows are, two passes decide
		}
		return f.result, f.guess.confirm(f.now.Plan)
	}
	if !errors.Is(err, io.EOF) {
		f.result.Err = err
		f.dropping = true
		for len(f.frames) > 0 {
			if err := f.end(); err != nil {
				return nil, err
			}
		}
	}
	return f.result, nil
}

// refuseLeaf gives a leaf that is refused no text, as the profile does.
func (f *Flattener) refuseLeaf(err error) error {
	if n := len(f.frames); n > 0 {
		f.frames[n-1].null = true
	}
	return err
}
