package answers

import (
	"context"
	"errors"
	"path/filepath"

	"retable/internal/embed"
	"retable/internal/index"
	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// elsewhere are questions about things that none of the tables is about. By
// meaning there is always something nearest to them.
var elsewhere = []string{
	"Who wrote Pride and Prejudice?", "What is the capital of Mongolia?", "How do I boil an egg?", "Why is the sky blue?",
	"Who painted the Sistine ceiling?", "Tell me a joke about penguins", "Is cryptocurrency a good investment?", "Which planet has rings?",
	"What rhymes with orange?", "How tall is Kilimanjaro?", "Translate good morning into Swahili", "When did the Beatles split up?",
	"Can whales sing?", "Recommend a Thai restaurant", "What does photosynthesis produce?", "Who invented velcro?",
	"Explain quantum entanglement", "Where do penguins sleep?", "Write a poem about autumn", "Should I buy bitcoin?",
}

// searched is what became of questions without an answer where there is a full
// index: words, and meaning if the embedder is built in.
type searched struct {
	meaning         bool
	impossible      int      // asked of tables that lack what is asked for
	computed        int      // of these, that got a figure
	shown           int      // of these, for which rows were shown as found
	elsewhere       int      // asked about other things altogether
	elsewhereAnswer []string // of these, that were not abstained from
}

// search asks the questions without an answer again, of the index.
func (o *outcome) search(ctx context.Context, db *tabledb.DB, c *rag.Catalogue, dir string, questions []question) (err error) {
	set := filepath.Join(dir, "index")
	if _, err := index.Build(ctx, set, index.Source{Session: "s", Revision: "1", Tables: db}, index.BuildOptions{}); err != nil {
		return err
	}
	var embedder retable.Embedder
	if m, err := embed.BuiltIn(); err == nil {
		embedder = embed.New(m, 2)
		if _, err := index.Embed(ctx, set, db, index.EmbedOptions{Embedder: embedder}); err != nil {
			return err
		}
		o.searched.meaning = true
	} else if !retable.Is(err, retable.Unavailable) {
		return err
	}
	snap, err := index.Open(ctx, set, db, index.OpenOptions{Embedder: embedder})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snap.Release()) }()
	for _, q := range questions {
		if q.gold != nil || len(q.before) > 0 {
			continue
		}
		a, err := c.Answer(ctx, rag.Request{Question: q.text, Searcher: found{snap}}, nil)
		if err != nil {
			return err
		}
		o.searched.impossible++
		switch {
		case a.Route == retable.RouteSearch:
			o.searched.shown++
		case a.Route == retable.RouteComputed && a.SQL != "":
			o.searched.computed++
		}
	}
	for _, q := range elsewhere {
		a, err := c.Answer(ctx, rag.Request{Question: q, Searcher: found{snap}}, nil)
		if err != nil {
			return err
		}
		o.searched.elsewhere++
		if a.Route != retable.RouteAbstain {
			o.searched.elsewhereAnswer = append(o.searched.elsewhereAnswer, q)
		}
	}
	return nil
}

// found searches an index for the router, as the service does.
type found struct{ snap *index.Snapshot }

func (f found) Search(ctx context.Context, query string, k int) ([]rag.Hit, error) {
	r, err := f.snap.Search(ctx, index.Query{Text: query, Limit: k})
	if err != nil {
		return nil, err
	}
	var out []rag.Hit
	for i := range r.Hits {
		h := &r.Hits[i]
		out = append(out, rag.Hit{SessionID: h.Session, Table: h.Table, Row: h.Row, Text: h.Text, Score: h.Score, ByMeaning: h.WordRank == 0 && h.CodeRank == 0})
	}
	return out, nil
}
