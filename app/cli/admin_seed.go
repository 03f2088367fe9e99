package cli

import (
	"fmt"

	"retable/app"
	"retable/internal/retable"
)

// adminSeedCmd makes a demonstration team.
type adminSeedCmd struct {
	settingsFlags
	JSON bool `name:"json" help:"JSON lines."`
}

func (s *adminSeedCmd) Run(c *call) error {
	c.json = s.JSON
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	work := func(o *opened) error {
		seeded, err := o.Seed(o.ctx, app.None{})
		if err != nil {
			return err
		}
		if _, err := o.await(c, seeded.JobID, s.JSON); err != nil {
			return err
		}
		compared, err := o.GetComparison(o.ctx, app.ComparisonRef{ComparisonID: seeded.ComparisonID})
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(seeded)
		}
		fmt.Fprintf(c.Out, "Demonstration team of %d with two deliveries (%s, %s): %s changes, %.1f %% alike.\n",
			len(seeded.Users), shown(compared.LeftName), shown(compared.RightName), thousands(uint64(compared.Changes)), 100*compared.Similarity)
		for _, u := range seeded.Users {
			if u.Link == nil {
				fmt.Fprintf(c.Out, "%s (%s) has a password already\n", shown(u.Username), u.Role)
			}
			c.printLink(u.Link)
		}
		fmt.Fprintln(c.Out, "The links need the server: retable serve")
		return nil
	}
	// Whoever runs jobs here does these too; if nobody does, we do.
	err = c.withRoot(cfg, "cli", true, work)
	if retable.Is(err, retable.Conflict) && c.ctx.Err() == nil {
		err = c.withRoot(cfg, "cli", false, work)
	}
	return err
}
