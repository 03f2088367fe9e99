package format

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"retable/internal/table"
)

func openParquetFile(t *testing.T, path string) *parquet.File {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParquetTypes(t *testing.T) {
	unseen := column("unseen", table.Integer, table.Scalar)
	unseen.Stats = nil
	blank := column("blank", table.Integer, table.Scalar)
	blank.Stats = &table.Stats{Values: 2, Empty: 1}
	s := sample{schema: &table.Schema{Name: "t", Columns: []table.Column{
		column("i", table.Integer, table.Scalar), column("b", table.Boolean, table.Scalar), column("day", table.Date, table.Scalar),
		column("d", table.Decimal, table.Scalar), column("l", table.Integer, table.List), unseen, blank,
		{Name: "_line", Type: table.Integer, Role: table.Bookkeeping},
	}}}
	f, _ := Lookup("parquet")
	out := writeSamples(t, f, Options{Engine: "1.2"}, []sample{s})
	var got []string
	file := openParquetFile(t, out.files["t"])
	for _, c := range file.Root().Columns() {
		got = append(got, c.Name()+" "+c.Type().String())
	}
	want := "i INT(64,true), b BOOLEAN, day DATE, d STRING, l JSON, unseen STRING, blank STRING, _line INT(64,true)"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if by := file.Metadata().CreatedBy; !strings.Contains(fmt.Sprint(by), "retable") {
		t.Errorf("created by %v", by)
	}
}

func TestParquetRefusesWhatContradictsItsType(t *testing.T) {
	for _, c := range []struct {
		typ    table.Type
		values []string
	}{
		{table.Integer, []string{"", "x", "+1", "01", "-0", "-01", "9223372036854775808", "1.0"}},
		{table.Boolean, []string{"", "TRUE", "1"}},
		{table.Date, []string{"", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "24-01-01", "2024/01/01", "2024-01-0x", "2024-01-01Z"}},
	} {
		for _, v := range c.values {
			dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{NoSync: true})
			set, err := openParquet(dir, "", Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, err := set.Table(&table.Schema{Name: "t", Columns: []table.Column{column("c", c.typ, table.Scalar)}})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(rowOf(v)), w.Close()); !errors.Is(err, ErrType) || !strings.Contains(err.Error(), "column c of table t") {
				t.Errorf("%s %q: %v", c.typ, v, err)
			}
			set.Abort()
		}
	}
}

func TestParquetCompressions(t *testing.T) {
	for _, c := range []string{"", "snappy", "zstd", "gzip", "none"} {
		s := sample{schema: columnsOf("a"), rows: [][]any{{"x"}, {nil}, {"y"}}}
		f, _ := Lookup("parquet")
		out := writeSamples(t, f, Options{Compression: c}, []sample{s})
		header, rows := readParquet(t, out.files["t"], s)
		compare(t, "parquet", c, s, header, rows)
	}
}

func TestParquetManyTablesWaitTheirTurn(t *testing.T) {
	var samples []sample
	for i := range 3 * liveTables {
		s := sample{schema: columnsOf("a", "b")}
		s.schema.Name = fmt.Sprint("t", i)
		for r := range 50 {
			s.rows = append(s.rows, []any{fmt.Sprint(i, "-", r), nil})
		}
		samples = append(samples, s)
	}
	f, _ := Lookup("parquet")
	out := writeSamples(t, f, Options{}, samples)
	for _, s := range samples {
		header, rows := readParquet(t, out.files[s.schema.Name], s)
		compare(t, "parquet", "parquet-go", s, header, rows)
	}
	if got := contents(t, out.folder); len(got) != len(samples) {
		t.Errorf("got %d files", len(got))
	}
}

func TestParquetRowGroupsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100 MB")
	}
	dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{NoSync: true})
	set, err := openParquet(dir, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Abort()
	var writers []table.RowWriter
	for i := range 4 {
		schema := columnsOf("a")
		schema.Name = fmt.Sprint("t", i)
		w, err := set.Table(schema)
		if err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	row := rowOf(strings.Repeat("0123456789abcdef", 640))
	for range 2500 {
		for _, w := range writers {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		var held int64
		for _, t := range set.(*parquetSet).live {
			held += t.group
		}
		if held > allGroupBytes {
			t.Fatalf("%d bytes are held", held)
		}
	}
	for _, w := range writers {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(set.Close(), dir.Commit()); err != nil {
		t.Fatal(err)
	}
	if n := len(openParquetFile(t, filepath.Join(dir.Path(), "t0.parquet")).RowGroups()); n < 2 {
		t.Errorf("got %d row groups", n)
	}
}

func TestParquetOfATableWithoutColumns(t *testing.T) {
	s := sample{schema: &table.Schema{Name: "t"}, rows: [][]any{{}, {}}}
	f, _ := Lookup("parquet")
	out := writeSamples(t, f, Options{}, []sample{s})
	if file := openParquetFile(t, out.files["t"]); file.NumRows() != 2 || file.Root().Columns()[0].Name() != "_line" {
		t.Errorf("got %d rows", file.NumRows())
	}
}
