package xmltable

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"retable/internal/table"
	"retable/internal/xmltok"
)

var update = flag.Bool("update", false, "write golden files anew")

// doc is a document of a test bundle.
type doc struct{ name, text string }

// grid collects rows as text.
type grid struct {
	rows map[string][]string
}

func (g *grid) Row(p *Plan, t int, row *table.Row) error {
	s := &p.Tables[t].Schema
	var cells []string
	for i := range s.Columns {
		v, ok := row.Value(i)
		if !ok {
			cells = append(cells, "")
			continue
		}
		cells = append(cells, fmt.Sprintf("%q", v))
	}
	g.rows[s.Name] = append(g.rows[s.Name], strings.Join(cells, ","))
	return nil
}

// convert runs both passes over docs and returns the tables as text, the
// plans and the proofs.
func convert(t *testing.T, docs []doc, opts Options, tok xmltok.Options) (string, []*Plan, []*Proof) {
	t.Helper()
	ctx := context.Background()
	s := NewScanner(tok, 0)
	var errs []string
	for i, d := range docs {
		fp, err := s.File(ctx, i, strings.NewReader(d.text))
		if err != nil {
			t.Fatal(err)
		}
		if fp.Err != nil {
			errs = append(errs, d.name+": "+fp.Err.Error())
		}
	}
	var plans []*Plan
	for _, p := range s.Profiles().Kinds() {
		pl, err := NewPlan(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, pl)
	}
	g := &grid{rows: map[string][]string{}}
	f := NewFlattener(plans, g, FlattenOptions{Tokenizer: tok, Scratch: t.TempDir()})
	var incomplete uint64
	for i, d := range docs {
		res, err := f.File(ctx, File{Index: i, Path: d.name}, strings.NewReader(d.text))
		if err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		incomplete += res.Incomplete
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var proofs []*Proof
	for _, pl := range plans {
		FillStats(pl, f)
		for _, sc := range pl.Schemas() {
			if len(g.rows[sc.Name]) == 0 && pl.Optional(sc) {
				continue
			}
			fmt.Fprintf(&out, "== %s\n", sc.Name)
			var names []string
			for _, c := range sc.Columns {
				names = append(names, c.Name)
			}
			fmt.Fprintln(&out, strings.Join(names, ","))
			for _, r := range g.rows[sc.Name] {
				fmt.Fprintln(&out, r)
			}
		}
		p := Prove(pl, f)
		proofs = append(proofs, p)
		fmt.Fprintf(&out, "-- %d of %d values\n", p.Accounted, p.Values)
		if !p.Holds() {
			t.Errorf("proof of %s does not hold: %+v", pl.Kind, p)
		}
	}
	if incomplete > 0 {
		fmt.Fprintf(&out, "-- %d incomplete\n", incomplete)
	}
	for _, e := range errs {
		fmt.Fprintln(&out, "!!", e)
	}
	return out.String(), plans, proofs
}

// TestGolden converts the documents of each archive in testdata and compares
// the tables. The archive's comment holds options, one per line.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ar := txtar.Parse(raw)
			var docs []doc
			want := ""
			for _, f := range ar.Files {
				if f.Name == "tables" {
					want = string(f.Data)
					continue
				}
				docs = append(docs, doc{f.Name, strings.TrimSuffix(string(f.Data), "\n")})
			}
			got, _, _ := convert(t, docs, goldenOptions(t, ar.Comment), xmltok.Options{})
			small, _, _ := convert(t, docs, goldenOptions(t, ar.Comment), xmltok.Options{Window: 97})
			if got != small {
				t.Errorf("a tiny window changes the tables:\n%s", small)
			}
			if got == want {
				return
			}
			if *update {
				setTables(ar, got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("got\n%s\nwant\n%s", got, want)
		})
	}
}

func setTables(ar *txtar.Archive, got string) {
	for i := range ar.Files {
		if ar.Files[i].Name == "tables" {
			ar.Files[i].Data = []byte(got)
			return
		}
	}
	ar.Files = append(ar.Files, txtar.File{Name: "tables", Data: []byte(got)})
}

func goldenOptions(t *testing.T, comment []byte) Options {
	var o Options
	for _, line := range bytes.Split(comment, []byte("\n")) {
		key, v, ok := strings.Cut(string(line), ": ")
		if !ok {
			continue
		}
		switch key {
		case "mode":
			if v == "relational" {
				o.Mode = Relational
			}
		case "record":
			o.Records = append(o.Records, v)
		case "explode":
			o.Explode = v
		case "lists":
			form, err := ParseListForm(v)
			if err != nil {
				t.Fatal(err)
			}
			o.Lists = form
		case "join":
			o.Join = v
		case "lineage":
			o.Lineage = map[string]Lineage{"line": LineageLine, "full": LineageFull}[v]
		case "sep":
			o.Sep = v
		case "why":
		default:
			t.Fatalf("unknown option %q", line)
		}
	}
	return o
}
