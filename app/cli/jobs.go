package cli

import (
	"fmt"
	"strconv"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// jobsCmd works on the jobs of a data root.
type jobsCmd struct {
	Ls     jobsLsCmd     `cmd:"" help:"List the jobs."`
	Show   jobsShowCmd   `cmd:"" help:"Show a job."`
	Cancel jobsCancelCmd `cmd:"" help:"Cancel a job."`
	Retry  jobsRetryCmd  `cmd:"" help:"Queue a job that failed or was cancelled again."`
}

type jobsLsCmd struct {
	settingsFlags
	Active bool `help:"Only those that are not over."`
	Limit  int  `default:"50" help:"At most so many, the newest."`
	JSON   bool `name:"json" help:"JSON lines."`
}

func (s *jobsLsCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		l, err := o.ListJobs(o.ctx, app.ListJobsRequest{Active: s.Active, All: true, PageQuery: app.PageQuery{Limit: s.Limit}})
		if err != nil {
			return err
		}
		table := columns{right: []bool{true, false, false, true}}
		table.add("job", "kind", "status", "done", "created", "about", "")
		for i := range l.Items {
			j := &l.Items[i]
			if s.JSON {
				if err := c.printJSON(j); err != nil {
					return err
				}
				continue
			}
			said := j.Message
			if j.Error != "" {
				said = j.Error
			}
			table.add(strconv.FormatInt(j.ID, 10), j.JobType, j.Status, fmt.Sprintf("%.0f %%", j.Progress), when(j.CreatedAt), shown(dash(j.Subject)), shown(said))
		}
		if s.JSON {
			return nil
		}
		return table.print(c.Out, "")
	})
}

type jobRef struct {
	settingsFlags
	Job  int64 `arg:"" help:"Number of the job."`
	JSON bool  `name:"json" help:"JSON lines."`
}

// on does something with a job and shows it.
func (r *jobRef) on(c *call, do func(*opened) (*app.Job, error)) error {
	return c.look(&r.settingsFlags, func(o *opened) error {
		j, err := do(o)
		if err != nil {
			return err
		}
		if r.JSON {
			return c.printJSON(j)
		}
		facts := columns{}
		facts.add("job", strconv.FormatInt(j.ID, 10)+" "+j.JobType)
		facts.add("about", shown(dash(j.Subject)))
		facts.add("status", fmt.Sprintf("%s, %.0f %%", j.Status, j.Progress))
		facts.add("said", shown(dash(j.Message)))
		if j.Error != "" {
			facts.add("error", shown(j.Error))
		}
		facts.add("attempts", fmt.Sprintf("%d of %d", j.Attempts, j.MaxAttempts))
		facts.add("times", strings.Join([]string{"created " + when(j.CreatedAt), "started " + dash(when(j.StartedAt)), "finished " + dash(when(j.FinishedAt))}, ", "))
		if len(j.Result) > 0 {
			facts.add("result", string(j.Result))
		}
		return facts.print(c.Out, "")
	})
}

type jobsShowCmd struct{ jobRef }

func (s *jobsShowCmd) Run(c *call) error {
	return s.on(c, func(o *opened) (*app.Job, error) { return o.GetJob(o.ctx, app.JobRef{JobID: s.Job}) })
}

type jobsCancelCmd struct{ jobRef }

func (s *jobsCancelCmd) Run(c *call) error {
	return s.on(c, func(o *opened) (*app.Job, error) {
		before, err := o.GetJob(o.ctx, app.JobRef{JobID: s.Job})
		if err != nil {
			return nil, err
		}
		if retable.JobState(before.Status).Over() {
			say(c.Err, "retable: job %d was over already, there is nothing to cancel\n", s.Job)
		}
		return o.CancelJob(o.ctx, app.JobRef{JobID: s.Job})
	})
}

type jobsRetryCmd struct{ jobRef }

func (s *jobsRetryCmd) Run(c *call) error {
	return s.on(c, func(o *opened) (*app.Job, error) { return o.RetryJob(o.ctx, app.JobRef{JobID: s.Job}) })
}
