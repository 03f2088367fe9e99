package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"retable/internal/retable"
)

// liveAnswer shows a model's words as they come. They are provisional: what is
// checked at the end takes their place on a terminal, and follows them elsewhere.
type liveAnswer struct {
	w      io.Writer // nil: nothing is shown before the end
	json   *jsonLines
	style  style
	width  int // of the terminal, 0 where it is none
	height int
	said   strings.Builder
	routed bool // what comes now is the answer itself: it is printed at the end
}

// live says where the steps of an answer go.
func (a *askCmd) live(c *call) *liveAnswer {
	switch f, ok := c.Out.(*os.File); {
	case a.JSON && a.Stream:
		return &liveAnswer{json: newJSONLines(c.Out)}
	case a.JSON:
	case ok && term.IsTerminal(int(f.Fd())):
		if width, height, err := term.GetSize(int(f.Fd())); err == nil {
			return &liveAnswer{w: c.Out, style: styleOf(c.Out), width: width, height: height}
		}
	case a.Stream:
		return &liveAnswer{w: c.Out}
	}
	return &liveAnswer{}
}

// event takes the next step.
func (l *liveAnswer) event(e retable.AnswerEvent) error {
	switch {
	case l.json != nil:
		l.json.value(e)
		return l.json.err
	case l.w == nil:
		return nil
	}
	switch e.Kind {
	case "route":
		l.routed = true
	case "token":
		if l.routed {
			return nil
		}
		text := shownLines(e.Token)
		l.said.WriteString(text)
		_, err := fmt.Fprint(l.w, l.style.faint+text+l.style.off)
		return err
	}
	return nil
}

// end ends the line of an answer that failed.
func (l *liveAnswer) end() {
	if l.said.Len() > 0 {
		fmt.Fprintln(l.w)
	}
}

// take makes room for the text at the end: what was shown is taken back from
// the screen, as far as it is still there.
func (l *liveAnswer) take(text string) {
	said := l.said.String()
	if said == "" {
		return
	}
	rows := 0
	for line := range strings.SplitSeq(said, "\n") {
		rows++
		if l.width > 0 {
			rows += max(0, displayWidth(line)-1) / l.width
		}
	}
	switch {
	case l.width > 0 && rows < l.height:
		fmt.Fprint(l.w, "\r")
		if rows > 1 {
			fmt.Fprintf(l.w, "\x1b[%dA", rows-1)
		}
		fmt.Fprint(l.w, "\x1b[J")
	case strings.TrimSpace(said) == strings.TrimSpace(text):
		fmt.Fprint(l.w, "\n\n")
	default:
		fmt.Fprint(l.w, "\n\nChecked against the rows, what is left of that is:\n\n")
	}
}

// shownLines makes each line of a text safe for a terminal.
func shownLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = shown(lines[i])
	}
	return strings.Join(lines, "\n")
}
