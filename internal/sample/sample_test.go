package sample_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"retable/internal/sample"
)

// The content of the shipped sample. A change here changes the product: the
// demo, its screenshots and its answers.
const (
	goldenFirst  = "3443fee5583f8914486a7ec2e2c9855627dbc6bb33283c4d620b3366e547d3dc"
	goldenSecond = "2c9be176d3e5d1ff43cb03ef09edcdae06b8b9c0c083b6a30d78ebea5d19f69c"
)

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	for n, want := range map[int]string{1: goldenFirst, 2: goldenSecond} {
		d := write(t, sample.Options{}, n)
		h := sha256.New()
		for _, path := range d.order {
			h.Write([]byte(path))
			h.Write(d.files[path])
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("delivery %d: content hash %s, want %s", n, got, want)
		}
		if again := write(t, sample.Options{}, n); !bytes.Equal(again.zip, d.zip) {
			t.Errorf("delivery %d: a second run gave other bytes", n)
		}
		if other := write(t, sample.Options{Seed: 2}, n); bytes.Equal(other.zip, d.zip) {
			t.Errorf("delivery %d: another seed gave the same bytes", n)
		}
	}
}

func TestSizesAreSettable(t *testing.T) {
	for _, o := range []sample.Options{{}, {Customers: 3, Files: 1, Products: 5}, {Customers: 40, Files: 60, Invoices: 7}, {Seed: 9, Customers: 2000, Files: 17, Products: 900}} {
		d := write(t, o, 1)
		if want := max(10, o.Files); o.Files > 0 && len(d.files) != want {
			t.Errorf("%+v: got %d files, want %d", o, len(d.files), want)
		}
		if want := o.Customers; want > 0 && d.truth.Customers != want {
			t.Errorf("%+v: got %d customers, want %d", o, d.truth.Customers, want)
		}
		write(t, o, 2)
	}
	if _, err := sample.Write(&bytes.Buffer{}, sample.Options{}, 3); err == nil {
		t.Error("a third delivery was accepted")
	}
}

func TestEveryFileButTheBrokenOneIsWellFormed(t *testing.T) {
	xmllint, _ := exec.LookPath("xmllint")
	if xmllint == "" {
		t.Log("xmllint is not installed: checked by encoding/xml alone")
	}
	for n := 1; n <= 2; n++ {
		d := write(t, sample.Options{}, n)
		for _, f := range d.truth.Files {
			if f.Kind == "" {
				continue
			}
			root := d.tree(t, f)
			if kind := strings.TrimPrefix("{"+root.space+"}"+root.name, "{}"); kind != f.Kind {
				t.Errorf("%s: got kind %s, want %s", f.Path, kind, f.Kind)
			}
			if xmllint == "" {
				continue
			}
			cmd := exec.Command(xmllint, "--noout", "-")
			cmd.Stdin = bytes.NewReader(d.files[f.Path])
			if out, err := cmd.CombinedOutput(); (err != nil) != f.Broken {
				t.Errorf("%s: xmllint: %v\n%s", f.Path, err, out)
			}
		}
	}
}

func TestTruthIsWhatTheFilesHold(t *testing.T) {
	for _, opts := range []sample.Options{{}, {Seed: 77, Customers: 150, Files: 14, Products: 60}} {
		for n := 1; n <= 2; n++ {
			d := write(t, opts, n)
			got := recount(t, &d)
			want := d.truth
			want.Seed, want.Company, want.Changes, want.Reordered, want.Delivery = 0, "", nil, nil, 0
			var a, b bytes.Buffer
			if err := got.WriteJSON(&a); err != nil {
				t.Fatal(err)
			}
			if err := want.WriteJSON(&b); err != nil {
				t.Fatal(err)
			}
			if a.String() != b.String() {
				t.Errorf("delivery %d: got\n%s\nwant\n%s", n, a.String(), b.String())
			}
		}
	}
	if d := write(t, sample.Options{}, 1); d.truth.Customers != 1204 || len(d.files) != 30 {
		t.Errorf("the shipped sample has %d customers in %d files", d.truth.Customers, len(d.files))
	}
}

// recount derives the truth from the XML alone.
func recount(t *testing.T, d *delivery) sample.Truth {
	t.Helper()
	out := sample.Truth{CustomersIn: map[string]int{}, CustomersTier: map[string]int{}, OrdersByState: map[string]int{}}
	cities, paid := map[string]bool{}, map[string]bool{}
	var orders, payable, tax, largest, fees int64
	for _, f := range d.truth.Files {
		f.Records = 0
		if f.Kind == "" {
			out.Files = append(out.Files, f)
			continue
		}
		root, before := d.tree(t, f), out
		root.each("Customer", func(c *node) {
			out.Customers++
			out.CustomersTier[c.attrs["tier"]]++
			out.CustomersIn[c.find("Site/Town").text]++
			c.each("Town", func(n *node) { cities[n.text] = true })
		})
		root.each("Order", func(o *node) {
			out.Orders++
			out.OrdersByState[o.find("State").text]++
			sum := int64(0)
			o.each("Position", func(p *node) {
				out.Positions++
				sum += cents(t, p.find("Each").text) * cents(t, p.find("Pieces").text+".00") / 100
			})
			if sum != cents(t, o.find("Sum").text) {
				t.Errorf("order %s: positions add up to %d, Sum is %s", o.attrs["ref"], sum, o.find("Sum").text)
			}
			orders += sum
		})
		root.each("Invoice", func(v *node) {
			out.Invoices++
			v.each("InvoiceLine", func(*node) { out.InvoiceLines++ })
			amount := cents(t, v.find("LegalMonetaryTotal/PayableAmount").text)
			payable += amount
			tax += cents(t, v.find("TaxTotal/TaxAmount").text)
			if amount > largest {
				largest, out.LargestInvoice, out.LargestPayable = amount, v.find("ID").text, v.find("LegalMonetaryTotal/PayableAmount").text
			}
		})
		root.each("Ntry", func(e *node) {
			out.Entries++
			if e.find("CdtDbtInd").text == "DBIT" {
				fees += cents(t, e.find("Amt").text)
			}
			e.each("Nb", func(n *node) { paid[n.text] = true })
		})
		root.each("product", func(*node) { out.Products++ })
		root.each("category", func(*node) { out.Categories++ })
		root.each("supplier", func(*node) { out.Suppliers++ })
		root.each("store", func(*node) { out.Stores++ })
		root.each("return", func(*node) { out.Returns++ })
		if f.Broken {
			out.Returns-- // the last one is incomplete
		}
		f.Records = out.Customers - before.Customers + out.Invoices - before.Invoices + out.Entries - before.Entries +
			out.Products - before.Products + out.Suppliers - before.Suppliers + out.Stores - before.Stores + out.Returns - before.Returns
		out.Files = append(out.Files, f)
	}
	out.Cities, out.Paid = len(cities), len(paid)
	out.OrderTotal, out.InvoiceTotal, out.TaxTotal, out.Fees = euros(orders), euros(payable), euros(tax), euros(fees)
	return out
}

func cents(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
	if err != nil {
		t.Errorf("not an amount: %q", s)
	}
	return n
}

func euros(n int64) string {
	s := strconv.FormatInt(n, 10)
	for len(s) < 3 {
		s = "0" + s
	}
	return s[:len(s)-2] + "." + s[len(s)-2:]
}
