package diff_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
)

// generated is a table that is made while it is read: rows x 10 columns with
// an id, names, numbers and dates, about 90 bytes a row.
type generated struct {
	rows   int64
	second bool // other order; 1 % of the rows changed, removed, added
	keyed  bool
}

var benchColumns = strings.Split("id name city street amount qty date status code note", " ")

func (g *generated) Name() string       { return fmt.Sprint("side ", g.second) }
func (g *generated) Files() []diff.File { return []diff.File{{ID: 1, Path: "data.csv"}} }
func (g *generated) Tables() []*table.Schema {
	s := &table.Schema{Name: "data"}
	for i, c := range benchColumns {
		kind := [...]table.Type{table.Text, table.Text, table.Text, table.Text, table.Decimal, table.Integer, table.Date, table.Text, table.Text, table.Text}[i]
		if i == 0 && !g.keyed {
			c = "x" + c
		}
		s.Columns = append(s.Columns, table.Column{Name: c, XPath: c, Type: kind})
	}
	return []*table.Schema{s}
}

func (g *generated) Open(context.Context, string) (table.RowReader, error) {
	return &generator{g: g}, nil
}

type generator struct {
	g   *generated
	n   int64
	buf []byte
}

func (r *generator) Schema() *table.Schema { return r.g.Tables()[0] }
func (r *generator) Close() error          { return nil }

