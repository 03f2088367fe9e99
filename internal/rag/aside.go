package rag

import (
	"context"

	"retable/internal/retable"
)

// aside answers questions that aren't about rows: about the tables themselves,
// and about what changed. The first session decides whether it is one.
func (c *Catalogue) aside(ctx context.Context, s *session, req Request, out *composer) (bool, error) {
	lat, err := newLattice(ctx, c.words, s, req.Question, req.Now, 0)
	if err != nil || len(lat.tokens) == 0 {
		return false, err
	}
	p := newParser(lat)
	if q, ok := p.changeQuestion(); ok {
		return c.changes(ctx, q, req, out)
	}
	q, isMeta := p.meta()
	if !isMeta {
		return false, nil
	}
	if err := out.route(retable.RouteComputed); err != nil {
		return false, err
	}
	if q.table != nil {
		if err := c.title(out, s, 1); err != nil {
			return false, err
		}
		return true, out.sayMeta(ctx, s, q)
	}
	for _, s := range c.sessions {
		if err := c.title(out, s, len(c.sessions)); err != nil {
			return false, err
		}
		if err := out.sayMeta(ctx, s, q); err != nil {
			return false, err
		}
	}
	return true, nil
}
