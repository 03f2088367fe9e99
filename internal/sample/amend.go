package sample

import "fmt"

// amend edits the books for the second delivery and lists what it did.
func (l *ledger) amend(seed uint64) (changes []Change, reordered []string) {
	e := &editor{ledger: l, dice: newDice(seed, "amend"), billed: map[string]bool{}, void: map[string]bool{}}
	for _, p := range l.invoices {
		for _, v := range p.records {
			e.billed[v.customer] = true
		}
	}
	e.renameColumn()
	for i := range l.customers {
		e.editCustomers(&l.customers[i])
	}
	e.addCustomers()
	for i := range l.invoices {
		e.editInvoices(&l.invoices[i])
	}
	e.editPayments()
	e.editCatalogue()
	e.moveFiles()
	for i := range l.customers {
		shuffle(e.dice, l.customers[i].records)
		reordered = append(reordered, l.customers[i].path)
	}
	for i := range l.invoices {
		shuffle(e.dice, l.invoices[i].records)
		reordered = append(reordered, l.invoices[i].path)
	}
	return e.changes, reordered
}

// editor makes edits and notes each of them.
type editor struct {
	*ledger
	dice    *dice
	billed  map[string]bool // customers with an invoice, who stay
	void    map[string]bool // invoices that were cancelled
	changes []Change
}

func (e *editor) note(c Change) { e.changes = append(e.changes, c) }

// set changes one value; the new one must differ.
func (e *editor) set(at *string, to, table, key, file, field string) {
	e.note(Change{Type: ValueChanged, Table: table, Key: key, File: file, Field: field, Old: *at, New: to})
	*at = to
}

func (e *editor) renameColumn() {
	e.postcode = postcodeAfter
	e.note(Change{Type: ColumnRenamed, Table: tableCustomer, Old: "Site/" + postcodeBefore, New: "Site/" + postcodeAfter})
}

// rows notes a customer and all that hangs on it as added or removed.
func (e *editor) rows(t ChangeType, c *customer, file string) {
	e.note(Change{Type: t, Table: tableCustomer, Key: c.number, File: file})
	for _, o := range c.orders {
		e.note(Change{Type: t, Table: tableOrder, Key: o.ref, File: file, Cascade: true})
		for i := range o.positions {
			e.note(Change{Type: t, Table: tablePosition, Key: fmt.Sprintf("%s/%d", o.ref, i+1), File: file, Cascade: true})
		}
	}
}

// editCustomers removes one customer in a hundred, and changes two.
func (e *editor) editCustomers(p *part[customer]) {
	kept := p.records[:0]
	for i := range p.records {
		c := p.records[i]
		switch draw := e.dice.below(100); {
		case draw < 1 && !e.billed[c.number]:
			e.rows(RowRemoved, &c, p.path)
			continue
		case draw >= 98:
			e.editCustomer(&c, p.path)
		}
		kept = append(kept, c)
	}
	p.records = kept
}

// editCustomer makes one edit, of the customer or of one of its orders.
func (e *editor) editCustomer(c *customer, file string) {
	d, w := e.dice, e.words
	if len(c.orders) == 0 || d.percent(40) {
		if d.percent(50) {
			e.set(&c.tier, pickOther(d, w.tiers, c.tier), tableCustomer, c.number, file, "@tier")
			return
		}
		c.sites = append([]site(nil), c.sites...)
		e.set(&c.sites[0].town, pickOther(d, w.towns, c.sites[0].town), tableCustomer, c.number, file, "Site[1]/Town")
		return
	}
	c.orders = append([]order(nil), c.orders...)
	o := &c.orders[d.below(len(c.orders))]
	if d.percent(60) || e.billed[c.number] {
		e.set(&o.state, pickOther(d, w.states, o.state), tableOrder, o.ref, file, "State")
		return
	}
	before := o.sum()
	o.positions = append([]position(nil), o.positions...)
	k := d.below(len(o.positions))
	pieces := fmt.Sprint(o.positions[k].pieces)
	o.positions[k].pieces += d.between(1, 5)
	e.set(&pieces, fmt.Sprint(o.positions[k].pieces), tablePosition, fmt.Sprintf("%s/%d", o.ref, k+1), file, "Pieces")
	sum := before.String()
	if after := o.sum(); after != before {
		e.set(&sum, after.String(), tableOrder, o.ref, file, "Sum")
	}
}

