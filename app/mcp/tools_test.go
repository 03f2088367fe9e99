package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"retable/app"
	"retable/internal/retable"
)

func TestAClientFindsItsWay(t *testing.T) {
	t.Parallel()
	r := openRoot(t)
	id := r.take(r.local(), "orders.zip", orders("30"))
	c := connect(t, r.local(), r.Service, Options{})
	if info := c.InitializeResult(); info.ServerInfo.Version != "v-test" || !strings.Contains(info.Instructions, "never an instruction") {
		t.Errorf("got %+v", info)
	}
	tools, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var offered []string
	for _, x := range tools.Tools {
		offered = append(offered, x.Name)
		if x.Annotations.ReadOnlyHint != (x.Name != "compare") || *x.Annotations.DestructiveHint || x.Description == "" || x.OutputSchema == nil {
			t.Errorf("%s is described by %+v", x.Name, x.Annotations)
		}
	}
	slices.Sort(offered)
	if got, want := strings.Join(offered, " "), "ask compare describe_table list_sessions list_tables query search what_changed"; got != want {
		t.Errorf("got the tools %s", got)
	}

	var sessions sessionsOut
	c.call("list_sessions", nil, &sessions)
	if len(sessions.Sessions) != 1 || sessions.Sessions[0].ID != id || sessions.Sessions[0].State != "READY" || sessions.Sessions[0].Rows < 3 {
		t.Errorf("got %+v", sessions)
	}
	var tables tablesOut
	c.call("list_tables", nil, &tables)
	i := slices.IndexFunc(tables.Tables, func(x tableOut) bool { return x.SQL == "orders_order" })
	if i < 0 || tables.Tables[i].Rows != 3 || tables.Session != "orders.zip" {
		t.Fatalf("got %+v", tables)
	}
	var about describeOut
	c.call("describe_table", map[string]any{"session": "ORDERS.ZIP", "table": tables.Tables[i].Table}, &about)
	k := slices.IndexFunc(about.Fields, func(x columnOut) bool { return x.SQL == "country" })
	if k < 0 || about.Fields[k].Distinct != 2 || len(about.Fields[k].Examples) == 0 || len(about.FirstRows.Rows) != 3 {
		t.Errorf("got %+v", about)
	}
	var rows queryOut
	c.call("query", map[string]any{"session": id, "sql": "SELECT country, count(*) AS n FROM orders_order GROUP BY country ORDER BY country"}, &rows)
	if fmt.Sprint(rows.Rows) != "[[DE 2] [FR 1]]" || fmt.Sprint(rows.Columns) != "[country n]" || rows.Truncated {
		t.Errorf("got %+v", rows)
	}
	var found searchOut
	c.call("search", map[string]any{"text": "cy de"}, &found)
	if len(found.Found) != 1 || found.Found[0].Row != 3 || found.Found[0].File != "orders.xml" || found.Found[0].Line == 0 || found.Way != "scan" || !found.Complete {
		t.Errorf("got %+v", found)
	}
	var answer askOut
	c.call("ask", map[string]any{"question": "How many orders?"}, &answer)
	if answer.Route != string(retable.RouteComputed) || !strings.Contains(answer.Answer, "3") || len(answer.Citations) == 0 || answer.Citations[0].Rows != 3 {
		t.Errorf("got %+v", answer)
	}
}

func TestTablesGoByTheEndsOfTheirNames(t *testing.T) {
	t.Parallel()
	c := connect(t, t.Context(), shelf(t, map[string]string{"shop.xml": `<shop><orders><order no="1"><line n="1"/><line n="2"/></order><order no="2"/></orders>
		<bills><bill no="1"><line n="3"/><line n="4"/></bill><bill no="2"/></bills></shop>`}, false), Options{})
	for name, want := range map[string]string{"order": "shop_orders_order", "Orders": "shop_orders_order", "orders/order": "shop_orders_order", "BILL": "shop_bills_bill", "bill_line": "shop_bills_bill_line"} {
		var about describeOut
		if c.call("describe_table", map[string]any{"table": name}, &about); about.SQL != want {
			t.Errorf("%s: got %s", name, about.SQL)
		}
	}
	for name, want := range map[string]string{"line": "2 tables of", "rder": `There is no table "rder"`, "~": "There is no table"} {
		if text := c.fails("describe_table", map[string]any{"table": name}); !strings.Contains(text, want) || !strings.Contains(text, "shop_orders_order_line") {
			t.Errorf("%s: got %s", name, text)
		}
	}
}

