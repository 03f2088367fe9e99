package xmltok

import (
	"bytes"
	"errors"
	"io"
)

// headSize is how much of the input encoding detection may look at.
const headSize = 1024

// rawSize is how much undecoded input is read at once.
const rawSize = 16 << 10

// A source reads the input and, where its encoding is not UTF-8, transcodes.
type source struct {
	r     io.Reader
	dec   decoder // nil: UTF-8
	raw   []byte  // read, and not yet delivered: raw[pos:end]
	pos   int
	end   int
	err   error // of the reader, kept until raw is used up
	total int64 // bytes read
}

// A decoder turns the bytes of one encoding into UTF-8.
type decoder interface {
	// decode fills dst from src and notes in wid, which runs along dst, how
	// many bytes of src are behind each character (at its first byte, the
	// others zero). It stops where dst is full (less than four bytes left),
	// src is used up but for a cut-off character, or a byte means nothing:
	// then it returns the error beside what came before.
	decode(dst []byte, wid []uint8, src []byte, last bool) (written, used int, bad *badInput)
}

func (s *source) reset(r io.Reader) {
	raw := s.raw
	if len(raw) < rawSize {
		raw = make([]byte, rawSize)
	}
	*s = source{r: r, raw: raw}
}

// load reads more raw input behind what is there. It sets err at the end.
func (s *source) load() {
	if s.err != nil {
		return
	}
	if s.pos > 0 {
		s.end = copy(s.raw, s.raw[s.pos:s.end])
		s.pos = 0
	}
	n, err := readSome(s.r, s.raw[s.end:])
	s.end += n
	s.total += int64(n)
	s.err = err
}

// readSome reads at least one byte or returns an error.
func readSome(r io.Reader, dst []byte) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	for range 100 {
		n, err := r.Read(dst)
		if n < 0 || n > len(dst) {
			return 0, errors.New("the reader returned an impossible count")
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// head returns the first bytes of the input, enough for detection.
func (s *source) head() []byte {
	for s.err == nil && s.end < headSize && bytes.IndexByte(s.raw[:s.end], '>') < 0 {
		s.load()
	}
	return s.raw[s.pos:s.end]
}

// minRead is the least room read needs: a decoder's largest step.
const minRead = 16

// read puts UTF-8 into dst, at least minRead long; wid[at:] runs along dst.
func (s *source) read(dst []byte, wid []uint8, at int) (int, error) {
	if s.dec == nil {
		if s.pos < s.end {
			n := copy(dst, s.raw[s.pos:s.end])
			s.pos += n
			return n, nil
		}
		if s.err != nil {
			return 0, s.err
		}
		n, err := readSome(s.r, dst)
		s.total += int64(n)
		s.err = err
		return n, err
	}
	for {
		n, used, bad := s.dec.decode(dst, wid[at:], s.raw[s.pos:s.end], s.err == io.EOF)
		s.pos += used
		switch {
		case bad != nil:
			return n, bad
		case n > 0:
			return n, nil
		case used > 0:
		case s.err == io.EOF && s.pos < s.end:
			return 0, badBytes(s.raw[s.pos:s.end], "this encoding")
		case s.err != nil:
			return 0, s.err
		default:
			s.load()
		}
	}
}

// badInput is carried as an error from the decoder to the window.
func (b *badInput) Error() string { return b.message }

func asBadInput(err error) *badInput {
	var bad *badInput
	if errors.As(err, &bad) {
		return bad
	}
	return &badInput{code: CodeRead, message: "reading failed: " + err.Error(), err: err}
}
