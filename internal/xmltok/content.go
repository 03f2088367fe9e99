package xmltok

import "bytes"

// stopKind tells why a scan of text ended.
type stopKind uint8

const (
	stopNone   stopKind = iota
	stopTag             // at the < of a start or end tag
	stopEnd             // the input at hand ends, perhaps in the middle of something
	stopEntity          // at the & of an entity with markup
	stopMarkup          // at a comment or processing instruction to deliver
	stopFull            // the text at hand is as long as the window
	stopFailed
)

// text reads character data from buf[p] on: at once if it is as written and
// ends at a tag, else as a run.
func (t *Tokenizer) text(p int) status {
	y := next(t.bits.T, p)
	if t.buf[y] == '<' && y > p && (t.buf[y+1] == '/' || mayStartName(t.buf[y+1])) && y-p <= t.limits.MaxToken {
		t.deliver(p, t.buf[p:y:y], t.flags(p, y))
		t.pos = y
		return emitted
	}
	t.run, t.runDone, t.shown, t.runLen, t.runBlank = t.run[:0], false, false, 0, 0
	t.tokPos = p
	if len(t.frames) > 0 {
		t.tokPos = t.frames[0].pos
	}
	t.state |= inRun
	return t.runText()
}

func (t *Tokenizer) deliver(p int, text []byte, flags Flags) {
	t.tok.Kind, t.tok.Flags, t.tok.Node, t.tok.Text, t.tok.Attrs = Text, flags, t.cur, text, nil
	t.tokPos = p
}

// runText reads on in a run of text: everything up to the next tag, through
// references, CDATA sections, and comments that are not delivered. White
// space is held back until the run shows something else, since only then it
// is known to be data. A run longer than the window comes in pieces.
func (t *Tokenizer) runText() status {
	t.startPiece()
	for {
		out, q, why := t.scanText(t.run, t.pos)
		t.run = out
		t.pos = q
		if st := t.checkRun(); st != again {
			return st
		}
		switch why {
		case stopTag:
			t.state &^= inRun
			// White space that is all there is in an element is its text.
			whole := t.buf[q+1] == '/' && t.link == &t.cur.first
			if whole && t.runLen > 0 && !t.shown {
				return t.tooLong(q)
			}
			if len(t.run) > 0 && (whole || t.wanted()) {
				return t.flush()
			}
			return again
		case stopEntity:
			if st := t.enterEntity(q); st != again {
				return st
			}
		case stopFull:
			if t.wanted() {
				return t.flush()
			}
		case stopMarkup:
			if len(t.run) > 0 && t.wanted() {
				return t.flush()
			}
			return t.markup(q)
		case stopEnd:
			if len(t.frames) > 0 && q == t.end {
				if st := t.leaveEntity(); st != again {
					return st
				}
				continue
			}
			if bytes.HasPrefix(t.buf[q:t.end], cdataOpen) {
				t.state |= inCDATA
				t.pos += len(cdataOpen)
				return again
			}
			if !t.opts.Comments && t.startSkip(q) {
				return again
			}
			if len(t.run) >= t.opts.Window && t.wanted() {
				return t.flush()
			}
			return hungry
		default:
			return failed
		}
	}
}

// startPiece begins the next piece of a run after one was delivered.
func (t *Tokenizer) startPiece() {
	if t.runDone {
		t.run, t.runDone, t.runBlank = t.run[:0], false, 0
		t.tokPos = t.pos
		if len(t.frames) > 0 {
			t.tokPos = t.frames[0].pos
		}
	}
}

// wanted tells whether the text of the run so far is data for the consumer.
func (t *Tokenizer) wanted() bool {
	if t.shown || t.cur.KeepSpace || t.opts.KeepSpace {
		return true
	}
	if isBlank(t.run[min(t.runBlank, len(t.run)):]) {
		t.runBlank = len(t.run) // not looked at again
		return false
	}
	return true
}

// checkRun holds the run to Limits.MaxToken. White space beyond it is counted
// and forgotten: if data follows, that is too long.
func (t *Tokenizer) checkRun() status {
	if t.runLen+int64(len(t.run)) <= int64(t.limits.MaxToken) {
		return again
	}
	if t.wanted() {
		return t.fail(t.pos, CodeTokenLimit, "the text is longer than %d bytes; the limit can be raised", t.limits.MaxToken)
	}
	t.runLen += int64(len(t.run))
	t.run, t.runBlank = t.run[:0], 0
	return again
}

// flush delivers the run as far as it has been read.
func (t *Tokenizer) flush() status {
	t.deliver(t.tokPos, t.run, flagsOf(t.run))
	t.shown, t.runDone = true, true
	t.runLen += int64(len(t.run))
	return emitted
}

var (
	cdataOpen   = []byte("<![CDATA[")
	cdataClose  = []byte("]]>")
	commentOpen = []byte("<!--")
	dashes      = []byte("--")
	piClose     = []byte("?>")
)