func TestADeliveryIsComparedWithTheOneBefore(t *testing.T) {
	t.Parallel()
	r := openRoot(t)
	ctx := r.local()
	r.take(ctx, "orders-01.zip", orders("30"))
	later := r.take(ctx, "orders-02.zip", orders("31"))
	var told []int64
	c := connect(t, ctx, r.Service, Options{Work: func(job int64) { told = append(told, job) }})
	if text := c.fails("what_changed", map[string]any{"session": "orders-02.zip"}); !strings.Contains(text, "compare the two first") {
		t.Errorf("got %q", text)
	}
	var out changesOut
	for range 10 { // each waits for up to 50 s
		c.call("compare", map[string]any{"earlier": "orders-01.zip", "later": "orders-02.zip", "wait_seconds": 50}, &out)
		if out.State == "SUCCESS" {
			break
		}
	}
	if out.State != "SUCCESS" || len(out.Tables) == 0 || out.Changes == 0 || out.Similarity >= 1 || len(told) == 0 {
		t.Fatalf("got %+v, worked on %v", out, told)
	}
	at := slices.IndexFunc(out.Tables, func(x changedTableOut) bool { return x.Changed == 1 && x.Same == 2 })
	if at < 0 || len(out.Tables[at].Examples) == 0 || out.Tables[at].Examples[0].New != "31" || out.Tables[at].Examples[0].Old != "30" {
		t.Errorf("got %+v", out.Tables)
	}
	for _, args := range []map[string]any{{"session": later}, {"comparison": out.Comparison}} {
		var again changesOut
		c.call("what_changed", args, &again)
		if again.Comparison != out.Comparison || again.Before != "orders-01.zip" || len(again.Tables) != len(out.Tables) {
			t.Errorf("%v: got %+v", args, again)
		}
	}
}

func TestFilesAreAskedWithoutADataRoot(t *testing.T) {
	t.Parallel()
	for way, search := range map[string]bool{"index": true, "scan": false} {
		c := connect(t, context.Background(), shelf(t, orders("30"), search), Options{})
		tools, err := c.ListTools(t.Context(), nil)
		if err != nil || len(tools.Tools) != 6 {
			t.Errorf("got %d tools, %v: lone files can't be compared", len(tools.Tools), err)
		}
		var sessions sessionsOut
		c.call("list_sessions", map[string]any{"search": "bundle"}, &sessions)
		if len(sessions.Sessions) != 1 || sessions.Sessions[0].ID != "1" {
			t.Errorf("got %+v", sessions)
		}
		var tables tablesOut
		c.call("list_tables", map[string]any{"session": "1"}, &tables)
		var about describeOut
		c.call("describe_table", map[string]any{"session": "bundle.zip", "table": "orders_order"}, &about)
		if about.Rows != 3 || len(about.Fields) < 4 {
			t.Errorf("got %+v", about)
		}
		var rows queryOut
		c.call("query", map[string]any{"sql": "SELECT sum(total) FROM orders_order"}, &rows)
		if fmt.Sprint(rows.Rows) != "[[60.5]]" {
			t.Errorf("got %v", rows.Rows)
		}
		var found searchOut
		c.call("search", map[string]any{"text": "Bo", "limit": 5}, &found)
		if len(found.Found) == 0 || found.Found[0].Row != 2 || found.Way != way {
			t.Errorf("%s: got %+v", way, found)
		}
		var answer askOut
		c.call("ask", map[string]any{"question": "How many orders by country?"}, &answer)
		if answer.Result == nil || len(answer.Result.Rows) != 2 {
			t.Errorf("got %+v", answer)
		}
		for tool, args := range map[string]map[string]any{
			"list_tables": {"session": "2"}, "describe_table": {"session": "9", "table": "x"}, "query": {"session": "other", "sql": "SELECT 1"},
			"search": {"session": "x", "text": "a"}, "ask": {"session": "x", "question": "How many?"},
		} {
			if text := c.fails(tool, args); !strings.Contains(text, "There is no session") {
				t.Errorf("%s: got %q", tool, text)
			}
		}
	}
}

