package format

import (
	"errors"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/gzip"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"retable/internal/table"
)

// Parquet: a file per table, every column optional, null for null.
//
// A column is typed only where each value's text comes back exactly: Integer
// is INT64, Boolean BOOLEAN, Date DATE, if the profile saw no empty string
// among the values, which no such type could hold. Decimals stay text, since
// a double would lose the zeros of 79500.00 and a DECIMAL needs one scale for
// all; so do times, whose zones and fractions are the author's. Lists and
// subtrees are text with the logical type JSON. A value that contradicts its
// column's type ends the conversion with an error instead of a wrong file.
//
// Compression is Snappy, which every reader of Parquet has; zstd is a third
// smaller and asked for by Options.Compression. Data pages are of version 1
// for the same reason. A row group holds up to 32 MB of values, less where
// many tables are written at once.
func parquetFormat() Format {
	return Format{
		Name:      "parquet",
		Ext:       ".parquet",
		MediaType: "application/vnd.apache.parquet",
		Summary:   "Apache Parquet, typed where lossless; one file per table",
		Open:      openParquet,
	}
}

// Bounds of memory: values buffered per table and over all of them, and
// tables that are encoded as their rows come. The rows of further tables wait
// in the scratch folder.
const (
	rowGroupBytes = 32 << 20
	allGroupBytes = 64 << 20
	liveTables    = 16
	batchBytes    = 1 << 20
	batchValues   = 64 << 10
)

// ErrType reports a value that its column's type can't hold.
var ErrType = errors.New("value contradicts its column's type")

type parquetSet struct {
	dir     Dir
	opts    Options
	codec   compress.Codec
	names   Names
	files   map[string]*table.Schema
	live    []*parquetTable
	waiting []*spooledTable
	spools  *pool
	closed  bool
}

var (
	_ Set   = (*parquetSet)(nil)
	_ Filer = (*parquetSet)(nil)
)

func openParquet(dir Dir, _ string, opts Options) (Set, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	s := &parquetSet{dir: dir, opts: opts, files: map[string]*table.Schema{}, spools: newPool(disk{}, 0, true)}
	switch opts.Compression {
	case "", "snappy":
		s.codec = &snappy.Codec{}
	case "zstd":
		s.codec = &zstd.Codec{}
	case "gzip":
		s.codec = &gzip.Codec{}
	}
	return s, nil
}

// Table starts a table: encoded at once if few are open, else spooled.
func (s *parquetSet) Table(schema *table.Schema) (table.RowWriter, error) {
	name := s.names.Of(schema.Name, ".parquet")
	s.files[name] = schema
	s.live = slices.DeleteFunc(s.live, func(t *parquetTable) bool { return t.closed })
	if len(s.live) < liveTables {
		return s.open(name, schema)
	}
	t, err := newSpooledTable(s.dir, s.spools, name, schema)
	if err != nil {
		return nil, err
	}
	s.waiting = append(s.waiting, t)
	return t, nil
}

// TableFiles tells which file holds which table.
func (s *parquetSet) TableFiles() map[string]*table.Schema { return s.files }

func (s *parquetSet) open(name string, schema *table.Schema) (*parquetTable, error) {
	file, err := s.dir.Create(name)
	if err != nil {
		return nil, err
	}
	t, err := newParquetTable(s, file, schema)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	s.live = append(s.live, t)
	return t, nil
}

// bound ends the row group of the fullest table when all together hold too
// much.
func (s *parquetSet) bound() error {
	var all int64
	fullest := s.live[0]
	for _, t := range s.live {
		all += t.group
		if t.group > fullest.group {
			fullest = t
		}
	}
	if all < allGroupBytes {
		return nil
	}
	return fullest.endGroup()
}

// Close encodes the tables that waited, one after the other.
func (s *parquetSet) Close() error {
	if s.closed {
		return nil
	}
	for _, w := range s.waiting {
		err := w.replay(func() (table.RowWriter, error) { return s.open(w.name, w.schema) })
		if err != nil {
			return err
		}
	}
	s.closed = true
	return nil
}

func (s *parquetSet) Abort() {
	for _, t := range s.live {
		if !t.closed {
			t.closed = true
			_ = t.file.Close()
		}
	}
	s.spools.closeAll()
}

func (s *parquetSet) codecOrNone() compress.Codec {
	if s.codec == nil {
		return &parquet.Uncompressed
	}
	return s.codec
}