// scanText appends the character data [14] from buf[p] on to dst, with
// references resolved, CDATA sections [18] unwrapped, line ends normalised
// (2.11) and comments skipped. It stops where something else follows, or
// before a construct that does not end in the input at hand.
func (t *Tokenizer) scanText(dst []byte, p int) ([]byte, int, stopKind) {
	buf, from := t.buf, p
	for {
		q := next(t.bits.T, p)
		dst = append(dst, buf[p:q]...)
		p = q
		if q >= t.end {
			if len(t.frames) == 0 {
				// "]]" may be the beginning of "]]>", and is read again.
				for k := 0; k < 2 && p > from && buf[p-1] == ']' && len(dst) > 0; k++ {
					p--
					dst = dst[:len(dst)-1]
				}
			}
			return dst, p, stopEnd
		}
		switch buf[q] {
		case '>':
			if q-from >= 2 && buf[q-1] == ']' && buf[q-2] == ']' {
				return dst, q, t.failText(q, CodeCDATAEnd, "]]> cannot stand in text; write ]]&gt;")
			}
			dst = append(dst, '>')
			p++
		case '\r':
			switch {
			case len(t.frames) > 0: // out of &#13;: not a line end
				dst = append(dst, '\r')
			case q+1 >= t.end:
				return dst, q, stopEnd
			case buf[q+1] != '\n':
				dst = append(dst, '\n')
			}
			p++
		case '&':
			var why stopKind
			dst, p, why = t.reference(dst, buf, t.end, q, false, 0)
			if why != stopNone {
				return dst, q, why
			}
			if from = p; len(dst) >= t.opts.Window {
				return dst, p, stopFull
			}
		default: // <
			var why stopKind
			dst, p, why = t.scanMarkup(dst, q)
			if why != stopNone {
				return dst, q, why
			}
			from = p
		}
	}
}

func (t *Tokenizer) failText(p int, code Code, message string) stopKind {
	t.fail(p, code, "%s", message)
	return stopFailed
}

// scanMarkup is scanText at a <.
func (t *Tokenizer) scanMarkup(dst []byte, q int) ([]byte, int, stopKind) {
	rest := t.buf[q:t.end]
	c := t.buf[q+1]
	switch {
	case c == '/' || mayStartName(c):
		return dst, q, stopTag
	case len(rest) < 2:
		return dst, q, stopEnd
	case c == '?':
		if t.opts.Comments {
			return dst, q, stopMarkup
		}
		after, st := t.scanPI(q)
		return dst, after, stopOf(st)
	case c != '!':
		return dst, q, t.failText(q+1, CodeSyntax, t.charName(q+1)+" cannot stand after <; write &lt; for the character itself")
	case bytes.HasPrefix(rest, commentOpen):
		if t.opts.Comments {
			return dst, q, stopMarkup
		}
		after, st := t.scanComment(q)
		return dst, after, stopOf(st)
	case bytes.HasPrefix(rest, cdataOpen):
		s := q + len(cdataOpen)
		i := bytes.Index(t.buf[s:t.end], cdataClose)
		if i < 0 {
			return dst, q, stopEnd
		}
		dst = t.appendLines(dst, t.buf[s:s+i])
		return dst, s + i + len(cdataClose), stopNone
	case len(rest) < len(cdataOpen) && (bytes.HasPrefix(cdataOpen, rest) || bytes.HasPrefix(commentOpen, rest)):
		return dst, q, stopEnd
	}
	return dst, q, t.failText(q, CodeSyntax, "<! begins neither a comment nor a CDATA section here")
}

func stopOf(st status) stopKind {
	switch st {
	case again:
		return stopNone
	case hungry:
		return stopEnd
	}
	return stopFailed
}

// appendLines appends s with its line ends normalised.
func (t *Tokenizer) appendLines(dst, s []byte) []byte {
	if len(t.frames) > 0 {
		return append(dst, s...)
	}
	for {
		i := bytes.IndexByte(s, '\r')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		if i+1 >= len(s) || s[i+1] != '\n' {
			dst = append(dst, '\n')
		}
		s = s[i+1:]
	}
}

// streamCDATA reads on in a CDATA section that does not end in the window.
func (t *Tokenizer) streamCDATA() status {
	t.startPiece()
	s := t.buf[t.pos:t.end]
	if i := bytes.Index(s, cdataClose); i >= 0 {
		t.run = t.appendLines(t.run, s[:i])
		t.pos += i + len(cdataClose)
		t.state &^= inCDATA
		return again
	}
	// The last bytes may be the beginning of ]]> or of CR LF.
	if n := len(s) - 2; n > 0 {
		if s[n-1] == '\r' {
			n--
		}
		t.run = t.appendLines(t.run, s[:n])
		t.pos += n
	}
	if st := t.checkRun(); st != again {
		return st
	}
	if len(t.run) >= t.opts.Window && t.wanted() {
		return t.flush()
	}
	return hungry
}
