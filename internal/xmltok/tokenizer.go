package xmltok

import (
	"errors"
	"io"
)

// status is what one step of the parser came to.
type status uint8

const (
	again   status = iota // go on
	emitted               // t.tok is ready
	hungry                // the input at hand ends before the construct does
	failed                // t.err is set
)

// The parser's state beside the open element. Zero is the common case: in
// content, between markup.
const (
	inStart   uint8 = 1 << iota // nothing read yet
	inMisc                      // outside the root element
	inRun                       // t.run holds text of a run that has not ended
	inCDATA                     // inside a CDATA section larger than the window
	inComment                   // inside a skipped comment
	inPI                        // inside a skipped processing instruction
	inError                     // t.err is set, or the document has ended
)

// A Tokenizer reads one XML document after the other.
type Tokenizer struct {
	// The input being read: the window on the document or an entity's text.
	buf  []byte
	bits bitmaps
	end  int
	pos  int

	cur   *Node  // the open element
	link  **Node // predicts the next element
	floor *Node  // the element the current input may not close
	state uint8
	typed bool // the document type declares attributes

	gen    uint64
	tok    Token
	tokPos int
	attrs  []Attr
	decls  []Attr // namespace declarations of the tag

	scratch  []byte // the tag's values and leaf text that are not as written
	run      []byte // text of the run that is not as written
	runDone  bool   // t.run was delivered
	shown    bool   // some of the run was delivered
	runLen   int64  // bytes of the run delivered
	runBlank int    // t.run[:runBlank] is white space
	raw      []byte // the name of the overflow element being read
	key      []byte

	never     *Node
	root      *Node // the document
	nodes     int
	made      int
	maxPaths  int // what made may reach in this document
	scopes    map[string]*scope
	scopeID   uint64
	rootDone  bool
	err       error
	opts      Options
	limits    Limits
	win       window
	frames    []frame
	expanded  int64
	dtd       dtd
	doc       DocInfo
	xmlScope  *scope
	dtdEpoch  uint64
	encodings map[string]knownEncoding
	warnings  []Warning
	trying    bool // a leaf is tried: nothing may be reported yet
	unplain   bool // the tag has an attribute that is not plain

	overflow     []overflowElement
	overflowOpen int
	overflowName Name
	tagScope     *scope
	spare        []*Node
	spareUsed    int
	spareID      int
	moreWarnings int64
	refAt        int // the outermost reference being expanded
	pinOffset    int64
	pinLine      int64
}

// DocInfo is what the document says of itself before the root element.
type DocInfo struct {
	Version          string // "1.0" if there is no XML declaration
	Encoding         string // as read: "UTF-8", "UTF-16LE", "SHIFT_JIS", ...
	DeclaredEncoding string // as the XML declaration names it, or ""
	Standalone       string // "yes", "no" or ""
	Doctype          string // the name in the document type declaration, or ""
	PublicID         string
	SystemID         string
}

// New returns a Tokenizer; Reset gives it a document.
func New(opts Options) *Tokenizer {
	if opts.Window <= 0 {
		opts.Window = defaultWindow
	}
	t := &Tokenizer{opts: opts, limits: opts.Limits.withDefaults(), never: never()}
	t.win.classify, t.win.validate = kernels()
	t.xmlScope = &scope{decls: []Decl{{Prefix: "xml", Space: xmlSpace}}}
	t.ResetPaths()
	t.Reset(eofReader{})
	return t
}

type eofReader struct{}

func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }

// Reset starts a new document. Nodes and predictions stay, so that files of
// one kind share their paths, and so do the buffers.
func (t *Tokenizer) Reset(r io.Reader) {
	t.win.reset(r, t.opts.Window)
	t.frames = t.frames[:0]
	t.use()
	t.pos = 0
	t.maxPaths = t.made - 1 + t.limits.MaxPaths // the root is made already
	t.cur, t.floor, t.link = t.root, t.root, &t.root.first
	t.state, t.typed, t.rootDone, t.err = inStart|inMisc, false, false, nil
	t.tok, t.tokPos = Token{}, 0
	t.run, t.runDone, t.shown, t.runLen, t.runBlank = t.run[:0], false, false, 0, 0
	if cap(t.run) > keepBuffer {
		t.run = nil
	}
	if cap(t.scratch) > keepBuffer {
		t.scratch = nil
	}
	t.expanded, t.trying = 0, false
	t.dtd.reset()
	t.dtdEpoch++
	t.doc = DocInfo{Version: "1.0"}
	t.warnings, t.moreWarnings = nil, 0
	t.overflow, t.overflowOpen, t.overflowName = t.overflow[:0], 0, Name{}
}

// ResetPaths forgets all Nodes as well; IDs start again. It belongs directly
// before a Reset.
func (t *Tokenizer) ResetPaths() {
	t.nodes, t.made, t.spareID, t.spare = 0, 0, 0, nil
	t.scopes = map[string]*scope{}
	t.root = &Node{next: t.never, first: t.never, firstAttr: t.never, scope: t.xmlScope}
	t.number(t.root)
	t.cur, t.floor, t.link = t.root, t.root, &t.root.first
}

