package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"retable/app"
	"retable/internal/xmltable"
)

func TestProgressLine(t *testing.T) {
	var drawn bytes.Buffer
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	p := &progressLine{w: &drawn, now: func() time.Time { return now }, width: func() int { return 50 }}
	for _, step := range []struct {
		after time.Duration
		g     app.Progress
		want  string
	}{
		{0, app.Progress{Phase: "scan", Total: 100e6}, "\rscan       0 % of 100 MB"},
		{2 * time.Second, app.Progress{Phase: "scan", Done: 20e6, Total: 100e6}, "\rscan      20 % of 100 MB  10 MB/s  8s left"},
		{0, app.Progress{Phase: "scan", Done: 120e6, Total: 100e6}, "\rscan     100 % of 100 MB  60 MB/s  1s left"},
		{0, app.Progress{Phase: "convert", Done: 50e6, Total: 100e6}, "\rconvert   50 % of 100 MB" + strings.Repeat(" ", 18)},
		{time.Second, app.Progress{Phase: "convert", Done: 50e6, Total: 100e6, Files: 2, FilesTotal: 4000}, "\rconvert   50 % of 100 MB  50 MB/s  1s left  file "},
		{time.Second, app.Progress{Phase: "read", Done: 1500, Total: -1}, "\rread     1.5 kB" + strings.Repeat(" ", 34)},
		{time.Second, app.Progress{Phase: "read", Done: 1500, Total: -1}, "\rread     1.5 kB  1.5 kB/s"},
	} {
		now = now.Add(step.after)
		drawn.Reset()
		p.draw(step.g)
		if got := drawn.String(); got != step.want {
			t.Errorf("%+v:\ngot  %q\nwant %q", step.g, got, step.want)
		}
	}
	drawn.Reset()
	p.clear()
	if got, want := drawn.String(), "\r"+strings.Repeat(" ", 25)+"\r"; got != want {
		t.Errorf("cleared by %q, want %q", got, want)
	}
	drawn.Reset()
	p.clear()
	if drawn.Len() > 0 {
		t.Errorf("cleared twice: %q", drawn.String())
	}
}

func TestProgressIsSilentElsewhere(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if newProgress(f, false).report() != nil || newProgress(&bytes.Buffer{}, false).report() != nil {
		t.Error("progress is reported where there is no terminal")
	}
	newProgress(f, false).clear()
}

func TestColumnsStandUnderEachOther(t *testing.T) {
	c := columns{right: []bool{false, true}}
	c.add("NAME", "N", "END")
	c.add("ab", "1", "x")
	c.add("\u65e5\u672c", "1,000", "y") // two wide characters
	c.add("e\u0301", "2", "")           // one, with its accent
	c.add(strings.Repeat("long", 20), "3", "z")
	var b bytes.Buffer
	if err := c.print(&b, "> "); err != nil {
		t.Fatal(err)
	}
	want := "> NAME      N  END\n> ab        1  x\n> \u65e5\u672c  1,000  y\n> e\u0301         2\n> " + strings.Repeat("long", 20) + "      3  z\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTextOfDocumentsCantSteerTheTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain \u00fc":  "plain \u00fc",
		"a\x1b[2Jb":     `a\u001B[2Jb`,
		"a\u009bb":      `a\u009Bb`,
		"gpj\u202exml":  `gpj\u202Exml`,
		"tab\tstays":    "tab\tstays",
		"line\nbreak":   `line\u000Abreak`,
		"not utf8 \xff": `not utf8 \uFFFD`,
	} {
		if got := shown(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1.2 kB", 64e9: "64 GB", 5e15: "5000 TB"} {
		if got := humanBytes(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{1234567: "1ms", 2345678901: "2.3s", 83 * time.Second: "1m23s"} {
		if got := humanDuration(d); got != want {
			t.Errorf("%d: got %q, want %q", d, got, want)
		}
	}
	for s, want := range map[string]byteSize{"0": 0, "64MB": 64e6, "1 GiB": 1 << 30, "1.5k": 1500, "7b": 7, "2TB": 2e12} {
		var got byteSize
		if err := got.UnmarshalText([]byte(s)); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", s, got, err, want)
		}
	}
	if count(1, "file") != "1 file" || count(0, "file") != "0 files" || count(uint64(1234), "value") != "1,234 values" {
		t.Error("plurals")
	}
}

func TestLostValuesAreToldAsADefect(t *testing.T) {
	var b bytes.Buffer
	res := &app.Conversion{Output: "out", Guarded: 1}
	res.Name = "x.xml"
	res.Proofs = append(res.Proofs, lostProof())
	for i := range 60 {
		res.Tables = append(res.Tables, app.TableReport{Name: strings.Repeat("t", i+1), Rows: uint64(i)})
	}
	res.Changes = []string{"table t is new"}
	if err := conversionText(&b, res); err != nil {
		t.Fatal(err)
	}
	says(t, b.String(), []string{
		"LOST: /a/b: 3 of 5 values", "3 of 5 values accounted for, 1 of them in a row that was incomplete where a file broke; 2 left out by recipe",
		"1 formula cell defused", "and 12 more tables, see datapackage.json", "recipe: table t is new",
	})
	if res.Proved() {
		t.Error("it counts as proved")
	}
}

func lostProof() *xmltable.Proof {
	return &xmltable.Proof{
		Values: 5, Accounted: 3, Incomplete: 1, Excluded: 2,
		Lost: []xmltable.PathProof{{Path: "/a/b", Expected: 5, Emitted: 3}},
	}
}
