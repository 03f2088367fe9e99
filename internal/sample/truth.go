package sample

import (
	"encoding/json"
	"io"
)

// Truth is what is known of a delivery: counts and sums over the complete
// records of its files, and for the second delivery its edits.
type Truth struct {
	Delivery int    `json:"delivery"`
	Company  string `json:"company"`
	Seed     uint64 `json:"seed"`
	Files    []File `json:"files"`

	Customers    int `json:"customers"`
	Orders       int `json:"orders"`
	Positions    int `json:"positions"` // of orders
	Invoices     int `json:"invoices"`
	InvoiceLines int `json:"invoice_lines"`
	Entries      int `json:"entries"` // on bank statements
	Products     int `json:"products"`
	Categories   int `json:"categories"` // elements, both catalogues
	Suppliers    int `json:"suppliers"`
	Stores       int `json:"stores"`
	Returns      int `json:"returns"` // complete ones

	Cities         int            `json:"cities"`       // distinct towns of customers' sites
	CustomersIn    map[string]int `json:"customers_in"` // by town of the billing site
	CustomersTier  map[string]int `json:"customers_by_tier"`
	OrdersByState  map[string]int `json:"orders_by_state"`
	OrderTotal     string         `json:"order_total"`
	InvoiceTotal   string         `json:"invoice_total"` // payable amounts
	TaxTotal       string         `json:"tax_total"`
	LargestInvoice string         `json:"largest_invoice"`
	LargestPayable string         `json:"largest_payable"`
	Paid           int            `json:"invoices_paid"` // named by an entry of this delivery
	Fees           string         `json:"fees"`          // sum of debits

	// Changes lead from delivery 1 to this one; empty for delivery 1.
	Changes []Change `json:"changes,omitempty"`
	// Reordered are the files (by their new path) whose records stand in another order. All
	// files but the broken one and README.txt were also rewritten
	// cosmetically, which changes no value.
	Reordered []string `json:"reordered,omitempty"`
}

// File is one entry of the bundle.
type File struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"` // Clark notation, "" if it is not XML
	Encoding string `json:"encoding"`
	Records  int    `json:"records"` // complete ones
	Broken   bool   `json:"broken,omitempty"`
}

// ChangeType says what was edited.
type ChangeType string

// The kinds of edit.
const (
	RowAdded      ChangeType = "row_added"
	RowRemoved    ChangeType = "row_removed"
	ValueChanged  ChangeType = "value_changed"
	ColumnRenamed ChangeType = "column_renamed"
	FileRenamed   ChangeType = "file_renamed"
	FileRemoved   ChangeType = "file_removed"
	FileAdded     ChangeType = "file_added"
)

// Change is one edit. File is the path in delivery 1, or in delivery 2 for
// what exists only there. Rows inside an added or removed file are not
// listed one by one.
type Change struct {
	Type    ChangeType `json:"type"`
	Table   string     `json:"table,omitempty"`   // element name of the row
	Key     string     `json:"key,omitempty"`     // see Key* below
	File    string     `json:"file,omitempty"`    //
	Field   string     `json:"field,omitempty"`   // XPath from the row
	Old     string     `json:"old,omitempty"`     // value, name or path before
	New     string     `json:"new,omitempty"`     // value, name or path after
	Cascade bool       `json:"cascade,omitempty"` // the row went or came with its parent
	Rows    int        `json:"rows,omitempty"`    // records of an added or removed file
}

// The tables that changes name, and their keys: Customer @number, Order
// @ref, Position Order/@ref + "/" + @no, ubl:Invoice cbc:ID, Ntry NtryRef,
// product @sku.
const (
	tableCustomer = "Customer"
	tableOrder    = "Order"
	tablePosition = "Position"
	tableInvoice  = "ubl:Invoice"
	tableLine     = "cac:InvoiceLine"
	tableEntry    = "Ntry"
	tableProduct  = "product"
)

// WriteJSON writes the truth as indented JSON.
func (t *Truth) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(t)
}

// count fills in what the books and the documents say.
func (t *Truth) count(l *ledger, docs []*document) {
	for _, d := range docs {
		t.Files = append(t.Files, File{Path: d.path, Kind: d.kind, Encoding: d.encoding, Records: d.records, Broken: d.breakAt != ""})
	}
	t.Suppliers, t.Stores, t.Returns = supplierCount, storeCount, completeReturns
	t.countCustomers(l)
	t.countMoney(l)
	for _, p := range l.products {
		_, categories := catalogueDocument(l.words, p.path, "", p.records)
		t.Products += len(p.records)
		t.Categories += categories
	}
}

func (t *Truth) countCustomers(l *ledger) {
	t.CustomersIn, t.CustomersTier, t.OrdersByState = map[string]int{}, map[string]int{}, map[string]int{}
	cities, total := map[string]bool{}, money(0)
	for _, p := range l.customers {
		t.Customers += len(p.records)
		for i := range p.records {
			c := &p.records[i]
			t.CustomersTier[c.tier]++
			t.CustomersIn[c.sites[0].town]++
			for _, s := range c.sites {
				cities[s.town] = true
			}
			t.Orders += len(c.orders)
			for k := range c.orders {
				t.OrdersByState[c.orders[k].state]++
				t.Positions += len(c.orders[k].positions)
				total += c.orders[k].sum()
			}
		}
	}
	t.Cities, t.OrderTotal = len(cities), total.String()
}

func (t *Truth) countMoney(l *ledger) {
	var payable, tax, largest, fees money
	for _, p := range l.invoices {
		t.Invoices += len(p.records)
		for i := range p.records {
			v := &p.records[i]
			t.InvoiceLines += len(v.lines)
			payable, tax = payable+v.total(), tax+v.tax()
			if v.total() > largest {
				largest, t.LargestInvoice = v.total(), v.number
			}
		}
	}
	paid := map[string]bool{}
	for _, s := range l.payments {
		t.Entries += len(s.entries)
		for _, e := range s.entries {
			if e.invoice != "" {
				paid[e.invoice] = true
			}
			if e.amount < 0 {
				fees -= e.amount
			}
		}
	}
	t.Paid, t.Fees = len(paid), fees.String()
	t.InvoiceTotal, t.TaxTotal, t.LargestPayable = payable.String(), tax.String(), largest.String()
}
