package retrieval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// ticketsEach is how many tickets a topic has.
const ticketsEach = 20

// Question is a question with what is relevant to it: rows of a table, or a
// table's card where Rows is nil.
type Question struct {
	Class string // words, meaning, name, code, part of a code, table
	Text  string
	Table string
	Rows  map[int64]bool // row ids
}

// Data are the tables and the questions about them.
type Data struct {
	Tables    *tabledb.DB
	Questions []Question
}

// Make writes the data's tables.sqlite into dir and opens it; the caller
// closes it.
func Make(ctx context.Context, dir string) (*Data, error) {
	g := &generator{dice: rand.New(rand.NewPCG(20_26, 11))}
	g.customers(300)
	g.products(200)
	g.orders(900)
	g.invoices(700)
	g.tickets()
	for _, q := range tableQuestions() {
		g.questions = append(g.questions, Question{Class: "table", Text: q.question, Table: q.table})
	}
	path := filepath.Join(dir, "tables.sqlite")
	if err := g.write(ctx, path); err != nil {
		return nil, fmt.Errorf("make data: %w", err)
	}
	db, err := tabledb.Open(path)
	if err != nil {
		return nil, err
	}
	return &Data{Tables: db, Questions: g.questions}, nil
}

// generated is a table on its way.
type generated struct {
	schema table.Schema
	rows   [][]string
}

type generator struct {
	dice      *rand.Rand
	tables    []*generated
	buyers    []string
	questions []Question
}

func (g *generator) pick(from ...string) string { return from[g.dice.IntN(len(from))] }

// table begins a table; columns are "name:type".
func (g *generator) table(name string, columns ...string) *generated {
	t := &generated{schema: table.Schema{Name: name, Kind: "shop", Path: "/shop/" + strings.ToLower(name)}}
	types := map[string]table.Type{"text": table.Text, "integer": table.Integer, "decimal": table.Decimal, "date": table.Date}
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, ":")
		t.schema.Columns = append(t.schema.Columns, table.Column{Name: name, XPath: name, Path: t.schema.Path + "/" + name, Type: types[kind], Stats: &table.Stats{}})
	}
	g.tables = append(g.tables, t)
	return t
}

// add adds a row, counts it in the statistics, and returns its row id.
func (t *generated) add(values ...string) int64 {
	t.rows = append(t.rows, values)
	return int64(len(t.rows))
}

// finish fills in the statistics.
func (t *generated) finish() {
	for i := range t.schema.Columns {
		st, seen := t.schema.Columns[i].Stats, map[string]bool{}
		for _, row := range t.rows {
			v := row[i]
			st.Values++
			st.Longest = max(st.Longest, len(v))
			if !seen[v] && len(st.Examples) < 5 {
				st.Examples = append(st.Examples, v)
			}
			seen[v] = true
			if st.Min == "" || v < st.Min {
				st.Min = v
			}
			st.Max = max(st.Max, v)
		}
		st.Distinct = uint64(len(seen))
	}
}

func (g *generator) ask(class, text, tbl string, rows ...int64) {
	q := Question{Class: class, Text: text, Table: tbl, Rows: map[int64]bool{}}
	for _, r := range rows {
		q.Rows[r] = true
	}
	g.questions = append(g.questions, q)
}

func (g *generator) date() string {
	return fmt.Sprintf("2024-%02d-%02d", 1+g.dice.IntN(12), 1+g.dice.IntN(28))
}

func (g *generator) money() string {
	return strconv.FormatFloat(float64(g.dice.IntN(200_000))/100, 'f', 2, 64)
}

func (g *generator) customers(n int) {
	t := g.table("Customer", "customer_id:text", "name:text", "city:text", "country:text", "credit_limit:decimal")
	used := map[string]bool{}
	for len(t.rows) < n {
		name := g.pick("Blue", "North", "Silver", "Old", "Green", "Royal", "Swift", "Grand", "Iron", "Sunny", "Lucky", "Deep") + " " +
			g.pick("Harbour", "Mill", "Forest", "Bridge", "Garden", "Valley", "Castle", "River", "Anchor", "Meadow", "Falcon", "Compass") + " " +
			g.pick("Trading", "Foods", "Logistics", "Textiles", "Motors", "Books", "Pharma", "Energy")
		if used[name] {
			continue
		}
		used[name] = true
		id := fmt.Sprintf("C-%05d", 10_000+7*len(t.rows))
		g.buyers = append(g.buyers, id)
		row := t.add(id, name, g.pick("Oslo", "Lyon", "Porto", "Graz", "Turku", "Leeds", "Ghent", "Basel"), g.pick("Norway", "France", "Portugal", "Austria", "Finland", "Britain", "Belgium", "Switzerland"), g.money())
		switch row % 12 {
		case 0:
			g.ask("name", "Who is "+name+"?", "Customer", row)
		case 6:
			g.ask("name", "show me the city of "+strings.ToLower(name), "Customer", row)
		}
	}
}

