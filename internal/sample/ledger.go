package sample

import (
	"fmt"
	"time"
)

const (
	fixedFiles = 6 // two catalogues, suppliers, stores, returns, README.txt
	minFiles   = fixedFiles + 4
)

// ledger is the company's books: what the files of a delivery are made of.
type ledger struct {
	words     *words
	seed      uint64
	shop      int // products that exist, dropped catalogues included
	customers []part[customer]
	invoices  []part[invoice]
	payments  []statement
	products  []part[product]
	postcode  string
	spare     []*invoice // invoices that no statement of delivery 1 pays
}

// part is the records of one file.
type part[T any] struct {
	path    string
	records []T
}

// newLedger draws the books of the first delivery.
func newLedger(o Options) *ledger {
	l := &ledger{words: newWords(), seed: o.Seed, shop: o.Products, postcode: postcodeBefore}
	rest := o.Files - fixedFiles
	perKind := max(1, rest*3/8)
	statements := rest - 2*perKind

	customers := make([]customer, o.Customers)
	for i := range customers {
		customers[i] = newCustomer(l.words, o.Seed, i, o.Products)
	}
	l.customers = split(customers, perKind, "customers/customers-%02d.xml")
	invoices := billOrders(o.Seed, customers, o.Invoices)
	l.payments = l.bookPayments(invoices, statements)
	l.invoices = split(invoices, perKind, "invoices/batch-%02d.xml")

	products := make([]product, o.Products)
	for i := range products {
		products[i] = newProduct(l.words, o.Seed, i, o.Products)
	}
	clearance := len(products) - len(products)/10
	l.products = []part[product]{
		{"catalogue/catalogue.xml", products[:clearance]},
		{"catalogue/clearance.xml", products[clearance:]},
	}
	return l
}

// split deals the records out to n files in order. Every part has memory of
// its own, so that edits in one file cannot reach into the next.
func split[T any](records []T, n int, pattern string) []part[T] {
	parts := make([]part[T], n)
	for i := range parts {
		from, to := len(records)*i/n, len(records)*(i+1)/n
		parts[i] = part[T]{fmt.Sprintf(pattern, i+1), append([]T(nil), records[from:to]...)}
	}
	return parts
}

// billOrders makes n invoices, for orders spread over all customers.
func billOrders(seed uint64, customers []customer, n int) []invoice {
	type place struct{ c, o int }
	var places []place
	for c := range customers {
		for o := range customers[c].orders {
			places = append(places, place{c, o})
		}
	}
	n = min(n, len(places))
	invoices := make([]invoice, n)
	for i := range invoices {
		p := places[len(places)*i/n]
		invoices[i] = newInvoice(seed, i+1, &customers[p.c], &customers[p.c].orders[p.o])
	}
	return invoices
}

// bookPayments spreads the paid invoices over the months.
func (l *ledger) bookPayments(invoices []invoice, months int) []statement {
	var paid []*invoice
	for i := range invoices {
		if invoices[i].paid {
			paid = append(paid, &invoices[i])
		} else {
			l.spare = append(l.spare, &invoices[i])
		}
	}
	statements := make([]statement, months)
	opening := money(1_000_000)
	for i := range statements {
		due := paid[len(paid)*i/months : len(paid)*(i+1)/months]
		statements[i] = newStatement(l.words, l.seed, firstMonth(months).AddDate(0, i, 0), opening, due)
		opening = statements[i].closing()
	}
	return statements
}

// nextMonth is the month after the last statement.
func (l *ledger) nextMonth() (time.Time, money) {
	last := &l.payments[len(l.payments)-1]
	return last.month.AddDate(0, 1, 0), last.closing()
}

// documents returns the delivery's entries in order.
func (l *ledger) documents() []*document {
	docs := []*document{{path: "README.txt", encoding: utf8Name, plain: readme}}
	for i, p := range l.customers {
		docs = append(docs, customerDocument(p.path, i+1, p.records, l.postcode))
	}
	for i, p := range l.invoices {
		docs = append(docs, invoiceDocument(l.words, p.path, i+1, p.records))
	}
	for i := range l.payments {
		docs = append(docs, l.payments[i].document())
	}
	for _, p := range l.products {
		doc, _ := catalogueDocument(l.words, p.path, "2026", p.records)
		docs = append(docs, doc)
	}
	return append(docs, supplierDocument(l.words, l.seed), storeDocument(l.words, l.seed),
		returnDocument(l.words, l.seed, l.shop))
}
