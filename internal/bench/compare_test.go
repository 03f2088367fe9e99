package bench

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// standInCompare does what the driver expects of
// `retable compare A B --quiet --report json,jsonl --out DIR`.
func standInCompare(args []string) error {
	left, err := readPairSide(args[1])
	if err != nil {
		return err
	}
	right, err := readPairSide(args[2])
	if err != nil {
		return err
	}
	dir := args[slices.Index(args, "--out")+1]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	counts := comparePlainly(left, right)
	summary, err := json.Marshal(map[string]any{"totals": map[string]int{"rows_added": counts["added"], "rows_removed": counts["removed"],
		"rows_changed": counts["changed"], "cells_changed": counts["cells"]}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "summary.json"), summary, 0o600)
}

func readPairSide(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

// comparePlainly takes equal rows away, then matches what is left: by the
// id, or without one by at least half of the cells.
func comparePlainly(left, right [][]string) map[string]int {
	keyed := left[0][0] == "id"
	equal := map[string]int{}
	for _, row := range left {
		equal[strings.Join(row, "\x00")]++
	}
	var added [][]string
	for _, row := range right {
		if k := strings.Join(row, "\x00"); equal[k] > 0 {
			equal[k]--
		} else {
			added = append(added, row)
		}
	}
	removed, changed, cells := 0, 0, 0
	for _, row := range left {
		k := strings.Join(row, "\x00")
		if equal[k] == 0 {
			continue
		}
		equal[k]--
		best, at := len(row)/2, -1
		for i, other := range added {
			same := 0
			for c := range row {
				if row[c] == other[c] {
					same++
				}
			}
			if keyed && row[0] == other[0] || !keyed && same >= best {
				best, at = same, i
			}
		}
		if at < 0 {
			removed++
			continue
		}
		changed, cells = changed+1, cells+len(row)-best
		added = slices.Delete(added, at, at+1)
	}
	return map[string]int{"added": len(added), "removed": removed, "changed": changed, "cells": cells}
}

func TestPairsHoldWhatTheyPromise(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		t.Run(fmt.Sprintf("keyed %v", keyed), func(t *testing.T) {
			b := &Bench{dir: t.TempDir()}
			p, err := b.pair(1234, keyed)
			if err != nil {
				t.Fatal(err)
			}
			left, err := readPairSide(p.left)
			if err != nil {
				t.Fatal(err)
			}
			right, err := readPairSide(p.right)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) != 1235 || len(left[0]) != 10 || int64(len(left)+len(right)-2) != p.rows {
				t.Errorf("%d and %d rows of %d columns, told %d", len(left)-1, len(right)-1, len(left[0]), p.rows)
			}
			for name, n := range comparePlainly(left, right) {
				if int64(n) != p.truth[name] || n == 0 {
					t.Errorf("%s: %d, told %d", name, n, p.truth[name])
				}
			}
			inPlace := 0
			for i := range min(len(left), len(right)) - 1 {
				if slices.Equal(left[i+1], right[i+1]) {
					inPlace++
				}
			}
			if inPlace > 12 {
				t.Errorf("%d rows stand where they stood", inPlace)
			}
		})
	}
}

func TestShuffledIsAPermutation(t *testing.T) {
	for _, n := range []int{2, 3, 200, 1000, 4096, 4097} {
		seen := make([]bool, n)
		for i := range n {
			at := shuffled(i, n)
			if at < 0 || at >= n || seen[at] {
				t.Fatalf("of %d, %d goes to %d", n, i, at)
			}
			seen[at] = true
		}
	}
}

func TestWrongCountsAreTold(t *testing.T) {
	truth := map[string]int64{"added": 3, "removed": 2, "left_only": 5}
	for text, want := range map[string]string{
		`{"added": 3, "removed": 1}`: "DIFFERS: removed 1, not 2",
		`{"left_only": 4}`:           "DIFFERS: left only 4, not 5",
		`{"left_only": 5}`:           "agrees: lines of either side",
		`{"added": 3, "cells": 1}`:   "DIFFERS: cells 1, not 0",
		`{}`:                         `DIFFERS: no counts: it printed "{}"`,
		`oh`:                         `DIFFERS: no counts: it printed "oh"`,
	} {
		got, right := found(&contestant{}, []run{{Text: text}}, truth)
		if got != want || right == strings.HasPrefix(want, "DIFFERS") {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "summary.json"), []byte(`{"totals":{"rows_added":3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, right := found(&contestant{output: dir}, []run{{}}, truth); right || !strings.Contains(got, "the summary lacks") {
		t.Errorf("a summary without counts: %q", got)
	}
}
