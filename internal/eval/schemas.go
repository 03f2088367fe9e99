package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// schemas are the tables of a base bundle: a number as key, a compound key,
// none, a code with leading zeros, and free text.
func schemas() []tableModel {
	return []tableModel{
		{name: "order", columns: []column{
			{name: "id", alias: []string{"order_id", "nr"}, key: true, make: func(_ *rand.Rand, n int) cell { return text(fmt.Sprintf("O-%06d", 1000+n)) }},
			{name: "placed", alias: []string{"placed_at", "ordered"}, make: moment, spell: respellMoment, kind: date},
			{name: "customer", alias: []string{"client", "customer_name"}, make: person},
			{name: "amount", alias: []string{"total", "betrag"}, make: money, spell: respellNumber, kind: number},
			{name: "quantity", alias: []string{"qty", "pieces"}, make: below(40), spell: respellNumber, kind: number},
			{name: "status", alias: []string{"state"}, make: oneOf("new", "paid", "packed", "shipped", "returned")},
			{name: "note", alias: []string{"remark"}, make: sometimes(0.3, sentence)},
		}},
		{name: "payment", columns: []column{
			{name: "account", alias: []string{"iban"}, key: true, make: func(_ *rand.Rand, n int) cell { return text(fmt.Sprintf("DE%04d", 7000+n%40)) }},
			{name: "number", alias: []string{"seq"}, key: true, make: func(_ *rand.Rand, n int) cell { return text(fmt.Sprint(1 + n/40)) }},
			{name: "booked", alias: []string{"booking_date"}, make: day, spell: respellDay, kind: date},
			{name: "value", alias: []string{"amount_eur"}, make: money, spell: respellNumber, kind: number},
			{name: "purpose", alias: []string{"text"}, make: oneOf("rent", "salary", "invoice, see e-mail", "refund & fees", "insurance", "membership", "donation", "travel costs")},
			{name: "currency", alias: []string{"ccy"}, make: oneOf("EUR", "EUR", "EUR", "USD", "CHF")},
		}},
		{name: "event", keyless: true, columns: []column{
			{name: "time", alias: []string{"at"}, make: func(r *rand.Rand, _ int) cell {
				return text(fmt.Sprintf("2025-05-%02dT%02d:%02d:00Z", 1+r.IntN(9), r.IntN(24), r.IntN(60)))
			}, spell: respellMoment, kind: date},
			{name: "host", alias: []string{"machine"}, make: oneOf("alpha", "beta", "gamma", "delta", "omega")},
			{name: "level", alias: []string{"severity"}, make: oneOf("info", "info", "info", "warn", "error")},
			{name: "duration", alias: []string{"took"}, make: below(3000), spell: respellNumber, kind: number},
			{name: "message", alias: []string{"msg"}, make: sentence},
		}},
		{name: "code", columns: []column{
			{name: "code", alias: []string{"key"}, key: true, make: func(_ *rand.Rand, n int) cell { return text(fmt.Sprintf("%07d", n*3)) }},
			{name: "title", alias: []string{"name"}, make: sentence},
			{name: "factor", alias: []string{"rate"}, make: func(r *rand.Rand, _ int) cell { return text(fmt.Sprintf("%d.%04d", r.IntN(9), r.IntN(10000))) }, spell: respellNumber, kind: number},
			{name: "since", alias: []string{"valid_from"}, make: day, spell: respellDay, kind: date},
			{name: "active", alias: []string{"enabled"}, make: oneOf("true", "true", "false")},
			{name: "zone", alias: []string{"area"}, make: func(r *rand.Rand, _ int) cell { return text(fmt.Sprintf("%03d", r.IntN(200))) }},
		}},
		{name: "person", columns: []column{
			{name: "name", alias: []string{"full_name"}, make: person},
			{name: "number", alias: []string{"member_no"}, key: true, make: func(_ *rand.Rand, n int) cell { return text(fmt.Sprint(50000 + n*7)) }},
			{name: "city", alias: []string{"town"}, make: oneOf("Berlin", "München", "Zürich", "Kraków", "東京", "Αθήνα", "São Paulo")},
			{name: "zip", alias: []string{"postcode"}, make: func(r *rand.Rand, _ int) cell { return text(fmt.Sprintf("%05d", r.IntN(100000))) }},
			{name: "phone", alias: []string{"tel"}, make: sometimes(0.6, func(r *rand.Rand, _ int) cell {
				return text(fmt.Sprintf("+49 %d %07d", 30+r.IntN(900), r.IntN(10000000)))
			})},
			{name: "about", alias: []string{"biography"}, make: paragraph},
		}},
	}
}

// unlucky is a table whose compound key stands beside a text that happens to
// be unique.
func unlucky() []tableModel {
	all := schemas()
	for i := range all {
		if all[i].name == "payment" {
			for c := range all[i].columns {
				if all[i].columns[c].name == "purpose" {
					all[i].columns[c].make = sentence
				}
			}
			return all[i : i+1]
		}
	}
	return nil
}

// pathOf is the path of a table's nth file.
func pathOf(table string, n int) string {
	return fmt.Sprintf("%s/%s_%s_%03d.xml", []string{"north", "south", "west"}[n%3], table, []string{"DE", "AT", "CH", "PL"}[n%4], n)
}

func text(v string) cell { return cell{text: v, sense: v} }

func money(r *rand.Rand, _ int) cell { return text(fmt.Sprintf("%d.%02d", r.IntN(5000), r.IntN(100))) }

func below(n int) func(*rand.Rand, int) cell {
	return func(r *rand.Rand, _ int) cell { return text(fmt.Sprint(1 + r.IntN(n))) }
}

func oneOf(values ...string) func(*rand.Rand, int) cell {
	return func(r *rand.Rand, _ int) cell { return text(values[r.IntN(len(values))]) }
}

func sometimes(share float64, maker func(*rand.Rand, int) cell) func(*rand.Rand, int) cell {
	return func(r *rand.Rand, n int) cell {
		if r.Float64() >= share {
			return cell{null: true}
		}
		return maker(r, n)
	}
}

func moment(r *rand.Rand, _ int) cell {
	return text(time.Unix(1735689600+r.Int64N(365*86400), 0).UTC().Format(time.RFC3339))
}

func day(r *rand.Rand, _ int) cell {
	return text(time.Unix(1735689600+r.Int64N(365*86400), 0).UTC().Format(time.DateOnly))
}

func person(r *rand.Rand, _ int) cell {
	first := []string{"Anna", "Jürgen", "Zoë", "Łukasz", "Søren", "José", "太郎", "Siobhán", "Omar", "Ngozi"}
	last := []string{"Müller", "O'Brien", "Nowak", "García", "Yılmaz", "Smith", "Patel", "d'Arc", "Okafor", "Li"}
	return text(first[r.IntN(len(first))] + " " + last[r.IntN(len(last))])
}

// words make up texts that people write.
func words() []string {
	return strings.Fields("please deliver bolt hinge after call ring twice urgent cable pump filter sensor <b>door</b> & week ticket valve " +
		"Schraube Dichtung größer kleiner ねじ клапан \"quoted\" return refund late early partial second invoice reminder steel brass blue heavy")
}

func prose(r *rand.Rand, n int) cell {
	all := words()
	out := make([]string, n)
	for i := range out {
		out[i] = all[r.IntN(len(all))]
	}
	return text(strings.Join(out, " "))
}

func sentence(r *rand.Rand, _ int) cell  { return prose(r, 3+r.IntN(4)) }
func paragraph(r *rand.Rand, _ int) cell { return prose(r, 15+r.IntN(40)) }
