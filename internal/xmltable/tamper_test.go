package xmltable

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

const tamperDoc = `<l v="1"><r id="1"><a>alpha</a><t>x</t><t>y</t><m>one <b>two</b></m></r><r id="2"><a>beta</a><m>three <b>four</b></m></r><n>end</n></l>`

// TestProofFails has the second pass see another document than the first,
// and the plan lose values: each must be reported with its path.
func TestProofFails(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string // in the second pass's document
		path     string
		emitted  uint64
		sameHash bool
	}{
		{"an attribute's byte is changed", `id="2"`, `id="3"`, "/l/r/@id", 2, false},
		{"an attribute is gone", ` id="2"`, ``, "/l/r/@id", 1, false},
		{"a text's byte is changed", "beta", "betA", "/l/r/a", 2, false},
		{"a text is gone", "<a>beta</a>", "", "/l/r/a", 1, false},
		{"two texts are swapped with another", "alpha", "beta", "/l/r/a", 2, false},
		{"a list's entry is changed", "<t>y</t>", "<t>z</t>", "/l/r/t", 2, false},
		{"a list's entry is gone", "<t>y</t>", "", "/l/r/t", 1, false},
		{"a list's entry is doubled", "<t>y</t>", "<t>y</t><t>y</t>", "/l/r/t", 3, false},
		{"text inside mixed content is changed", "four", "five", "/l/r/m/b", 2, false},
		{"text beside it is gone", "three ", "", "/l/r/m", 1, false},
		{"an ancestor's value is changed", `v="1"`, `v="2"`, "/l/@v", 1, false},
		{"a trailer is changed", "end", "End", "/l/n", 1, false},
		{"a record is doubled", "</l>", `<r id="2"><a>beta</a></r></l>`, "/l/r/a", 3, false},
	} {
		for _, mode := range []Mode{Flat, Relational} {
			t.Run(mode.String()+"/"+c.name, func(t *testing.T) {
				if !strings.Contains(tamperDoc, c.old) {
					t.Fatal("nothing to change")
				}
				opts := Options{Mode: mode}
				if mode == Flat {
					opts.Records = []string{"/l/r"}
				}
				pl, err := NewPlan(profileOf(t, tamperDoc), opts)
				if err != nil {
					t.Fatal(err)
				}
				f := NewFlattener([]*Plan{pl}, newCollected(), FlattenOptions{})
				changed := strings.Replace(tamperDoc, c.old, c.new, 1)
				if _, err := f.File(context.Background(), File{}, strings.NewReader(changed)); err != nil {
					t.Fatal(err)
				}
				lost(t, Prove(pl, f), c.path, c.emitted, c.sameHash)
			})
		}
	}
}

func lost(t *testing.T, p *Proof, path string, emitted uint64, sameHash bool) {
	t.Helper()
	if p.Holds() {
		t.Errorf("the proof holds: %+v", p)
	}
	for _, l := range p.Lost {
		if l.Path == path && l.Emitted == emitted && l.SameHash == sameHash {
			return
		}
	}
	t.Errorf("%s is not reported: %+v", path, p.Lost)
}

// TestProofSeesWhatHappensBetweenRowAndOutput damages rows on their way: in
// the buffer where they wait, in the cells, and by leaving them out.
func TestProofSeesWhatHappensBetweenRowAndOutput(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(f *Flattener)
		path   string
		left   uint64
	}{
		{"a byte of a waiting row", func(f *Flattener) {
			buf := f.scopes[0].held.buf
			buf[bytes.Index(buf, []byte("alpha"))] ^= 1
		}, "/l/r/a", 2},
		{"a waiting row forgotten", func(f *Flattener) { f.scopes[0].held.n-- }, "/l/r/@id", 1},
		{"a step without its column", func(f *Flattener) {
			f.now.root.kids[nodeKey{local: "r"}].kids[nodeKey{local: "a"}].text = nil
		}, "/l/r/a", 1},
		{"a value counted twice", func(f *Flattener) { f.now.emitted[0].n++ }, "/l/@v", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(tamperDoc, `<r id="2">`, strings.Repeat(" ", 200<<10)+`<r id="2">`, 1)
			pl, err := NewPlan(profileOf(t, text), Options{Records: []string{"/l/r"}})
			if err != nil {
				t.Fatal(err)
			}
			f := NewFlattener([]*Plan{pl}, newCollected(), FlattenOptions{})
			r := &hookReader{text: text, at: 150 << 10, hook: func() { c.damage(f) }}
			if _, err := f.File(context.Background(), File{}, r); err != nil {
				t.Fatal(err)
			}
			lost(t, Prove(pl, f), c.path, c.left, c.left == 2 && c.path == "/l/@v")
		})
	}
}

func TestProofOfAnotherPlanSeesNothing(t *testing.T) {
	pl, err := NewPlan(profileOf(t, tamperDoc), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := NewFlattener(nil, newCollected(), FlattenOptions{})
	if p := Prove(pl, f); p.Holds() || p.Accounted != 0 || len(p.Lost) == 0 {
		t.Errorf("%+v", p)
	}
	if rows := f.Rows(pl); len(rows) != len(pl.Tables) || rows[0] != 0 {
		t.Errorf("rows %v", rows)
	}
	FillStats(pl, f)
	if n := pl.Schemas()[0].Columns[0].Stats.Nulls; n != 0 {
		t.Errorf("%d nulls in no rows", n)
	}
}

var _ Sink = (*collected)(nil)
