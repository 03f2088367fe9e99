package app

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// written is a slotWriter that keeps everything, and fails on request.
type written struct {
	slots  []bytes.Buffer
	fail   error
	after  int // flushes that still succeed
	active atomic.Int32
}

func (w *written) flush(slot int, b []byte) error {
	if w.active.Add(1) != 1 {
		panic("two goroutines write at once")
	}
	defer w.active.Add(-1)
	if w.after--; w.fail != nil && w.after < 0 {
		return w.fail
	}
	w.slots[slot].Write(b)
	return nil
}

// produce lets n workers write files of random rows through a merger, and
// returns what should have come out.
func produce(m *merger, workers, slots int, files [][]int, pause func()) ([]string, error) {
	want := make([]strings.Builder, slots)
	text := func(file, row int) string {
		return fmt.Sprintf("%d/%d:%s\n", file, row, strings.Repeat("x", files[file][row]))
	}
	for file, rows := range files {
		for row := range rows {
			want[(file+row)%slots].WriteString(text(file, row))
		}
	}
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	for range workers {
		group.Go(func() {
			for {
				file := int(next.Add(1)) - 1
				if file >= len(files) {
					return
				}
				p, err := m.begin(file, slots)
				for row := 0; err == nil && row < len(files[file]); row++ {
					pause()
					s := text(file, row)
					slot := (file + row) % slots
					p.bufs[slot] = append(p.bufs[slot], s...)
					if err = p.grown(len(s)); err != nil {
						m.drop(p)
					}
				}
				if err == nil {
					err = m.finish(p)
				}
				if err != nil {
					m.stop(err)
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
	out := make([]string, slots)
	for i := range want {
		out[i] = want[i].String()
	}
	return out, first
}

func TestMergerKeepsTheOrderOfFiles(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		slots := rapid.IntRange(1, 4).Draw(r, "slots")
		files := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 50), 0, 8), 0, 30).Draw(r, "files")
		for range rapid.IntRange(0, 3).Draw(r, "large") { // rows that make their file spill
			if len(files) > 0 {
				i := rapid.IntRange(0, len(files)-1).Draw(r, "file")
				files[i] = append(files[i], rapid.IntRange(flushBytes-100, flushBytes+100).Draw(r, "size"))
			}
		}
		workers := rapid.IntRange(1, 6).Draw(r, "workers")
		slow := rapid.IntRange(1, 20).Draw(r, "slow")
		w := &written{slots: make([]bytes.Buffer, slots)}
		m := newMerger(w, scratch)
		want, err := produce(m, workers, slots, files, func() {
			if rand.IntN(slow) == 0 {
				time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
			}
		})
		if err != nil {
			r.Fatal(err)
		}
		for i := range want {
			if got := w.slots[i].String(); got != want[i] {
				r.Fatalf("slot %d: got %.200q, want %.200q", i, got, want[i])
			}
		}
		if m.parked != 0 || len(m.waiting) != 0 {
			r.Fatalf("%d bytes of %d parts are still parked", m.parked, len(m.waiting))
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			r.Fatalf("the scratch folder holds %v (%v)", left, err)
		}
	})
}

