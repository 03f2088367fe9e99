package format

import (
	"encoding/json"
	"io"

	"retable/internal/table"
)

// jsonlReader reads back JSON Lines of a known schema: scalars as their text,
// lists and subtrees as the JSON they are.
type jsonlReader struct {
	*lineReader
	fields map[string]json.RawMessage
}

func newJSONLReader(l *lineReader) (*jsonlReader, error) {
	if l.opts.Schema == nil {
		return nil, l.fault("JSON Lines can only be read with their %s", PackageName)
	}
	l.schema = l.opts.Schema
	return &jsonlReader{lineReader: l}, nil
}

// Read implements table.RowReader.
func (r *jsonlReader) Read(row *table.Row) error {
	line, err := r.next()
	if err != nil {
		return err
	}
	if err := r.utf8(line); err != nil {
		return err
	}
	if r.fields == nil {
		r.fields = make(map[string]json.RawMessage, len(r.schema.Columns))
	}
	clear(r.fields)
	if err := json.Unmarshal(line, &r.fields); err != nil {
		return r.fault("no JSON object: %v", err)
	}
	r.begin(row, r.line)
	found := 0
	for i := range r.schema.Columns {
		c := &r.schema.Columns[i]
		raw, ok := r.fields[c.Name]
		if ok {
			found++
		}
		switch {
		case !ok || string(raw) == "null":
		case raw[0] == '"' && c.Form != table.List && c.Form != table.JSON:
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return r.fault("%q: %v", c.Name, err)
			}
			row.SetString(i, text)
		default:
			row.Set(i, raw, 0)
		}
	}
	if found < len(r.fields) {
		return r.fault("a member is no column of the table: the file was changed since it was written")
	}
	return nil
}

var (
	_ Reader    = (*csvReader)(nil)
	_ Reader    = (*tsvReader)(nil)
	_ Reader    = (*jsonlReader)(nil)
	_ io.Closer = (*lineReader)(nil)
)
