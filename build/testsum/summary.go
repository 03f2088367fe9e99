package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

// summary counts tests and keeps the output of those still running.
// A test with subtests counts through them, once each.
type summary struct {
	w                       *bufio.Writer
	label                   string
	passed, failed, skipped int
	output                  map[string][]string // package and test -> lines
	parent                  map[string]bool     // has subtests
	failedBelow             map[string]bool     // a subtest or a test of the package failed
	skips                   []string
}

func newSummary(w *bufio.Writer) *summary {
	return &summary{
		w:           w,
		output:      map[string][]string{},
		parent:      map[string]bool{},
		failedBelow: map[string]bool{},
	}
}

// add takes one line of input; what is no event is passed on as it is.
func (s *summary) add(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		fmt.Fprintf(s.w, "%s", line)
		return
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "run":
		if up, _, found := cutLast(key); found {
			s.parent[up] = true
		}
	case "output":
		s.keep(e, key)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e, key)
			return
		}
		s.endTest(e, key)
	case "build-output":
		fmt.Fprint(s.w, e.Output)
	}
}

// keep holds a test's output back until its end is known; a package's closing
// line is shown at once.
func (s *summary) keep(e event, key string) {
	if e.Test == "" && isClosing(e.Output) {
		fmt.Fprint(s.w, e.Output)
		return
	}
	s.output[key] = append(s.output[key], e.Output)
}

func (s *summary) endTest(e event, key string) {
	lines := s.output[key]
	delete(s.output, key)
	up, _, nested := cutLast(key)
	switch e.Action {
	case "fail":
		if nested {
			s.failedBelow[up] = true
		}
		s.failedBelow[e.Package] = true
		fmt.Fprint(s.w, strings.Join(lines, ""))
		if !s.parent[key] || !s.failedBelow[key] {
			s.failed++
		}
	case "skip":
		s.skips = append(s.skips, key+reason(lines))
		s.skipped++
	case "pass":
		if !s.parent[key] {
			s.passed++
		}
	}
}

// endPackage counts a package that failed without a failed test (it did not
// build, it panicked, it ran out of time) as one failure.
func (s *summary) endPackage(e event, key string) {
	if e.Action == "fail" {
		for _, open := range s.open(e.Package) {
			fmt.Fprint(s.w, strings.Join(s.output[open], ""))
			delete(s.output, open)
		}
		if !s.failedBelow[e.Package] {
			s.failed++
		}
	}
	delete(s.output, key)
}

// open lists the package's tests whose end was never reported, and the package.
func (s *summary) open(pkg string) []string {
	var keys []string
	for key := range s.output {
		if strings.HasPrefix(key, pkg+" ") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

func (s *summary) close() {
	if len(s.skips) > 0 {
		sort.Strings(s.skips)
		fmt.Fprintf(s.w, "\nskipped:\n")
		for _, skip := range s.skips {
			fmt.Fprintf(s.w, "  %s\n", skip)
		}
	}
	fmt.Fprintf(s.w, "\n%s\n", s.line())
}

func (s *summary) line() string {
	return fmt.Sprintf("%s%d passed, %d failed, %d skipped", s.label, s.passed, s.failed, s.skipped)
}

// isClosing tells go test's last line for a package from its other output.
func isClosing(line string) bool {
	for _, prefix := range []string{"ok  \t", "FAIL\t", "?   \t"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// cutLast splits "pkg TestA/sub" into the test above and the rest.
func cutLast(key string) (up, name string, found bool) {
	test := strings.IndexByte(key, ' ') + 1
	i := strings.LastIndexByte(key[test:], '/')
	if i < 0 {
		return "", "", false
	}
	return key[:test+i], key[test+i+1:], true
}

// reason finds what a test said when it skipped: its last line that is not
// go test's own.
func reason(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "===") {
			continue
		}
		return ": " + line
	}
	return ""
}
