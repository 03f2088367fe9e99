package xmltable

import (
	"bytes"
	"context"
	"os"
	"testing"

	"retable/internal/sample"
	"retable/internal/table"
	"retable/internal/xmltok"
)

// benchDocument is the file RET_BENCH_XML names, or 8 MB of customers.
func benchDocument(b *testing.B) []byte {
	b.Helper()
	if name := os.Getenv("RET_BENCH_XML"); name != "" {
		raw, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return raw
	}
	var buf bytes.Buffer
	if err := sample.Records(&buf, 8<<20, 1); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

func BenchmarkScan(b *testing.B) {
	raw := benchDocument(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(xmltok.Options{}, 0)
		if _, err := s.File(context.Background(), 0, bytes.NewReader(raw)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFlatten(b *testing.B) {
	for _, mode := range []Mode{Flat, Relational} {
		b.Run(mode.String(), func(b *testing.B) {
			raw := benchDocument(b)
			s := NewScanner(xmltok.Options{}, 0)
			if _, err := s.File(context.Background(), 0, bytes.NewReader(raw)); err != nil {
				b.Fatal(err)
			}
			pl, err := NewPlan(s.Profiles().Kinds()[0], Options{Mode: mode})
			if err != nil {
				b.Fatal(err)
			}
			f := NewFlattener([]*Plan{pl}, discard{}, FlattenOptions{})
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.File(context.Background(), File{}, bytes.NewReader(raw)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type discard struct{}

func (discard) Row(*Plan, int, *table.Row) error { return nil }
