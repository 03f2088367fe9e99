package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/philippgille/chromem-go"

	"retable/internal/index"
	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// routes are the questions by the way in which they are answered. The model is
// one that answers at once, so that its figure is what Retable adds to a
// model's time.
var routes = []struct {
	name      string
	want      retable.Route
	reply     string // of the model; "": none
	questions []string
}{
	{"computed: count", retable.RouteComputed, "", []string{"How many customers?", "How many orders are there?"}},
	{"computed: count with a filter", retable.RouteComputed, "", []string{"How many gold customers?", "How many orders in March 2025?", "How many orders with a sum over 1000?"}},
	{"computed: groups", retable.RouteComputed, "", []string{"How many orders per state?", "What is the average sum of orders by state?"}},
	{"computed: median", retable.RouteComputed, "", []string{"What is the median sum of orders?"}},
	{"computed: over parent keys", retable.RouteComputed, "", []string{"How many customers have more than 2 orders?", "How many orders per customer tier?", "How many customers have no orders?"}},
	{"computed: top rows", retable.RouteComputed, "", []string{"Top 10 orders by sum", "List the gold customers"}},
	{"SQL by a model", retable.RouteSQL, `{"answerable":true,"sql":"SELECT state, count(*) AS n FROM customerexport_customer_orders_order GROUP BY state ORDER BY n DESC","answer":"By state:"}`,
		[]string{"Which state do orders tend to end up in, roughly speaking?"}},
	{"search", retable.RouteSearch, "", []string{"Penhaligon lantern parcel", "anything about the office of Penhaligon"}},
	{"abstention", retable.RouteAbstain, "", []string{"Who is the zyxwv?"}},
}

// atOnce is a model that says the same whatever it is asked.
type atOnce string

func (m atOnce) Name() string { return "at once" }
func (m atOnce) Remote() bool { return false }
func (m atOnce) Chat(context.Context, retable.ChatRequest, func(string) error) (retable.ChatResult, error) {
	return retable.ChatResult{Text: string(m)}, nil
}

// words searches an index for the router.
type words struct{ snap *index.Snapshot }

func (w words) Search(ctx context.Context, query string, k int) ([]rag.Hit, error) {
	r, err := w.snap.Search(ctx, index.Query{Text: query, Limit: k})
	if err != nil {
		return nil, err
	}
	var out []rag.Hit
	for i := range r.Hits {
		h := &r.Hits[i]
		out = append(out, rag.Hit{SessionID: h.Session, Table: h.Table, Row: h.Row, Text: h.Text, Score: h.Score})
	}
	return out, nil
}

// runQuestions asks every route's questions of tables and their index, which
// is made if it isn't there.
func runQuestions(ctx context.Context, tables, dir string) (*Answers, error) {
	db, err := tabledb.Open(tables)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := index.Build(ctx, dir, index.Source{Session: "bench", Revision: "1", Tables: db}, index.BuildOptions{}); err != nil {
		return nil, err
	}
	snap, err := index.Open(ctx, dir, db, index.OpenOptions{})
	if err != nil {
		return nil, err
	}
	defer snap.Release() //nolint:errcheck // only read from
	start := time.Now()
	c, err := rag.Open(ctx, []rag.Source{{SessionID: "bench", Name: "bench", DB: db}})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	out := &Answers{Seconds: time.Since(start).Seconds(), Asked: map[string]Latency{}}
	for _, t := range db.Tables() {
		out.Rows += t.Rows
	}
	for _, r := range routes {
		var all []float64
		for _, q := range r.questions {
			req := rag.Request{Question: q, Searcher: words{snap}, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			if r.reply != "" {
				req.Chat = atOnce(r.reply)
			}
			times, err := clocked(asks, func() error {
				a, err := c.Answer(ctx, req, nil)
				if err == nil && a.Route != r.want {
					err = fmt.Errorf("%s: answered by route %s, expected %s: %.200s", q, a.Route, r.want, a.Text)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			all = append(all, times...)
		}
		out.Asked[r.name] = latencyOf(all)
	}
	return out, nil
}

// vectorDimensions are those of the vectors that are measured.
const vectorDimensions = 384

// runVectors searches for the nearest of so many random vectors.
func runVectors(ctx context.Context, impl string, count int) (*Answers, error) {
	dice := rand.New(rand.NewPCG(3, 3))
	vector := func() []float32 {
		x := make([]float32, vectorDimensions)
		for i := range x {
			x[i] = float32(dice.NormFloat64())
		}
		return x
	}
	add, nearest, err := vectorStore(impl, count)
	if err != nil {
		return nil, err
	}
	out := &Answers{Rows: int64(count), Asked: map[string]Latency{}}
	for i := range count {
		x := vector()
		start := time.Now()
		if err := add(ctx, i, x); err != nil {
			return nil, err
		}
		out.Seconds += time.Since(start).Seconds()
	}
	var all []float64
	for range 20 {
		q := vector()
		var found []int64
		times, err := clocked(2, func() (err error) { found, err = nearest(ctx, q, 10); return err })
		if err != nil {
			return nil, err
		}
		all = append(all, times...)
		out.Found = append(out.Found, fmt.Sprint(slices.Sorted(slices.Values(found))))
	}
	out.Asked["the ten nearest"] = latencyOf(all)
	return out, nil
}

type (
	addVector     func(ctx context.Context, n int, x []float32) error
	nearestVector func(ctx context.Context, x []float32, k int) ([]int64, error)
)

func vectorStore(impl string, count int) (addVector, nearestVector, error) {
	if impl == "retable" {
		v, err := index.NewVectors(vectorDimensions, int64(count))
		if err != nil {
			return nil, nil, err
		}
		return func(_ context.Context, n int, x []float32) error { return v.Add(int64(n), x) }, v.Nearest, nil
	}
	docs, err := chromem.NewDB().CreateCollection("bench", nil, func(context.Context, string) ([]float32, error) {
		return nil, errors.New("vectors are given, not made")
	})
	if err != nil {
		return nil, nil, err
	}
	add := func(ctx context.Context, n int, x []float32) error {
		return docs.AddDocument(ctx, chromem.Document{ID: strconv.Itoa(n), Embedding: x})
	}
	nearest := func(ctx context.Context, x []float32, k int) ([]int64, error) {
		found, err := docs.QueryEmbedding(ctx, x, min(k, docs.Count()), nil, nil)
		var out []int64
		for _, f := range found {
			n, err := strconv.ParseInt(f.ID, 10, 64)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, err
	}
	return add, nearest, nil
}

// answersRun is the child that does one of the three.
func answersRun(ctx context.Context, args []string) (*Answers, error) {
	if len(args) == 4 && args[0] == "index" {
		return runIndex(ctx, args[1], args[2], args[3])
	}
	if len(args) == 3 && args[0] == "questions" {
		return runQuestions(ctx, args[1], args[2])
	}
	if len(args) == 3 && args[0] == "vectors" {
		count, err := strconv.Atoi(args[2])
		if err != nil {
			return nil, err
		}
		return runVectors(ctx, args[1], count)
	}
	return nil, fmt.Errorf("answers-run: %d arguments make no sense: %q", len(args), os.Args)
}
