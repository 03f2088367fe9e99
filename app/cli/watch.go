package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"retable/app"
	"retable/internal/retable"
)

// watchCmd watches a folder until it is interrupted.
type watchCmd struct {
	settingsFlags
	Dir     string   `arg:"" type:"existingdir" help:"Folder whose bundles are converted by themselves."`
	Output  string   `short:"o" placeholder:"DIR" help:"Where tables and reports are written; else they stay in the data root."`
	Format  []string `short:"f" default:"csv" help:"Formats that are written to --output."`
	Mode    string   `enum:"flat,relational" default:"flat" help:"Shape of the written tables: ${enum}."`
	Recipe  []string `sep:"none" placeholder:"FILE" help:"Recipe files, or a folder of them."`
	Compare bool     `help:"Compare each delivery with the one before it of the same name pattern."`
	Report  []string `default:"html" help:"Reports of comparisons that are written to --output."`
	Index   string   `placeholder:"COLLECTION" help:"Add each delivery to this collection, to be asked about."`
	Marks   bool     `help:"Move what is done into processed/ and failed/."`
	Only    string   `placeholder:"PATTERN" help:"Only files of these names, such as orders-*.zip."`
	Settle  int      `placeholder:"SECONDS" help:"Time that a file must stay the same before it is taken; else 2."`
	Once    bool     `help:"Take what is there, wait until it is done, and end."`
	JSON    bool     `name:"json" help:"JSON lines."`
}

func (w *watchCmd) Run(c *call) error {
	c.json = w.JSON
	cfg, err := w.load(false)
	if err != nil {
		return err
	}
	opts, err := w.options()
	if err != nil {
		return err
	}
	return c.withRoot(cfg, "watch", true, func(o *opened) error {
		heard, err := o.Listen(o.ctx)
		if err != nil {
			return err
		}
		dir, err := filepath.Abs(w.Dir)
		if err != nil {
			return err
		}
		watch, err := w.begin(o, dir, opts)
		if err != nil {
			return err
		}
		defer w.end(c, o, watch.ID)
		if !w.JSON {
			fmt.Fprintf(c.Out, "watching %s; Ctrl-C ends it\n", dir)
		}
		return w.follow(c, o, watch.ID, heard)
	})
}

func (w *watchCmd) options() (app.WatchOptions, error) {
	opts := app.WatchOptions{Formats: w.Format, Output: w.Output, Compare: w.Compare, Report: w.Report, Index: w.Index, Marks: w.Marks, Pattern: w.Only, SettleS: w.Settle}
	opts.Mode = w.Mode
	recipes, err := app.LoadRecipes(w.Recipe)
	if err != nil {
		return opts, err
	}
	for _, r := range recipes {
		raw, err := r.Marshal()
		if err != nil {
			return opts, err
		}
		opts.Recipes = append(opts.Recipes, raw)
	}
	if opts.Output != "" {
		opts.Output, err = filepath.Abs(opts.Output)
	}
	return opts, err
}

// begin watches the folder, or goes on with it.
func (w *watchCmd) begin(o *opened, dir string, opts app.WatchOptions) (*app.Watch, error) {
	watch, err := o.CreateWatch(o.ctx, app.WatchRequest{Dir: dir, Options: opts, Active: true})
	if !retable.Is(err, retable.Conflict) {
		return watch, err
	}
	l, err := o.ListWatches(o.ctx, app.None{})
	if err != nil {
		return nil, err
	}
	for i := range l.Watches {
		if l.Watches[i].Dir == dir {
			return o.UpdateWatch(o.ctx, app.WatchRequest{WatchID: l.Watches[i].ID, Options: opts, Active: true})
		}
	}
	return nil, retable.Missing("watched folder", dir)
}

// end pauses the watch: what it has seen is kept for the next time.
func (w *watchCmd) end(c *call, o *opened, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), 10*time.Second)
	defer cancel()
	x, err := o.GetWatch(ctx, app.WatchRef{WatchID: id})
	if err == nil {
		_, err = o.UpdateWatch(ctx, app.WatchRequest{WatchID: id, Options: x.Options, Active: false})
	}
	if err != nil {
		fmt.Fprintln(c.Err, "retable: the watch could not be paused:", err)
	}
}

// follow says what happens until it is interrupted, or with --once until
// nothing is left to do.
func (w *watchCmd) follow(c *call, o *opened, id string, heard <-chan retable.Event) error {
	told := map[string]bool{}
	for {
		select {
		case <-c.ctx.Done():
			return nil
		case e, ok := <-heard:
			if !ok {
				return nil
			}
			if e.Kind == retable.EventProgress {
				continue
			}
		}
		left, err := w.tell(c, o, id, told)
		if err != nil {
			return err
		}
		if w.Once && left == 0 {
			return nil
		}
	}
}

// tell prints files whose state is new, and counts those that are not done.
func (w *watchCmd) tell(c *call, o *opened, id string, told map[string]bool) (left int64, err error) {
	watch, err := o.GetWatch(o.ctx, app.WatchRef{WatchID: id})
	if err != nil {
		return 0, err
	}
	if watch.SweptAt == "" {
		return 1, nil
	}
	left = watch.Counts["waiting"] + watch.Counts["queued"]
	l, err := o.ListWatchedFiles(o.ctx, app.WatchedFilesRequest{WatchID: id, PageQuery: app.PageQuery{Limit: 500}})
	if err != nil {
		return left, err
	}
	for i := len(l.Items) - 1; i >= 0; i-- {
		f := &l.Items[i]
		key := f.Path + "\x00" + f.State + "\x00" + f.SessionID
		if told[key] || f.State == "waiting" {
			continue
		}
		told[key] = true
		if w.JSON {
			if err := c.printJSON(f); err != nil {
				return left, err
			}
			continue
		}
		said := f.Error
		if f.State == "done" && f.JobID != 0 {
			j, err := o.GetJob(o.ctx, app.JobRef{JobID: f.JobID})
			if err != nil {
				return left, err
			}
			said = j.Message
		}
		line := fmt.Sprintf("%-8s %s  %s", f.State, shown(f.Path), shown(said))
		say(c.Out, "%s\n", strings.TrimRight(line, " "))
	}
	return left, nil
}
