package format

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// output runs a program, or skips where it or its libraries are missing.
func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "ERR_MODULE_NOT_FOUND") {
			t.Skip("@duckdb/node-api is not installed: npm ci")
		}
		t.Fatalf("%v: %.500s", err, stderr.String())
	}
	return out
}

func python(kind string) reader {
	return func(t *testing.T, path string, s sample) ([]string, [][]any) {
		d := json.NewDecoder(bytes.NewReader(output(t, "python3", "testdata/read.py", kind, path, s.schema.Name)))
		d.UseNumber()
		var header []string
		if err := d.Decode(&header); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		var rows [][]any
		for d.More() {
			var row []any
			if err := d.Decode(&row); err != nil {
				t.Fatal(err)
			}
			for i := range row {
				if n, ok := row[i].(json.Number); ok {
					row[i] = n.String()
				}
			}
			rows = append(rows, row)
		}
		return header, rows
	}
}

// duck reads all files of a data set at once: its start takes longer than
// they do.
func duck(kind string, samples []sample) reader {
	var once sync.Once
	var skipped bool
	headers, rows := map[string][]string{}, map[string][][]any{}
	read := func(t *testing.T, folder string) {
		skipped = true
		args := []string{"testdata/duckdb.mjs", kind}
		for _, s := range samples {
			args = append(args, filepath.Join(folder, FileName(s.schema.Name, "."+kind)))
			if kind == "csv" {
				var names []string
				for _, c := range s.schema.Columns {
					names = append(names, c.Name)
				}
				b, _ := json.Marshal(names)
				args = append(args, string(b))
			}
		}
		d := json.NewDecoder(bytes.NewReader(output(t, "node", args...)))
		for d.More() {
			var file struct {
				Path string
				Rows int
			}
			var header []string
			if err := errors.Join(d.Decode(&file), d.Decode(&header)); err != nil {
				t.Fatal(err)
			}
			headers[file.Path] = header
			for range file.Rows {
				var row []any
				if err := d.Decode(&row); err != nil {
					t.Fatal(err)
				}
				rows[file.Path] = append(rows[file.Path], row)
			}
		}
		skipped = false
	}
	return func(t *testing.T, path string, s sample) ([]string, [][]any) {
		once.Do(func() { read(t, filepath.Dir(path)) })
		if skipped {
			t.Skip("DuckDB did not run")
		}
		return headers[path], rows[path]
	}
}

func readTSV(t *testing.T, path string, s sample) (header []string, rows [][]any) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.SplitAfter(string(b), "\n") {
		switch {
		case i == 0:
			for _, c := range unTSV(line) {
				header = append(header, c.(string))
			}
		case line != "":
			rows = append(rows, unTSV(line))
		}
	}
	return header, rows
}

func readParquet(t *testing.T, path string, s sample) (header []string, rows [][]any) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Root().Columns() {
		header = append(header, c.Name())
	}
	r := parquet.NewReader(f)
	defer r.Close()
	buf := make([]parquet.Row, 1)
	for {
		n, err := r.ReadRows(buf)
		if n == 1 {
			row := make([]any, len(header))
			for _, v := range buf[0] {
				row[v.Column()] = parquetCell(v, s.schema.Columns[v.Column()].Type)
			}
			rows = append(rows, row)
		}
		if err == io.EOF {
			return header, rows
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func parquetCell(v parquet.Value, typ table.Type) any {
	switch {
	case v.IsNull():
		return nil
	case v.Kind() == parquet.Int32 && typ == table.Date:
		return epoch.AddDate(0, 0, int(v.Int32())).Format("2006-01-02")
	}
	return v.Clone().String()
}

// readXLSX reads with excelize and puts long texts back from _long.
func readXLSX(t *testing.T, path string, s sample) (header []string, rows [][]any) {
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	long := map[string]string{}
	if n, _ := f.GetSheetIndex("_long"); n >= 0 {
		parts, err := f.GetRows("_long")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts[1:] {
			if utf16Length([]byte(p[5])) > maxCellText {
				t.Error("a part is too long")
			}
			long[p[0]+"!"+p[1]] += p[5]
		}
	}
	sheet := s.schema.Name
	for r := 0; r <= len(s.rows); r++ {
		row := make([]any, len(s.schema.Columns))
		for c := range row {
			cell, _ := excelize.CoordinatesToCellName(c+1, r+1)
			typ, err := f.GetCellType(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			v, err := f.GetCellValue(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			if whole, ok := long[sheet+"!"+cell]; ok {
				v = whole
			}
			switch {
			case r == 0:
				header = append(header, v)
			case typ == excelize.CellTypeInlineString:
				row[c] = v
			case typ == excelize.CellTypeBool:
				row[c] = v == "1"
			case v != "":
				n, err := strconv.ParseFloat(v, 64)
				if err != nil {
					t.Fatalf("%s is no number", v)
				}
				row[c] = n
			}
		}
		if r > 0 {
			rows = append(rows, row)
		}
	}
	return header, rows
}

func readTabledb(t *testing.T, path string, s sample) (header []string, rows [][]any) {
	db, err := tabledb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := db.Reader(context.Background(), s.schema.Name, tabledb.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range r.Schema().Columns {
		header = append(header, c.Name)
	}
	var row table.Row
	for {
		if err := r.Read(&row); err == io.EOF {
			return header, rows
		} else if err != nil {
			t.Fatal(err)
		}
		var values []any
		for i := range row.Cells {
			if v, ok := row.Value(i); ok {
				values = append(values, string(v))
			} else {
				values = append(values, nil)
			}
		}
		rows = append(rows, values)
	}
}
