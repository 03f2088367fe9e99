package cli

import (
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Knows reports whether a first argument is the command line's: one of its
// commands, or a question for help.
func Knows(arg string) bool {
	switch arg {
	case "--help", "-h", "--version":
		return true
	}
	_, known := commandNamed(arg)
	return known
}

// commandNamed is the member of commands that a word names.
func commandNamed(word string) (reflect.StructField, bool) {
	return reflect.TypeFor[commands]().FieldByNameFunc(func(field string) bool {
		f, _ := reflect.TypeFor[commands]().FieldByName(field)
		name := f.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(field)
		}
		return name == word
	})
}

// grammar is what kong makes the command line of: of all commands the one
// that the arguments name, since describing thirty others, each with its
// settings, takes longer and needs more memory than many a command itself.
// Where they name none, and for completion, it is all of them.
func (c *commands) grammar(args []string) any {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue // --help, which may stand first
		}
		f, known := commandNamed(arg)
		if !known || f.Type == reflect.TypeFor[completionCmd]() {
			break
		}
		c.offerSettings(f.Name)
		one := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}}))
		one.Elem().Field(0).Set(reflect.ValueOf(c).Elem().FieldByIndex(f.Index))
		return one.Interface()
	}
	c.offerSettings("")
	return c
}

// newParser reads command lines by a grammar.
func newParser(grammar any, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(grammar, append([]kong.Option{
		kong.Name("retable"),
		kong.Description("Turn bundles of XML into tables, losslessly.\n\nExit codes: 0 done, 1 partial (named files could not be read whole), 2 refused or failed, 130 interrupted."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		limitDefaults(),
	}, options...)...)
}
