package xmltable

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/xmltok"
)

// TestProofHoldsForBrokenDocuments cuts documents anywhere and damages them:
// what was read before the error is accounted for, in rows or as incomplete,
// and the complete rows do not depend on the window.
func TestProofHoldsForBrokenDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 2))
		for i := range docs {
			text := docs[i].text
			switch rapid.IntRange(0, 2).Draw(t, "damage") {
			case 0:
				docs[i].text = text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")]
			case 1:
				at := rapid.IntRange(0, len(text)).Draw(t, "at")
				docs[i].text = text[:at] + rapid.SampledFrom([]string{"<", "&", "</x>", "<x>", "]]>", "\x00", "\xff"}).Draw(t, "with") + text[at:]
			}
		}
		s := setup{opts: genOptions(t)}
		var rows, headers []string
		for _, window := range []int{0, 97} {
			s.tok = xmltok.Options{Window: window}
			c, err := s.convert(docs)
			if err != nil {
				t.Fatalf("%v\n%+v", err, docs)
			}
			for _, p := range c.proofs {
				if !p.Holds() {
					t.Fatalf("window %d: %+v: %+v\n%+v\n%s", window, s.opts, p, docs, c.text())
				}
			}
			if s.opts.Mode == Flat && s.opts.Lists != ListSpread {
				rows = append(rows, strings.Join(c.rows.order, "\n"))
				headers = append(headers, headersOf(c))
			}
		}
		// Of a leaf that ends in the middle a wide window shows nothing, a
		// narrow one its start tag: that may be a column, never a row.
		if len(rows) == 2 && headers[0] == headers[1] && rows[0] != rows[1] {
			t.Fatalf("a window of 97 bytes differs: %s\n%+v %+v", firstDifference(rows[0], rows[1]), s.opts, docs)
		}
	})
}

func headersOf(c *conversion) string {
	var out []string
	for _, pl := range c.plans {
		for _, s := range pl.Schemas() {
			for _, col := range s.Columns {
				out = append(out, s.Name+" "+col.Name)
			}
		}
	}
	return strings.Join(out, "\n")
}

// TestProofHoldsWhereValuesAreTooLong is the same for the limit on one value:
// both passes stop at the same place.
func TestProofHoldsWhereValuesAreTooLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 2))
		s := setup{opts: genOptions(t), maxValue: rapid.SampledFrom([]int{4, 8, 20, 100}).Draw(t, "limit")}
		c, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s, err, docs)
		}
		for i, fp := range c.profiles {
			var tooLong *ValueError
			if fp.Err != nil && !errors.As(fp.Err, &tooLong) {
				t.Fatalf("%s: %v", docs[i].name, fp.Err)
			}
		}
		for _, r := range c.results {
			if r.Err != nil && c.profiles[0].Err == nil && len(docs) == 1 {
				return // a captured subtree passes the limit as a whole: reported by the second pass only
			}
		}
		for _, p := range c.proofs {
			if !p.Holds() && !captures(c) {
				t.Fatalf("%+v: %+v\n%+v\n%s", s, p, docs, c.text())
			}
		}
	})
}

// captures reports whether a plan has cells that hold whole subtrees.
func captures(c *conversion) bool {
	for _, pl := range c.plans {
		var walk func(s *step, seen map[*step]bool) bool
		walk = func(s *step, seen map[*step]bool) bool {
			if seen[s] {
				return false
			}
			seen[s] = true
			if s.inner != nil {
				return true
			}
			for _, k := range s.kids {
				if walk(k, seen) {
					return true
				}
			}
			return false
		}
		if walk(pl.root, map[*step]bool{}) {
			return true
		}
	}
	return false
}
