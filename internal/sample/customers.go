package sample

import (
	"fmt"
	"strings"
)

// Namespaces of the company's own exports, and the usual one for xsi:nil.
const (
	crmSpace = "urn:kestrel-moor:crm:4"
	xsiSpace = "http://www.w3.org/2001/XMLSchema-instance"
)

// The two names of the post code's element: the second delivery renames it.
const (
	postcodeBefore = "Postcode"
	postcodeAfter  = "PostalCode"
)

// money is an amount in cents.
type money int64

func (m money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

type customer struct {
	number, tier, since string
	name, mail          string
	phones              []phone
	sites               []site
	credit              money // below zero: explicitly none
	remark, lang        string
	sister, sisterTown  string
	orders              []order
}

type phone struct{ kind, digits string }

type site struct{ role, line, extra, town, postcode, land string }

type order struct {
	ref, placed, state string
	courier, tracking  string
	positions          []position
}

type position struct {
	sku, unit string
	product   int
	pieces    int
	each      money
}

// sum is the order's value before tax.
func (o *order) sum() money {
	var m money
	for _, p := range o.positions {
		m += p.each * money(p.pieces)
	}
	return m
}

func customerNumber(i int) string { return fmt.Sprintf("K-%06d", 100001+i) }

// newCustomer draws customer i of a shop with so many products.
func newCustomer(w *words, seed uint64, i, products int) customer {
	d := newDice(seed, "customer", i)
	given, family := pick(d, w.given), pick(d, w.sur)
	c := customer{
		number: customerNumber(i),
		tier:   pick(d, w.tiers),
		since:  fmt.Sprintf("%d-%02d-%02d", d.between(2009, 2025), d.between(1, 12), d.between(1, 28)),
		name:   given + " " + family,
		credit: -1,
	}
	if d.percent(85) {
		c.mail = fmt.Sprintf("k%d@%s.example", 100001+i, []string{"post", "mail", "office"}[d.below(3)])
	}
	for k := d.below(4); k > 0; k-- {
		c.phones = append(c.phones, phone{w.phoneKinds[k-1], fmt.Sprintf("+%d %d %06d", d.between(20, 98), d.between(10, 999), d.below(1000000))})
	}
	c.sites = append(c.sites, newSite(w, d, "billing"))
	for d.percent(25) && len(c.sites) < 4 {
		c.sites = append(c.sites, newSite(w, d, "delivery"))
	}
	if d.percent(70) {
		c.credit = money(d.below(120)) * 25000
	}
	if d.percent(30) {
		k := d.below(len(w.remarks))
		c.remark, c.lang = w.remarks[k], w.remarkLang[k]
	}
	if d.percent(35) && i > 0 {
		c.sister, c.sisterTown = customerNumber(d.below(i)), pick(d, w.towns)
	}
	for k := d.below(5); k > 0; k-- {
		c.orders = append(c.orders, newOrder(w, d, seed, fmt.Sprintf("B-%06d-%d", 100001+i, len(c.orders)+1), products))
	}
	return c
}

func newSite(w *words, d *dice, role string) site {
	k := d.below(len(w.towns))
	s := site{role: role, line: fmt.Sprintf("%s %d", pick(d, w.streets), d.between(1, 199)),
		town: w.towns[k], postcode: fmt.Sprintf("%05d", d.below(100000)), land: w.lands[k]}
	if d.percent(12) {
		s.extra = "c/o " + pick(d, w.sur)
	}
	return s
}

func newOrder(w *words, d *dice, seed uint64, ref string, products int) order {
	o := order{ref: ref, state: pick(d, w.states),
		placed: fmt.Sprintf("2025-%02d-%02dT%02d:%02d:%02dZ", d.between(1, 12), d.between(1, 28), d.below(24), d.below(60), d.below(60))}
	if d.percent(60) {
		o.courier, o.tracking = pick(d, w.couriers), fmt.Sprintf("%05d%06d", d.below(100000), d.below(1000000))
	}
	for k := d.between(1, 1+d.below(6)); k > 0; k-- {
		p := d.below(products)
		o.positions = append(o.positions, position{sku: skuOf(p), unit: pick(d, w.units), product: p,
			pieces: d.between(1, 12), each: priceOf(seed, p)})
	}
	return o
}

// tree returns the customer as XML; postcode is that element's name.
func (c *customer) tree(postcode string) *element {
	e := el("Customer", leaf("FullName", c.name)).with("number", c.number, "tier", c.tier, "since", c.since)
	contact := el("Contact", when(c.mail != "", leaf("Mail", c.mail)))
	for _, p := range c.phones {
		contact.add(leaf("Phone", p.digits).with("kind", p.kind))
	}
	e.add(contact)
	for _, s := range c.sites {
		e.add(el("Site", leaf("Line", s.line), when(s.extra != "", leaf("Line2", s.extra)), leaf("Town", s.town),
			leaf(postcode, s.postcode), leaf("Land", "").with("iso", s.land)).with("role", s.role))
	}
	if c.credit >= 0 {
		e.add(leaf("CreditLine", c.credit.String()).with("currency", "EUR"))
	} else {
		e.add(leaf("CreditLine", "").with("xsi:nil", "true"))
	}
	if c.remark != "" {
		e.add(leaf("Remark", c.remark).with("xml:lang", c.lang).inCDATA())
	}
	if c.sister != "" {
		e.add(inline("Profile", run("Prefers "), leaf("em", "weekday"), run(" delivery & "), leaf("br", ""),
			run("is a sister firm of "), leaf("ref", c.sisterTown).with("to", c.sister), run(".")))
	}
	orders := el("Orders")
	for i := range c.orders {
		orders.add(c.orders[i].tree())
	}
	e.add(orders)
	return e
}

func (o *order) tree() *element {
	e := el("Order", leaf("State", o.state)).with("ref", o.ref, "placed", o.placed)
	for i, p := range o.positions {
		e.add(el("Position", leaf("Pieces", fmt.Sprint(p.pieces)).with("unit", p.unit), leaf("Each", p.each.String())).
			with("no", fmt.Sprint(i+1), "article", p.sku))
	}
	if o.courier != "" {
		e.add(el("Parcel", leaf("Tracking", o.tracking)).with("courier", o.courier))
	}
	e.add(leaf("Sum", o.sum().String()).with("currency", "EUR"))
	return e
}

// customerDocument is one CRM export: a header, customers, a trailer.
func customerDocument(path string, part int, customers []customer, postcode string) *document {
	root := el("CustomerExport", el("Source", leaf("System", "CRM"), leaf("Operator", "night batch <"+Company+">"))).
		with("xmlns", crmSpace, "xmlns:xsi", xsiSpace, "schema", "4.1", "part", fmt.Sprintf("%02d", part))
	for i := range customers {
		root.add(customers[i].tree(postcode))
	}
	root.add(el("Trailer", leaf("Complete", "true"), leaf("Checksum", strings.Repeat("0", 7)+fmt.Sprint(part))))
	return &document{path: path, kind: "{" + crmSpace + "}CustomerExport", encoding: utf8Name, root: root, records: len(customers)}
}
