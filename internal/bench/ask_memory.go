package bench

import (
	"context"
	"fmt"
	"io"

	"retable/internal/sample"
)

// memory asks: how much memory does a conversion need, whatever comes?
func (b *Bench) memory(ctx context.Context) (*section, error) {
	s := &section{title: "Memory", intro: "Peak resident memory of a conversion by one worker. It must not grow with the file, nor with the depth of its nesting.\n" +
		"The program's own memory is what it asked the system for (anonymous pages, looked at every 2 ms). The rest is the program's\n" +
		"file, as much of it as the system's cache maps: it is shared by all who run it, and the system takes it back when memory is short.\n" +
		"How much is mapped is not the program's doing: where the cache holds the file in pages of 2 MB, touching one byte maps all of one."}
	shapes, err := b.memoryInputs()
	if err != nil {
		return nil, err
	}
	g := grid{header: []string{"input", "format", "peak MB", "its own MB", "CPU s"}}
	rounds := b.cfg.Rounds
	b.cfg.Rounds = min(rounds, 2) // memory varies little, and 2 GB take long
	defer func() { b.cfg.Rounds = rounds }()
	grown := map[string][]float64{}
	for _, in := range shapes {
		for _, format := range in.formats {
			c := b.convert(in.name+", "+format, in.path, "--format", format, "--workers", "1")
			runs := b.interleave(ctx, []*contestant{c})[c.name]
			if len(runs) == 0 {
				g.add(in.name, format, "–", "–", "–")
				s.missing([]*contestant{c}, in.name, false)
				if format == "csv" {
					s.verdicts = append(s.verdicts, verdict{claim: in.name + ", CSV: peak", target: 32, atMost: true, unit: " MB", absent: c.missing})
				}
				continue
			}
			peak := column(runs, rssOf)
			own := column(runs, ownOf)
			g.add(in.name, format, peak.String(), own.String(), column(runs, cpuOf).String())
			if in.ladder {
				grown[format] = append(grown[format], peak.median)
			}
			if format == "csv" {
				s.verdicts = append(s.verdicts, verdict{claim: in.name + ", CSV: peak", got: peak.high, target: 32, atMost: true, unit: " MB"})
				if own.high > 0 {
					s.verdicts = append(s.verdicts, verdict{claim: in.name + ", CSV: of it the program's own", got: own.high, target: 32, atMost: true, unit: " MB"})
				}
			}
		}
	}
	s.verdicts = append(s.verdicts, growth("CSV: largest file over smallest", grown["csv"], 1.25), growth("Parquet: larger file over smaller", grown["parquet"], 1.5),
		growth("XLSX: larger file over smaller", grown["xlsx"], 1.5))
	if b.absent != "" {
		s.notes = append(s.notes, b.absent)
	} else if idle, err := b.once(ctx, &contestant{name: "idle", argv: []string{b.retable, "version"}}); err != nil {
		s.notes = append(s.notes, "`retable version` could not be measured: "+err.Error())
	} else {
		s.notes = append(s.notes, fmt.Sprintf("`retable version`, which does nothing, has %s MB resident, %s MB of them its own", digits(rssOf(idle)), digits(ownOf(idle))))
	}
	s.tables = []grid{g}
	return s, nil
}

// growth judges whether memory stays as files grow.
func growth(claim string, peaks []float64, target float64) verdict {
	v := verdict{claim: claim, target: target, atMost: true, unit: "x"}
	if len(peaks) < 2 {
		v.absent = "two sizes are needed"
		return v
	}
	v.got = peaks[len(peaks)-1] / peaks[0]
	return v
}

type memoryInput struct {
	input
	formats []string
	ladder  bool // one of the same shape in growing sizes
}

func (b *Bench) memoryInputs() ([]memoryInput, error) {
	csv := []string{"csv"}
	var out []memoryInput
	add := func(name, file string, formats []string, ladder bool, write func(io.Writer) error) error {
		path, err := b.make(file, write)
		out = append(out, memoryInput{input{name: name, path: path}, formats, ladder})
		return err
	}
	for _, mb := range []float64{100, 300, 2000} {
		in, err := b.records(mb)
		if err != nil {
			return nil, err
		}
		formats := csv
		if mb < 1000 {
			formats = []string{"csv", "parquet", "xlsx"}
		}
		out = append(out, memoryInput{in, formats, true})
	}
	size := b.mb(100)
	for _, depth := range []int{50, 500} {
		if err := add(fmt.Sprintf("nested %d levels", depth), fmt.Sprintf("deep-%d.xml", depth), csv, false,
			func(w io.Writer) error { return sample.Deep(w, size, depth, 1) }); err != nil {
			return nil, err
		}
	}
	if err := add("recursive, up to 200 levels", "recursive.xml", csv, false, func(w io.Writer) error { return sample.Recursive(w, size, 200, 1) }); err != nil {
		return nil, err
	}
	if err := add("one huge record", "huge.xml", csv, false, func(w io.Writer) error { return sample.Huge(w, size, 1) }); err != nil {
		return nil, err
	}
	rows := max(2, int(size/(5000*22)))
	return out, add("5,000 columns", "wide.xml", csv, false, func(w io.Writer) error { return sample.Wide(w, 5000, rows, 1) })
}
