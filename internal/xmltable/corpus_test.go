package xmltable

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retable/internal/xmltok"
)

// cannotGoRound names the corpus files whose tables do not give the document
// back, each with the reason. An entry that is no longer needed fails.
var cannotGoRound = map[string]string{}

// TestCorpusGoesRound converts every real file there is: the proof holds in
// both modes, and the relational tables give the document back.
func TestCorpusGoesRound(t *testing.T) {
	if testing.Short() {
		t.Skip("reads every corpus file twice: left out of short runs")
	}
	root := os.Getenv("RET_CORPUS")
	if root == "" {
		root = filepath.FromSlash("../../../shared/data")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no corpus at %s: set RET_CORPUS to a folder of XML files", root)
	}
	var all, round, partial, unread int
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !e.Type().IsRegular() || strings.HasSuffix(path, ".py") || strings.HasSuffix(path, ".md") || strings.HasSuffix(path, ".tsv") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all++
		switch goRound(t, name, string(raw)) {
		case wentRound:
			round++
		case readPartly:
			partial++
		case notRead:
			unread++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files: %d came back whole, %d are malformed and were read in part, %d have no root element", all, round, partial, unread)
}

type outcome int

const (
	wentRound outcome = iota
	stayedOut
	readPartly
	notRead
)

func goRound(t *testing.T, name, text string) outcome {
	s := setup{quiet: true, tok: xmltok.Options{Entities: xmltok.EntitiesKeep}, opts: Options{Lineage: LineageFull}}
	docs := []doc{{name, text}}
	flat, err := s.convert(docs)
	if err != nil {
		t.Errorf("%s: flat: %v", name, err)
		return stayedOut
	}
	if len(flat.plans) == 0 {
		return notRead
	}
	if !flat.proofs[0].Holds() {
		t.Errorf("%s: flat: %+v", name, flat.proofs[0])
	}
	s.opts = Options{Mode: Relational}
	c, err := s.convert(docs)
	if err != nil {
		t.Errorf("%s: relational: %v", name, err)
		return stayedOut
	}
	if !c.proofs[0].Holds() {
		t.Errorf("%s: relational: %+v", name, c.proofs[0])
	}
	if c.profiles[0].Err != nil {
		return readPartly
	}
	var difference string
	model, err := readTree(text, s.tok)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if again, _, err := rebuild(c.plans[0], c.rows.rows); err != nil {
		difference = err.Error()
	} else {
		difference = differs(model, again["1"], false, "")
	}
	switch reason, known := cannotGoRound[name]; {
	case difference == "" && known:
		t.Errorf("%s goes round: take it off the list (%s)", name, reason)
	case difference != "" && !known:
		t.Errorf("%s does not give itself back: %.600s", name, difference)
	}
	if difference != "" {
		return stayedOut
	}
	return wentRound
}
