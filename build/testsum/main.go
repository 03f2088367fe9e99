// Command testsum reads `go test -json` from standard input and prints what a
// person wants to see of it: the closing line of each package, the output of
// what failed, the tests that were skipped and why, and at last
// "N passed, N failed, N skipped". It exits 1 when anything failed or when no
// test ran.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	label := flag.String("label", "", "begin the last line with this `word` and a colon")
	out := flag.String("out", "", "also write the last line to this `file`")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *label, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run summarises in to w and reports whether all is well.
func run(in io.Reader, w io.Writer, label, out string) (ok bool, err error) {
	buf := bufio.NewWriter(w)
	s := newSummary(buf)
	if label != "" {
		s.label = label + ": "
	}
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.add(line)
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return false, readErr
		}
		if err := buf.Flush(); err != nil {
			return false, err
		}
	}
	s.close()
	if err := buf.Flush(); err != nil {
		return false, err
	}
	if out != "" {
		if err := os.WriteFile(out, []byte(s.line()+"\n"), 0o644); err != nil {
			return false, err
		}
	}
	return s.failed == 0 && s.passed > 0, nil
}
