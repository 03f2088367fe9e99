package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"retable/app"
	"retable/internal/retable"
)

// sessionsCmd works on the sessions of a data root.
type sessionsCmd struct {
	Add  sessionsAddCmd  `cmd:"" help:"Take a bundle in: store, scan and convert it."`
	Ls   sessionsLsCmd   `cmd:"" help:"List the sessions."`
	Show sessionsShowCmd `cmd:"" help:"Show a session: files, kinds, tables, proof."`
	Rm   sessionsRmCmd   `cmd:"" help:"Delete a session with all that was made of it."`
}

type sessionsAddCmd struct {
	settingsFlags
	File []string `arg:"" help:"Bundles, or folders of files."`
	Keep bool     `help:"Only take them in; convert when asked."`
	JSON bool     `name:"json" help:"JSON lines."`
}

func (s *sessionsAddCmd) Run(c *call) error {
	c.json = s.JSON
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	work := func(o *opened) error {
		var errs []error
		for _, path := range s.File {
			errs = append(errs, s.add(c, o, path))
		}
		return errors.Join(errs...)
	}
	// Whoever runs jobs here does this one too; if nobody does, we do.
	err = c.withRoot(cfg, "cli", true, work)
	if retable.Is(err, retable.Conflict) && c.ctx.Err() == nil {
		err = c.withRoot(cfg, "cli", false, work)
	}
	return err
}

func (s *sessionsAddCmd) add(c *call, o *opened, path string) error {
	got, err := o.ReceivePath(o.ctx, app.PathRequest{Path: path, Convert: new(!s.Keep)})
	if err != nil {
		return err
	}
	j, err := o.await(c, got.JobID, s.JSON)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.printJSON(got)
	}
	fmt.Fprintf(c.Out, "%s  %s  %s%s\n", got.SessionID, filepath.Base(path), j.Message, yesNo(got.Existing, " (was there already)", ""))
	return nil
}

// await waits for a job and draws its progress.
func (o *opened) await(c *call, id int64, quiet bool) (*app.Job, error) {
	line := newProgress(c.Err, quiet)
	defer line.clear()
	for {
		j, err := o.WaitJob(o.ctx, id, 200*time.Millisecond)
		if err != nil {
			return nil, err
		}
		line.say(fmt.Sprintf("%s %s  %3.0f %%  %s", j.JobType, j.Subject, j.Progress, j.Message))
		switch retable.JobState(j.Status) {
		case retable.JobSuccess:
			return j, nil
		case retable.JobFailed:
			return j, fmt.Errorf("%s: %s", j.Subject, j.Error)
		case retable.JobCancelled:
			return j, fmt.Errorf("%s was cancelled", j.Subject)
		}
	}
}

type sessionsLsCmd struct {
	settingsFlags
	Search string `help:"Only those whose name contains this."`
	JSON   bool   `name:"json" help:"JSON lines."`
}

func (s *sessionsLsCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		table := columns{right: []bool{false, false, true, true, true}}
		table.add("session", "state", "files", "tables", "rows", "used", "name")
		req := app.ListSessionsRequest{Search: s.Search, PageQuery: app.PageQuery{Limit: 500}}
		for {
			l, err := o.ListSessions(o.ctx, req)
			if err != nil {
				return err
			}
			for i := range l.Items {
				x := &l.Items[i]
				if s.JSON {
					if err := c.printJSON(x); err != nil {
						return err
					}
					continue
				}
				table.add(x.ID, x.State+yesNo(x.Partial, " (partial)", ""), thousands(uint64(x.XMLCount)), thousands(uint64(x.Tables)), thousands(uint64(x.Rows)), when(x.UsedAt), shown(x.Name))
			}
			if req.Cursor = l.Next; req.Cursor == "" {
				break
			}
		}
		if s.JSON {
			return nil
		}
		return table.print(c.Out, "")
	})
}

type sessionRef struct {
	settingsFlags
	Session string `arg:"" help:"Id of the session, or the beginning of it that is unique."`
	JSON    bool   `name:"json" help:"JSON lines."`
}

