package rag

import (
	"strings"
	"testing"

	"retable/internal/retable"
)

// TestQuestionsAreComputed asks the shop; each answer must hold the words.
func TestQuestionsAreComputed(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for _, x := range []struct{ question, want string }{
		{"How many customers?", "**4** rows in `customer` (1 file); 4 distinct `id`"},
		{"how many customers are there in total", "**4** rows"},
		{"Count of orders", "**4** rows in `order`"},
		{"How many gold customers?", "**2** rows in `customer` where `tier` = 'gold'"},
		{"How many customers are gold or silver?", "**3** rows"},
		{"How many customers are not gold?", "**2** rows"},
		{"How many customers in Berlin?", "**2** rows in `customer` where `city` = 'Berlin'"},
		{"How many customers are in Berlin and gold?", "**2** rows"},
		{"How many customers have no mail?", "**1** row in `customer` where `mail` is empty"},
		{"How many customers with mail?", "**3** rows in `customer` where `mail` has a value"},
		{"How many active customers?", "**3** rows in `customer` where `active` is true"},
		{"How many customers are not active?", "**1** row"},
		{"How many customers with a credit line over 100?", "**2** rows in `customer` where `creditline` > 100"},
		{"How many customers with credit line of at least 250", "**1** row"},
		{"how many customers with credit line between 99.9 and 100.1", "**2** rows"},
		{"How many customers with a credit line over 99 USD?", "**1** row"},
		{"How many customers since 2021?", "**3** rows in `customer` where `since` is on or after 2021-01-01"},
		{"How many orders in March 2024?", "**2** rows in `order` where `placed` is from 2024-03-01 to 2024-03-31"},
		{"How many orders last month?", "**2** rows"},
		{"How many orders were placed before 2025?", "**3** rows"},
		{"How many orders between 2024-03-31 and 2024-04-01?", "**2** rows"},
		{"How many customers without orders?", "**1** row in `customer` where there is no `order`"},
		{"How many customers have more than 1 order?", "**1** row"},
		{"How many customers have open orders?", "**2** rows"},
		{"How many orders of gold customers?", "**2** rows in `order` where `customer.tier` = 'gold'"},
		{"How many orders does C-1 have?", "**2** rows"},
		{"How many orders does customer C-1 have?", "**2** rows"},
		{"How many different cities?", "**2** different values of `city`"},
		{"How many customers whose name contains 'ee'?", "**2** rows"},
		{"How many customers whose name starts with an?", ""},
		{"How many customers whose name starts with 'Ann'?", "**1** row"},
		{"How many customers in file a.xml?", "**4** rows"},
		{"What is the total of order totals?", "The total `total` in `order` is **1,030.6**, over 4 values"},
		{"What is the average credit line?", "| EUR | 175.05 |\n| USD | 99.9 |"}, // never euros with dollars
		{"What is the average total of orders?", "**257.65**, over 4 values"},
		{"average total of open orders", "**5.2**"},
		{"What is the total of orders of gold customers?", "**30.3**"},
		{"minimum and maximum credit line", "The minimum is **99.9**, the maximum is **250**"},
		{"median credit line of customers", "| EUR | 175.05 |\n| USD | 99.9 |"},
		{"median credit line of customers in EUR", "**175.05**"},
		{"What is the highest total?", "**1,000**"},
		{"average credit line by tier", "| gold | EUR | 100.1 |\n| gold | USD | 99.9 |"},
		{"How many customers per city?", "| Berlin | 2 |"},
		{"How many customers by tier and city?", "| gold | Berlin | 2 |"},
		{"How many orders per year?", "| 2024 | 3 |"},
		{"How many orders per customer?", "| C-3 | Cy Dee | 0 |"},
		{"average number of orders per customer", "for each of the 4 `customer` is **1**"},
		{"Which customer has the most orders?", "| C-1 | Ann Lee | 2 |"},
		{"Which tier has the most customers?", "| gold | 2 |"},
		{"Which customer has the highest credit line?", "- `name`: Bob Ray"},
		{"top 2 customers by credit line", "| C-1 | Ann Lee | 100.1 |"},
		{"top 1 tiers by number of customers", "| gold | 2 |"},
		{"latest order", "- `no_`: O-4"},
		{"What percentage of customers are gold?", "**50 %** of the rows in `customer`: 2 of 4"},
		{"What percentage of customers in Berlin are gold?", "**100 %** of the rows in `customer` where `city` = 'Berlin': 2 of 2"},
		{"share of customers per tier", "| gold | 2 | 50 |"},
		{"Are there customers without mail?", "Yes: **1** row"},
		{"Are there any customers with a credit line over 1000?", "No: **0** rows"},
		{"Are there more gold customers than silver customers?", "Yes."},
		{"Is the average total of open orders higher than that of sent orders?", "The second is higher"},
		{"Show customers in Paris", "**2 rows** in `customer` where `city` = 'Paris'"},
		{"list the names of gold customers", "| C-1 | Ann Lee |"},
		{"What is the city of customer C-2?", "- `city`: Paris"},
		{"What is C-3?", "- `name`: Cy Dee"},
		{"who is Di Eff?", "- `id`: C-4"},
		{"List the different tiers", "**3** different values of `tier`"},
		{"customers in Germany", ""},
		{"How many places in Germany?", "**1** row in `place` where `code` = 'DE'"},
		{"most common city", "| 2 |"},
		{"Which tables are there?", "**5 tables**"},
		{"list the columns of customers", "`customer` has **"},
		{"which files contain orders", "**1 file** with rows of `order`"},
		{"what is in it?", "from **2 files**"},
	} {
		a, err := c.Answer(t.Context(), Request{Question: x.question, Now: clock}, nil)
		if err != nil {
			t.Errorf("%s: %v", x.question, err)
			continue
		}
		switch {
		case x.want == "" && a.Route == retable.RouteComputed && len(a.Choices) == 0:
			t.Errorf("%s: got %q, want no answer", x.question, a.Text)
		case x.want != "" && (a.Route != retable.RouteComputed || !strings.Contains(a.Text, x.want)):
			t.Errorf("%s:\n got %s\nwant %s\n(%s, %v, %s)", x.question, a.Text, x.want, a.Route, a.Choices, a.SQL)
		}
	}
}
