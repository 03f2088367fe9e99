package store

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"strings"
)

// values makes arguments plain: JSON and named types become strings and
// integers. Text that isn't UTF-8 or holds NUL, which PostgreSQL refuses, gets
// U+FFFD in place of it on both engines.
func values(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case nil, int64, bool, float64:
			out[i] = v
		case string:
			out[i] = clean(v)
		case json.RawMessage:
			if len(v) > 0 {
				out[i] = clean(string(v))
			}
		case nullable:
			if v != "" {
				out[i] = clean(string(v))
			}
		default:
			out[i] = plain(reflect.ValueOf(a))
		}
	}
	return out
}

func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.String:
		return clean(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	}
	return v.Interface()
}

func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// nullable is a reference of which "" is none: NULL in the database.
type nullable string

// ref scans a reference or JSON that may be NULL into a string type.
type ref[T ~string] struct{ dest *T }

func orNull[T ~string](dest *T) ref[T] { return ref[T]{dest} }

// Scan implements sql.Scanner.
func (r ref[T]) Scan(src any) error {
	var s sql.NullString
	if err := s.Scan(src); err != nil {
		return err
	}
	*r.dest = T(s.String)
	return nil
}

// jsonDest scans JSON that may be NULL.
type jsonDest struct{ dest *json.RawMessage }

func raw(dest *json.RawMessage) jsonDest { return jsonDest{dest} }

// Scan implements sql.Scanner.
func (j jsonDest) Scan(src any) error {
	var s sql.NullString
	if err := s.Scan(src); err != nil {
		return err
	}
	*j.dest = nil
	if s.Valid && s.String != "" {
		*j.dest = json.RawMessage(s.String)
	}
	return nil
}

// listDest scans a JSON array into a slice; NULL and [] give nil.
type listDest[T any] struct{ dest *[]T }

func array[T any](dest *[]T) listDest[T] { return listDest[T]{dest} }

// Scan implements sql.Scanner.
func (l listDest[T]) Scan(src any) error {
	var s sql.NullString
	if err := s.Scan(src); err != nil {
		return err
	}
	*l.dest = nil
	if !s.Valid || s.String == "" || s.String == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(s.String), l.dest)
}

// arrayOf is the JSON of a slice; of an empty one NULL.
func arrayOf[T any](items []T) (json.RawMessage, error) {
	if len(items) == 0 {
		return nil, nil
	}
	return json.Marshal(items)
}
