package cli

import (
	"fmt"

	"retable/app"
	"retable/internal/retable"
)

// indexCmd adds a session to a collection and makes its index.
type indexCmd struct {
	sessionRef
	Collection string `arg:"" help:"Collection; a new name makes one."`
}

func (x *indexCmd) Run(c *call) error {
	cfg, err := x.load(false)
	if err != nil {
		return err
	}
	work := func(o *opened) error {
		id, err := x.find(o)
		if err != nil {
			return err
		}
		started, err := o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: x.Collection})
		if err != nil {
			return err
		}
		if started.JobID != 0 {
			if _, err := o.await(c, started.JobID, x.JSON); err != nil {
				return err
			}
			if started, err = o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: x.Collection}); err != nil {
				return err
			}
		}
		if x.JSON {
			return c.printJSON(started)
		}
		fmt.Fprintf(c.Out, "%s: %s chunks indexed\n", shown(x.Collection), thousands(uint64(started.IndexedChunks)))
		return nil
	}
	err = c.withRoot(cfg, "cli", true, work)
	if retable.Is(err, retable.Conflict) && c.ctx.Err() == nil {
		err = c.withRoot(cfg, "cli", false, work)
	}
	return err
}
