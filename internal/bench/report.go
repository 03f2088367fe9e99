package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// section is the answer to one question.
type section struct {
	title    string
	intro    string
	verdicts []verdict
	tables   []grid
	notes    []string
}

// grid is a table of the report.
type grid struct {
	caption string
	header  []string
	rows    [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// missing names the contestants that could not run on an input, and, the
// first time, says what a reader should know of the others.
func (s *section) missing(all []*contestant, input string, first bool) {
	for _, c := range all {
		note := ""
		switch {
		case c.missing != "" && (first || strings.HasPrefix(c.missing, "failed")):
			note = fmt.Sprintf("%s: not available, %s (%s)", c.name, c.missing, input)
		case c.missing == "" && c.note != "" && first:
			note = c.name + ": " + c.note
		}
		if note != "" {
			s.notes = append(s.notes, note)
		}
	}
}

// write writes the report: per question the targets and ratios first, then
// the figures of this machine.
func (b *Bench) write(w io.Writer, sections []*section) error {
	var out strings.Builder
	fmt.Fprintf(&out, "# Benchmarks\n\nMade by `go run -tags sqlite_fts5 ./internal/bench/cmd`, which generates its inputs, checks that\n"+
		"contestants agree, and runs them as processes of their own, interleaved. Ratios are medians over %d rounds with\n"+
		"their range [lowest–highest]; they hold where absolute figures drift. CPU is user + system time of all threads.\n\n", b.cfg.Rounds)
	fmt.Fprintf(&out, "Machine: %s. %s.\n", machine(), strings.Join(b.tools.versions, "; "))
	if b.cfg.Date != "" {
		fmt.Fprintf(&out, "Date: %s.\n", b.cfg.Date)
	}
	if b.cfg.Scale != 1 {
		fmt.Fprintf(&out, "\n**Sizes scaled by %g: a try, not a result.**\n", b.cfg.Scale)
	}
	for _, s := range sections {
		s.write(&out)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (s *section) write(out *strings.Builder) {
	fmt.Fprintf(out, "\n## %s\n\n%s\n", s.title, s.intro)
	if len(s.verdicts) > 0 {
		g := grid{header: []string{"target", "measured", "verdict"}}
		for _, v := range s.verdicts {
			bound, got := "≥", digits(v.got)+v.unit
			if v.atMost {
				bound = "≤"
			}
			if v.absent != "" {
				got = "–"
			}
			g.add(fmt.Sprintf("%s %s %s%s", v.claim, bound, digits(v.target), v.unit), got, v.String())
		}
		g.write(out)
	}
	for _, g := range s.tables {
		g.write(out)
	}
	for i, n := range s.notes {
		if i == 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintf(out, "- %s\n", strings.ReplaceAll(n, "\n", " "))
	}
}

func (g *grid) write(out *strings.Builder) {
	out.WriteByte('\n')
	if g.caption != "" {
		fmt.Fprintf(out, "%s\n\n", g.caption)
	}
	fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(g.header, " | "), strings.Repeat("---|", len(g.header)))
	for _, row := range g.rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
	}
}

// machine describes the processor and memory as far as the system tells.
func machine() string {
	desc := fmt.Sprintf("%d cores, %s/%s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if model := field("/proc/cpuinfo", "model name"); model != "" {
		desc = model + ", " + desc
	}
	if mem := field("/proc/meminfo", "MemTotal"); mem != "" {
		desc += ", memory " + mem
	}
	return desc
}

// field returns the value of the first "name : value" line of a file.
func field(path, name string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(string(content), "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
