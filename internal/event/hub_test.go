package event

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"retable/internal/retable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func fact(n int) retable.Event {
	return retable.Event{Kind: retable.EventSession, OwnerID: "u", SessionID: fmt.Sprint(n)}
}

func progress(job int64, percent float64) retable.Event {
	return retable.Event{Kind: retable.EventProgress, OwnerID: "u", JobID: job, Progress: percent}
}

// bubble runs f with a clock of its own.
func bubble(t *testing.T, f func(t *testing.T)) { synctest.Test(t, f) }

func TestFactsComeInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{})
		defer h.Close()
		events := h.Subscribe(t.Context(), Filter{})
		for i := range 100 {
			h.Publish(fact(i))
		}
		for i := range 100 {
			if e := <-events; e != fact(i) {
				t.Fatalf("event %d is %+v", i, e)
			}
		}
	})
}

func TestTheFilterDecides(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{})
		defer h.Close()
		mine := retable.Event{Kind: retable.EventJob, OwnerID: "u", JobID: 1, SessionID: "s"}
		shared := retable.Event{Kind: retable.EventSession, OwnerID: "v", SessionID: "shared"}
		for name, c := range map[string]struct {
			f    Filter
			want int
		}{
			"all":      {Filter{}, 4},
			"owner":    {Filter{OwnerID: "u"}, 2},
			"shared":   {Filter{OwnerID: "u", Also: func(e *retable.Event) bool { return e.SessionID == "shared" }}, 3},
			"job":      {Filter{JobID: 1}, 1},
			"session":  {Filter{SessionID: "s"}, 1},
			"kinds":    {Filter{Kinds: []retable.EventKind{retable.EventJob, retable.EventNotice}}, 2},
			"nobody's": {Filter{OwnerID: "w"}, 0},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			events := h.Subscribe(ctx, c.f)
			for _, e := range []retable.Event{mine, shared, fact(1), {Kind: retable.EventNotice}} {
				h.Publish(e)
			}
			n := 0
			for synctest.Wait(); ; synctest.Wait() {
				select {
				case <-events:
					n++
					continue
				default:
				}
				break
			}
			if n != c.want {
				t.Errorf("%s: got %d events, want %d", name, n, c.want)
			}
			cancel()
			synctest.Wait()
		}
	})
}

func TestOfProgressTheLatestCountsAtMostThirtyTimesASecond(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{})
		defer h.Close()
		events := h.Subscribe(t.Context(), Filter{})
		const jobs, steps = 3, 1000
		go func() {
			for i := range steps {
				for j := range int64(jobs) {
					h.Publish(progress(j, float64(i)))
				}
				time.Sleep(time.Millisecond)
			}
		}()
		last, n := map[int64]float64{}, 0
		for end := time.After(1500 * time.Millisecond); ; {
			select {
			case e := <-events:
				if e.Progress < last[e.JobID] {
					t.Fatalf("job %d went back from %v to %v", e.JobID, last[e.JobID], e.Progress)
				}
				last[e.JobID] = e.Progress
				n++
				continue
			case <-end:
			}
			break
		}
		if n < jobs*25 || n > jobs*32 {
			t.Errorf("%d reports in a second for %d jobs", n, jobs)
		}
		for j := range int64(jobs) {
			if last[j] != steps-1 {
				t.Errorf("job %d stands at %v", j, last[j])
			}
		}
	})
}

func TestProgressDoesntOutliveItsJob(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{})
		defer h.Close()
		events := h.Subscribe(t.Context(), Filter{})
		h.Publish(fact(0)) // holds the pump until it is read
		synctest.Wait()
		for j := range int64(3) {
			h.Publish(progress(j, 80))
		}
		h.Publish(retable.Event{Kind: retable.EventJob, JobID: 1, State: string(retable.JobSuccess)})
		h.Publish(retable.Event{Kind: retable.EventJob, JobID: 2, State: string(retable.JobRunning)})
		var got []string
		for range 5 {
			e := <-events
			got = append(got, fmt.Sprint(e.Kind, e.JobID))
		}
		if want := []string{"session0", "job1", "job2", "progress0", "progress2"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestWhoFallsBehindIsToldOnceAndHearsWhatComesAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var told atomic.Int32
		h := New(Options{Facts: 10, OnResync: func() { told.Add(1) }})
		defer h.Close()
		slow, quick := h.Subscribe(t.Context(), Filter{OwnerID: "u"}), h.Subscribe(t.Context(), Filter{})
		for i := range 103 {
			h.Publish(fact(i))
			synctest.Wait()
			if e := <-quick; e != fact(i) {
				t.Fatalf("the quick one got %+v", e)
			}
		}
		var got []string
		for last := ""; last != "session102"; {
			e := <-slow
			last = string(e.Kind) + e.SessionID
			got = append(got, last)
			if e.Kind == retable.EventResync && e.OwnerID != "u" {
				t.Errorf("the resync isn't addressed: %+v", e)
			}
		}
		// One was in the pump's hand. Each time that 10 waited and one more came,
		// all gave way to the resync, so what follows it is whole.
		if want := []string{"session0", "resync"}; !slices.Equal(got[:2], want) || slices.Contains(got[2:], "resync") || len(got) > 12 {
			t.Errorf("got %v", got)
		}
		if told.Load() != 1 {
			t.Errorf("told %d times", told.Load())
		}
		h.Resync()
		if e := <-slow; e.Kind != retable.EventResync {
			t.Errorf("got %+v", e)
		}
	})
}

func TestTheProgressOfTooManyJobsIsLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{Jobs: 2})
		defer h.Close()
		events := h.Subscribe(t.Context(), Filter{})
		h.Publish(fact(0))
		synctest.Wait()
		for j := range int64(100) {
			h.Publish(progress(j, 1))
		}
		<-events
		for range 2 {
			<-events
		}
		time.Sleep(time.Second)
		select {
		case e := <-events:
			t.Errorf("got %+v", e)
		default:
		}
	})
}

func TestChannelsCloseWithTheirContextAndWithTheHub(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := New(Options{})
		ctx, cancel := context.WithCancel(t.Context())
		idle := h.Subscribe(ctx, Filter{})
		blocked := h.Subscribe(ctx, Filter{})
		h.Publish(fact(1)) // nobody reads
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := h.Subscribers(); n != 0 {
			t.Errorf("%d are still there", n)
		}
		for name, ch := range map[string]<-chan retable.Event{"idle": idle, "blocked": blocked} {
			if _, open := <-ch; open {
				t.Errorf("%s is open", name)
			}
		}
		idle, blocked = h.Subscribe(t.Context(), Filter{SessionID: "none"}), h.Subscribe(t.Context(), Filter{})
		h.Publish(fact(1))
		synctest.Wait()
		h.Close()
		h.Close()
		for name, ch := range map[string]<-chan retable.Event{"idle": idle, "blocked": blocked, "late": h.Subscribe(t.Context(), Filter{})} {
			if _, open := <-ch; open {
				t.Errorf("%s is open after Close", name)
			}
		}
		h.Publish(fact(2))
	})
}

func TestManyPublishersAndSubscribersAtOnce(t *testing.T) {
	t.Parallel()
	h := New(Options{Facts: 8})
	const publishers, facts, subscribers = 4, 500, 20
	var readers, writers sync.WaitGroup
	var resyncs, got atomic.Int64
	for i := range subscribers {
		ctx, cancel := context.WithCancel(t.Context())
		events := h.Subscribe(ctx, Filter{})
		readers.Go(func() {
			defer cancel()
			for e := range events {
				if e.Kind == retable.EventResync {
					resyncs.Add(1)
				} else {
					got.Add(1)
				}
				if i%5 == 0 && got.Load() > 100 {
					return // some leave early
				}
			}
		})
	}
	for range publishers {
		writers.Go(func() {
			for i := range facts {
				h.Publish(fact(i))
				h.Publish(progress(int64(i%7), float64(i)))
			}
		})
	}
	writers.Wait()
	h.Close()
	readers.Wait()
	if got.Load() == 0 {
		t.Error("nobody heard anything")
	}
}

// TestNothingIsLostInSilence plays publishing and reading in any order.
func TestNothingIsLostInSilence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := New(Options{Facts: rapid.IntRange(1, 5).Draw(t, "facts"), Jobs: rapid.IntRange(1, 3).Draw(t, "jobs")})
		s := &subscriber{hub: h, wake: make(chan struct{}, 1), progress: map[int64]retable.Event{}}
		now := time.UnixMilli(0)
		sent, heard := 0, -1          // numbers of facts
		over := map[int64]bool{}      // jobs whose end was heard
		latest := map[int64]float64{} // progress published
		shown := map[int64]float64{}
		gap := false // a resync was heard since the last fact
		read := func() bool {
			e, ok, wait := s.next(now)
			if !ok {
				now = now.Add(wait)
				return wait > 0
			}
			switch e.Kind {
			case retable.EventResync:
				gap, heard = true, sent-1-len(s.facts) // reading again shows all that isn't waiting
				clear(over)
			case retable.EventProgress:
				if over[e.JobID] || e.Progress < shown[e.JobID] {
					t.Fatalf("progress %+v comes too late", e)
				}
				shown[e.JobID] = e.Progress
			default:
				n := int(e.At)
				if n != heard+1 {
					t.Fatalf("fact %d comes after %d (resync %v)", n, heard, gap)
				}
				heard, gap = n, false
				if e.Kind == retable.EventJob {
					over[e.JobID] = true
				}
			}
			return true
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			job := rapid.Int64Range(1, 4).Draw(t, "job")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				s.put(retable.Event{Kind: retable.EventSession, At: retable.Millis(sent)})
				sent++
			case 1:
				if latest[job] >= 0 {
					latest[job]++
					s.put(progress(job, latest[job]))
				}
			case 2:
				if latest[job] >= 0 {
					latest[job] = -1 // no progress after the end
					s.put(retable.Event{Kind: retable.EventJob, JobID: job, State: string(retable.JobSuccess), At: retable.Millis(sent)})
					sent++
				}
			default:
				read()
			}
			if len(s.facts) > h.options.Facts || len(s.order) > h.options.Jobs || len(s.order) != len(s.progress) || s.round > len(s.order) {
				t.Fatalf("%d facts, %d jobs, %d in order, round %d", len(s.facts), len(s.progress), len(s.order), s.round)
			}
		}
		for read() {
		}
		if heard != sent-1 {
			t.Fatalf("heard up to %d of %d", heard, sent-1)
		}
	})
}

func BenchmarkPublishToThousand(b *testing.B) {
	h := New(Options{})
	defer h.Close()
	for i := range 1000 {
		events := h.Subscribe(b.Context(), Filter{OwnerID: fmt.Sprint(i % 100)})
		go func() {
			for range events {
			}
		}()
	}
	e := fact(1)
	e.OwnerID = "7"
	for b.Loop() {
		h.Publish(e)
	}
}
