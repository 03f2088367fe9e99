package xmltable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// trailing writes sections of pages of rows with trailers on both levels, so
// that rows wait twice.
func trailing(sections, pages, rows int) string {
	var b strings.Builder
	b.WriteString("<export>")
	n := 0
	for s := range sections {
		b.WriteString("<section>")
		for p := range pages {
			b.WriteString("<page>")
			for range rows {
				fmt.Fprintf(&b, "<row><id>%d</id><text>%s</text></row>", n, strings.Repeat("x", 80))
				n++
			}
			fmt.Fprintf(&b, "<sum>%d.%d</sum></page>", s, p)
		}
		fmt.Fprintf(&b, "<total>%d</total></section>", s)
	}
	b.WriteString("<count>all</count></export>")
	return b.String()
}

func heldPlan(t *testing.T, text string) *Plan {
	t.Helper()
	pl, err := NewPlan(profileOf(t, text), Options{Records: []string{"/export/section/page/row"}})
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

// trailers checks every row's trailers and keeps nothing.
type trailers struct {
	t    *testing.T
	rows int
	fail error
}

func (c *trailers) Row(pl *Plan, ti int, row *table.Row) error {
	if c.fail != nil {
		return c.fail
	}
	if ti != 0 {
		return nil
	}
	cell := func(name string) string {
		v, _ := row.Value(pl.Tables[0].Schema.Index(name))
		return string(v)
	}
	page, section := cell("../sum"), cell("../../total")
	if cell("id") != fmt.Sprint(c.rows) || !strings.HasPrefix(page, section+".") || cell("../../../count") != "all" {
		c.t.Errorf("row %d: id %s of page %q, section %q, %q", c.rows, cell("id"), page, section, cell("../../../count"))
	}
	c.rows++
	return nil
}

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestRowsWaitForTrailersOnDisk(t *testing.T) {
	text := trailing(2, 2, 24_000)
	pl := heldPlan(t, text)
	dir := t.TempDir()
	spilled := 0
	sink := &trailers{t: t}
	f := NewFlattener([]*Plan{pl}, sink, FlattenOptions{Scratch: dir})
	r := &hookReader{text: text, at: len(text) - 10, hook: func() { spilled = files(t, dir) }}
	res, err := f.File(context.Background(), File{Path: "a.xml"}, r)
	if err != nil || res.Err != nil {
		t.Fatal(err, res)
	}
	if spilled == 0 {
		t.Errorf("no row went to scratch: the test is too small")
	}
	if sink.rows != 96_000 {
		t.Errorf("%d rows came out", sink.rows)
	}
	if p := Prove(pl, f); !p.Holds() {
		t.Errorf("%+v", p)
	}
	if n := files(t, dir); n != 0 {
		t.Errorf("%d scratch files are left", n)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestMissingScratchIsAClearError(t *testing.T) {
	text := trailing(1, 1, 60_000)
	f := NewFlattener([]*Plan{heldPlan(t, text)}, &trailers{t: t}, FlattenOptions{Scratch: t.TempDir() + "/gone"})
	_, err := f.File(context.Background(), File{Path: "a.xml"}, strings.NewReader(text))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "keep rows that wait for values behind them") {
		t.Errorf("error %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseAfterAnAbortedDocumentLeavesNothing(t *testing.T) {
	text := trailing(1, 1, 60_000)
	pl := heldPlan(t, text)
	boom := errors.New("disk full")
	for _, c := range []struct {
		name  string
		abort func(cancel func(), sink *trailers)
	}{
		{"cancelled", func(cancel func(), _ *trailers) { cancel() }},
		{"the sink failed", func(_ func(), sink *trailers) { sink.fail = boom }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			sink := &trailers{t: t}
			f := NewFlattener([]*Plan{pl}, sink, FlattenOptions{Scratch: dir})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			left := 0
			r := &hookReader{text: text, at: len(text) - 200_000, hook: func() { left = files(t, dir); c.abort(cancel, sink) }}
			_, err := f.File(ctx, File{Path: "a.xml"}, r)
			if !errors.Is(err, context.Canceled) && !errors.Is(err, boom) {
				t.Fatalf("error %v", err)
			}
			if left == 0 {
				t.Error("nothing was on disk: the test is too small")
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if n := files(t, dir); n != 0 {
				t.Errorf("%d scratch files are left", n)
			}
			// the flattener's next document does not see the rows
			sink.fail, sink.rows = nil, 0
			small := trailing(1, 1, 3)
			if _, err := f.File(context.Background(), File{Index: 1, Path: "b.xml"}, strings.NewReader(small)); err != nil {
				t.Error(err)
			}
			if sink.rows != 3 {
				t.Errorf("%d rows of a document with 3", sink.rows)
			}
		})
	}
}

func TestScanStopsWhenCancelled(t *testing.T) {
	text := trailing(1, 1, 60_000)
	ctx, cancel := context.WithCancel(context.Background())
	r := &hookReader{text: text, at: len(text) / 2, hook: cancel}
	if _, err := NewScanner(xmltok.Options{}, 0).File(ctx, 0, r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// hookReader reads a text in small pieces and calls hook once on the way.
type hookReader struct {
	text string
	pos  int
	at   int
	hook func()
}

func (r *hookReader) Read(p []byte) (int, error) {
	if r.pos >= r.at && r.hook != nil {
		r.hook()
		r.hook = nil
	}
	n := copy(p[:min(len(p), 4096)], r.text[r.pos:])
	r.pos += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
