package report

import (
	"math"
	"strconv"
)

// fall draws the way from 1 to the similarity as an SVG. The scale begins
// just below the similarity, so that small losses can be seen.
func (p *page) fall(id string, similarity float64, w Waterfall) {
	if similarity == 1 {
		return
	}
	const (
		left, right, width = 150.0, 100.0, 860.0
		row, top, bar      = 26.0, 8.0, 16.0
	)
	floor := axisFloor(similarity)
	x := func(v float64) float64 { return left + (v-floor)/(1-floor)*(width-left-right) }
	steps := append([]Step{{"everything", 0}}, w.Steps()...)
	height := top + row*float64(len(steps)+1) + 24
	n := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	raw := func(s string) { p.w.WriteString(s) }
	raw(`<figure><svg class="fall" viewBox="0 0 ` + n(width) + " " + n(height) + `" role="img" aria-labelledby="` + id + `-cap">` + "\n")
	for i := range 5 {
		v := floor + (1-floor)*float64(i)/4
		raw(`<line class="grid" x1="` + n(x(v)) + `" x2="` + n(x(v)) + `" y1="0" y2="` + n(height-20) + `"/>`)
		raw(`<text class="axis" text-anchor="middle" x="` + n(x(v)) + `" y="` + n(height-6) + `">`)
		p.f("%s</text>\n", axisLabel(v, floor))
	}
	at := 1.0
	line := func(i int, label, class string, from, to float64, value string) {
		y := top + row*float64(i)
		p.w.WriteString(`<text text-anchor="end" x="` + n(left-10) + `" y="` + n(y+13) + `">`)
		p.f("%s</text>", label)
		p.w.WriteString(`<rect class="` + class + `" rx="2" x="` + n(x(from)) + `" y="` + n(y) + `" width="` + n(max(x(to)-x(from), 1)) + `" height="` + n(bar) + `"/>`)
		p.w.WriteString(`<text class="val" x="` + n(x(to)+8) + `" y="` + n(y+13) + `">`)
		p.f("%s</text>\n", value)
	}
	classes := []string{"total", "removed", "added", "removed", "added", "changed"}
	for i, s := range steps {
		if i == 0 {
			line(i, s.Label, classes[i], floor, 1, "100\u00a0%")
			continue
		}
		to := math.Max(at-s.Lost, floor)
		value := "0"
		if s.Lost > 0 {
			value = "−" + percent(s.Lost)
		}
		line(i, s.Label, classes[i], to, at, value)
		y := top + row*float64(i)
		raw(`<line class="link" x1="` + n(x(at)) + `" x2="` + n(x(at)) + `" y1="` + n(y-row+bar) + `" y2="` + n(y) + `"/>`)
		at = to
	}
	line(len(steps), "similarity", "total", floor, math.Max(similarity, floor), percent(similarity))
	raw("</svg><figcaption id=\"" + id + "-cap\">")
	p.f("From 100 %% down to %s: what each sort of difference costs, as a share of all cells.", percent(similarity))
	if floor > 0 {
		p.f(" The scale begins at %s.", axisLabel(floor, floor))
	}
	p.f("</figcaption></figure>\n")
}

// axisFloor is a round share below v, so that 1-v takes a good part of the axis.
func axisFloor(v float64) float64 {
	lost := 1 - v
	for _, span := range []float64{0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4} {
		if lost <= 0.8*span {
			return 1 - span
		}
	}
	return 0
}

// axisLabel writes a share with the digits that quarters of the scale need.
func axisLabel(v, floor float64) string {
	digits := 0
	for step := (1 - floor) * 25; digits < 6 && math.Abs(step-math.Round(step)) > 1e-9; digits++ {
		step *= 10
	}
	return strconv.FormatFloat(100*v, 'f', digits, 64) + "\u00a0%"
}
