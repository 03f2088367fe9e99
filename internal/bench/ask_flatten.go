package bench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// flattening asks: how fast do records become rows of CSV?
func (b *Bench) flattening(ctx context.Context) (*section, error) {
	s := &section{title: "Flattening to CSV", intro: "One row per record, nested names joined, repeats as JSON arrays. The *complete* rivals read the file twice, to know\n" +
		"every column; the script *as users have it* reads it once and takes the first record's columns, so later ones are\n" +
		"lost. Retable is measured in one pass, and with profile, types and the completeness proof. The script that the targets\n" +
		"speak of is the faster one, as users have it."}
	inputs, err := b.flattenInputs(ctx)
	if err != nil {
		return nil, err
	}
	for i, in := range inputs {
		all := b.flattenContestants(ctx, in)
		runs := b.interleave(ctx, all)
		agreements := b.agreements(all, runs)
		info, err := os.Stat(in.path)
		if err != nil {
			return nil, err
		}
		mb := float64(info.Size()) / 1e6
		ratio := grid{caption: in.name + ", CPU time of the rival over Retable's:", header: []string{"rival", "over one pass", "over profile + types + proof", "output"}}
		absolute := grid{caption: in.name + ", figures:", header: []string{"contestant", "CPU s", "MB per CPU s", "wall s", "peak MB"}}
		for _, c := range all {
			mine := runs[c.name]
			if len(mine) == 0 {
				ratio.add(c.name, "–", "–", "not available")
				continue
			}
			cpu := column(mine, cpuOf)
			absolute.add(c.name, cpu.String(), digits(mb/cpu.median), column(mine, wallOf).String(), column(mine, rssOf).String())
			if c.name != onePass && c.name != fullPass {
				ratio.add(c.name, ratioText(runs[onePass], mine, cpuOf), ratioText(runs[fullPass], mine, cpuOf), agreements[c.name])
			}
		}
		s.verdicts = append(s.verdicts,
			ratioVerdict(in.name+": one pass over the script", 60, runs, onePass, asUsersHaveIt),
			ratioVerdict(in.name+": profile + types + proof over the script", 35, runs, fullPass, asUsersHaveIt))
		s.tables = append(s.tables, ratio, absolute)
		s.missing(all, in.name, i == 0)
	}
	return s, nil
}

// The names of contestants that targets speak of.
const (
	onePass       = "retable, one pass"
	fullPass      = "retable, profile + types + proof"
	asUsersHaveIt = "Python script as users have it"
)

func ratioText(own, other []run, quantity func(run) float64) string {
	if q := ratios(own, other, quantity); len(q) > 0 {
		return spreadOf(q).String()
	}
	return "–"
}

// ratioVerdict judges how many times longer the rival takes.
func ratioVerdict(claim string, target float64, runs map[string][]run, own, rival string) verdict {
	v := verdict{claim: claim, target: target, unit: "x"}
	q := ratios(runs[own], runs[rival], cpuOf)
	switch {
	case len(runs[own]) == 0:
		v.absent = own + " did not run"
	case len(q) == 0:
		v.absent = rival + " did not run"
	default:
		v.got = spreadOf(q).median
	}
	return v
}

func (b *Bench) flattenInputs(ctx context.Context) ([]input, error) {
	own, err := b.records(100)
	if err != nil {
		return nil, err
	}
	inputs := []input{own}
	if in, ok := b.corpusRecords(ctx, 100); ok {
		inputs = append(inputs, in)
	}
	return inputs, nil
}

func (b *Bench) flattenContestants(ctx context.Context, in input) []*contestant {
	out := func(name string) string { return b.path("rival-" + slug(name) + ".csv") }
	script := func(name, interpreter, need, file, mode, note string) *contestant {
		target := out(name)
		args := []string{mode, in.record, in.path, target}
		if mode == "" {
			args = args[1:]
		}
		c := b.tools.script(name, interpreter, need, file, args...)
		c.output, c.note = target, note
		return c
	}
	naive := out("naive go")
	stars := out("xmlstarlet")
	return []*contestant{
		b.convertOnePass(ctx, onePass, in.path, "--format", "csv", "--workers", "1"),
		b.convert(fullPass, in.path, "--format", "csv", "--workers", "1"),
		script(asUsersHaveIt, b.tools.python, "python", "reference.py", "first", "header of the first record; its output is incomplete, so it is not compared"),
		script("Python script, complete", b.tools.python, "python", "reference.py", "all", ""),
		script("lxml, as users have it", b.tools.lxml, "lxml", "lxml_rival.py", "first", "incomplete in the same way"),
		script("lxml, complete", b.tools.lxml, "lxml", "lxml_rival.py", "all", ""),
		script("pandas.read_xml", b.tools.pandas, "pandas", "pandas_rival.py", "", "attributes and direct children only, the whole document in memory: less than the job"),
		{name: "Go: encoding/xml, maps, encoding/csv", output: naive, argv: []string{b.self, "flatten-run", in.record, in.path, naive}},
		{name: "xmlstarlet, 3 columns", output: stars, missing: b.tools.why["xmlstarlet"], note: "an XPath per column, so three columns only: less than the job",
			argv: []string{"/bin/sh", "-c", `"$0" sel -T -t -m "//*[local-name()='$1']" -v '@*[1]' -o , -v '@*[2]' -o , -v 'normalize-space(*[1])' -n "$2" > "$3"`,
				b.tools.xmlstarlet, in.record, in.path, stars}},
		{name: "DuckDB with webbed", missing: "its XML extension comes from a repository that an offline build does not reach; DuckDB itself reads no XML"},
	}
}

// agreements compares the outputs of the last round: Retable's with those of
// the rivals that do the whole job, and Retable's two ways with each other.
func (b *Bench) agreements(all []*contestant, runs map[string][]run) map[string]string {
	out := map[string]string{}
	own := ""
	for _, c := range all[:2] {
		if len(runs[c.name]) > 0 && own == "" {
			own = largestCSV(c.output)
		}
	}
	base := "Retable"
	for _, c := range all[2:] {
		switch {
		case len(runs[c.name]) == 0:
			continue
		case c.note != "":
			out[c.name] = "not compared, see below"
		case own == "":
			own, base = c.output, c.name
			out[c.name] = "Retable did not run; base of the comparison"
		default:
			a, err := CompareCSV(own, c.output)
			if err != nil {
				out[c.name] = "not comparable: " + err.Error()
				continue
			}
			out[c.name] = a.String()
			if base != "Retable" {
				out[c.name] += " (with " + base + ")"
			}
		}
		b.log("%-44s %s", c.name, out[c.name])
	}
	return out
}

// largestCSV is the largest CSV file below a directory, "" if there is none.
func largestCSV(dir string) string {
	best, size := "", int64(-1)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".csv") {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > size {
			best, size = path, info.Size()
		}
		return err
	})
	if err != nil {
		return ""
	}
	return best
}

// rowsOf counts the rows of all CSV files below a directory, for checks.
func rowsOf(dir string) (int, error) {
	rows := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".csv") {
			return err
		}
		r, done, err := openCSV(path)
		if err != nil {
			return err
		}
		defer done()
		for n := -1; ; n++ {
			if _, err := r.Read(); err != nil {
				rows += max(0, n)
				return wrap(path, notEOF(err))
			}
		}
	})
	return rows, err
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}
