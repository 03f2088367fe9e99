package bench

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"

	"retable/internal/sample"
)

// bundle asks: what do more workers bring for a ZIP of many files?
func (b *Bench) bundle(ctx context.Context) (*section, error) {
	s := &section{title: "Bundles", intro: "One ZIP of 40 XML files, 200 MB unpacked, converted to CSV by one worker and by two. The time is the clock's; the rows\nmust be the same."}
	path, err := b.make("bundle.zip", func(w io.Writer) error { return sample.SmallFiles(w, 40, int(b.mb(5)), 2) })
	if err != nil {
		return nil, err
	}
	const one, two = "1 worker", "2 workers"
	all := []*contestant{b.convert(one, path, "--format", "csv", "--workers", "1"), b.convert(two, path, "--format", "csv", "--workers", "2")}
	runs := b.interleave(ctx, all)
	v := verdict{claim: "2 workers over 1, by the clock", target: 1.5, unit: "x", absent: b.absent}
	if q := ratios(runs[two], runs[one], wallOf); len(q) > 0 {
		v.got = spreadOf(q).median
		s.tables = append(s.tables, grid{header: []string{"", "2 workers against 1"}, rows: [][]string{
			{"speed by the clock", spreadOf(q).String()},
			{"CPU time", ratioText(runs[one], runs[two], cpuOf)},
			{"output", b.sameRows(all[0], all[1])}}})
	} else if v.absent == "" {
		v.absent = "a contestant failed"
	}
	s.verdicts = []verdict{v}
	s.tables = append(s.tables, b.absolute(all, runs, 200*b.cfg.Scale))
	s.missing(all, "bundle", true)
	return s, nil
}

// smallFiles asks: what does a file cost, however small?
func (b *Bench) smallFiles(ctx context.Context) (*section, error) {
	files := int(100_000 * b.cfg.Scale)
	s := &section{title: "Small files", intro: fmt.Sprintf("A ZIP of %d files of 4 KB, and a ZIP of one file with as many bytes, converted to CSV by one worker.", files)}
	many, err := b.make("small.zip", func(w io.Writer) error { return sample.SmallFiles(w, files, 4096, 3) })
	if err != nil {
		return nil, err
	}
	bytes, err := unpacked(many)
	if err != nil {
		return nil, err
	}
	single, err := b.make("single.zip", func(w io.Writer) error { return sample.SmallFiles(w, 1, int(bytes), 3) })
	if err != nil {
		return nil, err
	}
	const small, big = "many small files", "one big file"
	all := []*contestant{b.convert(small, many, "--format", "csv", "--workers", "1"), b.convert(big, single, "--format", "csv", "--workers", "1")}
	runs := b.interleave(ctx, all)
	v := verdict{claim: "speed of small files against the big one", target: 1.0 / 3, absent: b.absent}
	if q := ratios(runs[small], runs[big], cpuOf); len(q) > 0 {
		v.got = spreadOf(q).median
		s.tables = append(s.tables, grid{header: []string{"", "small against big"}, rows: [][]string{{"speed per CPU second", spreadOf(q).String()}}})
	} else if v.absent == "" {
		v.absent = "a contestant failed"
	}
	s.verdicts = []verdict{v}
	s.tables = append(s.tables, b.absolute(all, runs, float64(bytes)/1e6))
	s.missing(all, "small files", true)
	return s, nil
}

// sameRows tells whether two conversions gave as many rows.
func (b *Bench) sameRows(one, two *contestant) string {
	n, err := rowsOf(one.output)
	m, err2 := rowsOf(two.output)
	switch {
	case err != nil || err2 != nil:
		return fmt.Sprint("not comparable: ", err, err2)
	case n != m:
		return fmt.Sprintf("DIFFERS: %d rows against %d", n, m)
	}
	return fmt.Sprintf("agrees: %d rows", n)
}

// absolute is the table of this machine's figures.
func (b *Bench) absolute(all []*contestant, runs map[string][]run, mb float64) grid {
	g := grid{caption: "Figures:", header: []string{"contestant", "wall s", "CPU s", "MB per CPU s", "peak MB"}}
	for _, c := range all {
		if mine := runs[c.name]; len(mine) > 0 {
			cpu := column(mine, cpuOf)
			g.add(c.name, column(mine, wallOf).String(), cpu.String(), digits(mb/cpu.median), column(mine, rssOf).String())
		}
	}
	return g
}

// unpacked is the size of a ZIP's content.
func unpacked(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for _, e := range z.File {
		n += int64(e.UncompressedSize64)
	}
	return n, nil
}
