package app

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// The bounds of what workers keep while earlier files are still being read.
const (
	flushBytes = 256 << 10 // a part this large is written or spilled
	parkBytes  = 4 << 20   // finished parts kept in memory, in all
	parkParts  = 1024      // and their number
	spareParts = 16        // parts kept for reuse
)

// slotWriter takes one output's bytes in order.
type slotWriter interface {
	// flush writes a run of bytes that a part gathered for the slot.
	flush(slot int, b []byte) error
}

// merger brings what workers produce for files in any order into the order
// of the files. The file whose turn it is writes straight through; others
// gather in memory, then on disk.
type merger struct {
	out     slotWriter
	scratch string
	turn    atomic.Int64 // the file that may write

	mu      sync.Mutex
	parked  int // bytes of finished parts in memory
	room    *sync.Cond
	waiting map[int]*part
	free    []*part
	err     error
}

func newMerger(out slotWriter, scratch string) *merger {
	m := &merger{out: out, scratch: scratch, waiting: map[int]*part{}}
	m.room = sync.NewCond(&m.mu)
	return m
}

// part is one file's output until it may be written. It belongs to one
// worker.
type part struct {
	m     *merger
	index int
	bufs  [][]byte
	size  int
	spill *os.File // open while rows are added to it
	path  string   // of the spill; "" without one
}

// begin starts a file's part with slots outputs. It waits while too many
// finished parts queue for an earlier file.
func (m *merger) begin(index, slots int) (*part, error) {
	m.mu.Lock()
	for len(m.waiting) >= parkParts && int(m.turn.Load()) != index && m.err == nil {
		m.room.Wait()
	}
	if m.err != nil {
		defer m.mu.Unlock()
		return nil, m.err
	}
	p := &part{m: m, bufs: make([][]byte, slots)}
	if n := len(m.free); n > 0 {
		p, m.free = m.free[n-1], m.free[:n-1]
	}
	m.mu.Unlock()
	p.index = index
	return p, nil
}

// grown tells the part that one of its buffers grew by n bytes.
func (p *part) grown(n int) error {
	p.size += n
	if p.size < flushBytes {
		return nil
	}
	if int(p.m.turn.Load()) == p.index {
		return p.write()
	}
	return p.toDisk()
}

// write hands everything gathered to the outputs; the turn must be the
// part's.
func (p *part) write() error {
	if err := p.unspill(); err != nil {
		return err
	}
	for slot, b := range p.bufs {
		if len(b) == 0 {
			continue
		}
		if err := p.m.out.flush(slot, b); err != nil {
			return err
		}
		p.bufs[slot] = b[:0]
	}
	p.size = 0
	return nil
}

// toDisk appends the buffers to the part's scratch file as
// (slot, length, bytes) frames.
func (p *part) toDisk() error {
	if p.spill == nil {
		f, err := os.CreateTemp(p.m.scratch, "part-*.tmp")
		if err != nil {
			return fmt.Errorf("keep a file's rows until their turn: %w", err)
		}
		p.spill, p.path = f, f.Name()
	}
	var head []byte
	for slot, b := range p.bufs {
		if len(b) == 0 {
			continue
		}
		head = binary.AppendUvarint(head[:0], uint64(slot))
		head = binary.AppendUvarint(head, uint64(len(b)))
		if _, err := p.spill.Write(head); err != nil {
			return fmt.Errorf("keep a file's rows until their turn: %w", err)
		}
		if _, err := p.spill.Write(b); err != nil {
			return fmt.Errorf("keep a file's rows until their turn: %w", err)
		}
		p.bufs[slot] = b[:0]
	}
	p.size = 0
	return nil
}

// unspill writes out the scratch file's frames and removes it.
func (p *part) unspill() error {
	if p.path == "" {
		return nil
	}
	if err := p.reopen(); err != nil {
		return fmt.Errorf("read back a file's rows: %w", err)
	}
	r := bufio.NewReaderSize(p.spill, 64<<10)
	var buf []byte
	for {
		slot, err := binary.ReadUvarint(r)
		if err == io.EOF {
			return p.discard()
		}
		if err != nil {
			return fmt.Errorf("read back a file's rows: %w", err)
		}
		size, err := binary.ReadUvarint(r)
		if err != nil {
			return fmt.Errorf("read back a file's rows: %w", err)
		}
		if uint64(cap(buf)) < size {
			buf = make([]byte, size)
		}
		if _, err := io.ReadFull(r, buf[:size]); err != nil {
			return fmt.Errorf("read back a file's rows: %w", err)
		}
		if err := p.m.out.flush(int(slot), buf[:size]); err != nil {
			return err
		}
	}
}

// shut closes the scratch file: parts that wait keep no file open.
func (p *part) shut() error {
	if p.spill == nil {
		return nil
	}
	err := p.spill.Close()
	p.spill = nil
	return err
}

// reopen brings the scratch file back to its beginning.
func (p *part) reopen() (err error) {
	if p.spill == nil {
		p.spill, err = os.Open(p.path)
		return err
	}
	_, err = p.spill.Seek(0, io.SeekStart)
	return err
}

// discard removes the scratch file.
func (p *part) discard() error {
	if p.path == "" {
		return nil
	}
	err := p.shut()
	if rerr := os.Remove(p.path); err == nil {
		err = rerr
	}
	p.path = ""
	return err
}

// finish ends a file's part: if it is its turn, it and all parts that waited
// for it are written; otherwise it is parked. The part is the merger's now.
func (m *merger) finish(p *part) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		m.drop(p)
		return m.err
	}
	if int(m.turn.Load()) != p.index {
		return m.park(p)
	}
	turn := p.index
	for p != nil {
		if err := p.write(); err != nil {
			return m.fail(p, err)
		}
		m.reuse(p)
		turn++
		p = m.unpark(turn)
	}
	m.turn.Store(int64(turn))
	m.room.Broadcast()
	return nil
}

// reuse keeps a part's buffers for another file.
func (m *merger) reuse(p *part) {
	if len(m.free) < spareParts {
		m.free = append(m.free, p)
	}
}

// park keeps a finished part until its turn: in memory while there is room.
func (m *merger) park(p *part) error {
	if m.parked+p.size > parkBytes {
		if err := p.toDisk(); err != nil {
			return m.fail(p, err)
		}
	}
	if err := p.shut(); err != nil {
		return m.fail(p, fmt.Errorf("keep a file's rows until their turn: %w", err))
	}
	m.parked += p.size
	m.waiting[p.index] = p
	return nil
}

// unpark takes the part of a file out of those that wait; nil if it isn't
// there yet.
func (m *merger) unpark(index int) *part {
	p := m.waiting[index]
	if p != nil {
		delete(m.waiting, index)
		m.parked -= p.size
	}
	return p
}

func (m *merger) fail(p *part, err error) error {
	m.drop(p)
	m.err = err
	m.room.Broadcast()
	return err
}

// drop gives up a part that its worker could not finish. The scratch folder
// goes with the output, so a file that can't be removed is no loss.
func (m *merger) drop(p *part) {
	if p != nil {
		_ = p.discard()
	}
}

// stop wakes waiting workers with err and removes what was parked.
func (m *merger) stop(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
	}
	for _, p := range m.waiting {
		if derr := p.discard(); derr != nil && m.err == nil {
			m.err = derr
		}
	}
	m.waiting = map[int]*part{}
	m.room.Broadcast()
}
