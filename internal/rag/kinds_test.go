package rag

import (
	"strings"
	"testing"

	"retable/internal/retable"
)

// store has what people rank, group and compare by.
const store = `<Store>
 <Product sku="P1" kind="tool"><Title>Hammer</Title><Price>12.50</Price><Weight>900</Weight></Product>
 <Product sku="P2" kind="tool"><Title>Saw</Title><Price>30.00</Price><Weight>700</Weight></Product>
 <Product sku="P3" kind="toy"><Title>Kite</Title><Price>7.25</Price><Weight>100</Weight></Product>
 <Product sku="P4" kind="tool"><Title>Drill</Title><Price>99.00</Price></Product>
 <Bill no="B1" state="paid"><Issued>2023-01-10</Issued><Total>10</Total></Bill>
 <Bill no="B2" state="paid"><Issued>2023-02-20</Issued><Total>20</Total></Bill>
 <Bill no="B3" state="open"><Issued>2023-04-05</Issued><Total>5</Total></Bill>
 <Bill no="B4" state="open"><Issued>2023-04-30</Issued><Total>7</Total></Bill>
 <Bill no="B5" state="open"><Issued>2024-04-01</Issued><Total>100</Total></Bill>
 <Bill no="B6"><Issued>2024-06-01</Issued><Total>1</Total></Bill>
</Store>`

// TestMoreKindsOfQuestions asks what people ask beyond counts and sums.
func TestMoreKindsOfQuestions(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, store))
	for _, x := range []struct {
		question, want, note string
	}{
		{"cheapest product", "The smallest `price` in `product` is **7.25**, in row 3 of 4", "“cheapest” was read as the lowest `product.price`."},
		{"what is the most expensive product?", "is **99**, in row 4 of 4", "“most expensive” was read as the highest `product.price`."},
		{"which product is the heaviest", "`weight` in `product` is **900**", "highest `product.weight`"},
		{"the 2 cheapest products", "The 2 rows with the smallest `price`", ""},
		{"cheapest tool product", "where `kind` = 'tool' is **12.5**", ""},
		{"when was the last bill?", "The latest `issued` in `bill` is **2024-06-01**", ""},
		{"when was the first bill issued", "The earliest `issued` in `bill` is **2023-01-10**", ""},
		{"when was the latest open bill", "where `state` = 'open' is **2024-04-01**", ""},
		{"which states have more than 2 bills", "**1 value** of `state` with more than 2 rows in `bill`: [1]\n\n| state | rows |\n| --- | ---: |\n| open | 3 |", ""},
		{"how many states have at least 1 bill", "**2 values** of `state` with at least 1 rows", ""}, // B6 has none: no state
		{"states with exactly 2 bills", "| paid | 2 |", ""},
		{"kinds with more than 9 products", "No value of `kind` has more than 9 rows in `product`", ""},
		{"are there more open than paid bills?", "Yes. rows in `bill` where `state` = 'open': **3** [1]; `bill` where `state` = 'paid': **2** [2]", ""},
		{"are there fewer open than paid bills?", "No. rows", ""},
		{"compare the number of open and paid bills", "There are more of the first", ""},
		{"compare the total of bills in Q1 2023 and Q2 2023", "", ""}, // of which column? asked back below
		{"compare the sum of total in Q1 2023 and Q2 2023", "The first is higher", ""},
		{"compare the average total of open bills in 2023 and 2024", "The second is higher", ""},
		{"compare the number of bills in 2023 and 2024", "There are more of the first: rows in `bill` where `issued` is from 2023-01-01 to 2023-12-31: **4** [1]", ""},
		{"average total per bill", "The average `total` in `bill` is **23.833333**, over 6 values", "Each row of `bill` has one `total` at most"},
		{"median total per bill", "is **8.5**", ""},
		{"price of Kite", "- `price`: 7.25", ""},
		{"titles of tool products", "| P1 | Hammer |", ""},
		{"distinct kinds", "**2** different values of `kind`", ""},
		{"which bills dont have a state", "Row 6 of `bill` where `state` is empty", ""},
		{"top 1 kinds by number of products", "| tool | 3 |", ""},
		{"statuses", "", ""},
	} {
		a := ask(t, c, x.question)
		computed := a.Route == retable.RouteComputed && a.SQL != ""
		switch {
		case x.want == "" && computed:
			t.Errorf("%s: got %q, want no figure", x.question, a.Text)
		case x.want != "" && (!computed || !strings.Contains(a.Text, x.want)):
			t.Errorf("%s:\n got %s\nwant %s\n(%s, %v, %s)", x.question, a.Text, x.want, a.Route, a.Choices, a.SQL)
		case x.note != "" && !strings.Contains(strings.Join(a.Warnings, "\n"), x.note):
			t.Errorf("%s: notes %q, want %q", x.question, a.Warnings, x.note)
		}
	}
}

