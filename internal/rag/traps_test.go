package rag

import (
	"strings"
	"testing"

	"retable/internal/retable"
)

// TestTraps asks where a careless reading gives a wrong figure.
func TestTraps(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		claim, xml, question string
		want                 string // "" for no figure
	}{
		{
			"a text column isn't replaced by a number of a like name",
			`<r><Book id="1"><Price>1,5</Price><Discount><Price>0.5</Price></Discount></Book><Book id="2"><Price>2,5</Price><Discount><Price>0.7</Price></Discount></Book></r>`,
			"What is the average price of books?", "",
		},
		{
			"the list isn't its members",
			`<suppliers system="x"><supplier id="a"/><supplier id="b"/></suppliers>`, "How many suppliers?", "**2** rows in `supplier`",
		},
		{
			"an owner's figure isn't added up over its parts",
			`<r><Order id="1"><Total>5</Total><Line n="1"/><Line n="2"/></Order><Order id="2"><Total>7</Total><Line n="1"/><Line n="2"/></Order></r>`,
			"What is the total of lines?", "",
		},
		{
			"a wrapper isn't a value",
			`<r><Client id="1"><Orders><Order n="1"/><Order n="2"/></Orders></Client><Client id="2"><Orders/></Client><Client id="3"/></r>`,
			"How many clients without orders?", "**2** rows in `client` where there is no `order`",
		},
		{
			"codes with leading zeros stay texts",
			`<r><Part code="007"><Bin>1</Bin></Part><Part code="7"><Bin>2</Bin></Part></r>`, "How many parts with code 7?", "**1** row",
		},
		{
			"a value in another case is found",
			`<r><Part state="Open" n="1"/><Part state="open" n="2"/><Part state="shut" n="3"/></r>`, "How many open parts?", "**2** rows",
		},
		{
			"nulls aren't equal",
			`<r><Part n="1"><State>open</State></Part><Part n="2"><State>shut</State></Part><Part n="3"/></r>`, "How many parts are not open?", "**2** rows",
		},
		{
			"decimals are exact",
			`<r><Item n="1"><Amt>0.1</Amt></Item><Item n="2"><Amt>0.2</Amt></Item><Item n="3"><Amt>0.3</Amt></Item></r>`, "What is the total amount?", "**0.6**",
		},
		{
			"long decimals are exact",
			`<r><Item n="1"><Amt>12345678901234567890.01</Amt></Item><Item n="2"><Amt>12345678901234567890.02</Amt></Item></r>`, "What is the highest amount?", "**12,345,678,901,234,567,890.02**",
		},
		{
			"numbers are compared by value",
			`<r><Item n="1"><Qty>9</Qty></Item><Item n="2"><Qty>100</Qty></Item></r>`, "How many items with quantity over 50?", "**1** row",
		},
		{
			"ties are all shown",
			`<r><Item n="a"><Qty>9</Qty></Item><Item n="b"><Qty>9</Qty></Item><Item n="c"><Qty>1</Qty></Item></r>`, "Which item has the highest quantity?", "2 rows",
		},
		{
			"entries may be a table",
			`<r><Entry n="1"/><Entry n="2"/><Other/></r>`, "How many entries?", "**2** rows in `entry`",
		},
		{
			"quotes can't leave their text",
			`<r><Item n="1"><Nm>O'Hara</Nm></Item><Item n="2"><Nm>x</Nm></Item></r>`, "How many items named O'Hara?", "**1** row",
		},
		{
			"all is not any",
			`<r><Item n="1"><Ok>true</Ok></Item><Item n="2"><Ok>false</Ok></Item></r>`, "Are all items ok?", "",
		},
		{
			"and together with or is not guessed",
			`<r><Item a="x" b="y"/><Item a="z" b="w"/></r>`, "How many items with a x or b w and a z?", "",
		},
		{
			"an impossible date isn't a date",
			`<r><Item n="1"><On>2024-02-28</On></Item><Item n="2"><On>2024-03-02</On></Item></r>`, "How many items since 31 February 2024?", "",
		},
	} {
		a := ask(t, catalogueOf(t, tables(t, x.xml)), x.question)
		figure := a.Route == retable.RouteComputed && a.SQL != ""
		switch {
		case x.want == "" && figure:
			t.Errorf("%s: %q (%s)", x.claim, a.Text, a.SQL)
		case x.want != "" && !strings.Contains(a.Text, x.want):
			t.Errorf("%s:\n got %s\nwant %s\n%s", x.claim, a.Text, x.want, a.SQL)
		}
	}
}

// TestTablesOfOneNameAreAskedBack: that the one's notes stand nearer than the
// other's doesn't say which is meant.
func TestTablesOfOneNameAreAskedBack(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, `<Message><Product n="1"><Notes><Set k="a"><Note n="1"/><Note n="2"/></Set><Set k="b"/></Notes></Product><Product n="2"/></Message>`,
		`<List><Group><Product n="3"><Note n="1"/><Note n="2"/></Product><Product n="4"/><Product n="5"/></Group></List>`))
	for _, question := range []string{"How many products?", "products without a note", "How many products have more than 1 note?"} {
		if a := ask(t, c, question); len(a.Choices) != 2 || a.SQL != "" {
			t.Errorf("%s: %s", question, a.Text)
		}
	}
	if a := ask(t, c, "columns of message_product"); !strings.Contains(a.Text, "`message_product` has") {
		t.Errorf("a table's full name isn't taken: %s", a.Text)
	}
}

func TestRootsOfOneNameAreAskedBack(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, `<Message><Product><Amount>1,5</Amount></Product><Product><Amount>2,5</Amount></Product></Message>`, `<Product><Amount>3.5</Amount></Product>`))
	if a := ask(t, c, "How many products?"); len(a.Choices) != 2 || a.SQL != "" {
		t.Errorf("got %s", a.Text)
	}
	if a := ask(t, c, "What is the total amount?"); len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "isn't counted") {
		t.Errorf("got %s %q", a.Text, a.Warnings)
	}
}
