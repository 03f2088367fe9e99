package cli

import (
	"fmt"
	"strconv"

	"retable/app"
)

// configCmd shows the settings in force.
type configCmd struct {
	settingsFlags
	Served bool `help:"As \"retable serve\" would have them."`
	JSON   bool `name:"json" help:"JSON lines."`
}

func (s *configCmd) Run(c *call) error {
	cfg, err := s.load(s.Served)
	if err != nil {
		return err
	}
	if !s.JSON {
		return cfg.WriteText(c.Out)
	}
	for _, x := range cfg.Settings() {
		if err := c.printJSON(x); err != nil {
			return err
		}
	}
	return nil
}

// migrateCmd brings the database's schema up to date.
type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date."`
	Status migrateStatusCmd `cmd:"" help:"Say how far the schema is."`
	Down   migrateDownCmd   `cmd:"" help:"Take the last step back."`
}

type migrateUpCmd struct{ settingsFlags }

func (s *migrateUpCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	n, err := app.MigrateUp(c.ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Out, "schema is up to date,", n, "steps were taken")
	return nil
}

type migrateStatusCmd struct {
	settingsFlags
	JSON bool `name:"json" help:"JSON lines."`
}

func (s *migrateStatusCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	steps, err := app.MigrationSteps(c.ctx, cfg)
	if err != nil {
		return err
	}
	table := columns{right: []bool{true}}
	for _, x := range steps {
		if s.JSON {
			if err := c.printJSON(x); err != nil {
				return err
			}
			continue
		}
		table.add(strconv.FormatInt(x.Version, 10), dash(when(x.AppliedAt)), x.Name)
	}
	return table.print(c.Out, "")
}

type migrateDownCmd struct{ settingsFlags }

func (s *migrateDownCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	if err := app.MigrateDown(c.ctx, cfg); err != nil {
		return err
	}
	fmt.Fprintln(c.Out, "the last step was taken back")
	return nil
}
