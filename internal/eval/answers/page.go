package answers

import (
	"fmt"
	"slices"
	"strings"
)

// page writes docs/answer-quality.md.
func page(o *outcome, p plan) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# How well questions are answered")
	line("")
	line("`make eval` writes this page. Questions are asked of tables whose content is known, without any language model: the")
	line("deterministic route answers, asks back, or abstains. What is right is computed in plain Go from the rows that were drawn;")
	line("neither SQL nor the router has a part in it. The router may be tuned on three domains (clinic, library, fleet); of the other")
	line("four (museum, energy, league, nursery) only totals are looked at. A test runs a short form with every run of the tests and holds it to")
	line("the targets.")
	line("")
	line("* precision: how much of what was answered is right; coverage: how much of what was asked was answered.")
	line("* Asking back and abstaining are neither right nor wrong; they cost coverage.")
	line("")
	line("Seed %d, %d rows of each main table, %d questions.", p.seed, p.rows, len(o.all))
	line("")
	line("## Targets")
	line("")
	line("| what | result | target | |")
	line("|---|---:|---:|---|")
	for _, t := range o.targets() {
		sign, mark := "≥", "met"
		if t.most {
			sign = "≤"
		}
		if !t.met() {
			mark = "**missed**"
		}
		line("| %s | %s | %s %s | %s |", t.what, digits(t.got), sign, digits(t.wanted), mark)
	}
	line("")
	n, invalid := o.citations()
	line("Citations: %d were checked. The query of each was run again and its rows and their number compared; each row's XPath was", n)
	line("followed in the document, its line and excerpt compared. %d were not valid. %d hostile statements were tried.", len(invalid), o.tried)
	line("")
	line("## Where rows are searched as well")
	line("")
	ways := "by words"
	if o.searched.meaning {
		ways = "by words and by meaning (the embedder that is built in)"
	}
	line("The questions without an answer were asked again with an index, searched %s. Whatever is asked, some vector is the", ways)
	line("nearest, so rows that share no word with the question, or few of many and no name, are shown as the nearest rows and never as found. Who asks for a figure")
	line("that can't be computed is told why.")
	line("")
	line("* %d questions that lack something in the tables: %d got a figure, for %d rows were shown that hold their words, labelled as such;", o.searched.impossible, o.searched.computed, o.searched.shown)
	line("  the others were abstained from.")
	line("* %d times questions about other things altogether: %d were not abstained from.", o.searched.elsewhere, len(o.searched.elsewhereAnswer))
	line("")
	line("## By shape of question")
	line("")
	line("| shape | asked | right | wrong | asked back | abstained | precision | coverage | held out: precision | coverage |")
	line("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, shape := range o.shapes() {
		s := o.of(func(j judged) bool { return j.shape == shape })
		h := o.of(func(j judged) bool { return j.shape == shape && j.heldOut })
		held := "– | –"
		if h.total() > 0 {
			held = digits(h.precision()) + " | " + digits(h.coverage())
		}
		if shape == "impossible" || shape == "hand-written, impossible" {
			line("| %s | %d | – | %d | %d | %d | – | – | – | – |", shape, s.total(), s.wrong, s.askedBack, s.abstained)
			continue
		}
		line("| %s | %d | %d | %d | %d | %d | %s | %s | %s |", shape, s.total(), s.right, s.wrong, s.askedBack, s.abstained, digits(s.precision()), digits(s.coverage()), held)
	}
	line("")
	line("## What isn't answered")
	line("")
	line("The first of each shape that got no answer though there is one:")
	line("")
	seen := map[string]bool{}
	for _, j := range o.all {
		if answerable(j) && j.verdict != right && !seen[j.shape] {
			seen[j.shape] = true
			line("* %s: “%s” (%s)", j.shape, j.text, [...]string{"right", "wrong", "asked back", "abstained"}[j.verdict])
		}
	}
	line("")
	line("## What this page can't tell")
	line("")
	line("The templates were written by those who wrote the router, and ask in the words that schemas use; coverage on them is higher than")
	line("people will see, who also use other words (the rows that begin with *loosely*): then it abstains by design. Text-to-SQL and answers over")
	line("retrieved rows depend on the model; what is checked of them here is what doesn't: figures come from results by")
	line("placeholder, sentences are held to their rows (see the tests of `internal/rag`).")
	return b.String()
}

func (o *outcome) shapes() []string {
	var out []string
	for _, j := range o.all {
		if !slices.Contains(out, j.shape) {
			out = append(out, j.shape)
		}
	}
	return out
}

// digits writes a share that only says 1 if nothing is missing.
func digits(v float64) string {
	if v == float64(int(v)) {
		return fmt.Sprint(int(v))
	}
	text := fmt.Sprintf("%.3f", v)
	if v < 1 && text == "1.000" {
		return "0.999"
	}
	return text
}
