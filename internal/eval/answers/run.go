package answers

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// plan says how much is asked.
type plan struct {
	seed   uint64
	rows   int // of each domain
	rounds int // of questions
}

// quick is what runs with every test, long what the page reports.
func quick() plan { return plan{seed: 11, rows: 60, rounds: 2} }
func long() plan  { return plan{seed: 2024, rows: 240, rounds: 12} }

// outcome is what came of it.
type outcome struct {
	all     []judged
	attacks []string // statements that got through
	tried   int

	searched searched
}

// run asks everything. dir is for the tables.
func (p plan) run(ctx context.Context, dir string, attacks string) (*outcome, error) {
	o := &outcome{}
	list := domains()
	for i, d := range list {
		d.main.draw(rand.New(rand.NewPCG(p.seed, uint64(i))), p.rows)
		sub, err := os.MkdirTemp(dir, d.name)
		if err != nil {
			return nil, err
		}
		docs := []document{{d.name + ".xml", []byte(d.xmlOf())}}
		qs := questionsOf(d, list[(i+1)%len(list)], p.seed+uint64(i), p.rounds)
		if err := o.ask(ctx, docs, sub, qs); err != nil {
			return nil, err
		}
	}
	hand, docs, err := handwritten()
	if err != nil {
		return nil, err
	}
	sub, err := os.MkdirTemp(dir, "hand")
	if err != nil {
		return nil, err
	}
	if err := o.ask(ctx, docs, sub, hand); err != nil {
		return nil, err
	}
	return o, o.attack(ctx, docs, dir, attacks)
}

// ask answers questions over documents.
func (o *outcome) ask(ctx context.Context, docs []document, dir string, questions []question) error {
	db, err := convert(ctx, docs, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := rag.Open(ctx, []rag.Source{{SessionID: "s", Name: docs[0].path, DB: db}})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, q := range questions {
		req := rag.Request{Question: q.text}
		for _, b := range q.before {
			req.History = append(req.History, rag.Turn{Question: b})
		}
		a, err := c.Answer(ctx, req, nil)
		if err != nil {
			return err
		}
		j := judged{question: q, answer: a, verdict: judge(q, a), citations: len(a.Citations)}
		j.invalid = checkCitations(ctx, db, docs, a)
		o.all = append(o.all, j)
	}
	return o.search(ctx, db, c, dir, questions)
}

// attack runs the corpus of bad statements; what should be refused and runs, or
// leaves the file changed, got through.
func (o *outcome) attack(ctx context.Context, docs []document, dir, corpus string) error {
	sub, err := os.MkdirTemp(dir, "attack")
	if err != nil {
		return err
	}
	db, err := convert(ctx, docs, sub)
	if err != nil {
		return err
	}
	defer db.Close()
	before, err := os.ReadFile(db.Path())
	if err != nil {
		return err
	}
	guard, err := rag.OpenGuard(db, rag.Limits{Time: 300 * time.Millisecond})
	if err != nil {
		return err
	}
	defer guard.Close()
	for block := range strings.SplitSeq(corpus, "\n\n") {
		head, statement, _ := strings.Cut(block, "\n")
		verdict, tries, ok := strings.Cut(head, ": ")
		if !ok || verdict != "refused" {
			continue
		}
		// The corpus speaks of a shop; here it is another table that is attacked.
		statement = strings.NewReplacer("export_customer", view(db), `"Export~Customer"`, `"`+db.Tables()[1].SQLName+`"`, "name", `"_hash"`).Replace(statement)
		o.tried++
		if _, err := guard.Query(ctx, statement); err == nil {
			o.attacks = append(o.attacks, tries)
		} else if retable.CodeOf(err) == retable.Internal {
			o.attacks = append(o.attacks, tries+": "+err.Error())
		}
	}
	now, err := os.ReadFile(db.Path())
	if err == nil && string(now) != string(before) {
		o.attacks = append(o.attacks, "the file was changed")
	}
	return err
}

func view(db *tabledb.DB) string { return db.Tables()[1].ViewName }
