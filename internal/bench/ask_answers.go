package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"retable/app"
)

// answersChild is a contestant that this program is itself.
func (b *Bench) answersChild(name string, args ...string) *contestant {
	return &contestant{name: name, argv: append([]string{b.self, "answers-run"}, args...)}
}

// answersOf decodes what runs have printed.
func answersOf(runs []run) ([]Answers, error) {
	var out []Answers
	for _, r := range runs {
		var a Answers
		if err := json.Unmarshal([]byte(r.Text), &a); err != nil {
			return nil, fmt.Errorf("what a run printed is no result: %w", err)
		}
		out = append(out, a)
	}
	return out, nil
}

// figure collects a quantity of all runs.
func figure(all []Answers, quantity func(Answers) float64) spread {
	var values []float64
	for _, a := range all {
		values = append(values, quantity(a))
	}
	return spreadOf(values)
}

// tablesFile is a tables.sqlite of about a million rows, as a conversion makes it.
func (b *Bench) tablesFile(ctx context.Context) (string, error) {
	in, err := b.records(160)
	if err != nil {
		return "", err
	}
	dir := b.path("tables")
	path := b.path("tables/records-160.sqlite")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	b.log("making %s", path)
	_, err = app.New(app.Config{Version: "bench", Scratch: b.dir}).Convert(ctx, app.ConvertRequest{
		Source: app.Source{Path: in.path}, Output: dir, Formats: []string{"sqlite"}, Shape: app.Shape{Mode: "relational"},
	})
	return path, err
}

// indexing asks: what does an index of a million rows cost, against full text
// by SQLite alone?
func (b *Bench) indexing(ctx context.Context) (*section, error) {
	s := &section{title: "Indexing", intro: "Customers, sites, phones, orders and positions of a document of 160 MB, about a million rows, as `retable convert --mode relational` gives them,\n" +
		"indexed for search: by Retable, which files titles, names, codes and their parts apart and keeps no text, and by a table of FTS5 as it comes,\n" +
		"one row for each row with its values joined, which is what one writes with SQLite alone. Rare words must be found in the same rows."}
	tables, err := b.tablesFile(ctx)
	if err != nil {
		return nil, err
	}
	own, bare := b.answersChild("retable", "index", "retable", tables, b.path("index/own")), b.answersChild("SQLite FTS5, bare", "index", "bare", tables, b.path("index/bare"))
	own.output, bare.output = b.path("index/own"), b.path("index/bare")
	all := []*contestant{own, bare}
	runs := b.interleave(ctx, all)
	g := grid{header: []string{"contestant", "rows", "rows/s", "MB on disk", "bytes a row", "a rare word, ms: p50, p95", "ten words, ms: p50, p95", "CPU s", "peak MB", "found"}}
	results := map[string][]Answers{}
	for _, c := range all {
		if len(runs[c.name]) == 0 {
			continue
		}
		if results[c.name], err = answersOf(runs[c.name]); err != nil {
			return nil, err
		}
	}
	for _, c := range all {
		r := results[c.name]
		if len(r) == 0 {
			continue
		}
		g.add(c.name, thousands(int(r[0].Rows)), thousands(int(figure(r, func(a Answers) float64 { return float64(a.Rows) / a.Seconds }).median)),
			digits(float64(r[0].Bytes)/1e6), digits(float64(r[0].Bytes)/float64(r[0].Rows)), latencies(r, "a rare word"), latencies(r, "ten words"),
			column(runs[c.name], cpuOf).String(), column(runs[c.name], rssOf).String(), agree(r, results[own.name]))
	}
	s.tables = append(s.tables, g)
	if q := ratios(runs[own.name], runs[bare.name], wallOf); len(q) > 0 {
		s.tables = append(s.tables, grid{header: []string{"", "bare FTS5 over retable"}, rows: [][]string{
			{"time of the whole run", spreadOf(q).String()}, {"CPU time", spreadOf(ratios(runs[own.name], runs[bare.name], cpuOf)).String()},
			{"bytes on disk", digits(float64(results[bare.name][0].Bytes) / float64(results[own.name][0].Bytes))}}})
	}
	s.missing(all, "tables", true)
	return s, nil
}

// latencies are the medians of p50 and p95 over all runs.
func latencies(all []Answers, kind string) string {
	return digits(figure(all, func(a Answers) float64 { return a.Asked[kind].P50 }).median) + ", " + digits(figure(all, func(a Answers) float64 { return a.Asked[kind].P95 }).median)
}

