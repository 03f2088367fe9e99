package index

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/table"
)

// cardColumns is how many columns one card names; wider tables have several
// cards, each with the head.
const cardColumns = 40

// card is the text of a card and what it gives to the full text.
type card struct {
	kind  Kind
	tbl   string // of KindTable
	ref   string // comparison of KindChange
	part  int
	text  string // first line: what the card is of
	title string
	names string
	body  string
}

// tally counts the values of a column as long as they are few.
type tally struct {
	counts map[string]int64
	closed bool
}

// The bounds of a tally.
const (
	tallyValues = 256
	tallyBytes  = 64
	topValues   = 5
)

func (t *tally) add(v []byte) {
	if t.closed {
		return
	}
	if _, known := t.counts[string(v)]; !known && (len(v) > tallyBytes || len(t.counts) == tallyValues) {
		t.counts, t.closed = nil, true
		return
	}
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	t.counts[string(v)]++
}

// top lists the most frequent values, "" when the values are too many or each
// is another.
func (t *tally) top() string {
	type entry struct {
		value string
		count int64
	}
	var all []entry
	most := int64(0)
	for v, n := range t.counts {
		all = append(all, entry{v, n})
		most = max(most, n)
	}
	if most < 2 {
		return ""
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.value, b.value))
	})
	var out []string
	for _, e := range all[:min(topValues, len(all))] {
		out = append(out, fmt.Sprintf("%s (%s)", shown(e.value), thousands(e.count)))
	}
	return strings.Join(out, ", ")
}

// tableCards makes the cards of a table.
func tableCards(s *shape, files int, tallies []tally) []card {
	head := fmt.Sprintf("table %s (%s)", oneLine(s.info.Name), oneLine(s.info.Path))
	facts := fmt.Sprintf("%s in %s", counted(s.info.Rows, "row"), counted(int64(files), "file"))
	if s.key >= 0 {
		facts += ", key " + oneLine(s.schema.Columns[s.key].Name)
	}
	if s.info.Parent != "" {
		facts += ", below " + oneLine(s.info.Parent)
	}
	var columns []int
	for i, c := range s.schema.Columns {
		if c.Role == table.Data {
			columns = append(columns, i)
		}
	}
	var out []card
	for first := 0; first == 0 || first < len(columns); first += cardColumns {
		group := columns[first:min(first+cardColumns, len(columns))]
		c := card{kind: KindTable, tbl: s.info.Name, part: len(out), title: searchable(bothWays(s.info.Name) + " " + bothWays(s.info.Path))}
		var lines, names []string
		for _, i := range group {
			lines = append(lines, columnLine(s, i, &tallies[i]))
			names = append(names, bothWays(s.schema.Columns[i].Name))
		}
		c.text = strings.Join(append([]string{head, facts}, lines...), "\n")
		c.names = searchable(strings.Join(names, "\n"))
		c.body = searchable(strings.Join(append([]string{facts}, lines...), "\n"))
		out = append(out, c)
	}
	return out
}

// columnLine tells of a column: type, counts, range, and the most frequent
// values or else examples.
func columnLine(s *shape, i int, t *tally) string {
	c := &s.schema.Columns[i]
	line := oneLine(c.Name) + ": " + typeName(c)
	st := c.Stats
	if st == nil {
		if top := t.top(); top != "" {
			line += ", most often " + top
		}
		return line
	}
	line += ", " + counted(int64(st.Values), "value")
	if st.Nulls > 0 {
		line += fmt.Sprintf(" (%s missing)", thousands(int64(st.Nulls)))
	}
	switch {
	case i == s.key:
		line += ", all distinct"
	case st.Distinct <= 64: // exact
		line += fmt.Sprintf(", %d distinct", st.Distinct)
	default:
		line += fmt.Sprintf(", about %s distinct", thousands(int64(st.Distinct)))
	}
	if c.Type != table.Text && st.Min != "" {
		line += fmt.Sprintf(", from %s to %s", shown(st.Min), shown(st.Max))
	}
	if top := t.top(); top != "" {
		return line + ", most often " + top
	}
	var examples []string
	for _, e := range st.Examples {
		if e != "" && len(examples) < 3 {
			examples = append(examples, shown(e))
		}
	}
	if len(examples) > 0 {
		line += ", such as " + strings.Join(examples, ", ")
	}
	return line
}

func typeName(c *table.Column) string {
	switch c.Form {
	case table.List:
		return "list of " + c.Type.String()
	case table.JSON:
		return "JSON"
	case table.XML:
		return "XML"
	}
	return c.Type.String()
}

// changeLines is how many lines one change card has at most.
const changeLines = 60

// changeCards makes the cards of a comparison.
func changeCards(ch *Change) []card {
	head := fmt.Sprintf("changes from %s to %s", oneLine(ch.Left), oneLine(ch.Right))
	facts := fmt.Sprintf("%s added, %s removed, %s changed, %s the same",
		counted(ch.Added, "row"), thousands(ch.Removed), thousands(ch.Changed), thousands(ch.Same))
	var lines, names []string
	for _, t := range ch.Tables {
		line := "table " + oneLine(t.Name)
		if t.State != "" {
			line += " " + t.State
		}
		lines = append(lines, fmt.Sprintf("%s: %s added, %s removed, %s changed", line, counted(t.Added, "row"), thousands(t.Removed), thousands(t.Changed)))
		names = append(names, bothWays(t.Name))
		for _, c := range t.Columns {
			line := fmt.Sprintf("column %s of %s", oneLine(c.Name), oneLine(t.Name))
			if c.State != "" {
				line += " " + c.State
			}
			line += ": " + counted(c.Changed, "changed cell")
			if c.Example != "" {
				line += ", such as " + shown(c.Example)
			}
			lines = append(lines, line)
			names = append(names, bothWays(c.Name))
		}
	}
	var out []card
	for first := 0; first == 0 || first < len(lines); first += changeLines {
		end := min(first+changeLines, len(lines))
		group := append([]string{facts}, lines[first:end]...)
		out = append(out, card{
			kind: KindChange, ref: ch.Comparison, part: len(out),
			title: searchable("changes comparison difference " + bothWays(ch.Left) + " " + bothWays(ch.Right)),
			names: searchable(strings.Join(names[first:end], "\n")),
			body:  pairs(strings.Join(group, "\n")),
			text:  strings.Join(append([]string{head}, group...), "\n"),
		})
	}
	return out
}

// shown is a value as a card shows it: one line, not long.
func shown(v string) string {
	const most = 60
	v = strings.TrimSpace(oneLine(v))
	if utf8.RuneCountInString(v) <= most {
		return v
	}
	return string([]rune(v)[:most-1]) + "…"
}

// counted is a number with its noun: "1 row", "1,204 rows".
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes 1204 as 1,204.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
