package rag

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"retable/internal/retable"
)

// ledger has sums with and without a value, of two states and two countries.
const ledger = `<Ledger>
 <Invoice no="1" state="paid"><Land>DE</Land><Amount>10.10</Amount><Issued>2023-01-10</Issued><WeightKg>5</WeightKg></Invoice>
 <Invoice no="2" state="paid"><Land>FR</Land><Amount>20.20</Amount><Issued>2023-05-10</Issued><WeightKg>50</WeightKg></Invoice>
 <Invoice no="3" state="open"><Land>DE</Land><Amount>30.30</Amount><Issued>2024-01-10</Issued><WeightKg>7</WeightKg></Invoice>
 <Invoice no="4" state="open"><Land>DE</Land><Issued>2024-02-10</Issued><WeightKg>8.5</WeightKg></Invoice>
 <Invoice no="5"><Land>FR</Land><Amount>39.40</Amount><Issued>2024-03-10</Issued><WeightKg>1</WeightKg></Invoice>
</Ledger>`

// TestSharesOfSums asks for parts of totals: exact, with the rows behind them.
func TestSharesOfSums(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, ledger))
	for question, want := range map[string]string{
		"What share of the total amount is paid?":                           "**30.3 %** of the total `amount` in `invoice`: 30.3 of 100 where `state` = 'paid' [1]",
		"what percentage of the amount comes from Germany":                  "**40.4 %** of the total `amount` in `invoice`: 40.4 of 100 where `land` = 'DE'",
		"What percentage of the amount comes from open invoices?":           "**30.3 %**",
		"How much of the total amount of invoices in 2023 is from France?":  "**66.67 %** of the total `amount` in `invoice` where `issued` is from 2023-01-01 to 2023-12-31: 20.2 of 30.3 where `land` = 'FR'",
		"what share of the total amount is not paid":                        "**69.7 %**", // the one without a state, too
		"what share of the amount of invoices where amount > 1000 is paid":  "There is no value of `amount` in `invoice` where `amount` > 1,000, so there is no share",
		"share of the total amount by land":                                 "| FR | 59.6 | 59.6 |\n| DE | 40.4 | 40.4 |",
		"what share of the amount is paid per land":                         "Of the total `amount` in `invoice`, that of the rows where `state` = 'paid', per `land`: [1]\n\n| land | total amount | of | % of the group |\n| --- | ---: | ---: | ---: |\n| FR | 20.2 | 59.6 | 33.89 |\n| DE | 10.1 | 40.4 | 25 |",
		"What percentage of invoices are paid per land?":                    "| FR | 1 | 2 | 50 |\n| DE | 1 | 3 | 33.33 |",
		"Which invoice is the heaviest?":                                    "The greatest `weightkg` in `invoice` is **50**",
		"How many invoices weigh more than 7?":                              "**2** rows in `invoice` where `weightkg` > 7",
		"average weight of paid invoices":                                   "is **27.5**",
		"what is the latest issued date":                                    "",
		"what is the latest issued of paid invoices":                        "**2023-05-10**",
		"how many invoices were recorded":                                   "**5** rows",
		"how many invoices were placed in 2024":                             "**3** rows in `invoice` where `issued`",
		"what is the latest amount":                                         "", // an amount is neither early nor late
		"what share of the amount":                                          "",
		"what share of the number is paid":                                  "", // nobody adds numbers of invoices up
		"what share of the total amount is from unicorns":                   "",
		"what share of the total amount is paid by Alice":                   "",
		"how many invoices in France, Germany or the US":                    "",
		"how many invoices in France or Germany":                            "**5** rows",
		"what percentage of the total amount of paid invoices is in Narnia": "",
	} {
		a := ask(t, c, question)
		computed := a.Route == retable.RouteComputed && a.SQL != ""
		if want == "" && computed || want != "" && (!computed || !strings.Contains(a.Text, want)) {
			t.Errorf("%s:\n got %s\nwant %s\n(%s, %v, %s)", question, a.Text, want, a.Route, a.Choices, a.SQL)
		}
	}
	a := ask(t, c, "what share of the total amount is open")
	if x := a.Citations[0]; x.Total != 1 || len(x.Rows) != 1 || x.Rows[0] != 3 {
		t.Errorf("an open invoice without an amount has no part in the sum: %+v", x)
	}
	a = ask(t, c, "and by land?", "what share of the total amount is open")
	if !strings.Contains(a.Text, "| DE | 30.3 | 40.4 | 75 |") {
		t.Errorf("asked on by group: %s", a.Text)
	}
}