// find resolves the beginning of an id.
func (r *sessionRef) find(o *opened) (string, error) {
	if retable.ValidID(r.Session) {
		return r.Session, nil
	}
	var found []string
	req := app.ListSessionsRequest{PageQuery: app.PageQuery{Limit: 500}}
	for {
		l, err := o.ListSessions(o.ctx, req)
		if err != nil {
			return "", err
		}
		for i := range l.Items {
			if x := &l.Items[i]; len(r.Session) >= 4 && len(x.ID) > len(r.Session) && x.ID[:len(r.Session)] == r.Session || x.Name == r.Session {
				found = append(found, x.ID)
			}
		}
		if req.Cursor = l.Next; req.Cursor == "" {
			break
		}
	}
	switch len(found) {
	case 0:
		return "", retable.Missing("session", r.Session)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%q means %d sessions: write more of the id (retable sessions ls)", r.Session, len(found))
}

type sessionsShowCmd struct{ sessionRef }

func (s *sessionsShowCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		id, err := s.find(o)
		if err != nil {
			return err
		}
		x, err := o.GetSession(o.ctx, app.SessionRef{SessionID: id})
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(x)
		}
		facts := columns{}
		facts.add("name", shown(x.Name))
		facts.add("state", x.State+yesNo(x.Error != "", ": "+shown(x.Error), ""))
		facts.add("content", fmt.Sprintf("%s, %s, SHA-256 %s", x.Form, humanBytes(x.Bytes), x.SHA256))
		facts.add("files", thousands(uint64(x.XMLCount))+yesNo(x.Partial, ", not all could be read whole", ""))
		facts.add("tables", fmt.Sprintf("%s with %s rows", thousands(uint64(x.Tables)), thousands(uint64(x.Rows))))
		facts.add("proof", yesNo(x.Proved, thousands(uint64(x.Values))+" values, all accounted for", "none yet"))
		facts.add("stored", humanBytes(x.Stored)+yesNo(x.Pinned, ", pinned", ""))
		facts.add("came", when(x.CreatedAt))
		if err := facts.print(c.Out, ""); err != nil {
			return err
		}
		tables, err := o.ListTables(o.ctx, app.SessionRef{SessionID: id})
		if err != nil || len(tables.Tables) == 0 {
			return err
		}
		fmt.Fprintln(c.Out)
		list := columns{right: []bool{true, true}}
		list.add("rows", "columns", "table")
		for _, t := range tables.Tables {
			list.add(thousands(uint64(t.Rows)), strconv.FormatInt(t.Columns, 10), shown(t.Name))
		}
		return list.print(c.Out, "")
	})
}

type sessionsRmCmd struct {
	sessionRef
	Comparisons bool `help:"Delete the comparisons that it is part of, too."`
}

func (s *sessionsRmCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		id, err := s.find(o)
		if err != nil {
			return err
		}
		if s.Comparisons {
			if err := o.deleteComparisons(id); err != nil {
				return err
			}
		}
		if _, err := o.DeleteSession(o.ctx, app.SessionRef{SessionID: id}); err != nil {
			if retable.Is(err, retable.Conflict) && !s.Comparisons {
				err = fmt.Errorf("%w (--comparisons deletes them too)", err)
			}
			return err
		}
		if s.JSON {
			return c.printJSON(map[string]any{"deleted": id})
		}
		fmt.Fprintln(c.Out, "deleted", id)
		return nil
	})
}

// deleteComparisons deletes all comparisons that a session is part of.
func (o *opened) deleteComparisons(session string) error {
	for {
		l, err := o.ListComparisons(o.ctx, app.ListComparisonsRequest{SessionID: session, PageQuery: app.PageQuery{Limit: 100}})
		if err != nil || len(l.Items) == 0 {
			return err
		}
		for i := range l.Items {
			if _, err := o.DeleteComparison(o.ctx, app.ComparisonRef{ComparisonID: l.Items[i].ID}); err != nil {
				return err
			}
		}
	}
}
