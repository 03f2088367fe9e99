package xmltable

import (
	"context"
	"errors"
	"io"

	"retable/internal/xmltok"
)

// DefaultMaxValue bounds one joined text: 64 MiB.
const DefaultMaxValue = 64 << 20

// pollTokens is how many tokens pass between two looks at the context.
const pollTokens = 1 << 14

// FileProfile is what a scan found out about one document.
type FileProfile struct {
	Kind     string // "" if the document ended before its root element
	Root     string // the root's name as written
	Elements uint64
	Values   uint64 // attributes and texts
	Bytes    int64  // of the decompressed original
	Document xmltok.DocInfo
	Warnings []xmltok.Warning
	Meta     []MetaAttr // schema locations and the like
	Err      error      // why reading stopped early: the document is partial
}

// MetaAttr is an attribute that is a fact of the file, not data.
type MetaAttr struct{ Path, Name, Value string }

// Scanner builds profiles. It belongs to one goroutine; several scanners'
// profiles are merged by Profiles.Merge.
type Scanner struct {
	tok      *xmltok.Tokenizer
	profiles Profiles
	byTok    []*Node // by tokenizer node id
	maxValue int

	order     Order
	frames    []frame
	leafFrame frame
	text      []byte // own text of the open elements, innermost last
	instance  uint64
	file      *FileProfile
	profile   *Profile
	prefix    bool
	gap       int64 // where something was left out: see Ends; 0 for nowhere
}

type frame struct {
	node     *Node
	last     *Node  // latest child element
	instance uint64 // number of this element, for occurrence counts
	seen     uint64 // child indexes met so far
	size     int64
	text     int // where own text begins in Scanner.text
	attrs    bool
	kids     bool
	null     bool
	preserve bool
}

// NewScanner returns a scanner that reads with the given options. maxValue
// bounds one joined text in bytes; 0 means DefaultMaxValue.
func NewScanner(opts xmltok.Options, maxValue int) *Scanner {
	if maxValue == 0 {
		maxValue = DefaultMaxValue
	}
	return &Scanner{tok: xmltok.New(opts), profiles: Profiles{}, maxValue: maxValue}
}

// Profiles returns what has been gathered. The scanner must not be used
// afterwards.
func (s *Scanner) Profiles() Profiles { return s.profiles }

// File reads one document to its end. index is its position in the bundle's
// sorted order; calls must come with growing indexes. A malformed document
// is no error of File: its FileProfile says in Err where reading stopped.
// The error is the context's.
func (s *Scanner) File(ctx context.Context, index int, r io.Reader) (*FileProfile, error) {
	if s.tok.Nodes() > maxKeptPaths {
		s.tok.ResetPaths()
		clear(s.byTok)
		s.byTok = s.byTok[:0]
	}
	s.tok.Reset(r)
	s.order = Order{File: index}
	s.frames, s.text = s.frames[:0], s.text[:0]
	s.file, s.profile = &FileProfile{}, nil
	for n := 0; ; n++ {
		if n%pollTokens == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		t, err := s.tok.Next()
		if err != nil {
			if cerr := ctx.Err(); cerr != nil {
				return nil, cerr
			}
			return s.finish(err), nil
		}
		s.order.Offset++
		switch t.Kind {
		case xmltok.Leaf:
			err = s.leaf(t)
		case xmltok.Start:
			err = s.start(t)
		case xmltok.Text:
			err = s.addText(t.Text)
		case xmltok.End:
			s.end()
		}
		if err != nil {
			return s.finish(err), nil
		}
	}
}

// maxKeptPaths is how large a tokenizer's trie may be when the next
// document begins; a larger one starts afresh.
const maxKeptPaths = 50_000

func (s *Scanner) finish(err error) *FileProfile {
	f := s.file
	f.Bytes = s.tok.InputBytes()
	f.Document = s.tok.Document()
	f.Warnings = s.tok.Warnings()
	if !errors.Is(err, io.EOF) {
		f.Err = err
		s.abandon()
	}
	return f
}

// node maps a tokenizer node to the profile's.
func (s *Scanner) node(t *xmltok.Node) *Node {
	if t.ID < len(s.byTok) {
		if n := s.byTok[t.ID]; n != nil {
			return n
		}
	}
	return s.resolve(t)
}

func (s *Scanner) resolve(t *xmltok.Node) *Node {
	var n *Node
	switch {
	case t.Depth == 1 && !t.Attr:
		n = s.openKind(t.Name)
	case t.Overflow && t.Attr: // a Node for one tag only, whose ID is shared
		return s.place(s.node(t.Parent), t.Name, true)
	case t.Overflow:
		n = s.place(s.node(t.Parent), xmltok.Name{Local: wildcard}, false)
	default:
		n = s.place(s.node(t.Parent), t.Name, t.Attr)
	}
	for len(s.byTok) <= t.ID {
		s.byTok = append(s.byTok, nil)
	}
	s.byTok[t.ID] = n
	return n
}

func (s *Scanner) openKind(name xmltok.Name) *Node {
	kind := Clark(name)
	p := s.profiles[kind]
	if p == nil {
		p = &Profile{Kind: kind, Root: newNode(nil, name, false)}
		p.Root.first = s.order
		s.profiles[kind] = p
	}
	return p.Root
}

func (s *Scanner) place(parent *Node, name xmltok.Name, attr bool) *Node {
	n, made := parent.child(name, attr)
	if made {
		n.first = s.order
		n.late = s.gap > 0 && s.tok.Offset() >= s.gap
	}
	return n
}