// TestSharesOfSumsKeepUnitsApart: nobody has a share of euros and dollars
// together, and a total with negative values has odd shares.
func TestSharesOfSumsKeepUnitsApart(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, `<r>
	 <Bill no="1" state="paid"><Sum currency="EUR">3</Sum><Land>DE</Land></Bill><Bill no="2" state="open"><Sum currency="EUR">1</Sum><Land>FR</Land></Bill>
	 <Bill no="3" state="paid"><Sum currency="USD">4</Sum><Land>DE</Land></Bill><Bill no="4" state="open"><Land>FR</Land></Bill></r>`))
	a := ask(t, c, "what share of the total sum is paid")
	if !strings.Contains(a.Text, "| USD | 4 | 4 | 100 |\n| EUR | 3 | 4 | 75 |") || !strings.Contains(strings.Join(a.Warnings, " "), "each is told by itself") {
		t.Errorf("%s %q", a.Text, a.Warnings)
	}
	a = ask(t, c, "share of the total sum per land")
	if strings.Contains(a.Text, "%") || !strings.Contains(strings.Join(a.Warnings, " "), "there is no share of them together") {
		t.Errorf("%s %q", a.Text, a.Warnings)
	}
	if a = ask(t, c, "what share of the total sum of bills where sum currency = EUR is paid"); !strings.Contains(a.Text, "**75 %**") || len(a.Warnings) > 0 {
		t.Errorf("%s %q", a.Text, a.Warnings)
	}
	c = catalogueOf(t, tables(t, `<r><Bill no="1" state="paid"><Sum>30</Sum></Bill><Bill no="2" state="open"><Sum>-20</Sum></Bill><Bill no="3" state="void"><Sum>-10</Sum></Bill></r>`))
	if a = ask(t, c, "what share of the total sum is paid"); !strings.Contains(a.Text, "The total `sum` in `bill` is 0, so there is no share") || !strings.Contains(strings.Join(a.Warnings, " "), "are negative") {
		t.Errorf("%s %q", a.Text, a.Warnings)
	}
}

// TestOwnersAreCountedByTheirParts: each owner once for each value that its
// parts have, and not where it isn't clear of which parts.
func TestOwnersAreCountedByTheirParts(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, `<r>
	 <Client no="1" tier="gold"><Address kind="a"><City>Oslo</City></Address><Address kind="b"><City>Oslo</City></Address></Client>
	 <Client no="2" tier="gold"><Address kind="a"><City>Oslo</City></Address><Address kind="a"><City>Rome</City></Address></Client>
	 <Client no="3" tier="basic"><Address kind="a"><City>Rome</City></Address></Client><Client no="4" tier="basic"/></r>`))
	for question, want := range map[string]string{
		"how many clients per city":                   "Rows in `client` per `city`: [1]\n\n| city | rows |\n| --- | ---: |\n| Oslo | 2 |\n| Rome | 2 |",
		"how many gold clients per city":              "| Oslo | 2 |\n| Rome | 1 |",
		"which city has the most gold clients":        "| Oslo | 2 |",
		"how many addresses per city":                 "| Oslo | 3 |",
		"how many clients with kind b per city":       "",
		"which cities have more than 1 client":        "",
		"average tier of clients per city":            "",
		"what share of clients is gold per city":      "",
		"how many pieces":                             "",
		"how many clients does the average city have": "",
	} {
		a := ask(t, c, question)
		computed := a.Route == retable.RouteComputed && a.SQL != ""
		if want == "" && computed || want != "" && (!computed || !strings.Contains(a.Text, want)) {
			t.Errorf("%s:\n got %s\nwant %s\n(%s, %v, %s)", question, a.Text, want, a.Route, a.Choices, a.SQL)
		}
	}
	if a := ask(t, c, "how many clients per city"); len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "counts once for each `city`") {
		t.Errorf("it isn't said: %q", a.Warnings)
	}
	c = catalogueOf(t, tables(t, `<r><Parcel no="a"><Pieces>3</Pieces></Parcel><Parcel no="b"><Pieces>3</Pieces></Parcel><Parcel no="c"><Pieces>4</Pieces></Parcel></r>`))
	if a := ask(t, c, "how many pieces are there?"); a.SQL != "" || len(a.Choices) != 2 {
		t.Errorf("the total or how many different ones isn't asked back: %s", a.Text)
	}
}