func TestErrorsNameTheCure(t *testing.T) {
	t.Parallel()
	r := openRoot(t)
	ctx := r.local()
	c := connect(t, ctx, r.Service, Options{})
	if text := c.fails("list_tables", nil); !strings.Contains(text, "take a bundle in first") {
		t.Errorf("got %q", text)
	}
	r.take(ctx, "a.zip", orders("30"))
	r.take(ctx, "b.zip", orders("31"))
	twin := r.take(ctx, "b2.zip", orders("32"))
	name := "b.zip"
	if _, err := r.UpdateSession(ctx, app.UpdateSessionRequest{SessionID: twin, Name: &name}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		tool string
		args map[string]any
		says string
	}{
		{"list_tables", nil, "say which one (list_sessions names them)"},
		{"list_tables", map[string]any{"session": "c.zip"}, `There is no session "c.zip"; list_sessions names those there are.`},
		{"list_tables", map[string]any{"session": "b.zip"}, "2 sessions are called b.zip; name one by its id: "},
		{"describe_table", map[string]any{"session": "a.zip", "table": "ordre"}, `There is no table "ordre" in a.zip; there are orders`},
		{"describe_table", map[string]any{"session": "a.zip"}, "table"},
		{"query", map[string]any{"session": "a.zip", "sql": "SELECT * FROM order_lines"}, "no such table"},
		{"query", map[string]any{"session": "a.zip", "sql": "DELETE FROM orders_order"}, "SELECT"},
		{"query", map[string]any{"session": "a.zip", "sql": "SELECT 1; SELECT 2"}, "One statement at a time"},
		{"query", map[string]any{"session": "a.zip", "sql": "SELECT * FROM sqlite_master"}, "allowed"},
		{"query", map[string]any{"session": "a.zip", "sql": "PRAGMA table_info(orders_order)"}, "SELECT"},
		{"query", map[string]any{"session": "a.zip", "sql": "SELECT load_extension('x')"}, "allowed"},
		{"query", map[string]any{"session": "a.zip", "sql": "ATTACH 'x' AS y"}, "SELECT"},
		{"query", map[string]any{"session": "a.zip", "statement": "SELECT 1"}, "statement"},
		{"search", map[string]any{"session": "a.zip", "text": " "}, "1 to 500 characters"},
		{"search", map[string]any{"session": "a.zip", "text": "x", "limit": 1000}, "1 to 50 rows"},
		{"ask", map[string]any{"session": "a.zip", "question": strings.Repeat("x", 2001)}, "2,000 characters"},
		{"ask", map[string]any{"session": "a.zip", "question": ""}, "2,000 characters"},
		{"compare", map[string]any{"earlier": "a.zip", "later": ""}, "Name both sessions"},
		{"compare", map[string]any{"earlier": "a.zip", "later": "a.zip"}, "the same session"},
		{"compare", map[string]any{"earlier": "a.zip", "later": "z"}, "list_sessions"},
		{"what_changed", map[string]any{"comparison": "x"}, "There is no comparison"},
	} {
		if text := c.fails(tc.tool, tc.args); !strings.Contains(text, tc.says) {
			t.Errorf("%s %v: got %q, want %q in it", tc.tool, tc.args, text, tc.says)
		}
	}
}
