package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// sourceTree is the module's files.
type sourceTree = fs.FS

// readProfile adds up a cover profile by file. A block that several test
// binaries report is counted once, covered if any of them ran it.
func readProfile(r io.Reader) (map[string]count, error) {
	statements := map[string]int{}
	covered := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "mode: ") || line == "" {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d: %q is no block", n, line)
		}
		size, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		statements[fields[0]] = size
		if fields[2] != "0" {
			covered[fields[0]] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}

	files := map[string]count{}
	for block, size := range statements {
		file, _, found := strings.Cut(block, ":")
		if !found {
			return nil, fmt.Errorf("%q names no file", block)
		}
		c := files[file]
		c.total += size
		if covered[block] {
			c.covered += size
		}
		files[file] = c
	}
	return files, nil
}

// leftOutDirs measure, generate data or test, and are no part of the program.
var leftOutDirs = []string{"build", "internal/bench", "internal/e2e", "internal/eval"}

var (
	generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	isMain    = regexp.MustCompile(`(?m)^package main$`)
)

// leftOut tells whether the gate ignores the file.
func leftOut(root sourceTree, file string) (bool, error) {
	for _, dir := range leftOutDirs {
		if strings.HasPrefix(path.Dir(file)+"/", dir+"/") {
			return true, nil
		}
	}
	source, err := fs.ReadFile(root, file)
	if err != nil {
		return false, err
	}
	return generated.Match(source) || isMain.Match(source), nil
}
