package diff

import (
	"strings"

	"retable/internal/table"
)

// nameHint is how much a header sounds like a key.
func nameHint(name string, within bool) float64 {
	last := name[strings.LastIndexByte(name, '/')+1:]
	deep := 0.15 * float64(strings.Count(name, "/"))
	last = strings.TrimPrefix(last, "@")
	low := strings.ToLower(last)
	hint := 0.0
	switch {
	case low == "id" || low == "xml:id" || low == "key" || low == "uuid" || low == "guid":
		hint = 1
	case strings.HasSuffix(low, "_id") || strings.HasSuffix(low, "-id") || strings.HasSuffix(last, "Id") || strings.HasSuffix(last, "ID"):
		hint = 0.9
	case hasWord(low, "zip", "zipcode", "postcode", "postalcode", "countrycode", "currencycode", "phonenumber"):
	case hasWord(low, "code", "number", "no", "nr", "num", "sku", "ean", "isbn", "iban", "ref", "reference", "identifier"):
		hint = 0.8
	}
	switch { // what tells siblings apart
	case within && hasWord(low, "line", "lineno", "linenumber", "pos", "position", "seq", "sequence", "index"):
		hint = 0.95
	case within && hint == 0 && hasWord(low, "type", "kind", "lang", "role", "name"):
		hint = 0.6
	}
	return max(hint-deep, 0)
}

// hasWord tells whether the name is one of the words or ends in one.
func hasWord(name string, words ...string) bool {
	for _, w := range words {
		if name == w || len(w) > 3 && strings.HasSuffix(name, w) ||
			strings.HasSuffix(name, "_"+w) || strings.HasSuffix(name, "-"+w) || strings.HasSuffix(name, "."+w) {
			return true
		}
	}
	return false
}

func typeHint(kind table.Type, length float64) float64 {
	switch {
	case kind == table.Integer:
		return 1
	case kind == table.Date:
		return 0.3
	case length <= 40:
		return 0.8
	}
	return 0.2
}
