package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestCommandsAloneAreTheSameAsAmongAll: a command line is read by the grammar
// of its command alone, and nobody can tell.
func TestCommandsAloneAreTheSameAsAmongAll(t *testing.T) {
	help := func(grammar any, args []string) string {
		var out bytes.Buffer
		parser, err := newParser(grammar, kong.Writers(&out, &out), kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(args)
		return out.String() + "\n" + errorText(err)
	}
	var all commands
	all.offerSettings("")
	model, err := newParser(&all)
	if err != nil {
		t.Fatal(err)
	}
	leaves := model.Model.Leaves(true)
	if len(leaves) < 30 {
		t.Fatalf("only %d commands", len(leaves))
	}
	for _, leaf := range leaves {
		path := strings.Fields(leaf.Path())
		if !Knows(path[0]) {
			t.Errorf("%s isn't known", path[0])
		}
		for _, args := range [][]string{append(path, "--help"), append([]string{"--help"}, path...), append(path, "--no-such-flag"), path[:1]} {
			var alone commands
			if got, want := help(alone.grammar(args), args), help(&all, args); got != want {
				t.Errorf("%q:\n%s\namong all:\n%s", args, got, want)
			}
		}
	}
	for _, args := range [][]string{nil, {"--help"}, {"nonsense"}, {"--nonsense"}, {""}} {
		var none commands
		if got, want := help(none.grammar(args), args), help(&all, args); got != want {
			t.Errorf("%q:\n%s\nbut should be\n%s", args, got, want)
		}
	}
	for _, word := range []string{"", "Scan", "nonsense", "delivery.zip", "-w"} {
		if Knows(word) {
			t.Errorf("%q is known as a command", word)
		}
	}
}

func BenchmarkCommandLine(b *testing.B) {
	for _, name := range []string{"version", "convert", "serve"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var c commands
				if _, err := newParser(c.grammar([]string{name})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
