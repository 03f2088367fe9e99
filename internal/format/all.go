package format

import (
	"fmt"
	"slices"
	"strings"
)

// All returns every format, in the order help texts list them. A new format
// is one more line here.
func All() []Format {
	return []Format{
		csvFormat(),
		tsvFormat(),
		jsonlFormat(),
		parquetFormat(),
		xlsxFormat(),
		sqliteFormat(),
	}
}

// Lookup returns the format of that name; case and a leading dot don't
// matter. The error of an unknown name lists the known ones.
func Lookup(name string) (Format, error) {
	want := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "."))
	var names []string
	for _, f := range All() {
		if f.Name == want || strings.TrimPrefix(f.Ext, ".") == want {
			return f, nil
		}
		names = append(names, f.Name)
	}
	known := strings.Join(names, ", ")
	if near := nearest(want, names); near != "" {
		return Format{}, fmt.Errorf("format %q is unknown; did you mean %s? Known: %s", name, near, known)
	}
	return Format{}, fmt.Errorf("format %q is unknown; known: %s", name, known)
}

// nearest returns the name within an edit distance of a third of its
// length (at least one, plus known synonyms), or "".
func nearest(want string, names []string) string {
	synonyms := map[string]string{
		"excel": "xlsx", "xls": "xlsx", "json": "jsonl", "ndjson": "jsonl",
		"db": "sqlite", "sqlite3": "sqlite", "tab": "tsv", "pq": "parquet",
	}
	if s := synonyms[want]; s != "" {
		return s
	}
	best, bestAt := 3, ""
	for _, n := range names {
		if d := distance(want, n); d < best && d <= max(1, len(n)/3) {
			best, bestAt = d, n
		}
	}
	return bestAt
}

// distance is the edit distance of two short words, swapped neighbours
// counting as one edit.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = slices.Min([]int{rows[i-1][j] + 1, rows[i][j-1] + 1, rows[i-1][j-1] + cost})
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
