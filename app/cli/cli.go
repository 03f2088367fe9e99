// Package cli is the command-line door: it turns arguments into calls of the
// application service and results into text, JSON lines and exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"retable/app"
)

// The exit codes.
const (
	ExitDone        = 0
	ExitPartial     = 1   // something could not be read whole; the rest was converted
	ExitFailed      = 2   // refused or failed, nothing was written
	ExitInterrupted = 130 // Ctrl-C
)

// Streams are the program's ends.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

type commands struct {
	Scan       scanCmd       `cmd:"" help:"Say what a bundle holds: files, kinds, records, columns."`
	Convert    convertCmd    `cmd:"" help:"Turn a bundle into tables."`
	Compare    compareCmd    `cmd:"" help:"Say what has changed from one delivery to the next, and how alike they are."`
	Ask        askCmd        `cmd:"" help:"Answer questions about a bundle or a session, computed and cited."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Offer tables to another program's language model (Model Context Protocol)."`
	Index      indexCmd      `cmd:"" help:"Make the index of a session, for a collection that is asked."`
	Watch      watchCmd      `cmd:"" help:"Convert the bundles of a folder by themselves, and compare deliveries."`
	Serve      serveCmd      `cmd:"" help:"Serve a team: REST interface and web page."`
	Sessions   sessionsCmd   `cmd:"" help:"Work on the sessions of a data root."`
	Jobs       jobsCmd       `cmd:"" help:"Work on the jobs of a data root."`
	Admin      adminCmd      `cmd:"" help:"See to a data root: accounts, keys, clean-up, backup."`
	Config     configCmd     `cmd:"" help:"Show the settings in force and where they come from."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database's schema up to date."`
	Formats    formatsCmd    `cmd:"" help:"List the output formats."`
	Recipe     recipeCmd     `cmd:"" help:"Save or check the decisions made for a kind of document."`
	Completion completionCmd `cmd:"" help:"Print a completion script for bash, zsh or fish."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// call is what every command gets.
type call struct {
	Streams
	ctx   context.Context
	app   *app.App
	model *kong.Application
	doors Doors
	json  bool // errors are told as a JSON line too
}

var (
	// errPartial is the error of a command that did its work, but not on
	// everything.
	errPartial = errors.New("partial")
	// errUnread is that of a command that could say what is wrong with every
	// file and no more.
	errUnread = errors.New("nothing could be read")
)

// Run parses args, runs the command and returns the exit code.
func Run(ctx context.Context, args []string, s Streams, version string, doors Doors) int {
	var cmds commands
	exited := -1
	parser, err := newParser(cmds.grammar(args), kong.Writers(s.Out, s.Err), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(s.Err, "retable:", err)
		return ExitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	forgetEmpty(parser.Model)
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		say(s.Err, "retable: %s (see retable%s --help)\n", usageText(err.Error()), commandOf(err))
		return ExitFailed
	}
	c := &call{Streams: s, ctx: ctx, app: app.New(app.Config{Version: version, Scratch: os.TempDir()}), model: parser.Model, doors: doors}
	return c.exit(parsed.Run(c))
}

// forgetEmpty unsets the flags' variables that are set to nothing: what starts
// programs in containers does so for variables that it wasn't given.
func forgetEmpty(model *kong.Application) {
	for _, n := range model.Leaves(false) {
		for _, f := range n.Flags {
			for _, name := range f.Envs {
				if v, set := os.LookupEnv(name); set && v == "" {
					_ = os.Unsetenv(name) // it fails for names that can't be set either
				}
			}
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// commandOf is the command that a parse error stopped at, with a space before.
func commandOf(err error) string {
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil {
		return ""
	}
	name := ""
	for _, p := range parse.Context.Path {
		if p.Command != nil {
			name += " " + p.Command.Name
		}
	}
	return name
}

// exit says how a command ended, in words and as a code.
func (c *call) exit(err error) int {
	code, message := ExitFailed, strings.ReplaceAll(shown(errorText(err)), `\u000A`, "\n")
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, errPartial):
		return ExitPartial
	case errors.Is(err, errUnread):
		return ExitFailed // the listing has named the reasons
	case c.ctx.Err() != nil:
		code, message = ExitInterrupted, "interrupted, nothing was written"
	}
	say(c.Err, "retable: %s\n", message)
	if c.json {
		newJSONLines(c.Out).write("error", map[string]any{"message": message, "exit": code})
	}
	return code
}

type versionCmd struct{}

func (versionCmd) Run(c *call) error {
	_, err := fmt.Fprintln(c.Out, "retable", c.app.Version())
	return err
}
