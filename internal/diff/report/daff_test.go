package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"retable/internal/diff"
)

// patch is a table and what is to be done to it, for testdata/daff.cjs.
type patch struct {
	Left  [][]*string `json:"left"`
	Patch string      `json:"patch"`
}

// daffApply lets daff itself apply the patches.
func daffApply(t *testing.T, patches []patch) [][][]*string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	in, err := json.Marshal(patches)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "testdata/daff.cjs")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "MODULE_NOT_FOUND") {
			t.Skip("daff is not installed: npm ci")
		}
		t.Fatalf("%v: %.500s", err, stderr.String())
	}
	var out [][][]*string
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// cells is a table of a source as daff takes it.
func cells(s *source, name string) [][]*string {
	var out [][]*string
	for _, schema := range s.tables {
		if schema.Name != name {
			continue
		}
		var head []*string
		for i := range schema.Columns {
			head = append(head, &schema.Columns[i].Name)
		}
		out = append(out, head)
	}
	for _, r := range s.rows[name] {
		var row []*string
		for i := range r {
			if r[i] == null {
				row = append(row, nil)
				continue
			}
			row = append(row, &r[i])
		}
		out = append(out, row)
	}
	return out
}

// multiset is a table without the order of its rows and columns.
func multiset(rows [][]*string) []string {
	var out []string
	for _, r := range rows[1:] {
		var line []string
		for i, v := range r {
			text := "null"
			if v != nil {
				text = fmt.Sprintf("%q", *v)
			}
			line = append(line, *rows[0][i]+"="+text)
		}
		slices.Sort(line)
		out = append(out, strings.Join(line, ","))
	}
	slices.Sort(out)
	return out
}

// TestDaffPatches: daff's own patch makes the right table of the left one.
func TestDaffPatches(t *testing.T) {
	type pair struct{ left, right *source }
	left, right := shop()
	pairs := []pair{{left, right}}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		l, r := randomPair(dice)
		pairs = append(pairs, pair{l, r})
	}
	var patches []patch
	for _, p := range pairs {
		out := files{}
		compare(t, p.left, p.right, diff.Options{Tables: map[string]diff.Rules{"orders": {Key: []string{"@id"}}}}, NewDaff(t.Context(), p.left, out.create))
		text := ""
		if b := out["orders.daff.csv"]; b != nil {
			text = b.String()
		}
		patches = append(patches, patch{cells(p.left, "orders"), text})
	}
	for i, got := range daffApply(t, patches) {
		if patches[i].Patch == "" {
			continue
		}
		if got, want := multiset(got), multiset(cells(pairs[i].right, "orders")); !slices.Equal(got, want) {
			t.Fatalf("pair %d: got\n%s\nwant\n%s\nby the patch\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"), patches[i].Patch)
		}
	}
}

// randomPair makes two tables of the same rows but for a few.
func randomPair(dice *rand.Rand) (left, right *source) {
	words := []string{"pen", "ink", "a->b", "a-->b", "NULL", "_NULL", null, "", "x,y", `say "x"`, "1", "2.50", "...", "+++"}
	left, right = newSource("l", "f"), newSource("r", "f")
	columns := "@id|name|size|note"
	rightColumns := columns
	if dice.IntN(3) == 0 {
		rightColumns += "|more"
	}
	var a, b []string
	for i := range 3 + dice.IntN(12) {
		row := []string{fmt.Sprintf("k%02d", i), words[dice.IntN(len(words))], words[dice.IntN(len(words))], words[dice.IntN(len(words))]}
		a = append(a, strings.Join(row, "|"))
		switch dice.IntN(5) {
		case 0:
			continue
		case 1:
			row[1+dice.IntN(3)] = words[dice.IntN(len(words))]
		}
		if rightColumns != columns {
			row = append(row, words[dice.IntN(len(words))])
		}
		b = append(b, strings.Join(row, "|"))
	}
	for i := range dice.IntN(3) {
		row := []string{fmt.Sprintf("n%02d", i), "new", "1", "2"}
		if rightColumns != columns {
			row = append(row, "3")
		}
		b = append(b, strings.Join(row, "|"))
	}
	return left.add("orders", columns, a...), right.add("orders", rightColumns, b...)
}
