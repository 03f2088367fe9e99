package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// atMost is how many of n lines a list shows that has room for most. A single
// one is never left out: the line that says so would take its place.
func atMost(n, most int) int {
	if n <= most+1 {
		return n
	}
	return most
}

// terminalWidth is how many places w has beside each other, 0 where it is no
// terminal and lines may be as long as they like.
func terminalWidth(w io.Writer) int {
	switch w := w.(type) {
	case interface{ columns() int }:
		return w.columns()
	case *os.File:
		if !term.IsTerminal(int(w.Fd())) {
			return 0
		}
		if columns, _, err := term.GetSize(int(w.Fd())); err == nil && columns > 0 {
			return columns
		}
		return 80
	}
	return 0
}

// say prints lines of text, on a terminal broken between words. A path is
// never broken by us, so that it can be copied.
func say(w io.Writer, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if width := terminalWidth(w); width > 0 {
		text = wrapped(text, width)
	}
	fmt.Fprint(w, text)
}

// wrapped breaks lines that are longer than width; what follows is indented.
func wrapped(text string, width int) string {
	const indent = "  "
	var b strings.Builder
	for line := range strings.Lines(text) {
		body, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		if displayWidth(body) <= width {
			b.WriteString(line)
			continue
		}
		used := 0
		for i, word := range strings.Split(body, " ") {
			n := displayWidth(word)
			switch {
			case i == 0:
			case used+1+n > width && used > len(indent):
				b.WriteString("\n" + indent)
				used = len(indent)
			default:
				b.WriteString(" ")
				used++
			}
			b.WriteString(word)
			used += n
		}
		b.WriteString(end)
	}
	return b.String()
}

// shortened takes the middle out of s, so that it fits into most places: of
// paths and names the beginning and the end say most.
func shortened(s string, most int) string {
	if displayWidth(s) <= most {
		return s
	}
	if most <= 1 {
		return cut(s, most)
	}
	head := cut(s, (most-1)/2)
	room := most - 1 - displayWidth(head)
	tail, runes := 0, []rune(s)
	from := len(runes)
	for from > 0 && tail+runeWidth(runes[from-1]) <= room {
		from--
		tail += runeWidth(runes[from])
	}
	return head + "…" + string(runes[from:])
}
