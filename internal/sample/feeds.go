package sample

import (
	"fmt"
	"strings"
)

// The sizes of the small feeds.
const (
	supplierCount   = 24
	storeCount      = 18
	returnCount     = 60
	completeReturns = 37 // the returns export breaks off in the next one
)

const readme = Company + ` -- monthly delivery

This bundle holds exports of a fictional company, made by Retable's sample
generator. Nothing in it describes a real person or firm.

  customers/   CRM export with orders          invoices/   UBL invoices in batches
  payments/    bank statements (camt.053)      catalogue/  products in categories
  feeds/       suppliers (ISO-8859-1), stores (UTF-16)
  exports/     returns, a file whose transfer broke off

This file is not XML.
`

// supplierDocument is an old feed in ISO-8859-1.
func supplierDocument(w *words, seed uint64) *document {
	root := el("suppliers").with("system", "AS/400", "länge", fmt.Sprint(supplierCount))
	for i := range supplierCount {
		d := newDice(seed, "supplier", i)
		name := w.suppliers[i%len(w.suppliers)]
		if i >= len(w.suppliers) {
			name += fmt.Sprintf(" (succursale n° %d)", i/len(w.suppliers)+1)
		}
		root.add(el("supplier", leaf("name", name), leaf("active", fmt.Sprint(!d.percent(20))),
			leaf("rating", fmt.Sprintf("%d.%d", d.below(5), d.below(10))),
			leaf("note", "½ price, £ and § accepted").with("by", "Señor Ibáñez")).with("id", fmt.Sprintf("S%03d", i+1)))
	}
	return &document{path: "feeds/suppliers.xml", kind: "suppliers", encoding: latin1Name, root: root, records: supplierCount}
}

// storeDocument is a feed in UTF-16 with opening hours as a nested repeat.
func storeDocument(w *words, seed uint64) *document {
	root := el("stores")
	for i := range storeCount {
		d := newDice(seed, "store", i)
		k := i % len(w.towns)
		store := el("store", leaf("town", w.towns[k]), leaf("manager", pick(d, w.given)+" "+pick(d, w.sur))).
			with("id", fmt.Sprintf("F%02d", i+1), "land", w.lands[k])
		for _, day := range []string{"mo", "we", "fr", "sa"}[:d.between(2, 4)] {
			store.add(leaf("open", fmt.Sprintf("%02d:00-%02d:30", d.between(7, 10), d.between(16, 20))).with("day", day))
		}
		root.add(store)
	}
	return &document{path: "feeds/stores.xml", kind: "stores", encoding: utf16Name, root: root, records: storeCount}
}

// returnDocument is an export that breaks off halfway.
func returnDocument(w *words, seed uint64, products int) *document {
	root := el("returns").with("since", "2025-01-01")
	for i := range returnCount {
		d := newDice(seed, "return", i)
		root.add(el("return", leaf("article", skuOf(d.below(products))), leaf("reason", pick(d, w.reasons)),
			leaf("pieces", fmt.Sprint(d.between(1, 5))), leaf("comment", strings.TrimSpace(pick(d, w.remarks)))).
			with("id", fmt.Sprintf("T%04d", i+1)))
	}
	return &document{path: "exports/returns.xml", kind: "returns", encoding: utf8Name, root: root,
		records: completeReturns, breakAt: "<return "}
}