func (g *generator) products(n int) {
	t := g.table("Product", "sku:text", "title:text", "price:decimal", "weight_kg:decimal", "stock:integer", "warehouse:text")
	for i := range n {
		t.add(fmt.Sprintf("%s%03d-%s", g.pick("KX", "QB", "ZR"), i, g.pick("A", "B", "C")),
			g.pick("steel", "wooden", "plastic", "ceramic", "cotton", "leather")+" "+g.pick("lamp", "table", "kettle", "jacket", "drill", "shelf", "fridge", "speaker", "phone", "toaster"),
			g.money(), strconv.Itoa(1+g.dice.IntN(30)), strconv.Itoa(g.dice.IntN(500)), g.pick("east", "west", "harbour"))
	}
}

func (g *generator) orders(n int) {
	t := g.table("SalesOrder", "order_number:text", "customer_id:text", "placed_on:date", "status:text", "total:decimal")
	for i := range n {
		number := fmt.Sprintf("SO-2024/%05d", 31*i+1000)
		row := t.add(number, g.pick(g.buyers...), g.date(), g.pick("open", "shipped", "closed", "cancelled"), g.money())
		switch i % 60 {
		case 0:
			g.ask("code", "What is the status of order "+number+"?", "SalesOrder", row)
		case 30:
			g.ask("part of a code", number[8:], "SalesOrder", row)
		}
	}
}

func (g *generator) invoices(n int) {
	t := g.table("Invoice", "invoice_no:text", "customer_id:text", "issued:date", "due:date", "amount:decimal", "paid:text")
	for i := range n {
		number := fmt.Sprintf("R%07d", 7000+i*13)
		row := t.add(number, g.pick(g.buyers...), g.date(), g.date(), g.money(), g.pick("yes", "no", "partly"))
		if i%70 == 0 {
			g.ask("code", "invoice "+number, "Invoice", row)
		}
	}
}

func (g *generator) tickets() {
	t := g.table("SupportTicket", "ticket_id:text", "customer_id:text", "opened:date", "priority:text", "message:text")
	all := topics()
	var order []int
	for i := range all {
		order = append(order, slices.Repeat([]int{i}, ticketsEach)...)
	}
	g.dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	rows := make([][]int64, len(all))
	for i, topic := range order {
		text := strings.ReplaceAll(g.pick(all[topic].tickets...), "{n}", strconv.Itoa(2+g.dice.IntN(60)))
		text = g.pick("", "hello, ", "dear team, ", "good morning, ", "once more: ") + text + g.pick("", ", please help", ", please answer soon", ", this is the second time", ", kind regards")
		rows[topic] = append(rows[topic], t.add(fmt.Sprintf("T%06d", i+1), g.pick(g.buyers...), g.date(), g.pick("low", "normal", "high"), text))
	}
	for i, topic := range all {
		g.ask("words", topic.near, "SupportTicket", rows[i]...)
		g.ask("meaning", topic.distance, "SupportTicket", rows[i]...)
	}
}

func (g *generator) write(ctx context.Context, path string) error {
	w, err := tabledb.Create(path, tabledb.Options{Engine: "eval"})
	if err != nil {
		return err
	}
	defer w.Abort()
	w.AddFile(tabledb.File{ID: 1, Path: "shop.xml", Status: "ok"})
	var row table.Row
	for _, t := range g.tables {
		t.finish()
		tw, err := w.Table(&t.schema)
		if err != nil {
			return err
		}
		for i, values := range t.rows {
			row.Reset(len(values))
			row.Pos = table.Position{Line: int64(i + 2)}
			for c, v := range values {
				row.SetString(c, v)
			}
			if err := tw.Write(&row); err != nil {
				return err
			}
		}
		if err := tw.Close(); err != nil {
			return err
		}
	}
	return w.Commit(ctx)
}
