package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

const (
	// smallSpool is how large a spooled file may be to stay in memory, and
	// memorySpools what all of them may take.
	smallSpool   = 1 * megabyte
	memorySpools = 16 * megabyte
	// noScratchSpools bounds both when the caller gave no scratch directory.
	noScratchSpools = 64 * megabyte
)

// spools keeps what must be read out of order but came as a stream: small
// files in memory, the rest one after another in one scratch file.
type spools struct {
	dir string

	mu     sync.Mutex
	file   *os.File
	end    int64 // of the scratch file
	memory int64 // in use
}

// take reads r to its end. An error of r is returned as it is.
func (s *spools) take(r io.Reader) (io.ReaderAt, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := min(smallSpool, memorySpools-s.memory)
	if s.dir == "" {
		room = noScratchSpools - s.memory
	}
	var small bytes.Buffer
	n, err := io.Copy(&small, io.LimitReader(r, room+1))
	if err != nil {
		return nil, 0, err
	}
	if n <= room {
		s.memory += n
		return bytes.NewReader(bytes.Clone(small.Bytes())), n, nil
	}
	if s.dir == "" {
		return nil, 0, &Refusal{Code: CodeScratch,
			Detail: fmt.Sprintf("needs more than %s of scratch space: name a scratch directory", bytesText(noScratchSpools))}
	}
	return s.takeLarge(io.MultiReader(&small, r))
}

func (s *spools) takeLarge(r io.Reader) (io.ReaderAt, int64, error) {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "bundle-*.spool")
		if err != nil {
			return nil, 0, scratchRefusal(err)
		}
		s.file = f
		// Without a name it vanishes with the process, however that ends.
		// Where an open file can't be removed close does it.
		_ = os.Remove(f.Name())
	}
	w := &scratchWriter{w: io.NewOffsetWriter(s.file, s.end)}
	n, err := io.Copy(w, r)
	if err != nil {
		return nil, 0, err // s.end stands: the next one writes over it
	}
	at := io.NewSectionReader(s.file, s.end, n)
	s.end += n
	return at, n, nil
}

// scratchWriter tells errors of the scratch file from errors of the source.
type scratchWriter struct{ w io.Writer }

// Write writes p; errors are refusals.
func (s *scratchWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		return n, scratchRefusal(err)
	}
	return n, nil
}

func scratchRefusal(err error) *Refusal {
	return &Refusal{Code: CodeScratch, Err: err, Detail: fmt.Sprintf("can't be spooled (%v): free or name a scratch directory", err)}
}

// close removes the scratch file.
func (s *spools) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	err := s.file.Close()
	s.file = nil
	if rmErr := os.Remove(name); err == nil && !errors.Is(rmErr, fs.ErrNotExist) {
		err = rmErr
	}
	return err
}
