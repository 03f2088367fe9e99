package retrieval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"retable/internal/index"
)

// Score is how well a way of searching does on a class of questions.
type Score struct {
	Class     string
	Questions int
	NDCG      float64 // at 10
	Recall    float64 // at 50
}

// Way is a way of searching.
type Way struct {
	Name   string
	Weight float64 // of meaning: below 0 none, infinite alone
}

// Ways are the ways that are compared.
func Ways() []Way {
	return []Way{
		{"words", -1}, {"meaning", math.Inf(1)}, {"fusion 0.1", 0.1}, {"fusion 0.2", 0.2}, {"fusion 0.3", 0.3}, {"fusion 0.5", 0.5}, {"fusion 1", 1},
	}
}

// Measure asks all questions one way and scores each class; the last score is
// of all together.
func Measure(ctx context.Context, s *index.Snapshot, questions []Question, w Way) ([]Score, error) {
	sums := map[string]*Score{}
	order := []string{}
	count := func(class string, ndcg, recall float64) {
		sc := sums[class]
		if sc == nil {
			sc = &Score{Class: class}
			sums[class] = sc
			order = append(order, class)
		}
		sc.Questions++
		sc.NDCG += ndcg
		sc.Recall += recall
	}
	for _, q := range questions {
		hits, err := ask(ctx, s, q.Text, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.Text, err)
		}
		ndcg, recall := q.rate(hits)
		count(q.Class, ndcg, recall)
		count("~all", ndcg, recall)
	}
	slices.Sort(order)
	var out []Score
	for _, class := range order {
		sc := sums[class]
		sc.NDCG /= float64(sc.Questions)
		sc.Recall /= float64(sc.Questions)
		sc.Class = strings.TrimPrefix(class, "~")
		out = append(out, *sc)
	}
	return out, nil
}

// ask searches one way. Meaning alone is a fusion in which it outweighs all
// else, without what only words have found.
func ask(ctx context.Context, s *index.Snapshot, text string, w Way) ([]index.Hit, error) {
	alone := math.IsInf(w.Weight, 1)
	weight := w.Weight
	if alone {
		weight = 1e9
	}
	r, err := s.Search(ctx, index.Query{Text: text, Limit: index.Depth, DenseWeight: weight})
	if err != nil {
		return nil, err
	}
	if weight > 0 && !r.Dense {
		return nil, fmt.Errorf("meaning wasn't searched: %s", strings.Join(r.Warnings, " "))
	}
	if alone {
		r.Hits = slices.DeleteFunc(r.Hits, func(h index.Hit) bool { return h.DenseRank == 0 })
	}
	return r.Hits, nil
}

// rate returns nDCG@10 and Recall@50 of what was found. What is relevant
// counts 1, all else 0.
func (q *Question) rate(hits []index.Hit) (ndcg, recall float64) {
	relevant := max(1, len(q.Rows))
	gain, ideal, found := 0.0, 0.0, 0
	for i, h := range hits {
		ok := h.Table == q.Table && (q.Rows == nil && h.Kind == index.KindTable || h.Kind == index.KindRow && q.Rows[h.Row])
		if !ok {
			continue
		}
		found++
		if i < 10 {
			gain += 1 / math.Log2(float64(i+2))
		}
	}
	for i := range min(10, relevant) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	return gain / ideal, float64(min(found, relevant)) / float64(relevant)
}

// Page writes the part of docs/answer-quality.md on retrieval.
func Page(ways []Way, scores [][]Score) string {
	return fmt.Sprintf(`
## How well rows are found

%d searches over a shop that is made for it: customers, orders, invoices, products and 480 support tickets on 24 topics; it is known which
rows and which cards of tables are relevant. Each search is made by full text alone, by the vectors of the embedder that is built in alone, and
by both, fused at several weights of the vectors; %g is the default. nDCG@10 tells how high what is relevant stands, Recall@50 how much of it is
among the first 50. *words*: questions that share words with a topic's tickets; *meaning*: questions that share none; *name*, *code*, *part of a
code*: rows by what stands in them; *table*: which table a question is about. A topic has 20 relevant rows, so ten of them fill the first ten.

`, scores[0][len(scores[0])-1].Questions, index.DenseWeight) + Table(ways, scores)
}

// Table writes scores as Markdown: a line for each class, two columns for each
// way.
func Table(ways []Way, scores [][]Score) string {
	var b strings.Builder
	b.WriteString("| questions | n |")
	for _, w := range ways {
		b.WriteString(" " + w.Name + " nDCG@10 | Recall@50 |")
	}
	b.WriteString("\n|---|--:|" + strings.Repeat("--:|--:|", len(ways)) + "\n")
	for i, first := range scores[0] {
		fmt.Fprintf(&b, "| %s | %d |", first.Class, first.Questions)
		for _, s := range scores {
			fmt.Fprintf(&b, " %.3f | %.3f |", s[i].NDCG, s[i].Recall)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
