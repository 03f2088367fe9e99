package xmltable

import (
	"context"
	"io"
)

// Prefix reads the beginning of a document, whose end r does not reach, for
// a plan that is a guess. Elements that are open at the end count for their
// sizes alone.
func (s *Scanner) Prefix(ctx context.Context, r io.Reader) (*FileProfile, error) {
	s.prefix = true
	return s.File(ctx, 0, r)
}

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
