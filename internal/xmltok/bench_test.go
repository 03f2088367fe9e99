package xmltok

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// benchDocument is the file named by RET_BENCH_XML, or generated records.
func benchDocument(b *testing.B) []byte {
	if name := os.Getenv("RET_BENCH_XML"); name != "" {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return data
	}
	return records(4 << 20)
}

// records makes a document of orders of about size bytes.
func records(size int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Export xmlns=\"urn:example:orders:1\" schema=\"2.3\">\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `  <Order id="O%08d" date="2025-03-%02dT09:59:06Z">
    <Customer segment="GOV">Æbelø &amp; Söhne %d</Customer>
    <Status>packed</Status>
    <Items>
`, i, i%28+1, i)
		for j := range i%4 + 1 {
			fmt.Fprintf(&b, `      <Item line="%d" sku="SKU-%05d">
        <Description>50%% off gasket, size %d</Description>
        <Qty unit="m">%d</Qty>
        <Price>%d.86</Price>
`, j+1, i*7%99999, j, i%90, i%1000)
			if j == 2 {
				b.WriteString("        <Discount pct=\"44\"/>\n")
			}
			b.WriteString("      </Item>\n")
		}
		b.WriteString("    </Items>\n  </Order>\n")
	}
	b.WriteString("</Export>\n")
	return b.Bytes()
}

func drain(b testing.TB, t *Tokenizer) (tokens int) {
	for {
		_, err := t.Next()
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			b.Fatal(err)
		}
		tokens++
	}
}

func BenchmarkTokenize(b *testing.B) {
	data := benchDocument(b)
	t := New(Options{})
	r := bytes.NewReader(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	done := cpuRate(b, len(data))
	for b.Loop() {
		r.Reset(data)
		t.Reset(r)
		drain(b, t)
	}
	done()
}

// BenchmarkEncodingXML is the measure: the same bytes through encoding/xml.
func BenchmarkEncodingXML(b *testing.B) {
	data := benchDocument(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	done := cpuRate(b, len(data))
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(data))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	done()
}

// cpuRate reports bytes per second of processor time, which a busy machine
// changes less than it does the clock.
func cpuRate(b *testing.B, size int) func() {
	start := cpuTime()
	return func() {
		if d := cpuTime() - start; d > 0 {
			b.ReportMetric(float64(size)*float64(b.N)/1e6/d, "cpu-MB/s")
		}
	}
}

// BenchmarkSmallFiles resets one Tokenizer for every file of 4 KB.
func BenchmarkSmallFiles(b *testing.B) {
	data := records(4 << 10)
	t := New(Options{})
	r := bytes.NewReader(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	done := cpuRate(b, len(data))
	for b.Loop() {
		r.Reset(data)
		t.Reset(r)
		drain(b, t)
	}
	done()
}

func BenchmarkStageOne(b *testing.B) {
	data := records(64 << 10)
	n := len(data) / blockSize
	cyrillic := []byte(strings.Repeat("Съешь ещё этих мягких французских булок, да выпей чаю. ", 700))
	fast, fastValid := kernels()
	m, high := newBitmaps(n), make([]uint64, len(cyrillic)/blockSize+1)
	for _, c := range []struct {
		name string
		run  func()
		size int
	}{
		{"classify", func() { fast(data[:n*blockSize], m, high[:n]) }, n * blockSize},
		{"classify portable", func() { classifyGeneric(data[:n*blockSize], m, high[:n]) }, n * blockSize},
		{"validate", func() { fastValid(cyrillic, high, 0, len(cyrillic)) }, len(cyrillic)},
		{"validate portable", func() { valid(cyrillic, high, 0, len(cyrillic)) }, len(cyrillic)},
	} {
		b.Run(c.name, func(b *testing.B) {
			if len(high) < n {
				high = make([]uint64, n)
			}
			for i := range high {
				high[i] = 1
			}
			b.SetBytes(int64(c.size))
			for b.Loop() {
				c.run()
			}
		})
	}
}
