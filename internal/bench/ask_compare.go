package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The names of contestants that targets speak of.
const (
	keyedOne   = "retable, key given, 1 worker"
	keyedAll   = "retable, key given"
	countsOnly = "retable, key given, summary only, 1 worker"
	keyFound   = "retable, key found by itself"
	duckOne    = "DuckDB full outer join of texts, 1 thread"
	duckAll    = "DuckDB full outer join of texts"
	duckTyped  = "DuckDB full outer join of typed values, 1 thread"
	slowRounds = 1 // of the rivals that take a quarter of a minute and more
)

// comparing asks: how fast are the changes between two tables found?
func (b *Bench) comparing(ctx context.Context) (*section, error) {
	s := &section{title: "Comparing two tables", intro: "Two CSV files of ten columns of mixed types; the second has 1 % of the rows changed in one to three cells, 1 % removed,\n" +
		"1 % added, and another row order. Retable finds the cells, writes each change to a JSON Lines report and the summary,\n" +
		"and treats other spellings of a number or date as equal; the rivals compare texts and only count. What each one\n" +
		"counted is checked against what the generator did. Rows per second count the rows of both sides."}
	b.findCompareRivals(ctx)
	million, err := b.pair(b.pairRows(1e6), true)
	if err != nil {
		return nil, err
	}
	base, err := b.compareRivals(ctx, s, million)
	if err != nil {
		return nil, err
	}
	if err := b.compareGrowth(ctx, s, million, base); err != nil {
		return nil, err
	}
	if err := b.compareKeyless(ctx, s); err != nil {
		return nil, err
	}
	if b.absent != "" {
		s.notes = append(s.notes, b.absent)
	}
	return s, nil
}

// pairRows are the rows a side of the targets, scaled.
func (b *Bench) pairRows(n float64) int { return max(200, int(math.Round(n*b.cfg.Scale))) }

// compareRivals measures everyone on the same pair, the slow ones once, and
// returns the runs with the default number of workers.
func (b *Bench) compareRivals(ctx context.Context, s *section, p pair) ([]run, error) {
	fast, slow := b.compareContestants(ctx, p)
	runs := b.interleave(ctx, fast)
	rounds := b.cfg.Rounds
	b.cfg.Rounds = min(rounds, slowRounds)
	maps.Copy(runs, b.interleave(ctx, slow))
	b.cfg.Rounds = rounds
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := slices.Concat(fast, slow)
	agreements, agree := map[string]string{}, map[string]bool{}
	for _, c := range all {
		if len(runs[c.name]) > 0 {
			agreements[c.name], agree[c.name] = found(c, runs[c.name], p.truth)
		}
	}
	v := ratioVerdict(p.name+", by key with cells: speed per core over DuckDB's full outer join", 2, runs, keyedOne, duckOne)
	if v.absent == "" && !agree[keyedOne] {
		v.absent = "retable's counts are not the truth"
	}
	s.verdicts = append(s.verdicts, v)
	ratio := grid{caption: p.name + ", the other's cost over Retable's with the key given:",
		header: []string{"contestant", "CPU time over 1 worker", "clock over all workers", "peak memory over all workers", "found"}}
	absolute := grid{caption: p.name + ", figures:", header: []string{"contestant", "CPU s", "rows per CPU s", "wall s", "peak MB"}}
	for _, c := range all {
		mine := runs[c.name]
		if len(mine) == 0 {
			ratio.add(c.name, "–", "–", "–", "not available")
			continue
		}
		ratio.add(c.name, ratioText(runs[keyedOne], mine, cpuOf), ratioText(runs[keyedAll], mine, wallOf), ratioText(runs[keyedAll], mine, rssOf), agreements[c.name])
		absolute.add(figuresOf(c.name, p, mine)...)
	}
	s.tables = append(s.tables, ratio, absolute)
	s.missing(all, p.name, true)
	if rounds > slowRounds {
		var names []string
		for _, c := range slow {
			names = append(names, c.name)
		}
		s.notes = append(s.notes, "run once, at the full size, as they are slow: "+strings.Join(names, ", ")+"; their ratios are to the first round")
	}
	return runs[keyedAll], nil
}

// figuresOf are a contestant's absolute figures.
func figuresOf(name string, p pair, runs []run) []string {
	cpu := column(runs, cpuOf)
	return []string{name, cpu.String(), thousands(int(float64(p.rows) / cpu.median)), column(runs, wallOf).String(), column(runs, rssOf).String()}
}