// addCustomers adds new ones, at least three, to all files in turn.
func (e *editor) addCustomers() {
	total := 0
	for _, p := range e.customers {
		total += len(p.records)
	}
	first := e.firstFreeCustomer()
	for k := range max(3, total/100) {
		c := newCustomer(e.words, e.seed, first+k, e.shop)
		p := &e.customers[k%len(e.customers)]
		p.records = append(p.records, c)
		e.rows(RowAdded, &c, p.path)
	}
}

// firstFreeCustomer is the index after the last customer of delivery 1. A
// few numbers are skipped, as removed customers may have had the last ones.
func (e *editor) firstFreeCustomer() int {
	last := customerNumber(0)
	for _, p := range e.customers {
		for _, c := range p.records {
			last = max(last, c.number)
		}
	}
	var n int
	if _, err := fmt.Sscanf(last, "K-%d", &n); err != nil {
		return 500000
	}
	return n - 100001 + 1000
}

// editInvoices cancels some unpaid invoices and defers some payments.
func (e *editor) editInvoices(p *part[invoice]) {
	kept := p.records[:0]
	for _, v := range p.records {
		switch draw := e.dice.below(100); {
		case draw < 10 && !v.paid:
			e.void[v.number] = true
			e.note(Change{Type: RowRemoved, Table: tableInvoice, Key: v.number, File: p.path})
			for i := range v.lines {
				e.note(Change{Type: RowRemoved, Table: tableLine, Key: fmt.Sprintf("%s/%d", v.number, i+1), File: p.path, Cascade: true})
			}
			continue
		case draw >= 97:
			e.set(&v.due, "2026-06-"+v.due[8:], tableInvoice, v.number, p.path, "cbc:DueDate")
		}
		kept = append(kept, v)
	}
	p.records = kept
}

// editPayments corrects some texts and adds the next month's statement.
func (e *editor) editPayments() {
	for i := range e.payments {
		s := &e.payments[i]
		for k := range s.entries {
			if n := &s.entries[k]; e.dice.percent(2) {
				e.set(&n.info, n.info+" (corrected)", tableEntry, n.ref, s.path(), "AddtlNtryInf")
			}
		}
	}
	month, opening := e.nextMonth()
	var due []*invoice
	for i, v := range e.spare {
		if i%3 == 0 && !e.void[v.number] {
			due = append(due, v)
		}
	}
	s := newStatement(e.words, e.seed, month, opening, due)
	e.payments = append(e.payments, s)
	e.note(Change{Type: FileAdded, File: s.path(), Rows: len(s.entries)})
}

// editCatalogue changes prices and takes one product out of the first
// catalogue, leaving every category with at least one product.
func (e *editor) editCatalogue() {
	p := &e.products[0]
	seats := map[int]int{}
	for _, r := range p.records {
		seats[r.index%categoryCycle]++
	}
	removed := false
	kept := p.records[:0]
	for i, r := range p.records {
		if way := r.index % categoryCycle; !removed && i >= len(p.records)/3 && seats[way] > 1 {
			removed = true
			e.note(Change{Type: RowRemoved, Table: tableProduct, Key: r.sku, File: p.path})
			continue
		}
		if e.dice.percent(2) {
			price := r.price.String()
			r.price += money(e.dice.between(5, 900))
			e.set(&price, r.price.String(), tableProduct, r.sku, p.path, "price")
		}
		kept = append(kept, r)
	}
	p.records = kept
}

// moveFiles renames the last customers file and drops the clearance
// catalogue.
func (e *editor) moveFiles() {
	p := &e.customers[len(e.customers)-1]
	to := "customers/kunden-export-april.xml"
	e.note(Change{Type: FileRenamed, Old: p.path, New: to})
	p.path = to
	last := len(e.products) - 1
	e.note(Change{Type: FileRemoved, File: e.products[last].path, Rows: len(e.products[last].records)})
	e.products = e.products[:last]
}
