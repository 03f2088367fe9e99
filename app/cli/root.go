package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"retable/app"
	"retable/internal/config"
	"retable/internal/obs"
)

// settingsFlags are settings as flags of a command, made of the one table in
// internal/config. Which ones, is the command's choice.
type settingsFlags struct {
	kong.Plugins
	fields []config.Field
	value  reflect.Value
}

// settingsOf makes flags of the settings of these names; none: all.
func settingsOf(chosen []string) settingsFlags {
	var (
		members []reflect.StructField
		s       settingsFlags
	)
	for _, f := range config.All() {
		if len(chosen) > 0 && !slices.Contains(chosen, f.Name) || f.Flag() == "" {
			continue
		}
		tag := fmt.Sprintf(`name:%q help:%q group:%q placeholder:%q`, f.Flag(), f.Help+defaultNote(f), f.Group, f.Placeholder())
		members = append(members, reflect.StructField{Name: fmt.Sprintf("F%d", len(members)), Type: reflect.TypeFor[*string](), Tag: reflect.StructTag(tag)})
		s.fields = append(s.fields, f)
	}
	s.value = reflect.New(reflect.StructOf(members))
	s.Plugins = kong.Plugins{s.value.Interface()}
	return s
}

func defaultNote(f config.Field) string {
	if f.Default == "" {
		return " (" + f.Env() + ")"
	}
	return fmt.Sprintf(" (%s; else %s)", f.Env(), f.Default)
}

// given are the flags that were written.
func (s *settingsFlags) given() map[string]string {
	out := map[string]string{}
	for i, f := range s.fields {
		if v := s.value.Elem().Field(i); !v.IsNil() {
			out[f.Flag()] = v.Elem().String()
		}
	}
	return out
}

// load reads the settings of all sources.
func (s *settingsFlags) load(served bool) (*config.Config, error) {
	return config.Load(config.Source{Flags: s.given(), Environ: os.Environ(), Served: served})
}

// rootGroup are the settings that a command on a data root needs.
var rootGroup = []string{"runtime_root", "database", "blobs", "log_level", "log_format"}

// opened is a data root that a command works on.
type opened struct {
	*app.Instance
	ctx context.Context // in which the person at this machine acts
}

// withRoot opens the data root, calls fn and closes it again. With run this
// process works on jobs; another one that does is named in the refusal.
func (c *call) withRoot(cfg *config.Config, door string, run bool, fn func(*opened) error) (err error) {
	log := obs.NewLogger(c.Err, obs.LogOptions{Level: obs.ParseLevel(cfg.Observe.LogLevel), Text: cfg.Observe.LogFormat != "json"})
	if !run && cfg.Observe.LogLevel == "info" {
		log = slog.New(slog.DiscardHandler) // a command that only looks says what it has to say itself
	}
	in, err := app.Open(c.ctx, app.OpenRequest{Config: cfg, Door: door, Version: c.app.Version(), Run: run, Log: log})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 30*time.Second)
		defer cancel()
		err = errors.Join(err, in.Close(ctx))
	}()
	ctx, err := in.AsLocal(c.ctx)
	if err != nil {
		return err
	}
	return fn(&opened{in, ctx})
}

// look opens the data root to read and enqueue.
func (c *call) look(s *settingsFlags, fn func(*opened) error) error {
	cfg, err := s.load(false)
	if err != nil {
		return err
	}
	return c.withRoot(cfg, "cli", false, fn)
}

// printJSON writes a value as one line.
func (c *call) printJSON(v any) error {
	j := newJSONLines(c.Out)
	j.value(v)
	return j.err
}

// offerSettings gives a command its settings as flags; "" means all commands.
func (c *commands) offerSettings(command string) {
	a := &c.Admin
	accounts, asking := slices.Concat(rootGroup, []string{"public_url", "address"}), slices.Concat(rootGroup, []string{"model_provider", "ollama_url", "chat_model"})
	for _, offer := range []struct {
		command  string
		settings []string // nil: every one
		to       []*settingsFlags
	}{
		{"Sessions", rootGroup, []*settingsFlags{&c.Sessions.Add.settingsFlags, &c.Sessions.Ls.settingsFlags, &c.Sessions.Show.settingsFlags, &c.Sessions.Rm.settingsFlags}},
		{"Jobs", rootGroup, []*settingsFlags{&c.Jobs.Ls.settingsFlags, &c.Jobs.Show.settingsFlags, &c.Jobs.Cancel.settingsFlags, &c.Jobs.Retry.settingsFlags}},
		{"Watch", rootGroup, []*settingsFlags{&c.Watch.settingsFlags}},
		{"Index", rootGroup, []*settingsFlags{&c.Index.settingsFlags}},
		{"Migrate", rootGroup, []*settingsFlags{&c.Migrate.Up.settingsFlags, &c.Migrate.Status.settingsFlags, &c.Migrate.Down.settingsFlags}},
		{"Admin", rootGroup, []*settingsFlags{&a.Cleanup.settingsFlags, &a.Backup.settingsFlags, &a.Restore.settingsFlags, &a.Move.settingsFlags, &a.Legacy.settingsFlags}},
		{"Admin", accounts, []*settingsFlags{
			&a.Users.settingsFlags, &a.CreateUser.settingsFlags, &a.SetPassword.settingsFlags, &a.Lock.settingsFlags, &a.Unlock.settingsFlags,
			&a.SetupLink.settingsFlags, &a.RotateKeys.settingsFlags, &a.VerifyAudit.settingsFlags, &a.Seed.settingsFlags,
		}},
		{"Ask", asking, []*settingsFlags{&c.Ask.settingsFlags}},
		{"MCP", asking, []*settingsFlags{&c.MCP.settingsFlags}},
		{"Config", nil, []*settingsFlags{&c.Config.settingsFlags}},
		{"Serve", nil, []*settingsFlags{&c.Serve.settingsFlags}},
	} {
		if command != "" && command != offer.command {
			continue
		}
		for _, s := range offer.to {
			*s = settingsOf(offer.settings)
		}
	}
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// when shortens a time for tables.
func when(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return t.Local().Format("2006-01-02 15:04")
}

func dash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "–"
	}
	return s
}
