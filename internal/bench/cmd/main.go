// Command bench measures Retable against its rivals and writes the report.
//
//	bench [-only tok,flatten,bundle,small,memory,compare,index,questions,vectors] [-rounds 5] [-scale 1] [-out docs/benchmarks.md]
//
// Sizes and targets are those of the product's promise; -scale 0.02 gives a
// quick try of everything.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"

	"retable/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	if done, err := bench.Child(ctx, args); done {
		return err
	}
	cfg := bench.Config{Log: os.Stderr}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "questions, separated by commas: tok, flatten, bundle, small, memory, compare, index, questions, vectors")
	out := flags.String("out", "", "file for the report; standard output if empty")
	flags.IntVar(&cfg.Rounds, "rounds", 5, "interleaved rounds")
	flags.Float64Var(&cfg.Scale, "scale", 1, "factor on all sizes, for a try")
	flags.StringVar(&cfg.Root, "root", ".", "the module's root")
	flags.StringVar(&cfg.Retable, "retable", "", "binary to measure; built if empty")
	flags.StringVar(&cfg.Corpus, "corpus", "", "folder of real XML files (default $RET_CORPUS or ../shared/data)")
	flags.StringVar(&cfg.Scratch, "scratch", "", "folder for inputs and outputs, kept; a temporary one if empty")
	flags.StringVar(&cfg.Date, "date", "", "date for the report")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *only != "" {
		cfg.Only = strings.Split(*only, ",")
	}
	var report bytes.Buffer
	if err := bench.Run(ctx, cfg, &report); err != nil {
		return err
	}
	if *out == "" {
		_, err := report.WriteTo(os.Stdout)
		return err
	}
	rest, err := elsewhere(*out)
	if err != nil {
		return err
	}
	report.Write(rest)
	return os.WriteFile(*out, report.Bytes(), 0o644)
}

// measuredElsewhere begins the part of the report that this program doesn't
// measure: it is kept as it is.
const measuredElsewhere = "\n<!-- Measured elsewhere: kept by make bench. -->\n"

// elsewhere is that part of the report of before.
func elsewhere(path string) ([]byte, error) {
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	i := bytes.Index(before, []byte(measuredElsewhere))
	if err != nil || i < 0 {
		return nil, err
	}
	return before[i:], nil
}
