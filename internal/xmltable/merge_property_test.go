package xmltable

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestWorkersDoNotShow is the claim that any number of scanners, merged in
// any order and grouping, and any number of flatteners give the tables,
// statistics included, of one.
func TestWorkersDoNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 6))
		s := setup{opts: genOptions(t)}
		one, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s.opts, err, docs)
		}
		many := convertByMany(t, s, docs)
		if d := firstDifference(one.text(), many.text()); d != "" {
			t.Fatalf("several workers differ from one: %s\n%+v %+v", d, s.opts, docs)
		}
		for _, p := range many.proofs {
			if !p.Holds() {
				t.Fatalf("the proof over several flatteners: %+v", p)
			}
		}
	})
}

// convertByMany deals documents to scanners and flatteners at random.
func convertByMany(t *rapid.T, s setup, docs []doc) *conversion {
	ctx := context.Background()
	workers := rapid.IntRange(1, 4).Draw(t, "workers")
	scanners := make([]*Scanner, workers)
	for i := range scanners {
		scanners[i] = NewScanner(s.tok, s.maxValue)
	}
	c := &conversion{rows: newCollected()}
	for i, d := range docs {
		w := rapid.IntRange(0, workers-1).Draw(t, "scanner")
		fp, err := scanners[w].File(ctx, i, strings.NewReader(d.text))
		if err != nil {
			t.Fatal(err)
		}
		c.profiles = append(c.profiles, fp)
	}
	parts := make([]Profiles, workers)
	for i, sc := range scanners {
		parts[i] = sc.Profiles()
	}
	for len(parts) > 1 { // merge any two, until one is left
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "into")
		j := rapid.IntRange(0, len(parts)-2).Draw(t, "from")
		if j >= i {
			j++
		}
		parts[i].Merge(parts[j])
		parts = append(parts[:j], parts[j+1:]...)
	}
	var err error
	if c.plans, err = s.plan(parts[0]); err != nil {
		t.Fatal(err)
	}
	flatteners := make([]*Flattener, workers)
	for i := range flatteners {
		flatteners[i] = NewFlattener(c.plans, c.rows, FlattenOptions{Tokenizer: s.tok})
	}
	for i, d := range docs {
		w := rapid.IntRange(0, workers-1).Draw(t, "flattener")
		if _, err := flatteners[w].File(ctx, File{i, d.name}, strings.NewReader(d.text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, pl := range c.plans {
		c.proofs = append(c.proofs, Prove(pl, flatteners...))
		FillStats(pl, flatteners...)
	}
	return c
}

// TestSiblingOrderPast64DoesNotDependOnMerging covers elements with more
// children than the sequence of siblings can be watched for.
func TestSiblingOrderPast64DoesNotDependOnMerging(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 64))
	for range 20 {
		var docs []doc
		for range 3 {
			var b strings.Builder
			for _, n := range rnd.Perm(97)[:60] {
				fmt.Fprintf(&b, "<k%d v='1'/>", n)
			}
			docs = append(docs, doc{"a.xml", "<r>" + b.String() + "</r>"})
		}
		headers := func(order []int) string {
			all := Profiles{}
			for _, i := range order {
				sc := NewScanner(setup{}.tok, 0)
				if _, err := sc.File(context.Background(), i, strings.NewReader(docs[i].text)); err != nil {
					t.Fatal(err)
				}
				all.Merge(sc.Profiles())
			}
			plans, err := setup{}.plan(all)
			if err != nil {
				t.Fatal(err)
			}
			return (&conversion{plans: plans, rows: newCollected()}).text()
		}
		want := headers([]int{0, 1, 2})
		for _, order := range [][]int{{2, 1, 0}, {1, 0, 2}, {2, 0, 1}} {
			if d := firstDifference(want, headers(order)); d != "" {
				t.Fatalf("merged in the order %v: %s", order, d)
			}
		}
	}
}
