// Command covergate prints the statement coverage of each package in a Go
// cover profile and fails when the total is below the gate. Generated files,
// main packages and what only measures or generates data are left out.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"sort"
	"strings"
)

func main() {
	gate := flag.Float64("min", 80, "lowest total coverage that passes, in `percent`")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: covergate [-min percent] profile")
		os.Exit(2)
	}
	ok, err := run(os.DirFS("."), flag.Arg(0), *gate, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "covergate:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// count is covered and all statements.
type count struct{ covered, total int }

func (c count) percent() float64 {
	if c.total == 0 {
		return 100
	}
	return 100 * float64(c.covered) / float64(c.total)
}

// run prints the report for the module at root to w.
func run(root sourceTree, profile string, gate float64, w io.Writer) (ok bool, err error) {
	f, err := os.Open(profile)
	if err != nil {
		return false, err
	}
	defer f.Close()
	files, err := readProfile(f)
	if err != nil {
		return false, fmt.Errorf("%s: %w", profile, err)
	}
	packages, err := group(root, files)
	if err != nil {
		return false, err
	}

	names := make([]string, 0, len(packages))
	for name := range packages {
		names = append(names, name)
	}
	sort.Strings(names)
	out := bufio.NewWriter(w)
	var all count
	for _, name := range names {
		c := packages[name]
		all.covered += c.covered
		all.total += c.total
		fmt.Fprintf(out, "%6.1f %%  %5d of %5d  %s\n", c.percent(), c.covered, c.total, name)
	}
	fmt.Fprintf(out, "%6.1f %%  %5d of %5d  total, %.0f %% wanted\n", all.percent(), all.covered, all.total, gate)
	return all.total > 0 && all.percent() >= gate, out.Flush()
}

// group adds up files by package, leaving out what the gate doesn't count.
func group(root sourceTree, files map[string]count) (map[string]count, error) {
	packages := map[string]count{}
	for file, c := range files {
		_, rel, found := strings.Cut(file, "/")
		if !found {
			return nil, fmt.Errorf("%s: no module in the path", file)
		}
		skip, err := leftOut(root, rel)
		if err != nil {
			return nil, err
		}
		if skip {
			continue
		}
		name := path.Dir(rel)
		sum := packages[name]
		packages[name] = count{sum.covered + c.covered, sum.total + c.total}
	}
	return packages, nil
}
