package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"retable/app"
)

func comparisonJSON(w io.Writer, res *app.Comparison) error {
	j := newJSONLines(w)
	for i := range res.Files {
		j.write("pair", &res.Files[i])
	}
	for i := range res.Tables {
		j.write("table", &res.Tables[i])
	}
	for _, r := range res.Reports {
		j.write("report", r)
	}
	s := *res.ComparisonSummary
	s.Files, s.Tables = nil, nil
	j.write("summary", struct {
		app.ComparisonSummary
		Files   *struct{} `json:"files,omitempty"` // told one by one
		Tables  *struct{} `json:"tables,omitempty"`
		Seconds float64   `json:"seconds"`
	}{ComparisonSummary: s, Seconds: res.Duration.Seconds()})
	return j.err
}

func comparisonText(w io.Writer, res *app.Comparison, recipe string) error {
	say(w, "%s -> %s: %s, %s\n\n", shown(res.Left.Name), shown(res.Right.Name), verdict(res), humanDuration(res.Duration))
	for _, part := range []func(io.Writer, *app.Comparison) error{pairsText, tablesText, columnsText, waterfallText} {
		if err := part(w, res); err != nil {
			return err
		}
	}
	compareProblems(w, res)
	if recipe != "" {
		fmt.Fprintf(w, "Recipe saved to %s\n", recipe)
	}
	for _, r := range res.Reports {
		fmt.Fprintf(w, "Report %s: %s (%s)\n", r.Kind, r.Path, humanBytes(r.Bytes))
	}
	return nil
}

// verdict is the answer in a few words.
func verdict(res *app.Comparison) string {
	switch {
	case res.Same && !res.Certain:
		return "no difference in what could be read"
	case res.Same && res.Totals.CellsFormatOnly > 0:
		return "the same but for spelling"
	case res.Same:
		return "the same"
	case res.Similarity == 1:
		return "the same but for names"
	}
	return "different"
}

// pairsText lists the pairs of files: first those that differ or were not
// plain to find.
func pairsText(w io.Writer, res *app.Comparison) error {
	if len(res.Files) == 1 && res.Left.Form == "csv" {
		return nil
	}
	t := &res.Totals
	say(w, "Files: %s (%s the same, %s renamed), %s only left, %s only right\n", count(t.FilesPaired, "pair"),
		thousands(uint64(t.FilesSame)), thousands(uint64(t.FilesRenamed)), thousands(uint64(t.FilesRemoved)), thousands(uint64(t.FilesAdded)))
	list := columns{right: []bool{true, false, true}, room: 1 + listed}
	list.add("SIMILAR", "PAIRED BY", "SCORE", "FILE")
	for _, odd := range []bool{true, false} {
		for i := range res.Files {
			p := &res.Files[i]
			if isOdd := p.Left != p.Right || p.Partial; isOdd == odd && (odd || !p.Same) {
				list.add(pairCells(p)...)
			}
		}
	}
	if len(list.rows) > 1 {
		if err := list.print(w, "  "); err != nil {
			return err
		}
	}
	if list.left > 0 {
		say(w, "  ... and %s with differences\n", count(list.left, "more pair"))
	}
	fmt.Fprintln(w)
	return nil
}

func pairCells(p *app.ComparedFiles) []string {
	score, partial := "", ""
	if p.Score > 0 {
		score = strconv.FormatFloat(p.Score, 'f', 2, 64)
	}
	if p.Partial {
		partial = "  (partial)"
	}
	switch {
	case p.Right == "":
		return []string{"-", "only left", "", shown(p.Left) + partial}
	case p.Left == "":
		return []string{"-", "only right", "", shown(p.Right) + partial}
	case p.Left != p.Right:
		return []string{share(p.Similarity), p.Stage, score, shown(p.Left) + " -> " + shown(p.Right) + partial}
	}
	return []string{share(p.Similarity), p.Stage, score, shown(p.Left) + partial}
}

// share is a similarity in percent; 100 % is said of nothing else.
func share(v float64) string {
	switch {
	case v == 1:
		return "100 %"
	case v > 0.9999:
		return ">99.99 %"
	case v > 0 && v < 0.0001:
		return "<0.01 %"
	}
	return strconv.FormatFloat(100*v, 'f', 2, 64) + " %"
}

func tablesText(w io.Writer, res *app.Comparison) error {
	t := &res.Totals
	say(w, "Tables: %s (%s the same), %s only left, %s only right\n", count(t.TablesPaired, "pair"),
		thousands(uint64(t.TablesSame)), thousands(uint64(t.TablesRemoved)), thousands(uint64(t.TablesAdded)))
	list := columns{right: []bool{true, true, true, true, true, true, true}, room: 1 + 2*listed}
	list.add("SIMILAR", "MATCHED", "CHANGED", "MOVED", "REMOVED", "ADDED", "CELLS", "TABLE", "KEY")
	for i := range res.Tables {
		x := &res.Tables[i]
		if x.Same && x.CellsFormatOnly == 0 {
			continue
		}
		cells := []string{share(x.Similarity)}
		for _, n := range []int64{x.RowsMatched, x.RowsChanged, x.RowsMoved, x.RowsRemoved, x.RowsAdded, x.CellsChanged} {
			cells = append(cells, thousands(uint64(n)))
		}
		name := shown(x.Name)
		switch {
		case x.OnlyLeft || x.OnlyRight:
			cells[0] = "-"
		case x.Right != "":
			name += " -> " + shown(x.Right)
		}
		list.add(append(cells, name, keyText(x))...)
	}
	if len(list.rows) > 1 {
		if err := list.print(w, "  "); err != nil {
			return err
		}
	}
	if list.left > 0 {
		say(w, "  ... and %s with differences\n", count(list.left, "more table"))
	}
	if n := t.CellsFormatOnly; n > 0 {
		fmt.Fprintf(w, "  %s in another spelling, which counts as equal\n", count(uint64(n), "cell"))
	}
	fmt.Fprintln(w)
	return nil
}