// use makes the window the current input.
func (t *Tokenizer) use() { t.buf, t.bits, t.end = t.win.buf, t.win.bits, t.win.end }

// Next returns the next token. At the end of a well-formed document it
// returns io.EOF, otherwise an *Error; both stay.
func (t *Tokenizer) Next() (*Token, error) {
	for {
		var st status
		if t.state == 0 {
			st = t.step()
		} else {
			st = t.slowStep()
		}
		if st == emitted {
			return &t.tok, nil
		}
		if st == hungry {
			st = t.more()
		}
		if st == failed {
			t.state |= inError
			return nil, t.err
		}
	}
}

// step reads at most one token from t.pos on. If it is hungry, nothing but
// what it has put behind t.pos has happened, and it is called again with more
// input.
func (t *Tokenizer) step() status {
	p := t.pos
	q := nextNot(t.bits.N, p)
	if t.buf[q] != '<' || (q != p && (t.cur.KeepSpace || t.opts.KeepSpace)) {
		return t.text(p)
	}
	c := t.buf[q+1]
	if c == '/' {
		if q != p && t.link == &t.cur.first {
			return t.text(p) // a leaf of white space that was too long for a Leaf
		}
		return t.endTag(q)
	}
	if c != '!' && c != '?' {
		return t.startTag(q)
	}
	return t.text(p)
}

// slowStep is step in every state but the common one.
func (t *Tokenizer) slowStep() status {
	switch {
	case t.state&inError != 0:
		return failed
	case t.state&inStart != 0:
		return t.begin()
	case t.state&inComment != 0:
		return t.skipComment()
	case t.state&inPI != 0:
		return t.skipPI()
	case t.state&inMisc != 0:
		return t.misc()
	case t.state&inCDATA != 0:
		return t.streamCDATA()
	}
	return t.runText()
}

// more gets input behind t.pos, leaves an entity that has been read, or ends
// the document.
func (t *Tokenizer) more() status {
	if len(t.frames) > 0 {
		return t.leaveEntity()
	}
	if t.win.bad != nil {
		bad := t.win.bad
		t.fail(t.win.end, bad.code, "%s", bad.message)
		var e *Error
		if errors.As(t.err, &e) {
			e.Err = bad.err
		}
		return failed
	}
	if t.win.eof {
		return t.atEOF()
	}
	from := t.pos
	if t.state&inRun == 0 {
		from = nextNot(t.bits.N, from)
	}
	if t.end-from > t.limits.MaxToken {
		return t.tooLong(from)
	}
	if t.state&inRun != 0 && t.tokPos >= 0 {
		// The run's first byte may leave the window before the run is delivered.
		t.pinOffset, t.pinLine = t.Offset(), t.Line()
		t.tokPos = pinned
	}
	shift := t.win.fill(t.pos)
	t.pos -= shift
	if t.tokPos >= 0 {
		t.tokPos -= min(shift, t.tokPos)
	}
	t.use()
	return again
}

// canFill tells whether reading on, with what lies before buf[p] forgotten,
// would bring more into the window as it is.
func (t *Tokenizer) canFill(p int) bool {
	return len(t.frames) == 0 && !t.win.eof && t.win.bad == nil && !t.win.full(p)
}

// atEOF ends the document, well or badly.
func (t *Tokenizer) atEOF() status {
	at := t.end
	switch {
	case t.cur != t.root:
		return t.fail(at, CodeUnclosed, "the input ends inside the element %s", shorten(t.nameOf(t.cur), 60))
	case t.state&(inComment|inPI) != 0 || t.pos < t.end:
		return t.fail(at, CodeUnclosed, "the input ends in the middle of markup")
	case !t.rootDone:
		return t.fail(at, CodeNoRoot, "the input ends without any element")
	}
	t.err = io.EOF
	return failed
}

// nameOf gives the name as written of an open element.
func (t *Tokenizer) nameOf(n *Node) string {
	if n.Overflow && t.overflowOpen > 0 {
		return string(t.overflow[t.overflowOpen-1].raw)
	}
	return n.raw
}

// Nodes returns the number of Nodes made so far; every ID is below it.
func (t *Tokenizer) Nodes() int { return t.nodes }

// Document tells what is known of the document; it is complete when the first
// Start or Leaf has been returned.
func (t *Tokenizer) Document() DocInfo { return t.doc }

// place is the last token's position in the window.
func (t *Tokenizer) place() int {
	if len(t.frames) > 0 {
		return t.frames[0].pos
	}
	return t.tokPos
}

// Offset returns the last token's first byte as an offset in the original
// input, also where that is transcoded. A token out of an entity has the
// place of the reference.
func (t *Tokenizer) Offset() int64 {
	p := t.place()
	if p == pinned {
		return t.pinOffset
	}
	return t.win.offset(p)
}

// pinned stands for a place that has left the window.
const pinned = -1

// Line returns the line of the last token's first byte, from 1. Lines end
// with LF.
func (t *Tokenizer) Line() int64 {
	p := t.place()
	if p == pinned {
		return t.pinLine
	}
	t.win.countLines(min(p, t.win.end))
	return t.win.lines + 1
}

// InputBytes returns how many bytes have been read from the reader.
func (t *Tokenizer) InputBytes() int64 { return t.win.src.total }