func spread(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

var benchNames = strings.Split("Anna Jürgen Zoë Łukasz Søren Ivan Omar Ngozi Wei Priya Chloé Márton", " ")
var benchCities = strings.Split("Berlin München Zürich Kraków København Dublin Łódź Lyon Lagos Porto", " ")

// Read makes row n of the side. The second delivery takes the first's rows by
// a permutation; a row is edited by a hash of its number.
func (r *generator) Read(row *table.Row) error {
	for {
		if r.n >= r.g.rows {
			return io.EOF
		}
		id := r.n
		r.n++
		if r.g.second {
			id = int64((uint64(id)*2_654_435_761 + 12_345) % uint64(r.g.rows))
			switch e := spread(uint64(id)+99) % 100; e {
			case 0:
				continue // removed
			case 1:
				r.make(row, id, 1) // changed
				return nil
			case 2:
				r.make(row, id+r.g.rows, 0) // removed, another added
				return nil
			}
		}
		r.make(row, id, 0)
		return nil
	}
}

func (r *generator) make(row *table.Row, id int64, change uint64) {
	row.Reset(len(benchColumns))
	row.Pos = table.Position{Line: r.n + 1}
	h := spread(uint64(id) * 3)
	put := func(i int, v []byte) { row.Set(i, v, 0); r.buf = v[:0] }
	b := r.buf[:0]
	put(0, strconv.AppendInt(append(b, 'C'), id+100_000_000, 10))
	put(1, append(append(append(r.buf, benchNames[h%12]...), ' '), benchNames[h>>8%12]...))
	put(2, append(r.buf, benchCities[h>>16%10]...))
	put(3, strconv.AppendUint(append(r.buf, "Hauptstrasse "...), h>>20%250, 10))
	put(4, strconv.AppendUint(append(strconv.AppendUint(r.buf, h>>24%90_000, 10), ".5"...), 0+change, 10))
	put(5, strconv.AppendUint(r.buf, h>>40%100, 10))
	put(6, append(append(r.buf, "2025-0"...), byte('1'+h>>44%9), '-', '1', byte('0'+h>>48%9)))
	put(7, append(r.buf, "shipped"...))
	put(8, strconv.AppendUint(r.buf, h>>8%10_000_000, 10))
	put(9, strconv.AppendUint(append(r.buf, "note about the order "...), h>>30%5000, 10))
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

type discard struct{ n int }

func (d *discard) Files([]diff.FilePair) error   { return nil }
func (d *discard) Table(*diff.TableResult) error { return nil }
func (d *discard) Change(*diff.Change) error     { d.n++; return nil }

func runCompare(b testing.TB, rows int64, opts diff.Options, keyed bool) (seconds float64, res *diff.Result) {
	start := cpu()
	for s := range 2 {
		r := &generator{g: &generated{rows: rows, second: s == 1, keyed: keyed}}
		var row table.Row
		for r.Read(&row) == nil {
		}
	}
	making := cpu() - start
	start = cpu()
	res, err := diff.Compare(context.Background(), &generated{rows, false, keyed}, &generated{rows, true, keyed}, opts, &discard{})
	if err != nil {
		b.Fatal(err)
	}
	return cpu() - start - making, res
}

// BenchmarkCompareKeyed reports CPU seconds per million rows a side, making
// the rows left out. DuckDB's full outer join took 2.7 on the same shape.
func BenchmarkCompareKeyed(b *testing.B) {
	if testing.Short() {
		b.Skip("compares a million rows")
	}
	best := 1e9
	for b.Loop() {
		s, res := runCompare(b, 1_000_000, diff.Options{Scratch: b.TempDir(), Workers: 1}, true)
		if n := res.Tables[0].Counts; n.RowsChanged < 9000 || n.RowsAdded < 9000 || len(res.Tables[0].Key.Columns) != 1 {
			b.Fatalf("%+v %+v", n, res.Tables[0].Key)
		}
		best = min(best, s)
	}
	b.ReportMetric(best, "CPU-s/Mrow")
}

// BenchmarkCompareCSV is the same from two CSV files, reading them counted.
func BenchmarkCompareCSV(b *testing.B) {
	if testing.Short() {
		b.Skip("compares a million rows")
	}
	dir := b.TempDir()
	var sides [2]*csvFile
	for s := range sides {
		g := &generated{rows: 1_000_000, second: s == 1, keyed: true}
		sides[s] = &csvFile{g, filepath.Join(dir, fmt.Sprint(s, ".csv"))}
		f, err := os.Create(sides[s].path)
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriter(f)
		r := &generator{g: g}
		var row table.Row
		for r.Read(&row) == nil {
			for i := range row.Cells {
				if i > 0 {
					w.WriteByte(',')
				}
				v, _ := row.Value(i)
				w.Write(v)
			}
			w.WriteByte('\n')
		}
		if err := errors.Join(w.Flush(), f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	best := 1e9
	for b.Loop() {
		start := cpu()
		if _, err := diff.Compare(context.Background(), sides[0], sides[1], diff.Options{Scratch: dir, Workers: 1}, &discard{}); err != nil {
			b.Fatal(err)
		}
		best = min(best, cpu()-start)
	}
	b.ReportMetric(best, "CPU-s/Mrow")
}

// csvFile is a plain CSV file without quotes; types are to be found.
type csvFile struct {
	*generated
	path string
}

func (c *csvFile) Tables() []*table.Schema {
	s := c.generated.Tables()[0]
	for i := range s.Columns {
		s.Columns[i].Type = table.Unknown
	}
	return []*table.Schema{s}
}

func (c *csvFile) Open(context.Context, string) (table.RowReader, error) {
	f, err := os.Open(c.path)
	return &csvReader{c, f, bufio.NewReaderSize(f, 1<<16), 0}, err
}

type csvReader struct {
	c *csvFile
	f *os.File
	r *bufio.Reader
	n int64
}

func (r *csvReader) Schema() *table.Schema { return r.c.Tables()[0] }
func (r *csvReader) Close() error          { return r.f.Close() }
func (r *csvReader) Read(row *table.Row) error {
	line, err := r.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	row.Reset(len(benchColumns))
	r.n++
	row.Pos.Line = r.n
	row.Data = append(row.Data, line[:len(line)-1]...)
	from := 0
	for i := range row.Cells {
		to := len(row.Data)
		if at := bytes.IndexByte(row.Data[from:], ','); at >= 0 {
			to = from + at
		}
		row.Cells[i] = table.Cell{Off: uint32(from), Len: uint32(to - from), Flags: table.Present}
		from = to + 1
	}
	return nil
}

// BenchmarkCompareKeyless matches rows by likeness: the key is left out.
func BenchmarkCompareKeyless(b *testing.B) {
	if testing.Short() {
		b.Skip("compares 200,000 rows")
	}
	best := 1e9
	for b.Loop() {
		s, _ := runCompare(b, 200_000, diff.Options{Scratch: b.TempDir(), Workers: 1, Rules: diff.Rules{Keyless: true, Ignore: []string{"xid"}}}, false)
		best = min(best, s)
	}
	b.ReportMetric(400_000/best, "rows/CPU-s")
}

// TestMemoryIsBounded compares RET_DIFF_ROWS rows a side within the memory
// that the design promises: 10 M rows in 256 MB resident.
func TestMemoryIsBounded(t *testing.T) {
	rows := int64(300_000)
	if v := os.Getenv("RET_DIFF_ROWS"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rows = n
	} else if testing.Short() {
		rows = 50_000
	}
	before := resident(t)
	s, res := runCompare(t, rows, diff.Options{Scratch: t.TempDir(), MemoryBytes: min(64<<20, max(rows*8, 4<<20))}, true)
	t.Logf("%d rows a side: %.2f CPU s, S=%.4f, %d changed, peak %d MB (before: %d MB)",
		rows, s, res.Similarity(), res.Tables[0].RowsChanged, peak(t)>>20, before>>20)
	if rows > 1_000_000 && peak(t) > 256<<20 {
		t.Errorf("peak of %d MB resident", peak(t)>>20)
	}
	debug.FreeOSMemory()
	runtime.GC()
}

func resident(t *testing.T) int64 { return status(t, "VmRSS:") }
func peak(t *testing.T) int64     { return status(t, "VmHWM:") }

func status(t *testing.T, field string) int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	return 0
}
