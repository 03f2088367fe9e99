// Package xmltok reads XML 1.0 (fifth edition) with Namespaces in XML 1.0
// (third edition): it turns the bytes of a document, in any common encoding,
// into tokens, and refuses what is not well-formed.
//
//	t := xmltok.New(xmltok.Options{})
//	t.Reset(r)
//	for {
//		tok, err := t.Next()
//		if err == io.EOF {
//			break // the document was well-formed to its end
//		}
//		...
//	}
//
// # What it promises
//
// Every well-formedness constraint is checked, those of the internal DTD
// subset included, and those of namespaces. Entities declared there are
// expanded, attribute defaults and normalisation applied. External entities
// and the external DTD subset are never fetched: a reference to one is an
// error or a listed warning (EntityPolicy), never an empty text. A byte that
// means nothing in its encoding is an error with its offset, never U+FFFD.
//
// Validity is out of scope: content models, IDs, required attributes and the
// rest of what the DTD demands of the document are read for their syntax only.
// XML 1.1 documents are read as XML 1.0, with a warning.
//
// Memory does not grow with the document: a window of it (Options.Window), the
// trie of its paths (Limits.MaxPaths), and the longest single tag
// (Limits.MaxToken). Text of any length within the limit passes through in
// pieces. Entity expansion is limited in depth and in size, in absolute terms
// and in proportion to the input.
//
// # How it works
//
// Stage 1 (scan.go, validate.go) looks at each new stretch of input once:
// it finds where plain text, attribute values and white space end, and notes
// that in bitmaps, one bit per byte, and it checks that all bytes are
// characters XML allows. On amd64 with AVX2 both are assembly; elsewhere, and
// in the tests beside it, portable Go.
//
// Stage 2 (tokenizer.go, tag.go, content.go) jumps along the bitmaps. Names
// are Nodes of a trie of paths, and what came last time predicts what comes
// next, so a name is compared, eight bytes at once, rather than scanned, and
// everything that is true of a name (its namespace, its uniqueness in the
// tag, its declared type) is found out once per Node.
//
// A construct that does not end in the window is read again when more input
// is there; the window moves, and grows if it must.
package xmltok
