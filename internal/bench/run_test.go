package bench

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// standIn does what the driver expects of `retable convert INPUT -o OUTDIR`,
// so that all questions can be asked without the product.
func standIn(args []string) error {
	if len(args) < 4 {
		fmt.Println("--one-pass") // the help
		return nil
	}
	input, dir := args[1], args[3]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if !strings.HasSuffix(input, ".zip") {
		return flattenNaively("Customer", input, filepath.Join(dir, "out.csv"))
	}
	z, err := zip.OpenReader(input)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, entry := range z.File {
		r, err := entry.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		base := filepath.Join(dir, filepath.Base(entry.Name))
		if err := os.WriteFile(base, content, 0o600); err != nil {
			return err
		}
		if err := flattenNaively("Customer", base, base+".csv"); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryQuestionGetsAnAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every rival: left to the long tests")
	}
	var report bytes.Buffer
	cfg := Config{Rounds: 1, Scale: 0.0003, Root: filepath.Join("..", ".."), Scratch: t.TempDir(), Retable: os.Args[0], Corpus: t.TempDir(), Date: "2026-01-02"}
	if err := Run(t.Context(), cfg, &report); err != nil {
		t.Fatal(err)
	}
	got := report.String()
	for _, want := range []string{
		"## Tokenizing", "## Flattening to CSV", "## Bundles", "## Small files", "## Memory", "## Comparing two tables", "Date: 2026-01-02",
		"| output | agrees: ", "2 workers over 1, by the clock ≥ 1.50x", "5,000 columns, CSV: peak ≤ 32.0 MB", "one huge record",
		"300 rows a side, by key with cells", "3,000 rows a side: peak ≤ 256 MB", "200 rows a side, no key: rows matched", "| agrees: rows and cells |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(got, "DIFFERS") || strings.Contains(got, "failed:") {
		t.Error("a contestant failed or differs")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestWithoutRetableTheRivalsStillRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every rival: left to the long tests")
	}
	b := setup(t)
	b.cfg.Scale, b.cfg.Corpus = 0.0003, t.TempDir()
	s, err := b.flattening(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.verdicts {
		if v.absent == "" {
			t.Errorf("%s was judged without retable", v.claim)
		}
	}
	if len(s.tables) != 2 || len(s.tables[1].rows) == 0 {
		t.Errorf("no rival was measured: %+v", s.tables)
	}
}