// TestWhatIsGuessedIsAskedBack: nothing says by which number.
func TestWhatIsGuessedIsAskedBack(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, store))
	for question, choice := range map[string]string{
		"biggest bill":        "Which `bill` has the highest `bill.total`?",
		"the smallest bill":   "Which `bill` has the lowest `bill.total`?",
		"top 3 bills":         "Top 3 `bill` by `bill.total`",
		"the 2 largest bills": "Top 2 `bill` by `bill.total`",
	} {
		a := ask(t, c, question)
		if a.SQL != "" || len(a.Choices) != 1 || a.Choices[0] != choice {
			t.Errorf("%s: %q, choices %q", question, a.Text, a.Choices)
		}
		if then := ask(t, c, choice); then.SQL == "" {
			t.Errorf("%s has no answer: %s", choice, then.Text)
		}
	}
	// Two dates: both are offered, and each choice is clear.
	two := catalogueOf(t, tables(t, `<r><Bill no="1"><Issued>2023-01-01</Issued><Due>2023-02-01</Due><Sum>3</Sum></Bill><Bill no="2"><Issued>2024-01-01</Issued><Due>2024-02-01</Due><Sum>4</Sum></Bill></r>`))
	for _, question := range []string{"when was the last bill", "compare the number of bills in 2023 and 2024", "compare the average sum in 2023 and 2024"} {
		a := ask(t, two, question)
		if len(a.Choices) != 2 || a.SQL != "" {
			t.Errorf("%s: choices %q in %s", question, a.Choices, a.Text)
		}
		for _, choice := range a.Choices {
			if b := ask(t, two, choice); len(b.Choices) > 0 || b.SQL == "" {
				t.Errorf("the choice %q is not clear: %s", choice, b.Text)
			}
		}
	}
}

// TestAdjectivesKeepToTheirColumn: what an adjective is about must be the
// row's own number.
func TestAdjectivesKeepToTheirColumn(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ claim, xml, question string }{
		{"a text isn't replaced by a number of another name", `<r><Item n="1"><Price>1,5</Price><Cost>3</Cost></Item><Item n="2"><Price>2,5</Price><Cost>1</Cost></Item></r>`, "cheapest item"},
		{"an owner's price isn't its parts'", `<r><Box n="1"><Price>3</Price><Part n="a"/><Part n="b"/></Box><Box n="2"><Price>4</Price><Part n="c"/><Part n="d"/></Box></r>`, "cheapest part"},
		{"without such a column there is none", `<r><Item n="1"><Size>1</Size></Item><Item n="2"><Size>2</Size></Item></r>`, "cheapest item"},
	} {
		if a := ask(t, catalogueOf(t, tables(t, x.xml)), x.question); a.SQL != "" {
			t.Errorf("%s: %s (%s)", x.claim, a.Text, a.SQL)
		}
	}
	c := catalogueOf(t, tables(t, `<r><Item n="1"><Price currency="EUR">3</Price></Item><Item n="2"><Price currency="USD">4</Price></Item></r>`))
	for _, question := range []string{"cheapest item", "which item has the highest price", "how many items with a price over 3"} {
		if a := ask(t, c, question); len(a.Warnings) == 0 || !strings.Contains(strings.Join(a.Warnings, " "), "several units in `price_currency` (EUR, USD)") {
			t.Errorf("%s: figures of two currencies are compared without a word: %q", question, a.Warnings)
		}
	}
	if a := ask(t, c, "how many items with a price over 3 USD"); len(a.Warnings) != 0 {
		t.Errorf("one currency was asked for: %q", a.Warnings)
	}
}

