package format

import (
	"bytes"
	"encoding/json"
	"strconv"

	"retable/internal/table"
)

// NewResource describes a finished file that holds the table schema.
func (f Format) NewResource(schema *table.Schema, written File, rows int64, opts Options) Resource {
	r := f.FileResource(written)
	r.Name = resourceName(schema.Name)
	r.Title = schema.Name
	r.Rows = rows
	s := &FieldSchema{MissingValues: []string{""}, Kind: schema.Kind, XPath: schema.Path, Parent: schema.Parent}
	if f.Line != nil {
		r.Profile = "tabular-data-resource"
	}
	switch f.Name {
	case "csv":
		r.Dialect = &Dialect{Delimiter: ",", LineTerminator: "\n", QuoteChar: `"`, DoubleQuote: true, Header: true}
		if opts.Separator != 0 {
			r.Dialect.Delimiter = string(rune(opts.Separator))
		}
		if opts.CRLF {
			r.Dialect.LineTerminator = "\r\n"
		}
	case "tsv":
		r.Dialect = &Dialect{Delimiter: "\t", LineTerminator: "\n", EscapeChar: `\`, NullSequence: `\N`, Header: true}
		s.MissingValues = []string{`\N`}
	default:
		s.MissingValues = []string{} // null is null
	}
	for i := range schema.Columns {
		s.Fields = append(s.Fields, newField(&schema.Columns[i]))
	}
	r.Schema = s
	return r
}

// FileResource describes a finished file that holds several tables.
func (f Format) FileResource(written File) Resource {
	r := Resource{
		Name: resourceName(written.Name), Path: written.Name, Format: f.Name, MediaType: f.MediaType,
		Bytes: written.Bytes, Hash: "sha256:" + written.SHA256,
	}
	if f.Line != nil {
		r.Encoding = "utf-8"
	}
	return r
}

func newField(c *table.Column) Field {
	f := Field{
		Name: c.Name, Type: fieldType(c), XPath: c.XPath, Path: c.Path,
		Form: formName(c.Form), Role: roleName(c.Role), Description: describe(c),
	}
	if c.Form == table.Scalar && (c.Type == table.DateTime || c.Type == table.Time) {
		f.Format = "any" // XSD allows fractions and zones, or their absence
	}
	if s := c.Stats; s != nil {
		f.Stats = &FieldStats{s.Values, s.Nulls, s.Empty, s.Distinct, s.Min, s.Max, s.Longest, s.Examples}
		f.Constraints = constraints(c)
	}
	return f
}

func fieldType(c *table.Column) string {
	switch c.Form {
	case table.List:
		return "array"
	case table.JSON:
		return "any" // an object, an array or a scalar
	case table.XML:
		return "string"
	}
	return c.Type.String()
}

func constraints(c *table.Column) *Constraints {
	s := c.Stats
	k := Constraints{Required: s.Values > 0 && s.Nulls == 0 && s.Empty == 0}
	if c.Form == table.Scalar && (c.Type == table.Integer || c.Type == table.Decimal || c.Type == table.Date) {
		k.Minimum, k.Maximum = s.Min, s.Max
	}
	if k == (Constraints{}) {
		return nil
	}
	return &k
}

func describe(c *table.Column) string {
	if c.Role == table.Bookkeeping {
		return ownColumns[c.Name]
	}
	return ""
}

// ownColumns explains Retable's own columns to readers of the package.
var ownColumns = map[string]string{
	"_id":           "number of the row, one in the whole data set",
	"_parent_id":    "_id of the row this one stands in",
	"_parent_table": "table of the row that _parent_id means",
	"_file_id":      "number of the source file",
	"_pos":          "position among siblings of the same name",
	"_ord":          "position among all siblings",
	"_line":         "line in the source file",
	"_offset":       "byte offset in the decompressed source file",
	"_hash":         "hash of the whole subtree",
	"_order":        "order of what is folded into the row, to restore the document",
	"_name":         "name of the element, where names are data",
	"_record":       "name of the record's element",
	"_file":         "path of the source file",
	"_xpath":        "XPath of the row's element",
}

func formName(f table.Form) string {
	switch f {
	case table.List:
		return "list"
	case table.JSON:
		return "json"
	case table.XML:
		return "xml"
	}
	return "scalar"
}

func roleName(r table.Role) string {
	if r == table.Bookkeeping {
		return "bookkeeping"
	}
	return "data"
}

// resourceName makes a name of the form that Frictionless asks for.
func resourceName(name string) string {
	var b bytes.Buffer
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r + 'a' - 'A')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "data"
	}
	return b.String()
}

// uniqueResources numbers later resources of one name.
func uniqueResources(resources []Resource) {
	used := map[string]bool{}
	for i := range resources {
		name := resources[i].Name
		for n := 2; used[name]; n++ {
			name = resources[i].Name + "-" + strconv.Itoa(n)
		}
		resources[i].Name = name
		used[name] = true
	}
}

// jsonText marshals what callers hand over for a file's metadata; what can't
// be marshalled is null there.
func jsonText(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