// TestNoValueLeadsNoRanking, and dates are found by what was done on them.
func TestNoValueLeadsNoRanking(t *testing.T) {
	t.Parallel()
	c := catalogueOf(t, tables(t, `<r><Event id="1"><At>2024-01-01T23:00:00Z</At><IssueDate>2024-01-02</IssueDate><Kind>alpha</Kind></Event>
	 <Event id="2"><At>2024-01-02T00:30:00+02:00</At><IssueDate>2023-01-02</IssueDate></Event><Event id="3"><At>2023-01-02T00:30:00Z</At><IssueDate>2024-05-02</IssueDate></Event></r>`))
	for question, want := range map[string]string{
		"most common kind":                                              "| alpha | 1 |",
		"which kind is the most common?":                                "| alpha | 1 |",
		"which kind has the most events":                                "| alpha | 1 |",
		"events per kind":                                               "| (none) | 2 |",
		"how many events were issued in 2024":                           "**2** rows in `event` where `issuedate`",
		"how many events issued before 2024":                            "**1** row in `event` where `issuedate`",
		"how many events were cancelled in 2024":                        "",
		"what is the latest at":                                         "2024-01-02T00:30:00+02:00",
		"what share of events that have a kind have issue date in 2024": "**100 %** of the rows in `event` where `kind` has a value: 1 of 1",
		"what share of events with a kind is issued in 2024":            "**100 %**",
	} {
		a := ask(t, c, question)
		computed := a.Route == retable.RouteComputed && a.SQL != ""
		if want == "" && computed || want != "" && (!computed || !strings.Contains(a.Text, want)) {
			t.Errorf("%s:\n got %s\nwant %s\n(%s, %v, %s)", question, a.Text, want, a.Route, a.Choices, a.SQL)
		}
	}
	if a := ask(t, c, "when was the last event at"); !strings.Contains(strings.Join(a.Warnings, " "), "different offsets from UTC") {
		t.Errorf("times of two zones are compared without a word: %q", a.Warnings)
	}
}

// TestPercentsAreExact: two decimals, rounded once, from the exact quotient.
func TestPercentsAreExact(t *testing.T) {
	t.Parallel()
	for _, x := range [][3]string{
		{"1", "3", "33.33"}, {"2", "3", "66.67"}, {"", "4", "0"}, {"-1", "4", "-25"}, {"5", "4", "125"}, {"1", "100000", "0"}, {"0.1", "0.30", "33.33"},
		{"1", "8", "12.5"}, {"1.000", "1", "100"}, {"12345678901234567890.05", "24691357802469135780.1", "50"}, {"1", "20000", "0.01"},
	} {
		if got, ok := percentOf(x[0], x[1]); got != x[2] || !ok {
			t.Errorf("%s of %s: got %s, want %s", x[0], x[1], got, x[2])
		}
	}
	for _, all := range []string{"", "0", "0.00"} {
		if got, ok := percentOf("1", all); ok {
			t.Errorf("1 of %q: got %s", all, got)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		whole := rapid.Int64Range(1, 1_000_000).Draw(rt, "whole")
		part := rapid.Int64Range(0, whole).Draw(rt, "part")
		text, ok := percentOf(big.NewInt(part).String(), big.NewInt(whole).String())
		got, isNumber := new(big.Rat).SetString(text)
		want := new(big.Rat).Mul(big.NewRat(part, whole), big.NewRat(100, 1))
		if !ok || !isNumber || want.Sub(want, got).Abs(want).Cmp(big.NewRat(1, 200)) > 0 {
			rt.Fatalf("%d of %d: %s", part, whole, text)
		}
	})
}

// TestUnitsInNamesAreUnits: what a name ends in is dropped only where it is a
// unit, and two columns that differ in nothing else are asked back.
func TestUnitsInNamesAreUnits(t *testing.T) {
	t.Parallel()
	l, err := loadLocale("en")
	must(t, err)
	for name, want := range map[string]string{
		"HeightCm": "height", "weight_kg": "weight", "area_m2": "area", "lengthM": "length", "heightInCm": "height", "speedKmh": "speed", "price_eur": "price",
		"size_m": "", "point_c": "", "kg": "", "team": "", "temperature_max": "", "temp_c": "temp",
	} {
		if got := strings.Join(l.withoutUnit(splitWords(name)), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	c := catalogueOf(t, tables(t, `<r><Box n="1"><weight_kg>1</weight_kg><weight_lb>2.2</weight_lb></Box><Box n="2"><weight_kg>3</weight_kg><weight_lb>6.6</weight_lb></Box></r>`))
	for _, question := range []string{"heaviest box", "average weight", "how many boxes weigh more than 2"} {
		if a := ask(t, c, question); a.SQL != "" {
			t.Errorf("%s: guessed between pounds and kilograms: %s", question, a.Text)
		}
	}
}
