package app

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"retable/internal/retable"
)

// tableID finds a table by its name.
func (s *served) tableID(t *testing.T, session, name string) int64 {
	t.Helper()
	l, err := s.ListTables(s.ctx, SessionRef{session})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range l.Tables {
		if x.Name == name {
			return x.ID
		}
	}
	t.Fatalf("no table %s in %+v", name, l.Tables)
	return 0
}

func (s *served) columnID(t *testing.T, ref TableRef, name string) int64 {
	t.Helper()
	l, err := s.ListColumns(s.ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range l.Columns {
		if c.Name == name {
			return c.ID
		}
	}
	t.Fatalf("no column %s", name)
	return 0
}

func TestRowsAreReadByPositionSortedFilteredAndSearched(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 50, "7.25"))
	ref := TableRef{got.SessionID, s.tableID(t, got.SessionID, "Orders~Order")}
	id := s.columnID(t, ref, "@id")
	page, err := s.GetRows(s.ctx, RowsRequest{TableRef: ref, Offset: 1, Limit: 2, Columns: fmt.Sprint(id)})
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != 50 || len(page.Rows) != 2 || page.Rows[0].RID != 2 || *page.Rows[0].Cells[0] != "O-0002" {
		t.Errorf("got %+v", page)
	}
	for name, c := range map[string]struct {
		req   ViewRequest
		rows  int64
		first string
	}{
		"sorted down":        {ViewRequest{TableRef: ref, Sort: []GridSort{{Column: "@id", Desc: true}}}, 50, "O-0049"},
		"filtered":           {ViewRequest{TableRef: ref, Filter: []GridFilter{{Column: "Customer", Op: "=", Value: "C3"}}}, 10, "O-0008"},
		"searched":           {ViewRequest{TableRef: ref, Search: "o-001"}, 10, "O-0010"},
		"searched and down":  {ViewRequest{TableRef: ref, Search: "O-001", Sort: []GridSort{{Column: "@id", Desc: true}}}, 10, "O-0019"},
		"rows of a citation": {ViewRequest{TableRef: ref, Filter: []GridFilter{{Column: "_rid", Op: "in", Values: []string{"2", "3"}}}}, 2, "O-0002"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := s.CreateView(s.ctx, c.req)
			if err != nil {
				t.Fatal(err)
			}
			page, err := s.GetRows(s.ctx, RowsRequest{TableRef: ref, View: v.ViewID, Limit: 1, Columns: fmt.Sprint(id)})
			if err != nil {
				t.Fatal(err)
			}
			if v.Rows != c.rows || page.Total != c.rows || *page.Rows[0].Cells[0] != c.first {
				t.Errorf("got %d rows, first %s", v.Rows, *page.Rows[0].Cells[0])
			}
			at, err := s.GetPosition(s.ctx, PositionRequest{TableRef: ref, View: v.ViewID, RID: page.Rows[0].RID})
			if err != nil || at.Position != 0 {
				t.Errorf("the first row is at %+v, %v", at, err)
			}
			again, err := s.CreateView(s.ctx, c.req)
			if err != nil || *again != *v {
				t.Errorf("again it is %+v, %v", again, err)
			}
		})
	}
	if _, err := s.GetRows(s.ctx, RowsRequest{TableRef: ref, View: strings.Repeat("0", 32), Limit: 1}); !retable.Is(err, retable.NotFound) {
		t.Errorf("a view that isn't there: %v", err)
	}
	if _, err := s.CreateView(s.ctx, ViewRequest{TableRef: ref, Filter: []GridFilter{{Column: "nope", Op: "="}}}); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("a column that isn't there: %v", err)
	}
}

func TestACellLeadsToItsSource(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 6, "7.25"))
	order := TableRef{got.SessionID, s.tableID(t, got.SessionID, "Orders~Order")}
	item := TableRef{got.SessionID, s.tableID(t, got.SessionID, "Orders~Order~Item")}
	for name, c := range map[string]struct {
		ref          TableRef
		rid          int64
		column       string
		xpath, marks string
	}{
		"an element":   {order, 1, "Customer", "/Orders/Order[1]/Customer", "<Customer>C0</Customer>"},
		"an attribute": {order, 2, "@id", "/Orders/Order[2]/@id", `id="O-0002"`},
		"a child row":  {item, 1, "Price", "/Orders/Order[1]/Item[1]/Price", "<Price>7.25</Price>"},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := s.GetSource(s.ctx, SourceRequest{SessionID: got.SessionID, TableID: c.ref.TableID, RID: c.rid, ColumnID: s.columnID(t, c.ref, c.column)})
			if err != nil {
				t.Fatal(err)
			}
			var marked, row string
			for _, g := range x.Segments {
				switch g.Mark {
				case "cell":
					marked += g.Text
					row += g.Text
				case "row":
					row += g.Text
				}
			}
			if x.XPath != c.xpath || marked != c.marks || x.File != "orders-0.xml" || x.Line != 1 || x.Truncated {
				t.Errorf("got %s, marked %q, %+v", x.XPath, marked, x)
			}
			if !strings.HasPrefix(row, "<Order") && !strings.HasPrefix(row, "<Item") {
				t.Errorf("the row is %q", row)
			}
		})
	}
}

func TestColumnStatistics(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 50, "7.25"))
	item := TableRef{got.SessionID, s.tableID(t, got.SessionID, "Orders~Order~Item")}
	st, err := s.ColumnStats(s.ctx, ColumnStatsRequest{TableRef: item, ColumnID: s.columnID(t, item, "Price")})
	if err != nil {
		t.Fatal(err)
	}
	if st.Rows != 100 || st.Nulls != 0 || st.Distinct != 3 || st.Min != "2" || st.Max != "10.50" || st.Sum != "621.75" || st.Top[0] != (ValueCount{"2", 50}) {
		t.Errorf("got %+v", st)
	}
	var sum int64
	for _, b := range st.Histogram {
		sum += b.Count
	}
	if sum != 100 {
		t.Errorf("the histogram has %d values", sum)
	}
}

