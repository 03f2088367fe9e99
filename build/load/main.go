// Command load puts a running server under load and writes what it measured as
// the section "Server" of docs/benchmarks.md: authenticated reads, log-ins
// beside them, 1,000 event streams, 10,000 connections, and a stop under load.
// It starts the program itself, over a data root of its own, and needs wrk.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.program, "retable", "bin/retable", "the program")
	flag.StringVar(&o.out, "out", "", "the document whose section is replaced; else standard output")
	flag.DurationVar(&o.time, "time", 10*time.Second, "of each run of reads")
	flag.IntVar(&o.streams, "streams", 1000, "event streams at once")
	flag.IntVar(&o.connections, "connections", 10_000, "connections at once")
	flag.StringVar(&o.parts, "parts", "", "of the measurements only these: reads,logins,streams,connections,stop; to standard output")
	flag.Parse()
	if o.parts != "" {
		o.out = ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

type options struct {
	program, out string
	parts        string // "": all
	time         time.Duration
	streams      int
	connections  int
}

// run measures everything, in the order of the section.
func run(ctx context.Context, o options) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk isn't there: install it (Debian: wrk)")
	}
	root, err := os.MkdirTemp("", "retable-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	s, err := startServer(ctx, o.program, root)
	if err != nil {
		return err
	}
	defer s.kill()
	var section bytes.Buffer
	for _, part := range []struct {
		name    string
		measure func(context.Context, options, *server) (string, error)
	}{{"reads", reads}, {"logins", loginsBeside}, {"streams", eventStreams}, {"connections", manyConnections}, {"stop", stopUnderLoad}} {
		if o.parts != "" && !slices.Contains(strings.Split(o.parts, ","), part.name) {
			continue
		}
		text, err := part.measure(ctx, o, s)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, s.tail())
		}
		section.WriteString(text)
	}
	text := heading(s) + section.String()
	if o.out == "" {
		_, err = os.Stdout.WriteString(text)
		return err
	}
	return replaceSection(o.out, text)
}

func heading(s *server) string {
	return fmt.Sprintf(`## Server

Measured by %s (build/load) on loopback, %s, %d processors that the server shares with wrk and the clients,
SQLite on disk, limits off, a log line for each request. wrk 4.1 with 2 threads.

| what | measured |
|---|---|
`, "`make load`", s.version, runtime.NumCPU())
}

// row is a line of the section's table.
func row(what, format string, args ...any) string {
	return "| " + what + " | " + fmt.Sprintf(format, args...) + " |\n"
}

// replaceSection puts the section "Server" into a document: in place of the one
// that is there, or at the end.
func replaceSection(file, text string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	doc := string(raw)
	from := strings.Index(doc, "\n## Server\n")
	if from < 0 {
		doc = strings.TrimRight(doc, "\n") + "\n\n" + text
	} else {
		rest := ""
		if to := strings.Index(doc[from+2:], "\n## "); to >= 0 {
			rest = doc[from+2+to:]
		}
		doc = doc[:from+1] + text + rest
	}
	tmp := file + ".new"
	if err := os.WriteFile(tmp, []byte(doc), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
