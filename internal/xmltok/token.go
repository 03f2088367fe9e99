package xmltok

// Kind tells what a Token is.
type Kind uint8

// The kinds of token. Markup that carries no data (the XML declaration,
// comments and processing instructions unless asked for, white space between
// elements) makes no token.
const (
	// Start is a start tag that is not a Leaf. Node and Attrs are set.
	Start Kind = iota + 1
	// End is the end of the element Node, which a Start opened.
	End
	// Leaf is a whole element without child elements whose text is at hand in
	// one piece: <a/>, <a></a> or <a>text</a>. Node, Attrs and Text are set;
	// no End follows.
	Leaf
	// Text is character data directly inside the element Node, references
	// resolved and CDATA unwrapped. One run may arrive in several Text tokens
	// (around comments, CDATA, entities, or because it is longer than the
	// window); a consumer joins them.
	Text
	// Comment holds a comment's content in Text (Options.Comments only).
	Comment
	// PI holds "target data" in Text (Options.Comments only).
	PI
)

// Flags tell about a Token's Text or an Attr's Value what the scan learnt
// on its way, so that consumers need not look at every byte again.
type Flags uint8

const (
	// Blank: the text is empty or holds only white space (space, tab, CR, LF).
	Blank Flags = 1 << iota
	// Special: the text may hold one of , " CR LF TAB (what CSV or TSV must
	// quote). Not set means: certainly none.
	Special
	// Edge: the text may begin or end with white space (consumers that trim
	// need to look). Not set means: certainly not.
	Edge
	// Defaulted: the attribute was not in the document but in its DTD.
	Defaulted
	// SelfClosing: the Leaf was written <a/>.
	SelfClosing
)

// Token is one event of the document. It and all it points to, except
// Nodes, are valid until the next call of Next.
type Token struct {
	Kind  Kind
	Flags Flags
	Node  *Node
	Text  []byte
	Attrs []Attr
}

// Attr is one attribute in document order, DTD defaults last. Namespace
// declarations (xmlns, xmlns:p) are not among them: see Node.Decls.
type Attr struct {
	Node  *Node
	Value []byte
	Flags Flags
}

// Name is an expanded name with the prefix it was written with.
type Name struct {
	Space  string // namespace URI, "" if none
	Prefix string
	Local  string
}

// QName returns the name as it was written.
func (n Name) QName() string {
	if n.Prefix == "" {
		return n.Local
	}
	return n.Prefix + ":" + n.Local
}
