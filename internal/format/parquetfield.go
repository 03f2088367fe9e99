package format

import (
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"
)

// parquetField is a column of a parquetRoot.
type parquetField struct {
	parquet.Node
	name string
}

func (f parquetField) Name() string { return f.name }

// Value belongs to Go structs, which are never written here.
func (f parquetField) Value(reflect.Value) reflect.Value { return reflect.Value{} }

// GoType spares the library a struct type whose field names might clash.
func (r parquetRoot) GoType() reflect.Type { return reflect.TypeFor[struct{}]() }

// exactDate reads a date as days since 1970 that prints as the same text.
func exactDate(text []byte) (int32, bool) {
	if len(text) != len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	number := func(from, to int) int {
		n := 0
		for _, c := range text[from:to] {
			if c < '0' || c > '9' {
				return -1
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	if year < 0 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day { // the 30th of February
		return 0, false
	}
	//nolint:gosec // four digits of a year: days in 32 bits
	return int32(t.Unix() / 86400), true // whole days, also before 1970
}
