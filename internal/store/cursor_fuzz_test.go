package store

import (
	"testing"

	"retable/internal/retable"
)

// FuzzCursor reads places in lists that clients bring back: one is a place or
// is refused by name, and never becomes part of a statement.
func FuzzCursor(f *testing.F) {
	for _, c := range []string{"", "1", "-9223372036854775808", "9223372036854775808", "0x1", "' OR 1=1 --", "01a21089-37dc-7710-9c34-f7237ab852cd", "\x00\xff"} {
		f.Add(c, true)
		f.Add(c, false)
	}
	f.Fuzz(func(t *testing.T, cursor string, number bool) {
		l := &listing[retable.Job]{table: "jobs", columns: "id", key: "id", number: number}
		query, args, err := l.query(where{}, cursor, 10)
		if err != nil {
			if !retable.Is(err, retable.Invalid) {
				t.Fatalf("%q: %v", cursor, err)
			}
			return
		}
		plain, _, err := l.query(where{}, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		want := plain
		if cursor != "" {
			want = "SELECT id FROM jobs WHERE id < $1 ORDER BY id DESC LIMIT 10"
		}
		if query != want || len(args) != map[bool]int{true: 0, false: 1}[cursor == ""] {
			t.Fatalf("%q gives %q with %v, want %q", cursor, query, args, want)
		}
	})
}