// partOf begins a file and gives it one buffer.
func partOf(t *testing.T, m *merger, index int, content string) *part {
	t.Helper()
	p, err := m.begin(index, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.bufs[0] = append(p.bufs[0], content...)
	if err := p.grown(len(content)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMergerSpillsWhatMemoryCantHold(t *testing.T) {
	scratch := t.TempDir()
	w := &written{slots: make([]bytes.Buffer, 1)}
	m := newMerger(w, scratch)
	first := partOf(t, m, 0, "first\n")
	// Parts below flushBytes stay in memory until parkBytes are parked.
	content := strings.Repeat("y", flushBytes-1)
	files := 2*parkBytes/flushBytes + 1
	for i := 1; i <= files; i++ {
		p := partOf(t, m, i, content)
		if err := m.finish(p); err != nil {
			t.Fatal(err)
		}
		if p.spill != nil {
			t.Errorf("part %d waits with an open file", i)
		}
	}
	if m.parked > parkBytes {
		t.Errorf("%d bytes are parked in memory, more than %d", m.parked, parkBytes)
	}
	left, err := os.ReadDir(scratch)
	if err != nil || len(left) < parkBytes/flushBytes {
		t.Errorf("%d parts were spilled (%v), want about half of %d", len(left), err, files)
	}
	if err := m.finish(first); err != nil {
		t.Fatal(err)
	}
	if want := "first\n" + strings.Repeat(content, files); w.slots[0].String() != want {
		t.Errorf("got %d bytes, want %d in the order of the files", w.slots[0].Len(), len(want))
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("the scratch folder holds %v (%v)", left, err)
	}
	if len(m.free) > spareParts {
		t.Errorf("%d parts are kept for reuse, more than %d", len(m.free), spareParts)
	}
}

func TestMergerWaitsWhenTooManyPartsDo(t *testing.T) {
	w := &written{slots: make([]bytes.Buffer, 1)}
	m := newMerger(w, t.TempDir())
	first := partOf(t, m, 0, "0\n")
	for i := 1; i <= parkParts; i++ {
		if err := m.finish(partOf(t, m, i, "x\n")); err != nil {
			t.Fatal(err)
		}
	}
	began := make(chan error)
	go func() {
		p, err := m.begin(parkParts+1, 1)
		if err == nil {
			err = m.finish(p)
		}
		began <- err
	}()
	select {
	case err := <-began:
		t.Fatalf("one more part began while %d waited: %v", parkParts, err)
	case <-time.After(20 * time.Millisecond):
	}
	if err := m.finish(first); err != nil {
		t.Fatal(err)
	}
	if err := <-began; err != nil {
		t.Fatal(err)
	}
	if got := w.slots[0].Len(); got != 2*(parkParts+1) {
		t.Errorf("got %d bytes, want %d", got, 2*(parkParts+1))
	}
}

func TestMergerStopsAtTheFirstError(t *testing.T) {
	full := errors.New("disk full")
	for after := range 4 {
		scratch := t.TempDir()
		w := &written{slots: make([]bytes.Buffer, 2), fail: full, after: after}
		m := newMerger(w, scratch)
		files := make([][]int, 40)
		for i := range files {
			files[i] = []int{10, flushBytes, 10}
		}
		if _, err := produce(m, 4, 2, files, func() {}); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
		if _, err := m.begin(1000, 2); !errors.Is(err, full) {
			t.Errorf("begin after the error: got %v", err)
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("the scratch folder holds %v (%v)", left, err)
		}
	}
}

func TestMergerWakesWhoWaits(t *testing.T) {
	stopped := errors.New("stopped")
	m := newMerger(&written{slots: make([]bytes.Buffer, 1)}, t.TempDir())
	for i := 1; i <= parkParts; i++ {
		if err := m.finish(partOf(t, m, i, "x")); err != nil {
			t.Fatal(err)
		}
	}
	woken := make(chan error)
	go func() {
		_, err := m.begin(parkParts+1, 1)
		woken <- err
	}()
	time.Sleep(5 * time.Millisecond)
	m.stop(stopped)
	if err := <-woken; !errors.Is(err, stopped) {
		t.Errorf("got %v, want %v", err, stopped)
	}
}

func TestMergerWithoutScratchFails(t *testing.T) {
	m := newMerger(&written{slots: make([]bytes.Buffer, 1)}, t.TempDir()+"/gone")
	p, err := m.begin(5, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.bufs[0] = append(p.bufs[0], strings.Repeat("x", flushBytes)...)
	if err := p.grown(flushBytes); err == nil || !strings.Contains(err.Error(), "keep a file's rows until their turn") {
		t.Errorf("got %v", err)
	}
}
