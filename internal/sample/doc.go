// Package sample makes the data that Retable ships and is measured with: two
// deliveries of a fictional trading company, whose counts, sums and edits
// are known, and single documents of any size and shape for benchmarks.
//
// Everything follows from a seed: the same options give the same entries,
// byte for byte, on every machine. Each record is drawn from a stream of its
// own, so a record stays the same whatever happens to its neighbours.
package sample

import (
	"fmt"
	"io"
)

// Company is the name of the fictional company.
const Company = "Kestrel & Moor Trading"

// Options size a bundle. A zero field takes its default.
type Options struct {
	Seed      uint64 // default 1
	Customers int    // default 1,204
	Invoices  int    // default a quarter of the customers; never more than there are orders
	Products  int    // default 420
	Files     int    // entries of the first delivery, README.txt included; default 30, at least 10
}

// withDefaults returns the options with every field set.
func (o Options) withDefaults() Options {
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Customers <= 0 {
		o.Customers = 1204
	}
	if o.Invoices <= 0 {
		o.Invoices = max(1, o.Customers/4)
	}
	if o.Products <= 0 {
		o.Products = 420
	}
	if o.Files <= 0 {
		o.Files = 30
	}
	o.Files = max(o.Files, minFiles)
	return o
}

// Write writes delivery 1 or 2 as a ZIP and returns what is true of it. The
// truth of delivery 2 lists every edit that leads to it from delivery 1.
func Write(w io.Writer, opts Options, delivery int) (Truth, error) {
	if delivery != 1 && delivery != 2 {
		return Truth{}, fmt.Errorf("sample: there is no delivery %d, only 1 and 2", delivery)
	}
	opts = opts.withDefaults()
	ledger := newLedger(opts)
	truth := Truth{Delivery: delivery, Company: Company, Seed: opts.Seed}
	var cosmetics *dice
	if delivery == 2 {
		truth.Changes, truth.Reordered = ledger.amend(opts.Seed)
		cosmetics = newDice(opts.Seed, "cosmetics")
	}
	docs := ledger.documents()
	truth.count(ledger, docs)
	if err := writeZip(w, docs, cosmetics); err != nil {
		return Truth{}, fmt.Errorf("sample: %w", err)
	}
	return truth, nil
}
