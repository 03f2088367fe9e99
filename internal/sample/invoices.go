package sample

import "fmt"

// Namespaces of UBL, and of the batch that wraps the invoices.
const (
	batchSpace = "urn:kestrel-moor:billing:1"
	ublSpace   = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
	cacSpace   = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
	cbcSpace   = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
)

type invoice struct {
	number, issued, due string
	orderRef            string
	customer            string
	name                string
	billing             site
	lines               []position
	paid                bool
}

// vat is the tax rate of a product in percent.
func vat(product int) int {
	switch {
	case product%11 == 0:
		return 0
	case product%7 == 0:
		return 7
	}
	return 19
}

func (p *position) net() money { return p.each * money(p.pieces) }
func (p *position) tax() money { return (p.net()*money(vat(p.product)) + 50) / 100 }

func (v *invoice) net() (m money) {
	for i := range v.lines {
		m += v.lines[i].net()
	}
	return m
}

func (v *invoice) tax() (m money) {
	for i := range v.lines {
		m += v.lines[i].tax()
	}
	return m
}

func (v *invoice) total() money { return v.net() + v.tax() }

// newInvoice bills one order; n counts the invoices from 1.
func newInvoice(seed uint64, n int, c *customer, o *order) invoice {
	d := newDice(seed, "invoice", n)
	day, month := d.between(1, 28), d.between(1, 12)
	return invoice{
		number: fmt.Sprintf("R-2025-%05d", n), orderRef: o.ref, customer: c.number, name: c.name,
		issued:  fmt.Sprintf("2025-%02d-%02d", month, day),
		due:     fmt.Sprintf("2026-%02d-%02d", d.between(1, 3), day),
		billing: c.sites[0], lines: o.positions, paid: d.percent(82),
	}
}

func amount(name string, m money) *element {
	return leaf(name, m.String()).with("currencyID", "EUR")
}

func taxTotal(net, tax money, percent int) *element {
	code := "S"
	if percent == 0 {
		code = "Z"
	}
	return el("cac:TaxTotal", amount("cbc:TaxAmount", tax),
		el("cac:TaxSubtotal", amount("cbc:TaxableAmount", net), amount("cbc:TaxAmount", tax),
			el("cac:TaxCategory", leaf("cbc:ID", code), leaf("cbc:Percent", fmt.Sprint(percent)),
				el("cac:TaxScheme", leaf("cbc:ID", "VAT")))))
}

// tree returns the invoice as UBL.
func (v *invoice) tree(w *words) *element {
	e := el("ubl:Invoice", leaf("cbc:ID", v.number), leaf("cbc:IssueDate", v.issued), leaf("cbc:DueDate", v.due),
		leaf("cbc:InvoiceTypeCode", "380"), leaf("cbc:DocumentCurrencyCode", "EUR"),
		el("cac:OrderReference", leaf("cbc:ID", v.orderRef)),
		el("cac:AccountingSupplierParty", el("cac:Party", el("cac:PartyName", leaf("cbc:Name", Company)))),
		el("cac:AccountingCustomerParty", el("cac:Party",
			el("cac:PartyIdentification", leaf("cbc:ID", v.customer).with("schemeID", "CRM")),
			el("cac:PartyName", leaf("cbc:Name", v.name)),
			el("cac:PostalAddress", leaf("cbc:StreetName", v.billing.line), leaf("cbc:CityName", v.billing.town),
				leaf("cbc:PostalZone", v.billing.postcode),
				el("cac:Country", leaf("cbc:IdentificationCode", v.billing.land))))),
		el("cac:TaxTotal", amount("cbc:TaxAmount", v.tax())),
		el("cac:LegalMonetaryTotal", amount("cbc:LineExtensionAmount", v.net()),
			amount("cbc:TaxInclusiveAmount", v.total()), amount("cbc:PayableAmount", v.total())))
	for i := range v.lines {
		p := &v.lines[i]
		e.add(el("cac:InvoiceLine", leaf("cbc:ID", fmt.Sprint(i+1)),
			leaf("cbc:InvoicedQuantity", fmt.Sprint(p.pieces)).with("unitCode", "C62"),
			amount("cbc:LineExtensionAmount", p.net()),
			taxTotal(p.net(), p.tax(), vat(p.product)),
			el("cac:Item", leaf("cbc:Name", titleOf(w, p.product)),
				el("cac:SellersItemIdentification", leaf("cbc:ID", p.sku))),
			el("cac:Price", amount("cbc:PriceAmount", p.each))))
	}
	return e
}

func invoiceDocument(w *words, path string, batch int, invoices []invoice) *document {
	root := el("bill:InvoiceBatch", leaf("bill:Number", fmt.Sprintf("%03d", batch))).
		with("xmlns:bill", batchSpace, "xmlns:ubl", ublSpace, "xmlns:cac", cacSpace, "xmlns:cbc", cbcSpace)
	for i := range invoices {
		root.add(invoices[i].tree(w))
	}
	return &document{path: path, kind: "{" + batchSpace + "}InvoiceBatch", encoding: utf8Name, root: root, records: len(invoices)}
}
