package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"retable/app"
)

// progressLine draws one line on a terminal: phase, share, rate, time left.
// Elsewhere it is silent.
type progressLine struct {
	w     io.Writer
	now   func() time.Time
	width func() int // of the terminal
	phase string
	began time.Time
	drawn int // places that the last line took
}

// rateAfter is how long a phase must run before its rate means something.
const rateAfter = 300 * time.Millisecond

// newProgress returns a line for w if it is a terminal and quiet isn't set.
func newProgress(w io.Writer, quiet bool) *progressLine {
	f, ok := w.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return &progressLine{}
	}
	return &progressLine{w: w, now: time.Now, width: func() int {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
		return 80
	}}
}

// report is an app progress callback, or nil where nothing is drawn.
func (p *progressLine) report() func(app.Progress) {
	if p.w == nil {
		return nil
	}
	return p.draw
}

func (p *progressLine) draw(g app.Progress) {
	now := p.now()
	if g.Phase != p.phase {
		p.phase, p.began = g.Phase, now
	}
	// The last place stays free: some terminals break the line when it is taken.
	line := cut(progressText(g, now.Sub(p.began)), p.width()-1)
	wide := displayWidth(line)
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, min(p.drawn, p.width()-1)-wide)))
	p.drawn = wide
}

// progressText says what is known: without a total there is no share and no
// time left.
func progressText(g app.Progress, spent time.Duration) string {
	done := humanBytes(g.Done)
	if g.Total > 0 {
		done = fmt.Sprintf("%3d %% of %s", min(100, 100*g.Done/g.Total), humanBytes(g.Total))
	}
	if g.Done == 0 && g.Total < 0 { // a phase that counts rows
		done = count(g.Rows, "row")
	}
	line := fmt.Sprintf("%-8s %s", g.Phase, done)
	if spent >= rateAfter && g.Done > 0 {
		rate := float64(g.Done) / spent.Seconds()
		line += fmt.Sprintf("  %s/s", humanBytes(int64(rate)))
		if g.Total > 0 {
			left := float64(max(0, g.Total-g.Done)) / rate
			line += fmt.Sprintf("  %s left", max(time.Second, time.Duration(left*float64(time.Second)).Round(time.Second)))
		}
	}
	if g.FilesTotal > 1 {
		line += fmt.Sprintf("  file %s of %s", thousands(uint64(min(g.Files+1, g.FilesTotal))), thousands(uint64(g.FilesTotal)))
	}
	return line
}

// clear removes the line.
// say draws a line of the caller's.
func (p *progressLine) say(text string) {
	if p.w == nil {
		return
	}
	line := cut(text, p.width()-1)
	wide := displayWidth(line)
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, min(p.drawn, p.width()-1)-wide)))
	p.drawn = wide
}

func (p *progressLine) clear() {
	if p.w != nil && p.drawn > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", min(p.drawn, p.width()-1)))
		p.drawn = 0
	}
}

// humanDuration writes a time for people: what is long needs no fractions.
func humanDuration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