// TestDatesAreCarriedOn: a month without a year is one of the year before.
func TestDatesAreCarriedOn(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, store))
	for _, x := range []struct {
		before         []string
		question, want string
		note           string
	}{
		{[]string{"How many bills in January 2023?"}, "and in April?", "**2** rows in `bill` where `issued` is from 2023-04-01 to 2023-04-30", "Read as April 2023"},
		{[]string{"How many bills in 2024?"}, "and in june?", "**1** row in `bill` where `issued` is from 2024-06-01", "Read as June 2024"},
		{[]string{"How many bills in Q1 2023?"}, "and in Q2?", "**2** rows", "Read as Q2 2023"},
		{[]string{"How many bills in January 2023?", "and in April?"}, "how many of them are open?", "**2** rows", ""},
		{[]string{"How many bills in January 2023?"}, "How many open bills in April?", "**2** rows", "Read as April 2023"},
		{[]string{"How many open bills?"}, "show the first 2", "**3 rows** in `bill` where `state` = 'open', the first 2:", ""},
		{[]string{"How many open bills?"}, "the first 2", "the first 2:", ""},
		{[]string{"List bills"}, "and the first 3", "**6 rows** in `bill`, the first 3:", ""},
		{[]string{"which bill has the highest total"}, "the first 3", "The 3 rows with the greatest `total`", ""},
	} {
		a := ask(t, c, x.question, x.before...)
		if !strings.Contains(a.Text, x.want) || x.note != "" && (len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], x.note)) || x.note == "" && len(a.Warnings) > 0 {
			t.Errorf("%v, %s:\n got %s %q\nwant %s %q", x.before, x.question, a.Text, a.Warnings, x.want, x.note)
		}
	}
	// Without a year to carry on there is no date.
	for _, before := range [][]string{nil, {"How many bills?"}, {"How many bills between 2023-01-01 and 2024-03-01?"}} {
		if a := ask(t, c, "how many bills in April?", before...); a.SQL != "" || !strings.Contains(a.Text, "“April” needs a year, such as “April 2024”") {
			t.Errorf("%v: %s", before, a.Text)
		}
	}
	if a := ask(t, c, "the first 3"); a.SQL != "" {
		t.Errorf("of nothing: %s", a.Text)
	}
}

// TestGroupsCiteTheirRows: what the groups that are kept are made of.
func TestGroupsCiteTheirRows(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, store))
	a := ask(t, c, "which states have more than 2 bills in 2023 or open bills")
	if a.SQL != "" {
		t.Errorf("guessed: %s", a.Text)
	}
	a = ask(t, c, "which states have at least 2 bills with a total under 50")
	x := a.Citations[0]
	if x.Total != 4 || len(x.Rows) != 4 {
		t.Errorf("%s: %+v", a.Text, x)
	}
	got, err := c.sessions[0].strict.Query(t.Context(), x.SQL)
	must(t, err)
	if len(got.Rows) != 4 {
		t.Errorf("run again, the citation finds %v", got.Rows)
	}
}

func TestEstimatesSaySo(t *testing.T) {
	t.Parallel()
	many := &column{rows: 2000, distinct: 2100}
	if got := many.different(); got != "about 2,000" {
		t.Errorf("got %s", got)
	}
	many.complete, many.distinct = true, 1999
	if got := many.different(); got != "1,999" {
		t.Errorf("got %s", got)
	}
	if got := (&column{rows: 90, distinct: 12}).different(); got != "12" {
		t.Errorf("got %s", got)
	}
}
