package bench

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
)

// Child runs one of the sub-commands by which the benchmark starts itself,
// so that each contestant has a process of its own:
//
//	measure COMMAND ...            runs a command, prints its CPU time and peak memory
//	tok-run -impl NAME FILE        tokenizes a file in Go, prints a Tally
//	flatten-run RECORD IN OUT      the naive flattener in Go
//	answers-run WHAT ...           index, questions or vectors, prints Answers
//
// It reports false if args name none of them.
func Child(ctx context.Context, args []string) (bool, error) {
	if len(args) == 0 {
		return false, nil
	}
	switch args[0] {
	case "measure":
		if len(args) < 2 {
			return true, errors.New("measure needs a command")
		}
		return true, measure(ctx, args[1:])
	case "tok-run":
		return true, tokRun(args[1:])
	case "flatten-run":
		if len(args) != 4 {
			return true, errors.New("flatten-run needs RECORD IN OUT")
		}
		return true, flattenNaively(args[1], args[2], args[3])
	}
	if args[0] == "answers-run" {
		out, err := answersRun(ctx, args[1:])
		if err != nil {
			return true, err
		}
		return true, json.NewEncoder(os.Stdout).Encode(out)
	}
	return false, nil
}

func tokRun(args []string) error {
	flags := flag.NewFlagSet("tok-run", flag.ContinueOnError)
	name := flags.String("impl", "retable", "tokenizer: retable, encoding/xml, etree, xmlquery")
	seconds := flags.Float64("seconds", 1, "CPU seconds to go on for")
	check := flags.Bool("check", false, "count what all parsers must agree in")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, err := runTokenizer(*name, flags.Arg(0), *seconds, *check)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(t)
}
