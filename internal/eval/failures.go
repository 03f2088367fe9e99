package eval

import (
	"fmt"
	"strings"
)

// weakness explains mistakes that are known, and where they show.
type weakness struct {
	title, why string
	scenario   string
	of         []aspect
}

func weaknesses() []weakness {
	return []weakness{
		{
			"A row without a key that goes into another file is removed and added.",
			"Rows are matched by likeness within a pair of files only, even those that are equal in every cell. With a key they are reported as moved.",
			"rows moved", []aspect{rowsMoved.byLikeness(), rowsAdded.byLikeness()},
		},
		{
			"A row without a key that lost most of what tells it apart is removed and added.",
			"An event has five values, and host and level say little. If two of the other three change, less than half of its weight is the same.",
			"rows changed", []aspect{rowsRemoved.byLikeness(), cellsChanged.byLikeness()},
		},
		{
			"A text that is unique by chance is taken for the key where the true key is compound.",
			"Pairs of columns are only tried if no single column is unique. A row whose text changes is then removed and added.",
			"unique text", []aspect{keysFound, rowsAdded},
		},
		{
			"A renamed file whose columns are renamed, dropped and added at once may not be found again.",
			"Likeness of content is measured by column and value before columns are matched. Where the columns with most of the different values have other names, " +
				"little is left to go by. If the key is unique over all files, the rows are then reported as moved.",
			"everything", []aspect{filePairs, rowsMoved},
		},
	}
}

// failures tells where it fails, and why, with examples.
func (p *pageWriter) failures(o *outcome) {
	p.line("## Where it fails, and why")
	p.line("")
	for _, w := range weaknesses() {
		s := o.mutants[w.scenario]
		var examples []string
		for _, a := range w.of {
			if list := s.examples[a]; len(list) > 0 {
				examples = append(examples, fmt.Sprintf("  * %s: `%s`", a, strings.ReplaceAll(clip(list[0]), "`", "'")))
			}
		}
		if len(examples) == 0 {
			continue // it is mended
		}
		p.line(fmt.Sprintf("* **%s** %s In *%s*:", w.title, w.why, w.scenario))
		for _, e := range examples {
			p.line(e)
		}
	}
	p.line("* **A day that may be a month is never guessed:** 03/04/2025 is another value than 2025-04-03, and counts so in *dates day first*.")
	p.line("")
}

// clip cuts an example to a line.
func clip(text string) string {
	r := []rune(text)
	if len(r) > 180 {
		return string(r[:180]) + " ..."
	}
	return text
}