// compareGrowth measures retable on a tenth and on ten times the rows.
func (b *Bench) compareGrowth(ctx context.Context, s *section, million pair, base []run) error {
	g := grid{caption: "Growth, retable with the key given and default settings:",
		header: []string{"rows a side", "CPU s", "CPU µs per row", "wall s", "peak MB", "found"}}
	rounds := b.cfg.Rounds
	defer func() { b.cfg.Rounds = rounds }()
	perRow, peak := map[float64]float64{}, verdict{}
	for _, size := range []float64{1e5, 1e6, 1e7} {
		p, runs := million, base
		c := b.compare(keyedAll, million, "--key", "id")
		if size != 1e6 {
			var err error
			if p, err = b.pair(b.pairRows(size), true); err != nil {
				return err
			}
			c = b.compare(fmt.Sprintf("retable, %s", p.name), p, "--key", "id")
			if b.cfg.Rounds = rounds; size > 1e6 {
				b.cfg.Rounds = 1
			}
			runs = b.interleave(ctx, []*contestant{c})[c.name]
		}
		if size > 1e6 {
			peak = verdict{claim: p.name + ": peak", target: 256, atMost: true, unit: " MB", absent: c.missing}
		}
		if len(runs) == 0 {
			g.add(thousands(b.pairRows(size)), "–", "–", "–", "–", "not available")
			s.missing([]*contestant{c}, p.name, false)
			continue
		}
		agreement, right := found(c, runs, p.truth)
		cpu, rss := column(runs, cpuOf), column(runs, rssOf)
		if right {
			perRow[size] = cpu.median / float64(p.rows)
		}
		if size > 1e6 {
			peak.got = rss.high
			if !right {
				peak.absent = "retable's counts are not the truth"
			}
		}
		g.add(thousands(b.pairRows(size)), cpu.String(), digits(1e6*cpu.median/float64(p.rows)), column(runs, wallOf).String(), rss.String(), agreement)
	}
	s.verdicts = append(s.verdicts, peak)
	for _, step := range [][2]float64{{1e5, 1e6}, {1e6, 1e7}} {
		v := verdict{claim: fmt.Sprintf("linear: CPU time per row, %s over %s", thousands(b.pairRows(step[1])), thousands(b.pairRows(step[0]))), target: 1.25, atMost: true, unit: "x"}
		if perRow[step[0]] > 0 && perRow[step[1]] > 0 {
			v.got = perRow[step[1]] / perRow[step[0]]
		} else if v.absent = b.absent; v.absent == "" {
			v.absent = "a size has no right result"
		}
		s.verdicts = append(s.verdicts, v)
	}
	s.tables = append(s.tables, g)
	return nil
}

// compareKeyless measures the matching of rows by likeness, on a pair where
// no column is a key.
func (b *Bench) compareKeyless(ctx context.Context, s *section) error {
	p, err := b.pair(b.pairRows(2e5), false)
	if err != nil {
		return err
	}
	c := b.compare("retable, rows matched by likeness, 1 worker", p, "--keyless", "*", "--workers", "1")
	runs := b.interleave(ctx, []*contestant{c})[c.name]
	v := verdict{claim: p.name + ", no key: rows matched per CPU second", target: 200_000, absent: c.missing}
	if len(runs) > 0 {
		v.got = float64(p.rows) / column(runs, cpuOf).median
		agreement, _ := found(c, runs, p.truth)
		s.tables = append(s.tables, grid{caption: p.name + ", no column is a key:", header: []string{"contestant", "CPU s", "rows per CPU s", "wall s", "peak MB", "found"},
			rows: [][]string{append(figuresOf(c.name, p, runs), agreement)}})
	}
	s.verdicts = append(s.verdicts, v)
	s.missing([]*contestant{c}, p.name, false)
	return nil
}

// compare is a contestant: retable comparing, with each change in a report.
func (b *Bench) compare(name string, p pair, flags ...string) *contestant {
	out := filepath.Join(b.dir, "out-"+slug(name))
	return &contestant{name: name, missing: b.absent, output: out, partial: true,
		argv: append([]string{b.retable, "compare", p.left, p.right, "--quiet", "--report", "json,jsonl", "--out", out}, flags...)}
}

