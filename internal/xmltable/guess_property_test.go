package xmltable

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOnePassIsTwoPassesOrRefuses is the claim that a guess from a document's
// beginning, or from both its ends, either refuses or gives exactly the rows
// and headers of two passes.
func TestOnePassIsTwoPassesOrRefuses(t *testing.T) {
	kept, ends := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var e *tree
		if rapid.IntRange(0, 3).Draw(t, "irregular") == 0 {
			e = genBundle(t, 1)[0]
		} else {
			e = genRegular(t)
		}
		d := docsOf(t, []*tree{e})
		s := setup{opts: genOptions(t)}
		pickRecord(t, &s, d)
		size := len(d[0].text)
		cut := rapid.IntRange(rapid.SampledFrom([]int{1, size / 2}).Draw(t, "from"), size).Draw(t, "cut")
		tail := 0
		if rapid.Bool().Draw(t, "ends") {
			tail = rapid.IntRange(0, size-cut).Draw(t, "tail")
		}
		if onePass(t, s, d, cut, tail) {
			kept++
			ends += min(tail, 1)
		}
	})
	if kept == 0 && !testing.Short() {
		t.Error("no document at all was converted in one pass: the property says nothing")
	}
	t.Logf("%d documents kept to the guess, %d of them to one from both ends", kept, ends)
}

type fataler interface {
	Fatalf(format string, args ...any)
}

// onePass compares one pass by a plan made from the first cut and the last
// tail bytes with two passes, and reports whether it came to the end.
func onePass(t fataler, s setup, docs []doc, cut, tail int) bool {
	ctx := context.Background()
	text := docs[0].text
	sc := NewScanner(s.tok, s.maxValue)
	if _, err := sc.Prefix(ctx, strings.NewReader(text[:cut])); err != nil {
		t.Fatalf("prefix: %v", err)
	}
	plans, err := s.plan(sc.Profiles())
	if err == nil && len(plans) > 0 && plans[0].Mode == Flat && tail > 0 {
		sc = NewScanner(s.tok, s.maxValue)
		fp, eerr := sc.Ends(ctx, []byte(text[:cut]), []byte(text[len(text)-tail:]), plans[0].Choice.Records[0].Name)
		if eerr != nil {
			t.Fatalf("ends: %v", eerr)
		}
		if fp == nil {
			return false
		}
		plans, err = s.plan(sc.Profiles())
	}
	if err != nil || len(plans) == 0 || !plans[0].Guessable() {
		return false
	}
	rows := newCollected()
	f := NewFlattener(plans, rows, FlattenOptions{Tokenizer: s.tok, MaxValue: s.maxValue})
	f.Guess()
	_, err = f.File(ctx, File{Path: docs[0].name}, strings.NewReader(text))
	if cerr := f.Close(); cerr != nil {
		t.Fatalf("close: %v", cerr)
	}
	if errors.Is(err, ErrGuess) {
		return false
	}
	if err != nil {
		t.Fatalf("one pass: %v\n%s", err, text)
	}
	two, err := s.convert(docs)
	if err != nil {
		t.Fatalf("two passes: %v\n%s", err, text)
	}
	once := &conversion{plans: plans, rows: rows}
	for _, c := range []*conversion{once, two} {
		for _, pl := range c.plans {
			pl.ForgetStats()
		}
	}
	if d := firstDifference(two.text(), once.text()); d != "" {
		t.Fatalf("one pass by the first %d and the last %d bytes differs from two: %s\n%s\n%+v", cut, tail, d, text, s.opts)
	}
	return true
}