func TestStructureAndPreview(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 6, "7.25"))
	inv, err := s.GetInventory(s.ctx, SessionRef{got.SessionID})
	if err != nil || len(inv.Kinds) != 1 || inv.Kinds[0].Kind != "Orders" || inv.FileCounts["ok"] != 2 {
		t.Fatalf("got %+v, %v", inv, err)
	}
	root, err := s.GetStructure(s.ctx, StructureRequest{SessionID: got.SessionID, Kind: "Orders"})
	if err != nil {
		t.Fatal(err)
	}
	if root.Path != "/Orders" || len(root.Children) != 1 || !root.Children[0].Record || root.Children[0].Count != 6 || root.Children[0].Children[0].Name != "@id" {
		t.Errorf("got %+v", root.Children[0])
	}
	p, err := s.PreviewConversion(s.ctx, PreviewRequest{SessionID: got.SessionID, Kind: "Orders", Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Tables) != 1 || p.Tables[0].Rows != 6 || len(p.Tables[0].Sample) != 2 || p.Recipe == nil || p.Records[0] != "/Orders/Order" {
		t.Errorf("got %+v", p)
	}
	items, err := s.PreviewConversion(s.ctx, PreviewRequest{SessionID: got.SessionID, Kind: "Orders", Options: ConvertOptions{Records: []string{"/Orders/Order/Item"}}})
	if err != nil || items.Tables[0].Rows != 12 {
		t.Errorf("by another record: %+v, %v", items, err)
	}
	proof, err := s.GetProof(s.ctx, SessionRef{got.SessionID})
	if err != nil || !proof.Holds || proof.Values == 0 || proof.Values != proof.Accounted {
		t.Errorf("got %+v, %v", proof, err)
	}
	if x, err := s.GetSession(s.ctx, SessionRef{got.SessionID}); err != nil || uint64(x.Values) != proof.Accounted {
		t.Errorf("the session says %d values, its proof %d (%v)", x.Values, proof.Accounted, err)
	}
	dict, err := s.GetDictionary(s.ctx, SessionRef{got.SessionID})
	if err != nil || len(dict.Columns) < 10 {
		t.Errorf("got %d columns, %v", len(dict.Columns), err)
	}
	files, err := s.ListFiles(s.ctx, ListFilesRequest{SessionID: got.SessionID, Search: "-1"})
	if err != nil || files.Total != 1 {
		t.Errorf("got %+v, %v", files, err)
	}
}

func TestQuestionsAreComputedFromTheTables(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 50, "7.25"))
	col, err := s.CreateCollection(s.ctx, CollectionRequest{Name: "mine", Sessions: []string{got.SessionID}})
	if err != nil {
		t.Fatal(err)
	}
	if col.JobID == 0 {
		t.Fatalf("no index is being made: %+v", col)
	}
	s.await(t, s.ctx, col.JobID, retable.JobSuccess)
	chat, err := s.CreateChat(s.ctx, CreateChatRequest{CollectionID: col.ID, Title: "t"})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	a, err := s.Ask(s.ctx, AskRequest{Collection: "mine", Question: "How many orders?", ChatID: chat.ID}, func(e retable.AnswerEvent) error {
		kinds = append(kinds, e.Kind)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.Route != retable.RouteComputed || !strings.Contains(a.Text, "50") || len(a.Citations) == 0 || kinds[len(kinds)-1] != "done" {
		t.Errorf("got %+v, events %v", a, kinds)
	}
	b, err := s.Ask(s.ctx, AskRequest{SessionID: got.SessionID, Question: "O-0007"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("search gives %s: %s", b.Route, b.Text)
	turns, err := s.GetMessages(s.ctx, ChatRef{chat.ID})
	if err != nil || len(turns.Messages) != 2 || turns.Messages[1].Role != "assistant" || len(turns.Messages[1].Answer) == 0 {
		t.Errorf("got %+v, %v", turns, err)
	}
	list, err := s.ListCollections(s.ctx, None{})
	if err != nil || len(list.Collections) != 1 || list.Collections[0].IndexState != "ready" || list.Collections[0].IndexedChunks == 0 {
		t.Errorf("got %+v, %v", list, err)
	}
	r, err := s.Query(s.ctx, QueryRequest{SessionID: got.SessionID, SQL: "SELECT count(*) FROM orders_order"})
	if err != nil || r.Rows[0][0] != "50" {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := s.Query(s.ctx, QueryRequest{SessionID: got.SessionID, SQL: "DROP TABLE orders_order"}); err == nil {
		t.Error("a statement that writes is run")
	}
	_, other := s.addUser(t, "bob", retable.RoleUser)
	for name, do := range map[string]func(context.Context) error{
		"ask": func(ctx context.Context) error {
			_, err := s.Ask(ctx, AskRequest{Collection: col.ID, Question: "How many orders?"}, nil)
			return err
		},
		"messages": func(ctx context.Context) error { _, err := s.GetMessages(ctx, ChatRef{chat.ID}); return err },
		"query": func(ctx context.Context) error {
			_, err := s.Query(ctx, QueryRequest{got.SessionID, "SELECT 1"})
			return err
		},
	} {
		if err := do(other); !retable.Is(err, retable.NotFound) {
			t.Errorf("%s by another user gives %v", name, err)
		}
	}
}
