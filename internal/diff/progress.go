package diff

import "sync"

// progress hands reports on, one at a time.
type progress struct {
	mu sync.Mutex
	to func(Progress)
}

func (p *progress) report(at Progress) {
	if p.to == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to(at)
}
