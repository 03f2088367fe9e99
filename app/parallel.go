package app

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// parallel runs n workers and waits for all of them. The first error cancels
// the others and is returned.
func parallel(ctx context.Context, n int, work func(ctx context.Context, w int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for w := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := work(ctx, w); err != nil {
				cancel(err)
			}
		}()
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

// ticker limits progress reports to ten a second; the latest wins.
func ticker(report func(Progress)) func(Progress) {
	if report == nil {
		return func(Progress) {}
	}
	var mu sync.Mutex
	var last time.Time
	return func(p Progress) {
		if !mu.TryLock() {
			return
		}
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= 100*time.Millisecond {
			last = now
			report(p)
		}
	}
}

// tickReader calls tick once per read.
type tickReader struct {
	r    io.Reader
	tick func()
}

func (t *tickReader) Read(p []byte) (int, error) {
	t.tick()
	return t.r.Read(p)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
