package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"retable/app"
)

// screen is a terminal so many places wide.
type screen struct {
	bytes.Buffer
	wide int
}

func (s *screen) columns() int { return s.wide }

func TestAListNeverEndsInOneMore(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 11: 11, 12: 12, 13: 13, 14: 12, 1000: 12} {
		if got := atMost(n, 12); got != want {
			t.Errorf("of %d lines %d are shown, want %d", n, got, want)
		}
	}
	for _, files := range []int{12, 13, 14, 40} {
		inv := &app.Inventory{}
		for i := range files {
			inv.Files = append(inv.Files, app.FileReport{Path: fmt.Sprintf("f%d.xml", i), Status: app.StatusOK})
		}
		var b bytes.Buffer
		if err := filesText(&b, inv, false); err != nil {
			t.Fatal(err)
		}
		want := map[int]string{14: "... and 2 more files, all ok (--files lists them)", 40: "... and 28 more files, all ok (--files lists them)"}[files]
		if got := b.String(); want == "" && strings.Contains(got, "...") || !strings.Contains(got, want) || strings.Contains(got, "1 more") {
			t.Errorf("of %d files:\n%s", files, got)
		}
	}
}

func TestManyProblemsAreCountedAndTheFirstNamed(t *testing.T) {
	inv := &app.Inventory{}
	for i := range 500 {
		inv.Files = append(inv.Files, app.FileReport{Path: fmt.Sprintf("f%03d.xml", i), Status: app.StatusRefused, Error: "file is broken"})
	}
	for _, c := range []struct {
		all   bool
		lines int
	}{{false, listed + 1}, {true, 500}} {
		var b bytes.Buffer
		problems(&b, inv, c.all)
		if got := strings.Count(b.String(), "\n"); got != c.lines {
			t.Errorf("all %v: %d lines, want %d", c.all, got, c.lines)
		}
		if !c.all && !strings.HasSuffix(b.String(), "refused: f011.xml: file is broken\nrefused: ... and 488 more (retable scan --files lists them all)\n") {
			t.Errorf("got\n%s", b.String())
		}
	}
	var b bytes.Buffer
	if err := filesText(&b, inv, false); err != nil {
		t.Fatal(err)
	}
	if want := "... and 476 more files, 476 of them with problems (--files lists them)"; !strings.Contains(b.String(), want) || strings.Count(b.String(), "\n") > 50 {
		t.Errorf("got\n%s", b.String())
	}
}

func TestLinesFitTheTerminal(t *testing.T) {
	long := "orders/2026/november/" + strings.Repeat("delivery-", 8) + "customers.xml"
	for _, wide := range []int{40, 60, 80, 120} {
		w := &screen{wide: wide}
		c := columns{right: []bool{false, true}}
		c.add("FILE", "SIZE", "ENCODING", "KIND", "STATUS")
		c.add(long, "123.4 MB", "UTF-8", "Customers {2026-01}", "ok")
		c.add("\u65e5\u672c\u8a9e.xml", "1 B", "UTF-16LE", "K", "partial")
		if err := c.print(w, ""); err != nil {
			t.Fatal(err)
		}
		say(w, "%s: %s is malformed at line 3, column 7: expected > but found <: the rows before it are kept\n", "partial", "a.xml")
		for line := range strings.Lines(w.String()) {
			if n := displayWidth(strings.TrimSuffix(line, "\n")); n > wide {
				t.Errorf("%d places: %d are taken by %q", wide, n, line)
			}
		}
		if !strings.Contains(w.String(), "123.4 MB") || !strings.Contains(w.String(), "xml") {
			t.Errorf("%d places: the size or the end of the name is gone:\n%s", wide, w.String())
		}
		if words := strings.Fields(w.String()); words[len(words)-1] != "kept" {
			t.Errorf("%d places: the message is cut: %q", wide, w.String())
		}
	}
	var plain bytes.Buffer
	c := columns{}
	c.add(long, "x")
	if err := c.print(&plain, ""); err != nil || !strings.HasPrefix(plain.String(), long) {
		t.Errorf("where there is no terminal the name is cut: %q, %v", plain.String(), err)
	}
}

func TestAPathIsNotBroken(t *testing.T) {
	path := "/data/" + strings.Repeat("x", 60)
	if got, want := wrapped("retable: create "+path+": disk is full\n", 40), "retable: create\n  "+path+":\n  disk is full\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, same := range []string{"", "\n", "short\n", strings.Repeat("x", 40) + "\n", "a\n\nb"} {
		if got := wrapped(same, 40); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
}

func TestShortenedKeepsBothEnds(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"abcdefgh", 8, "abcdefgh"}, {"abcdefghi", 8, "abc…fghi"}, {"abcdefghi", 2, "…i"}, {"abc", 1, "a"}, {"abc", 0, ""},
		{"\u65e5\u672c\u8a9e\u65e5\u672c", 6, "\u65e5…\u672c"},
	} {
		if got := shortened(c.in, c.most); got != c.want || displayWidth(got) > max(c.most, 0) {
			t.Errorf("%q in %d: %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

func TestUsageIsExplainedInOurWords(t *testing.T) {
	for args, want := range map[string]string{
		"convert a.xml -w two":              `--workers "two" is no whole number`,
		"convert a.xml -w -3":               `--workers needs a value; one that begins with a dash is written --workers=-3`,
		"convert a.xml --workers=-3":        `--workers -3 is less than none: use 0 for one per core`,
		"scan a.xml --max-ratio x":          `--max-ratio "x" is no whole number`,
		"scan a.xml --max-read-time 5x":     `--max-read-time "5x" is no length of time: write 90s, 10m or 2h`,
		"scan a.xml --record":               `--record needs a value`,
		"convert":                           `<input> is missing`,
		"compare a":                         `<right> is missing`,
		"jobs show x":                       `<job> "x" is no whole number`,
		"jobs":                              `which one? "ls", "show", "cancel", "retry"`,
		"nonsense":                          `unexpected argument "nonsense"`,
		"convert a b":                       `unexpected argument "b"`,
		"convert a --lists foo":             `--lists "foo" is none of json, join, spread`,
		"convert --one-pass=maybe b":        `--one-pass "maybe" is neither true nor false`,
		"watch no/such/folder":              `no/such/folder doesn't exist: check the path`,
		"scan a.xml --max-entry-bytes 5fur": `--max-entry-bytes: "5fur" is no size: write 64MB, 1GiB or a number of bytes`,
	} {
		var out, complaints bytes.Buffer
		if code := Run(context.Background(), strings.Fields(args), Streams{In: strings.NewReader(""), Out: &out, Err: &complaints}, "test", Doors{}); code != ExitFailed {
			t.Errorf("%s: exit code %d", args, code)
		}
		got := complaints.String()
		if !strings.Contains(got, want) || strings.Contains(got, "64 bit") || strings.Contains(got, "stat ") {
			t.Errorf("%s:\ngot  %swant %s", args, got, want)
		}
	}
}
