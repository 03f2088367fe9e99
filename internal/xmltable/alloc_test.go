package xmltable

import (
	"bytes"
	"context"
	"testing"

	"retable/internal/xmltok"
)

// records is a document with all that is common: attributes, texts with and
// without references, optional parts, lists, empty elements, an ancestor's
// value.
func records(n int) []byte {
	return []byte("<l v='1'><h>head</h>" + many(n, "<r id='%d' a='x &amp; y'><n>name</n><o>a,b</o><s><c>1</c><d/></s><t k='1'>one</t><t>two</t></r>"+
		"<r id='%d'><n>other</n><t>three</t></r>") + "</l>")
}

// TestFlatteningAllocatesNothingPerRow flattens a document and one of twice
// its records: in the steady state the second half costs no allocation, in
// either mode.
func TestFlatteningAllocatesNothingPerRow(t *testing.T) {
	small, large := records(500), records(1000)
	for _, c := range []struct {
		mode   Mode
		perRow float64
	}{
		{Flat, 0},
		{Relational, 0},
	} {
		t.Run(c.mode.String(), func(t *testing.T) {
			pl, err := NewPlan(profileOf(t, string(large)), Options{Mode: c.mode})
			if err != nil {
				t.Fatal(err)
			}
			f := NewFlattener([]*Plan{pl}, discard{}, FlattenOptions{Scratch: t.TempDir()})
			cost := func(raw []byte) (allocs, rows float64) {
				r := bytes.NewReader(raw)
				var n uint64
				allocs = testing.AllocsPerRun(5, func() {
					r.Reset(raw)
					res, err := f.File(context.Background(), File{Path: "a.xml"}, r)
					if err != nil {
						t.Fatal(err)
					}
					n = 0
					for _, rows := range res.Rows {
						n += rows
					}
				})
				return allocs, float64(n)
			}
			cost(large)
			a, rowsA := cost(small)
			b, rowsB := cost(large)
			per := (b - a) / (rowsB - rowsA)
			t.Logf("%.0f allocations for %.0f rows, %.0f for %.0f: %.3f per row", a, rowsA, b, rowsB, per)
			if per > c.perRow+0.005 {
				t.Errorf("%.3f allocations per row, want %.2f", per, c.perRow)
			}
		})
	}
}

// TestScanningAllocatesNothingPerRecord is the same for the first pass.
func TestScanningAllocatesNothingPerRecord(t *testing.T) {
	s := NewScanner(xmltok.Options{}, 0)
	cost := func(raw []byte) float64 {
		r := bytes.NewReader(raw)
		return testing.AllocsPerRun(5, func() {
			r.Reset(raw)
			if _, err := s.File(context.Background(), 0, r); err != nil {
				t.Fatal(err)
			}
		})
	}
	small, large := records(500), records(1000)
	cost(large)
	if a, b := cost(small), cost(large); b > a+10 {
		t.Errorf("%.0f allocations for 1,000 records, %.0f for 2,000", a, b)
	}
}
