package bench

import (
	"context"
	"fmt"
	"os"
)

// tokenizerTargets are the rivals that the tokenizer must beat, and by how much.
func tokenizerTargets() map[string]float64 {
	return map[string]float64{"encoding/xml": 20, "libxml2 SAX2": 3, "expat": 5}
}

// tokenizers asks: how fast is XML read, before anything is done with it?
func (b *Bench) tokenizers(ctx context.Context) (*section, error) {
	s := &section{title: "Tokenizing", intro: "Every contestant parses the same file in memory, checks that it is well formed, resolves namespaces, and counts\n" +
		"elements, attributes and bytes of text. In a run of its own each count is compared with Retable's."}
	inputs, err := b.tokenizerInputs(ctx)
	if err != nil {
		return nil, err
	}
	ratio := grid{caption: "CPU time of the rival over Retable's:", header: []string{"input"}}
	absolute := grid{caption: "MB per CPU second; peak memory holds the file itself:", header: []string{"input", "MB", "bytes/element"}}
	checks := grid{caption: "Counts against Retable's:", header: []string{"input", "elements", "attributes", "agreement"}}
	for i, in := range inputs {
		all := b.tokenizerContestants(in)
		agreement, counts := b.checkTallies(ctx, all)
		runs := b.interleave(ctx, all)
		info, err := os.Stat(in.path)
		if err != nil {
			return nil, err
		}
		mb := float64(info.Size()) / 1e6
		ratios1, speeds := []string{in.name}, []string{in.name, digits(mb), digits(float64(info.Size()) / float64(max(1, counts.Elements)))}
		for _, c := range all {
			if i == 0 {
				if c.name != "retable" {
					ratio.header = append(ratio.header, c.name)
				}
				absolute.header = append(absolute.header, c.name)
			}
			r := spread{}
			if quotients := ratios(runs["retable"], runs[c.name], cpuOf); len(quotients) > 0 {
				r = spreadOf(quotients)
				speeds = append(speeds, fmt.Sprintf("%s (%.0f MB)", digits(mb/column(runs[c.name], cpuOf).median), column(runs[c.name], rssOf).median))
			} else {
				speeds = append(speeds, "–")
			}
			if c.name != "retable" {
				ratios1 = append(ratios1, r.orDash())
			}
			if target := tokenizerTargets()[c.name]; target > 0 && in.record != "" {
				v := verdict{claim: in.name + ": over " + c.name, got: r.median, target: target, unit: "x", absent: c.missing}
				if v.absent == "" && r.median == 0 {
					v.absent = "retable's tokenizer did not run"
				}
				s.verdicts = append(s.verdicts, v)
			}
		}
		ratio.add(ratios1...)
		absolute.add(speeds...)
		checks.add(in.name, fmt.Sprint(counts.Elements), fmt.Sprint(counts.Attributes), agreement)
		s.missing(all, in.name, i == 0)
	}
	s.tables = []grid{ratio, absolute, checks}
	return s, nil
}

func (s spread) orDash() string {
	if s.median == 0 {
		return "–"
	}
	return s.String()
}

func (b *Bench) tokenizerInputs(ctx context.Context) ([]input, error) {
	own, err := b.records(10)
	if err != nil {
		return nil, err
	}
	inputs := []input{own}
	if in, ok := b.corpusRecords(ctx, 10); ok {
		inputs = append(inputs, in)
	}
	return append(inputs, b.realInputs(10)...), nil
}

func (b *Bench) tokenizerContestants(in input) []*contestant {
	long := fmt.Sprint(min(1, max(0.05, b.cfg.Scale)))
	var all []*contestant
	for _, name := range []string{"retable", "encoding/xml", "etree", "xmlquery"} {
		all = append(all, &contestant{name: name, tally: true, argv: []string{b.self, "tok-run", "-impl", name, "-seconds", long, in.path}})
	}
	all[2].note, all[3].note = "builds a tree, as it can't do otherwise", "builds a tree"
	c := func(name, binary, need, mode, note string) {
		all = append(all, &contestant{name: name, note: note, tally: true, missing: b.tools.why[need], argv: []string{binary, mode, long, "0", in.path}})
	}
	c("libxml2 SAX2", b.tools.libxml2, "libxml2_sax", "memory", "whole file at once, no tree")
	c("libxml2 push", b.tools.libxml2, "libxml2_sax", "push", "the same in chunks of 64 KiB")
	c("expat", b.tools.expat, "expat_sax", "ns", "namespaces on, as in all the others")
	c("expat, no namespaces", b.tools.expat, "expat_sax", "plain", "does less than the others")
	return all
}

// checkTallies runs each contestant once, counting comparably, and says who
// disagrees with Retable, or with the first that ran.
func (b *Bench) checkTallies(ctx context.Context, all []*contestant) (string, Tally) {
	var first Tally
	reference, differing, agreeing := "", "", 0
	for _, c := range all {
		if c.missing != "" {
			continue
		}
		check := *c
		check.argv = append([]string(nil), c.argv...)
		if n := len(check.argv); check.argv[0] == b.self {
			check.argv = append(check.argv[:n-1], "-check", check.argv[n-1])
			check.argv[5] = "0" // one pass
		} else {
			check.argv[2], check.argv[3] = "0", "1"
		}
		r, err := b.once(ctx, &check)
		switch {
		case err != nil:
			c.missing = "failed: " + err.Error()
		case reference == "":
			first, reference = r.tally, c.name
		case !r.tally.sameCounts(first):
			differing += fmt.Sprintf(" %s (%d elements, %d attributes, %d + %d bytes)", c.name, r.tally.Elements, r.tally.Attributes, r.tally.Text, r.tally.Values)
		default:
			agreeing++
		}
	}
	if differing != "" {
		return fmt.Sprintf("DIFFERS from %s (%d + %d bytes):%s", reference, first.Text, first.Values, differing), first
	}
	return fmt.Sprintf("%d rivals equal %s", agreeing, reference), first
}
