package eval

import (
	"fmt"
	"strings"
)

// page writes docs/comparison-quality.md. notes say what is behind mistakes.
func page(report, calibrated *outcome, in []threshold) string {
	p := &pageWriter{}
	p.line("# How well changes are found")
	p.line("")
	p.line("`make eval` writes this page. It compares pairs whose edits are known, with the default options, and counts what was found:")
	p.line("")
	p.line("* precision: how much of what is reported is so;")
	p.line("* recall: how much of what is so is reported.")
	p.line("")
	p.line("Rows count as found if the very row is named, cells if row, column, old and new value are right. A test runs a short form of")
	p.line("the same, on seeds of its own, with every run of the tests and holds it to the targets.")
	p.line("")
	p.line("## Targets")
	p.line("")
	p.targets("Deliveries of the corpus' generator (all its options)", report.generatorTargets())
	p.targets("The sample's two deliveries", report.sampleTargets())
	p.targets("Mutants (those marked * apart, of which known weaknesses are the subject)", report.mutantTargets())
	p.line("## The corpus' generator")
	p.line("")
	p.line("Two deliveries of 12 files with customers, orders, items and products, converted to relational tables. The second one is called")
	p.line("with these options; *no key* compares by likeness alone, with the ids as mere values or without them.")
	p.line("")
	p.head()
	for _, s := range optionSets() {
		p.rows(s.name, strings.Join(s.args, " "), report.generator[s.name])
	}
	p.line("")
	p.line(fmt.Sprintf("With `--cosmetic` and no other edit, %d of %d deliveries are called equal: no difference, similarity 1, exit code 0.", report.equal, report.cosmetic))
	p.line("")
	p.line("## The sample")
	p.line("")
	p.head()
	p.rows("both deliveries", "", report.sample)
	p.line("")
	p.line("## Mutants")
	p.line("")
	p.line("Bundles of five tables in three files each: orders with an id, payments with a compound key, events without a key, codes with")
	p.line("leading zeros, and people with free text. Each edit is made at a known rate; what is true is read off hidden numbers of rows,")
	p.line("columns and files. No edit gives a row another key.")
	p.line("")
	p.head()
	for _, sc := range scenarios() {
		name := sc.name
		if sc.hard {
			name += " *"
		}
		p.rows(name, sc.what, report.mutants[sc.name])
	}
	p.line("")
	p.failures(report)
	p.line("## Seeds and thresholds")
	p.line("")
	p.line("Thresholds may be chosen on the calibration seeds only: " + calibration().tellsSeeds + ".")
	p.line("This page reports on others: " + reporting().tellsSeeds + ".")
	p.line("The results of both, over all mutants, generated deliveries and samples:")
	p.line("")
	p.line("| | calibration: precision | recall | reporting: precision | recall |")
	p.line("|---|---:|---:|---:|---:|")
	one, two := calibrated.sum(), report.sum()
	for _, a := range aspects() {
		q, r := one.of(a), two.of(a)
		if q.seen() || r.seen() {
			p.line(fmt.Sprintf("| %s | %s | %s | %s | %s |", a, rate(q.precision()), rate(q.recall()), rate(r.precision()), rate(r.recall())))
		}
	}
	p.line("")
	p.line("In force, in `internal/diff`:")
	p.line("")
	p.line("| constant | value | meaning |")
	p.line("|---|---:|---|")
	for _, t := range in {
		p.line(fmt.Sprintf("| %s | %s | %s |", t.name, t.value, t.what))
	}
	return p.out.String()
}

func (o *outcome) sum() *score {
	all := newScore()
	for _, m := range []map[string]*score{o.mutants, o.generator} {
		for _, name := range sortedKeys(m) {
			all.plus(m[name])
		}
	}
	all.plus(o.sample)
	return all
}

type pageWriter struct{ out strings.Builder }

func (p *pageWriter) line(text string) { p.out.WriteString(text + "\n") }

// rate is a share that only says 1 if nothing is missing.
func rate(v float64) string {
	text := fmt.Sprintf("%.4f", v)
	if v < 1 && text == "1.0000" {
		return "0.9999"
	}
	return text
}

func (p *pageWriter) targets(title string, list []target) {
	p.line("**" + title + "**")
	p.line("")
	p.line("| what | target | precision | recall | right | missed | wrong | |")
	p.line("|---|---:|---:|---:|---:|---:|---:|---|")
	for _, t := range list {
		verdict := "met"
		if !t.met() {
			verdict = "**not met**"
		}
		q := t.quality
		p.line(fmt.Sprintf("| %s | %g | %s | %s | %d | %d | %d | %s |", t.what, t.least, rate(q.precision()), rate(q.recall()), q.right, q.missed, q.wrong, verdict))
	}
	p.line("")
}

func (p *pageWriter) head() {
	p.line("| pair | found | precision | recall | right | missed | wrong |")
	p.line("|---|---|---:|---:|---:|---:|---:|")
}

func (p *pageWriter) rows(name, what string, s *score) {
	title := "**" + name + "**"
	if what != "" {
		title += ": " + what
	}
	for _, a := range aspects() {
		q := s.of(a)
		if !q.seen() {
			continue
		}
		p.line(fmt.Sprintf("| %s | %s | %s | %s | %d | %d | %d |", title, a, rate(q.precision()), rate(q.recall()), q.right, q.missed, q.wrong))
		title = ""
	}
}
