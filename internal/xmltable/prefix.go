package xmltable

import (
	"bytes"
	"context"
	"io"

	"retable/internal/xmltok"
)

// Prefix reads the beginning of a document, whose end r does not reach, for
// a plan that is a guess. Elements that are open at the end count for their
// sizes alone.
func (s *Scanner) Prefix(ctx context.Context, r io.Reader) (*FileProfile, error) {
	s.prefix = true
	return s.File(ctx, 0, r)
}

// Ends reads the beginning and the end of a document, without what stands
// between them, for a plan that is a guess. Both are cut in front of a record:
// a start tag of that name. It returns nil where they don't make a document;
// the scanner is then of no more use.
func (s *Scanner) Ends(ctx context.Context, head, tail []byte, record xmltok.Name) (*FileProfile, error) {
	tag := []byte("<" + record.QName())
	head, tail = head[:lastTag(head, tag)], tail[firstTag(tail, tag):]
	if len(head) == 0 || len(tail) == 0 {
		return nil, nil
	}
	s.gap = int64(len(head))
	fp, err := s.File(ctx, 0, io.MultiReader(bytes.NewReader(head), bytes.NewReader(tail)))
	if err != nil || fp.Err != nil {
		return nil, err
	}
	return fp, nil
}

// firstTag is where the first such start tag begins, len(b) if there is none.
func firstTag(b, tag []byte) int {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], tag)
		if i < 0 {
			return len(b)
		}
		if at += i; endsName(b[at+len(tag):]) {
			return at
		}
	}
}

// lastTag is where the last such start tag begins, 0 if there is none.
func lastTag(b, tag []byte) int {
	for end := len(b); ; {
		at := bytes.LastIndex(b[:end], tag)
		if at < 0 {
			return 0
		}
		if endsName(b[at+len(tag):]) {
			return at
		}
		end = at + len(tag) - 1
	}
}

func endsName(b []byte) bool { return len(b) > 0 && (isWhite(b[0]) || b[0] == '>' || b[0] == '/') }

// abandon closes the elements a malformed document left open, so that what
// was read of them counts.
func (s *Scanner) abandon() {
	for len(s.frames) > 0 {
		if !s.prefix {
			s.end()
			continue
		}
		f := s.frames[len(s.frames)-1]
		f.node.Size += f.size
		s.frames = s.frames[:len(s.frames)-1]
		if n := len(s.frames); n > 0 {
			s.frames[n-1].size += f.size
		}
	}
}
