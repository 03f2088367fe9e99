package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"retable/internal/sample"
)

// benchInput is the file RET_BENCH_XML names, or 32 MB of customers.
func benchInput(b *testing.B) string {
	b.Helper()
	if name := os.Getenv("RET_BENCH_XML"); name != "" {
		return name
	}
	name := filepath.Join(b.TempDir(), "customers.xml")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := sample.Records(f, 32<<20, 1); err != nil {
		b.Fatal(err)
	}
	return name
}

func BenchmarkConvert(b *testing.B) {
	for name, req := range map[string]ConvertRequest{
		"two-pass": {}, "one-pass": {OnePass: true}, "relational": {Shape: Shape{Mode: "relational"}},
	} {
		b.Run(name, func(b *testing.B) {
			req.Source.Path = benchInput(b)
			req.Output = filepath.Join(b.TempDir(), "out")
			req.Overwrite, req.Workers = true, 1
			st, err := os.Stat(req.Source.Path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(st.Size())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(Config{}).Convert(context.Background(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
