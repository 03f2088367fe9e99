package xmltable

import (
	"testing"

	"pgregory.net/rapid"

	"retable/internal/xmltok"
)

// TestProofHoldsForEveryDocument is the completeness claim: whatever the
// document, mode, list form and record, no value is lost.
func TestProofHoldsForEveryDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 3))
		s := setup{opts: genOptions(t)}
		pickRecord(t, &s, docs)
		c, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s.opts, err, docs)
		}
		for i, p := range c.profiles {
			if p.Err != nil {
				t.Fatalf("the generator wrote a malformed document: %v\n%s", p.Err, docs[i].text)
			}
		}
		for _, p := range c.proofs {
			if !p.Holds() {
				t.Fatalf("%+v: %+v\n%+v\n%s", s.opts, p, docs, c.text())
			}
		}
	})
}

// pickRecord sometimes has the user choose a record or explode a path, at
// random. Only where all documents are of one kind.
func pickRecord(t *rapid.T, s *setup, docs []doc) {
	if rapid.IntRange(0, 2).Draw(t, "pick") > 0 {
		return
	}
	sc, _, err := s.scan(docs)
	if err != nil {
		t.Fatal(err)
	}
	kinds := sc.Profiles().Kinds()
	if len(kinds) != 1 {
		return
	}
	paths := kinds[0].allPaths(50)
	record := rapid.SampledFrom(paths).Draw(t, "record")
	n := kinds[0].find(record)
	s.opts.Records = []string{record}
	if s.opts.Mode != Flat || rapid.Bool().Draw(t, "no explode") {
		return
	}
	var below []string
	for _, p := range paths {
		for a := kinds[0].find(p).Parent; a != nil; a = a.Parent {
			if a == n {
				below = append(below, p)
			}
		}
	}
	if len(below) > 0 {
		s.opts.Explode = rapid.SampledFrom(below).Draw(t, "explode")
	}
}

// TestWindowDoesNotShow is the claim that the tokenizer's window never
// changes a table.
func TestWindowDoesNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 2))
		s := setup{opts: genOptions(t)}
		wide, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s.opts, err, docs)
		}
		s.tok = xmltok.Options{Window: 97}
		narrow, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s.opts, err, docs)
		}
		if d := firstDifference(wide.text(), narrow.text()); d != "" {
			t.Fatalf("a window of 97 bytes differs: %s\n%+v", d, docs)
		}
	})
}