// keyText is how the rows of a table were matched.
func keyText(t *app.ComparedTable) string {
	switch {
	case t.OnlyLeft:
		return "only left"
	case t.OnlyRight:
		return "only right"
	case len(t.Key.Columns) == 0 && t.Key.Scope == "root":
		return "the file"
	case len(t.Key.Columns) == 0:
		return "none: by likeness"
	}
	text := shown(strings.Join(t.Key.Columns, " + "))
	switch t.Key.Scope {
	case "parent", "file":
		text += " within its " + t.Key.Scope
	}
	if n := t.Key.DuplicateLeft + t.Key.DuplicateRight; n > 0 {
		text += fmt.Sprintf(" (%s)", count(uint64(n), "duplicate"))
	}
	return text
}

// columnsText lists columns that only one side has, or that were renamed.
func columnsText(w io.Writer, res *app.Comparison) error {
	t := &res.Totals
	if t.ColumnsRenamed+t.ColumnsAdded+t.ColumnsRemoved == 0 {
		return nil
	}
	say(w, "Columns: %s renamed, %s removed, %s added\n",
		thousands(uint64(t.ColumnsRenamed)), thousands(uint64(t.ColumnsRemoved)), thousands(uint64(t.ColumnsAdded)))
	list := columns{room: listed}
	for i := range res.Tables {
		x := &res.Tables[i]
		if x.OnlyLeft || x.OnlyRight {
			continue
		}
		for k := range x.Columns {
			c := &x.Columns[k]
			if c.How != "renamed" && c.How != "added" && c.How != "removed" {
				continue
			}
			name := shown(c.Name())
			if c.How == "renamed" {
				name = fmt.Sprintf("%s -> %s (%.2f)", name, shown(c.Right), c.Score)
			}
			list.add(c.How, shown(x.Name), name)
		}
	}
	if err := list.print(w, "  "); err != nil {
		return err
	}
	if list.left > 0 {
		say(w, "  ... and %s\n", count(list.left, "more column"))
	}
	fmt.Fprintln(w)
	return nil
}

// barWidth is the width of a full bar of the waterfall.
const barWidth = 40

// waterfallText draws the way from 100 % down to the similarity. The scale
// begins below the similarity, so that small losses can be seen.
func waterfallText(w io.Writer, res *app.Comparison) error {
	say(w, "Similarity: %s (mean over files %s)\n", share(res.Similarity), share(res.Mean))
	if res.Similarity == 1 {
		fmt.Fprintln(w)
		return nil
	}
	floor := 0.0
	for _, span := range []float64{0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5} {
		if 1-res.Similarity <= 0.8*span {
			floor = 1 - span
			break
		}
	}
	at := func(v float64) int {
		return int((max(v, floor)-floor)/(1-floor)*barWidth + 0.5)
	}
	var list columns
	list.right = []bool{false, true}
	list.add("everything", "100 %", strings.Repeat("#", barWidth))
	top := 1.0
	for _, s := range res.Waterfall.Steps() {
		if s.Lost == 0 {
			continue
		}
		to := max(top-s.Lost, 0)
		from, until := at(to), at(top)
		if from == until && from > 0 {
			from--
		}
		list.add(s.Label, "-"+share(s.Lost), strings.Repeat(" ", from)+strings.Repeat("-", until-from))
		top = to
	}
	list.add("similarity", share(res.Similarity), strings.Repeat("#", at(res.Similarity)))
	if err := list.print(w, "  "); err != nil {
		return err
	}
	if floor > 0 {
		fmt.Fprintf(w, "  (bars begin at %s %%)\n", strconv.FormatFloat(100*floor, 'f', -1, 64))
	}
	fmt.Fprintln(w)
	return nil
}

// compareProblems lists what could not be read, and what was odd.
func compareProblems(w io.Writer, res *app.Comparison) {
	var lines []string
	for _, side := range []struct {
		name     string
		problems []string
	}{{res.Left.Name, res.Left.Problems}, {res.Right.Name, res.Right.Problems}} {
		for _, p := range side.problems {
			lines = append(lines, "problem: "+side.name+": "+p)
		}
	}
	for _, n := range res.Notes {
		lines = append(lines, "note: "+n)
	}
	for i := range res.Tables {
		for _, n := range res.Tables[i].Notes {
			lines = append(lines, "note: "+res.Tables[i].Name+": "+n)
		}
	}
	n := atMost(len(lines), 2*listed)
	for _, l := range lines[:n] {
		say(w, "%s\n", shown(l))
	}
	if left := len(lines) - n; left > 0 {
		say(w, "... and %s, see the reports or --json\n", count(left, "more remark"))
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
	}
}
