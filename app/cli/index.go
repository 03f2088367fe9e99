package cli

import (
	"fmt"

	"retable/app"
	"retable/internal/retable"
)

// indexCmd adds a session to a collection and makes its index.
type indexCmd struct {
	sessionRef
	Collection string `arg:"" optional:"" help:"Collection; a new name makes one. By default one that is named like the session."`
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
		collection := x.Collection
		if collection == "" {
			session, err := o.GetSession(o.ctx, app.SessionRef{SessionID: id})
			if err != nil {
				return err
			}
			collection = session.Name
		}
		started, err := o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: collection})
		if err != nil {
			return err
		}
		if started.JobID != 0 {
			if _, err := o.await(c, started.JobID, x.JSON); err != nil {
				return err
			}
			if started, err = o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: collection}); err != nil {
				return err
			}
		}
		if x.JSON {
			return c.printJSON(started)
		}
		fmt.Fprintf(c.Out, "%s: %s chunks indexed\n", shown(collection), thousands(uint64(started.IndexedChunks)))
		return nil
	}
	err = c.withRoot(cfg, "cli", true, work)
	if retable.Is(err, retable.Conflict) && c.ctx.Err() == nil {
		err = c.withRoot(cfg, "cli", false, work)
	}
	return err
}
