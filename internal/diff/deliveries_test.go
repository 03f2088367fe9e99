package diff_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"retable/internal/archive"
	"retable/internal/diff"
	"retable/internal/table"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// convert reads a bundle into tables with the real converter.
func convert(t testing.TB, bundle string, mode xmltable.Options, digests bool) *memory {
	t.Helper()
	ctx := context.Background()
	b, err := archive.Open(ctx, bundle, archive.Options{Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newMemory(filepath.Base(bundle))
	s := xmltable.NewScanner(xmltok.Options{}, 0)
	var texts [][]byte
	for i, e := range b.Entries() {
		r, err := e.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		texts = append(texts, body)
		fp, err := s.File(ctx, i, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		f := diff.File{ID: i + 1, Path: e.Path, Kind: fp.Kind, Partial: fp.Err != nil}
		if digests {
			sum := sha256.Sum256(body)
			f.SHA256 = hex.EncodeToString(sum[:])
		}
		m.files = append(m.files, f)
	}
	var plans []*xmltable.Plan
	for _, p := range s.Profiles().Kinds() {
		pl, err := xmltable.NewPlan(p, mode)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, pl)
	}
	f := xmltable.NewFlattener(plans, collect{m}, xmltable.FlattenOptions{Scratch: t.TempDir()})
	defer f.Close()
	for _, pl := range plans {
		for i := range pl.Tables {
			m.rows[pl.Tables[i].Schema.Name] = &bytes.Buffer{}
		}
	}
	for i := range texts {
		if _, err := f.File(ctx, xmltable.File{Index: i, Path: m.files[i].Path}, bytes.NewReader(texts[i])); err != nil {
			t.Fatal(err)
		}
	}
	for _, pl := range plans {
		m.schemas = append(m.schemas, pl.Schemas()...)
	}
	return m
}

type collect struct{ m *memory }

func (c collect) Row(p *xmltable.Plan, t int, row *table.Row) error {
	c.m.rows[p.Tables[t].Schema.Name].Write(table.AppendRow(nil, row))
	return nil
}

// truth is what the generator did.
type truth struct {
	Changes []struct {
		Type, Table, Key, File, Field, Old, New, From, To string
		Cascade                                           bool
	}
	Cosmetic bool
}

// makeDeliveries runs the generator of the corpus.
func makeDeliveries(t testing.TB, size string, files, seed int, args ...string) (first, second string, tr truth) {
	t.Helper()
	gen := filepath.Join(os.Getenv("RET_CORPUS"), "generate.py")
	if _, err := os.Stat(gen); os.Getenv("RET_CORPUS") == "" || err != nil {
		t.Skip("the generator of deliveries is not here: set RET_CORPUS to the folder that holds generate.py")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to run the generator of deliveries")
	}
	dir := t.TempDir()
	first, second = filepath.Join(dir, "first.zip"), filepath.Join(dir, "second.zip")
	common := []string{"--files", strconv.Itoa(files), "--size", size, "--seed", strconv.Itoa(seed)}
	truthFile := filepath.Join(dir, "truth.json")
	for _, cmd := range [][]string{
		append([]string{gen, "bundle", "-o", first}, common...),
		append(append([]string{gen, "second", "-o", second, "--truth", truthFile}, common...), args...),
	} {
		if out, err := exec.Command(python, cmd...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	raw, err := os.ReadFile(truthFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &tr); err != nil {
		t.Fatal(err)
	}
	return first, second, tr
}
