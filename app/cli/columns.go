package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns prints rows of cells under each other. Widths are those of a
// terminal: wide characters take two places, combining ones none. On a
// terminal the widest cells are shortened until lines fit.
type columns struct {
	right []bool // columns to align right
	rows  [][]string
	room  int // for rows, headings included; 0: for all
	left  int // rows that found no room
}

// widestCell is what a column grows to. Longer cells push the rest of their
// own row to the right, not that of all others.
const widestCell = 48

// add takes a row, or counts it where there is no room. A single one too many
// is kept: the line that tells of it would take its place.
func (c *columns) add(cells ...string) {
	switch {
	case c.room == 0 || c.left == 0 && len(c.rows) <= c.room:
		c.rows = append(c.rows, cells)
	case c.left == 0:
		c.rows, c.left = c.rows[:c.room], 2
	default:
		c.left++
	}
}

func (c *columns) print(w io.Writer, indent string) error {
	if room := terminalWidth(w); room > 0 {
		c.fit(room - len(indent))
	}
	var widths []int
	for _, row := range c.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if n := displayWidth(cell); n <= widestCell {
				widths[i] = max(widths[i], n)
			}
		}
	}
	for _, row := range c.rows {
		var line strings.Builder
		line.WriteString(indent)
		for i, cell := range row {
			space := strings.Repeat(" ", max(0, widths[i]-displayWidth(cell)))
			switch {
			case i < len(c.right) && c.right[i]:
				line.WriteString(space + cell)
			case i == len(row)-1:
				line.WriteString(cell)
			default:
				line.WriteString(cell + space)
			}
			if i < len(row)-1 {
				line.WriteString("  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// fit shortens the cells of the widest columns until lines take no more than
// room, or nothing is left to shorten. Numbers stay whole.
func (c *columns) fit(room int) {
	const narrowest = 6
	var widths []int
	for _, row := range c.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	for total > room {
		widest := -1
		for i, n := range widths {
			if (i >= len(c.right) || !c.right[i]) && n > narrowest && (widest < 0 || n > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	for _, row := range c.rows {
		for i := range row {
			row[i] = shortened(row[i], widths[i])
		}
	}
}

// displayWidth is how many places a text takes on a terminal.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens s to most places.
func cut(s string, most int) string {
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > most {
			return s[:i]
		}
	}
	return s
}

// shown makes text from a document or a file name safe to print: control
// characters, which could steer the terminal, and those that reverse the
// writing direction are escaped.
func shown(s string) string {
	odd := func(r rune) bool {
		return r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
	}
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if odd(r) {
			fmt.Fprintf(&b, `\u%04X`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