// compareContestants are all who compare, apart those who take long.
func (b *Bench) compareContestants(ctx context.Context, p pair) (fast, slow []*contestant) {
	t := b.tools
	rival := func(name, need, file string, argv ...string) *contestant {
		i := slices.Index(argv, "SCRIPT")
		argv[i] = filepath.Join(t.sources, file)
		return &contestant{name: name, missing: t.why[need], argv: argv}
	}
	diff := rival("GNU diff, both sorted before", "diff", "compare_lines.sh", "/bin/sh", "SCRIPT", "diff", p.left+".sorted", p.right+".sorted")
	for _, path := range []string{p.left, p.right} {
		if diff.missing == "" && t.why["comm"] == "" {
			cmd := exec.CommandContext(ctx, "sort", "-o", path+".sorted", path)
			cmd.Env = append(os.Environ(), "LC_ALL=C")
			if err := cmd.Run(); err != nil {
				diff.missing = "failed: sort: " + err.Error()
			}
		}
	}
	fast = []*contestant{
		b.compare(keyedOne, p, "--key", "id", "--workers", "1"),
		b.compare(keyedAll, p, "--key", "id"),
		b.compare(countsOnly, p, "--key", "id", "--workers", "1"),
		b.compare(keyFound, p),
		rival(duckOne, "duckdb", "compare_duckdb.cjs", "node", "SCRIPT", b.cfg.Root, p.left, p.right, "text", "1"),
		rival(duckTyped, "duckdb", "compare_duckdb.cjs", "node", "SCRIPT", b.cfg.Root, p.left, p.right, "types", "1"),
		rival(duckAll, "duckdb", "compare_duckdb.cjs", "node", "SCRIPT", b.cfg.Root, p.left, p.right, "text"),
		diff,
		rival("sort + comm", "comm", "compare_lines.sh", "/bin/sh", "SCRIPT", "comm", p.left, p.right, b.dir),
	}
	summary := fast[2]
	summary.argv[slices.Index(summary.argv, "json,jsonl")] = "json"
	database := b.path("compare.sqlite")
	slow = []*contestant{
		rival("pandas merge", "pandas", "compare_pandas.py", t.pandas, "SCRIPT", p.left, p.right),
		rival("Python dict", "python", "compare_dict.py", t.python, "SCRIPT", p.left, p.right),
		rival("SQLite keyed join", "python", "compare_sqlite.py", t.python, "SCRIPT", "join", database, p.left, p.right),
		rival("SQLite EXCEPT", "python", "compare_sqlite.py", t.python, "SCRIPT", "except", database, p.left, p.right),
		rival("daff", "daff", "compare_daff.cjs", "node", "--max-old-space-size=8192", "SCRIPT", b.cfg.Root, p.left, p.right),
	}
	return fast, slow
}

// findCompareRivals looks for the rivals that only a comparison needs.
func (b *Bench) findCompareRivals(ctx context.Context) {
	t := b.tools
	for _, r := range []struct{ name, module string }{{"duckdb", "@duckdb/node-api"}, {"daff", "daff"}} {
		out, err := exec.CommandContext(ctx, "node", filepath.Join(t.sources, "compare_"+r.name+".cjs"), b.cfg.Root).Output()
		if err != nil {
			t.why[r.name] = "Node.js with " + r.module + " is not installed (npm ci)"
			continue
		}
		t.versions = append(t.versions, firstLine(string(out)))
	}
	t.version(ctx, "Node.js", "node", "--version")
	if t.python != "" {
		t.version(ctx, "SQLite", t.python, "-c", "import sqlite3; print(sqlite3.sqlite_version)")
	}
	for rival, needs := range map[string][]string{"diff": {"diff", "awk"}, "comm": {"sort", "comm", "awk"}} {
		for _, tool := range needs {
			if _, err := exec.LookPath(tool); err != nil {
				t.why[rival] = tool + " is not installed"
			}
		}
	}
	if t.why["diff"] == "" {
		t.why["diff"] = t.why["comm"] // sort is needed before
	}
	t.version(ctx, "", "diff", "--version")
	t.version(ctx, "", "sort", "--version")
}

// found compares what a contestant counted with the truth.
func found(c *contestant, runs []run, truth map[string]int64) (string, bool) {
	counts, err := countsOf(c, runs[len(runs)-1])
	if err != nil {
		return "DIFFERS: no counts: " + err.Error(), false
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] != truth[name] {
			wrong = append(wrong, fmt.Sprintf("%s %d, not %d", strings.ReplaceAll(name, "_", " "), counts[name], truth[name]))
		}
	}
	if len(wrong) > 0 {
		return "DIFFERS: " + strings.Join(wrong, "; "), false
	}
	if _, ok := counts["cells"]; ok {
		return "agrees: rows and cells", true
	}
	return "agrees: lines of either side", true
}

// countsOf are the counts that a contestant printed, or retable's summary.
func countsOf(c *contestant, last run) (map[string]int64, error) {
	counts := map[string]int64{}
	if c.output == "" {
		if err := json.Unmarshal([]byte(last.Text), &counts); err != nil || len(counts) == 0 {
			return nil, fmt.Errorf("it printed %q", firstLine(last.Text))
		}
		return counts, nil
	}
	content, err := os.ReadFile(filepath.Join(c.output, "summary.json"))
	if err != nil {
		return nil, err
	}
	var summary struct {
		Totals map[string]int64 `json:"totals"`
	}
	if err := json.Unmarshal(content, &summary); err != nil {
		return nil, err
	}
	for name, total := range map[string]string{"added": "rows_added", "removed": "rows_removed", "changed": "rows_changed", "cells": "cells_changed"} {
		n, ok := summary.Totals[total]
		if !ok {
			return nil, fmt.Errorf("the summary lacks %s", total)
		}
		counts[name] = n
	}
	return counts, nil
}
