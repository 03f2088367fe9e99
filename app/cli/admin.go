package cli

import (
	"fmt"

	"retable/app"
)

// adminCmd sees to a data root.
type adminCmd struct {
	Cleanup adminCleanupCmd      `cmd:"" help:"Remove sessions that nobody has used for long, and what nothing refers to."`
	Backup  adminBackupCmd       `cmd:"" help:"Copy the data root while it is used."`
	Restore adminRestoreCmd      `cmd:"" help:"Make a data root of a backup."`
	Move    adminMoveCmd         `cmd:"" help:"Move to PostgreSQL and S3, or back, verified row by row and hash by hash."`
	Legacy  adminImportLegacyCmd `cmd:"" name:"import-legacy" help:"Take users and sessions over from a runtime root of the system before."`

	Users       adminUsersCmd       `cmd:"" help:"List the accounts."`
	CreateUser  adminCreateUserCmd  `cmd:"" help:"Make an account: the first one, or another."`
	SetPassword adminSetPasswordCmd `cmd:"" help:"Set a user's password, or make a link by which they do."`
	Lock        adminLockCmd        `cmd:"" help:"Keep a user from logging in, and end their log-ins."`
	Unlock      adminUnlockCmd      `cmd:"" help:"Let a user log in again."`
	SetupLink   adminSetupLinkCmd   `cmd:"" help:"Print the link by which the first administrator sets up their account."`
	RotateKeys  adminRotateKeysCmd  `cmd:"" help:"Make fresh keys; the old ones stay good until they are retired."`
	VerifyAudit adminVerifyAuditCmd `cmd:"" help:"Follow the chain of the audit log."`
	Seed        adminSeedCmd        `cmd:"" help:"Make a demonstration team with two sample deliveries, for trying out."`
}

type adminCleanupCmd struct {
	settingsFlags
	UnusedDays int  `default:"90" help:"Sessions that were not used for so many days."`
	DryRun     bool `help:"Only say what would go."`
	JSON       bool `name:"json" help:"JSON lines."`
}

func (s *adminCleanupCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	return c.withRoot(cfg, "cli", !s.DryRun, func(o *opened) error {
		req := app.CleanupRequest{UnusedDays: s.UnusedDays}
		if s.DryRun {
			return s.preview(c, o, req)
		}
		started, err := o.CleanUp(o.ctx, req)
		if err != nil {
			return err
		}
		j, err := o.await(c, started.JobID, s.JSON)
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(j.Result)
		}
		fmt.Fprintln(c.Out, j.Message)
		return nil
	})
}

func (s *adminCleanupCmd) preview(c *call, o *opened, req app.CleanupRequest) error {
	p, err := o.PreviewCleanup(o.ctx, req)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.printJSON(p)
	}
	table := columns{right: []bool{true}}
	for _, x := range p.Sessions {
		table.add(humanBytes(x.Bytes), x.ID, "used "+when(x.UsedAt), shown(x.Name))
	}
	if err := table.print(c.Out, ""); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s with %s and %s would go; nothing was removed\n", count(uint64(p.Total), "session"), humanBytes(p.Bytes), count(uint64(p.Comparisons), "comparison"))
	return nil
}

type adminBackupCmd struct {
	settingsFlags
	Folder       string `arg:"" help:"Folder that is made; it must not exist."`
	DatabaseOnly bool   `help:"Leave the stored bundles and tables out."`
}

func (s *adminBackupCmd) Run(c *call) error {
	return c.look(&s.settingsFlags, func(o *opened) error {
		if err := o.Backup(o.ctx, s.Folder, !s.DatabaseOnly); err != nil {
			return err
		}
		fmt.Fprintln(c.Out, "written to", s.Folder)
		return nil
	})
}

type adminRestoreCmd struct {
	settingsFlags
	Folder string `arg:"" type:"existingdir" help:"Folder that \"retable admin backup\" has made."`
}

func (s *adminRestoreCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	n, err := app.Restore(c.ctx, cfg, s.Folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "restored to %s: %s files, all verified\n", cfg.Place.RuntimeRoot, thousands(uint64(n)))
	return nil
}