// agree compares what was found with what the first contestant found.
func agree(got, want []Answers) string {
	if len(want) == 0 {
		return "not comparable"
	}
	for _, a := range got {
		if !slices.Equal(a.Found, want[0].Found) {
			return "DIFFERS: " + firstDifference(a.Found, want[0].Found)
		}
	}
	return fmt.Sprintf("agrees: %d searches", len(want[0].Found))
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%.80q against %.80q", a[i], b[i])
		}
	}
	return fmt.Sprintf("%d searches against %d", len(a), len(b))
}

// questions asks: how long does an answer take, by route?
func (b *Bench) questions(ctx context.Context) (*section, error) {
	s := &section{title: "Questions", intro: "Questions of the same million rows, each asked ten times after once for nothing, on one machine without a model. The time is that of the whole\n" +
		"answer with its citations. Text-to-SQL is asked of a model that answers at once: the figure is what Retable adds to a model's time."}
	tables, err := b.tablesFile(ctx)
	if err != nil {
		return nil, err
	}
	c := b.answersChild("retable", "questions", tables, b.path("index/questions"))
	runs := b.interleave(ctx, []*contestant{c})[c.name]
	if len(runs) == 0 {
		s.missing([]*contestant{c}, "tables", true)
		return s, nil
	}
	all, err := answersOf(runs)
	if err != nil {
		return nil, err
	}
	g := grid{header: []string{"route", "questions", "p50 ms", "p95 ms"}}
	for _, r := range routes {
		g.add(r.name, fmt.Sprint(len(r.questions)), figure(all, func(a Answers) float64 { return a.Asked[r.name].P50 }).String(), figure(all, func(a Answers) float64 { return a.Asked[r.name].P95 }).String())
	}
	s.tables = append(s.tables, g)
	s.notes = append(s.notes, fmt.Sprintf("opening %s rows for questions, names, types and values read: %s s, once", thousands(int(all[0].Rows)), figure(all, func(a Answers) float64 { return a.Seconds })),
		fmt.Sprintf("peak memory of the process: %s MB", column(runs[min(1, len(runs)-1):], rssOf)))
	return s, nil
}

// vectors asks: how fast are the nearest vectors found, against chromem-go?
func (b *Bench) vectors(ctx context.Context) (*section, error) {
	s := &section{title: "Vectors", intro: fmt.Sprintf("The ten nearest of random vectors of %d dimensions, in memory, by Retable's set (chromem-go behind a guard up to 50,000 vectors, int8 by brute\n"+
		"force above) and by chromem-go as it comes. Both must find the same; int8 may miss a neighbour that hardly differs.", vectorDimensions)}
	for _, n := range []int{int(10_000 * b.cfg.Scale), int(100_000 * b.cfg.Scale)} {
		own, other := b.answersChild("retable", "vectors", "retable", fmt.Sprint(n)), b.answersChild("chromem-go", "vectors", "chromem", fmt.Sprint(n))
		all := []*contestant{own, other}
		runs := b.interleave(ctx, all)
		g := grid{caption: thousands(n) + " vectors:", header: []string{"contestant", "p50 ms", "p95 ms", "filled in s", "peak MB", "found"}}
		var first []Answers
		for _, c := range all {
			if len(runs[c.name]) == 0 {
				continue
			}
			r, err := answersOf(runs[c.name])
			if err != nil {
				return nil, err
			}
			if first == nil {
				first = r
			}
			ask := func(a Answers) Latency { return a.Asked["the ten nearest"] }
			g.add(c.name, figure(r, func(a Answers) float64 { return ask(a).P50 }).String(), figure(r, func(a Answers) float64 { return ask(a).P95 }).String(),
				figure(r, func(a Answers) float64 { return a.Seconds }).String(), column(runs[c.name], rssOf).String(), overlap(r[0], first[0]))
		}
		s.tables = append(s.tables, g)
		s.missing(all, thousands(n)+" vectors", n == int(10_000*b.cfg.Scale))
	}
	return s, nil
}

// overlap is how many of the neighbours that one has found the other has, too.
func overlap(a, b Answers) string {
	same, all := 0, 0
	for i := range min(len(a.Found), len(b.Found)) {
		mine, theirs := strings.Fields(strings.Trim(a.Found[i], "[]")), strings.Fields(strings.Trim(b.Found[i], "[]"))
		all += len(theirs)
		for _, n := range theirs {
			if slices.Contains(mine, n) {
				same++
			}
		}
	}
	if all == 0 {
		return "not comparable"
	}
	return fmt.Sprintf("%.1f %% the same", 100*float64(same)/float64(all))
}
