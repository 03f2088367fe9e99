package cli

import (
	"slices"

	"github.com/alecthomas/kong"
)

// Knows reports whether a first argument is the command line's: one of its
// commands, or a question for help.
func Knows(arg string) bool {
	if slices.Contains([]string{"--help", "-h", "--version"}, arg) {
		return true
	}
	var cmds commands
	cmds.offerSettings()
	parser, err := kong.New(&cmds, limitDefaults())
	if err != nil {
		return true // Run says what is wrong
	}
	return slices.ContainsFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == arg || slices.Contains(n.Aliases, arg) })
}