// start opens an element: it is counted below its parent, and its
// attributes are recorded.
func (s *Scanner) start(t *xmltok.Token) error {
	s.frames = append(s.frames, frame{})
	f := &s.frames[len(s.frames)-1]
	s.enter(f, t)
	f.text = len(s.text)
	if len(t.Attrs) > 0 {
		if err := s.attributes(f, t); err != nil {
			return err
		}
	}
	if f.preserve {
		t.Node.KeepSpace = true
	}
	return nil
}

// enter counts an element below its parent, the frame beneath f.
func (s *Scanner) enter(f *frame, t *xmltok.Token) {
	var n *Node
	if t.Node.ID < len(s.byTok) {
		n = s.byTok[t.Node.ID]
	}
	known := n != nil
	if !known {
		n = s.resolve(t.Node)
	}
	s.instance++
	s.file.Elements++
	n.Count++
	f.node, f.instance, f.size = n, s.instance, tagSize(t.Node)
	depth := len(s.frames)
	if f != &s.leafFrame {
		depth--
	}
	if depth == 0 {
		s.file.Root, s.file.Kind = t.Node.Name.QName(), Clark(t.Node.Name)
		s.profile = s.profiles[s.file.Kind]
		s.profile.Files++
		n.Max = 1
		n.With++
		return
	}
	up := &s.frames[depth-1]
	f.preserve = up.preserve
	up.kids = true
	if !known && n.Count == 1 {
		n.pred = up.last
	}
	n.after |= up.seen
	if n.index < 64 {
		up.seen |= 1 << uint(n.index)
	}
	up.last = n
	if n.inside == up.instance {
		n.occurs++
		n.Max = max(n.Max, n.occurs)
		return
	}
	n.inside, n.occurs = up.instance, 1
	n.With++
	n.Max = max(n.Max, 1)
}

func (s *Scanner) attributes(f *frame, t *xmltok.Token) error {
	var last *Node
	for i := range t.Attrs {
		a := &t.Attrs[i]
		s.order.Offset++
		n := s.node(a.Node)
		if n.Count == 0 {
			n.pred = last
		}
		last = n
		n.Count++
		n.With++
		n.Max = 1
		switch n.role {
		case isNil:
			f.null = isTrue(a.Value)
		case isSpace:
			f.preserve = string(a.Value) == "preserve"
		case metadata:
			s.file.Meta = append(s.file.Meta, MetaAttr{pathOf(f.node), a.Node.Name.QName(), string(a.Value)})
			continue
		}
		if len(a.Value) > s.maxValue {
			return s.tooLong(pathOf(n))
		}
		f.attrs = true
		size := valueSize(a)
		f.size += size
		n.Size += size
		s.file.Values++
		n.values().add(a.Value, s.order)
	}
	return nil
}

// ownSize is textSize for an element's own text, which counts without white
// space where it stands beside elements.
func ownSize(v []byte, kids bool) int64 {
	if !kids {
		return textSize(v)
	}
	n := 0
	for _, c := range v {
		if !isWhite(c) {
			n++
		}
	}
	return int64(min(n, mostOfValue))
}

// leaf records a whole element without children; it needs no place on the
// stack of open ones.
func (s *Scanner) leaf(t *xmltok.Token) error {
	f := &s.leafFrame
	*f = frame{}
	s.enter(f, t)
	if len(t.Attrs) > 0 {
		if err := s.attributes(f, t); err != nil {
			return err
		}
	}
	v := t.Text
	if t.Flags&(xmltok.Edge|xmltok.Blank) != 0 && !f.preserve {
		v = trim(v)
	}
	if len(v) > s.maxValue {
		return s.tooLong(pathOf(f.node))
	}
	s.close(f, v)
	if n := len(s.frames); n > 0 {
		s.frames[n-1].size += f.size
	}
	return nil
}

func (s *Scanner) addText(v []byte) error {
	f := &s.frames[len(s.frames)-1]
	if len(s.text)-f.text+len(v) > s.maxValue {
		return s.tooLong(pathOf(f.node))
	}
	s.text = append(s.text, v...)
	return nil
}

func (s *Scanner) end() {
	f := &s.frames[len(s.frames)-1]
	v := s.text[f.text:]
	if !f.preserve || f.kids {
		v = trim(v)
	}
	s.close(f, v)
	s.text = s.text[:f.text]
	size := f.size
	s.frames = s.frames[:len(s.frames)-1]
	if n := len(s.frames); n > 0 {
		s.frames[n-1].size += size
	}
}

// close records the end of an element whose own text is v.
func (s *Scanner) close(f *frame, v []byte) {
	n := f.node
	if !f.kids {
		n.Childless++
		if !f.attrs && len(v) == 0 {
			n.Bare++
		}
	} else if len(v) > 0 {
		n.Mixed++
	}
	if hasText(f.kids, f.null, v) {
		if f.kids {
			n.values().addStray(v, s.order)
		} else {
			n.values().add(v, s.order)
		}
		s.file.Values++
	}
	f.size += ownSize(v, f.kids)
	n.Size += f.size
}

func (s *Scanner) tooLong(path string) error {
	return &ValueError{Path: path, Line: s.tok.Line(), Limit: s.maxValue}
}

// pathOf returns a node's absolute path with the prefixes of the document.
func pathOf(n *Node) string {
	if n.real != nil {
		n = n.real
	}
	size := 0
	for a := n; a != nil; a = a.Parent {
		size += len(a.Name.Prefix) + len(a.Name.Local) + 3
	}
	b := make([]byte, size)
	at := size
	for a := n; a != nil; a = a.Parent {
		at -= copy(b[at-len(a.Name.Local):], a.Name.Local)
		if a.Name.Prefix != "" {
			at--
			b[at] = ':'
			at -= copy(b[at-len(a.Name.Prefix):], a.Name.Prefix)
		}
		if a.Attr {
			at--
			b[at] = '@'
		}
		at--
		b[at] = '/'
	}
	return string(b[at:])
}
