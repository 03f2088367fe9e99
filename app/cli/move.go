package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"retable/app"
	"retable/internal/config"
)

type adminMoveCmd struct {
	settingsFlags
	From      string `required:"" placeholder:"PLACE" help:"Data root, or PostgreSQL URL, that is moved."`
	FromBlobs string `placeholder:"PLACE" help:"Where its bundles and results are; of a data root the root itself."`
	To        string `required:"" placeholder:"PLACE" help:"Data root that is made, or URL of an empty PostgreSQL database."`
	ToBlobs   string `placeholder:"PLACE" help:"Empty place for bundles and results, such as s3://bucket/prefix?endpoint=https://host."`
	JSON      bool   `name:"json" help:"JSON lines."`
}

// Run moves an installation. Secrets (RET_S3_ACCESS_KEY, RET_SEAL_KEY ...) come
// from the settings, as ever.
func (s *adminMoveCmd) Run(c *call) error {
	from, err := s.end(s.From, s.FromBlobs)
	if err != nil {
		return err
	}
	to, err := s.end(s.To, s.ToBlobs)
	if err != nil {
		return err
	}
	report, err := app.Move(c.ctx, app.MoveRequest{From: from, To: to, Progress: func(text string) { fmt.Fprintln(c.Err, text) }})
	if err != nil {
		return err
	}
	if s.JSON {
		return c.printJSON(report)
	}
	fmt.Fprintf(c.Out, "moved and verified: %s rows of %d tables, %s files (%s)", thousands(uint64(report.Rows)), len(report.Tables), thousands(uint64(report.Blobs)), humanBytes(report.Bytes))
	if report.Kept > 0 {
		fmt.Fprintf(c.Out, ", %s of them there already", thousands(uint64(report.Kept)))
	}
	fmt.Fprintln(c.Out)
	switch report.Keys {
	case "settings":
		fmt.Fprintln(c.Out, "Give all replicas the keys of keys.json (docs/operations.md, \"Moving\"): without RET_SEAL_KEY nobody's second factor works.")
	case "carried":
		fmt.Fprintln(c.Out, "keys.json holds the same keys for what is stored")
	default:
		fmt.Fprintln(c.Out, "The keys are fresh: everybody logs in anew, and second factors must be set up again. Set RET_SEAL_KEY to that of the source to keep them.")
	}
	return nil
}

// end loads the settings of one side.
func (s *adminMoveCmd) end(place, blobs string) (*config.Config, error) {
	flags := maps.Clone(s.given())
	if flags == nil {
		flags = map[string]string{}
	}
	if strings.Contains(place, "://") {
		flags["database"] = place
	} else {
		root, err := filepath.Abs(place)
		if err != nil {
			return nil, err
		}
		flags["runtime-root"], flags["database"] = root, filepath.Join(root, "retable.db")
		if blobs == "" {
			blobs = root
		}
	}
	if blobs == "" {
		blobs = flags["blobs"] // --blobs is that of the side with PostgreSQL
	}
	if blobs == "" {
		return nil, fmt.Errorf("say where the bundles of %s are: --blobs (or --from-blobs, --to-blobs), such as s3://bucket/prefix?endpoint=https://host", strings.SplitN(place, "://", 2)[0])
	}
	flags["blobs"] = blobs
	return config.Load(config.Source{Flags: flags, Environ: os.Environ()})
}

type adminImportLegacyCmd struct {
	settingsFlags
	Folder string `arg:"" type:"existingdir" help:"Runtime root of the system before: users.json or users.csv, and sessions/ID with ZIPs and CSVs."`
	DryRun bool   `help:"Only say what would be taken."`
	JSON   bool   `name:"json" help:"JSON lines."`
}

// Run takes users and sessions over.
func (s *adminImportLegacyCmd) Run(c *call) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	return c.withRoot(cfg, "cli", false, func(o *opened) error {
		report, err := o.ImportLegacy(o.ctx, app.LegacyRequest{Folder: s.Folder, DryRun: s.DryRun})
		if err != nil {
			return err
		}
		if s.JSON {
			return c.printJSON(report)
		}
		table := columns{}
		for _, x := range report.Items {
			table.add(x.Kind, x.Name, x.Outcome, shown(x.Detail))
		}
		if err := table.print(c.Out, ""); err != nil {
			return err
		}
		verb := "taken over"
		if s.DryRun {
			verb = "would be taken over"
		}
		fmt.Fprintf(c.Out, "%d users, %d sessions %s; %d refresh tokens revoked by not taking them; %d passed over\n", report.Users, report.Sessions, verb, report.Tokens, report.Skipped)
		return nil
	})
}
