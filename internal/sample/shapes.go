package sample

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// shapeProducts is the size of the shop that single documents order from.
const shapeProducts = 420

// counter counts what passes through to a buffered writer.
type counter struct {
	*bufio.Writer
	n int64
}

func newCounter(w io.Writer) *counter { return &counter{Writer: bufio.NewWriterSize(w, 1<<16)} }

// printf writes a piece; what fails is kept for Flush.
func (c *counter) printf(format string, args ...any) { _, _ = fmt.Fprintf(c, format, args...) }

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if c.n += int64(n); err != nil {
		c.n = math.MaxInt64 // full: nobody goes on for the sake of the size
	}
	return n, err
}

// Records writes one document of customers, at least size bytes long.
func Records(w io.Writer, size int64, seed uint64) error {
	return writeCustomers(w, size, 0, seed)
}

// writeCustomers writes customers from number first on, at least one.
func writeCustomers(w io.Writer, size int64, first int, seed uint64) error {
	out, words, p := newCounter(w), newWords(), printer{}
	p.declaration(utf8Name)
	p.open(el("CustomerExport").with("xmlns", crmSpace, "xmlns:xsi", xsiSpace, "schema", "4.1", "part", "01"))
	p.out.WriteByte('>')
	p.element(el("Source", leaf("System", "CRM"), leaf("Operator", Company)), 1)
	for i := first; i == first || out.n < size-int64(p.out.Len()); i++ {
		c := newCustomer(words, seed, i, shapeProducts)
		p.element(c.tree(postcodeBefore), 1)
		if p.out.Len() > 1<<15 {
			if _, err := p.out.WriteTo(out); err != nil {
				return err
			}
		}
	}
	p.element(el("Trailer", leaf("Complete", "true")), 1)
	p.out.WriteString("\n</CustomerExport>\n")
	if _, err := p.out.WriteTo(out); err != nil {
		return err
	}
	return out.Flush()
}

// SmallFiles writes a ZIP of n documents of customers, each of about size
// bytes (and of one customer at least), with different customers in each.
func SmallFiles(w io.Writer, n, size int, seed uint64) error {
	z := zip.NewWriter(w)
	perFile := size/800 + 4 // more customers than fit, so that numbers never meet
	for i := range n {
		entry, err := z.CreateHeader(&zip.FileHeader{
			Name: fmt.Sprintf("part-%03d/customers-%06d.xml", i/1000, i), Method: zip.Deflate,
			Modified: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return err
		}
		if err := writeCustomers(entry, int64(size), i*perFile, seed); err != nil {
			return err
		}
	}
	return z.Close()
}

// Deep writes records whose value lies the given number of levels down,
// every level with a name and an attribute of its own, until size is reached.
func Deep(w io.Writer, size int64, depth int, seed uint64) error {
	return shape(w, "deep", size, func(out *counter, i int) {
		var open, end strings.Builder
		for level := 1; level <= depth; level++ {
			fmt.Fprintf(&open, "<level-%d n=\"%d\">", level, (i+level)%97)
			fmt.Fprintf(&end, "</level-%d>", depth+1-level)
		}
		out.printf("<record id=\"%d\">%s%d%s</record>\n", i, open.String(), newDice(seed, "deep", i).below(1000), end.String())
	})
}

// Recursive writes records that hold a section within a section within a
// section, as deep as given, until size is reached.
func Recursive(w io.Writer, size int64, depth int, seed uint64) error {
	return shape(w, "recursive", size, func(out *counter, i int) {
		n := 1 + newDice(seed, "recursive", i).below(depth)
		out.printf("<record id=\"%d\">%s%s</record>\n", i,
			strings.Repeat("<section><title>a &amp; b</title>", n), strings.Repeat("</section>", n))
	})
}

// Huge writes eight records, of which the fifth alone holds nearly all of
// the size, as a list of readings.
func Huge(w io.Writer, size int64, seed uint64) error {
	out := newCounter(w)
	out.printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<huge>\n")
	for i := 1; i <= 8; i++ {
		out.printf("<record id=\"%d\"><name>sensor %d</name>\n", i, i)
		d := newDice(seed, "huge", i)
		for k := 0; k == 0 || i == 5 && out.n < size; k++ {
			out.printf("<reading at=\"%d\">%d.%02d</reading>\n", k, d.below(400), d.below(100))
		}
		out.printf("</record>\n")
	}
	out.printf("</huge>\n")
	return out.Flush()
}

// Wide writes a number of rows with the given number of columns.
func Wide(w io.Writer, columns, rows int, seed uint64) error {
	if columns < 1 || rows < 1 {
		return errors.New("sample: a wide document needs a column and a row")
	}
	out := newCounter(w)
	out.printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wide>\n")
	for i := range rows {
		d := newDice(seed, "wide", i)
		out.printf("<record id=\"%d\">", i)
		for c := range columns {
			out.printf("<c%05d>%d</c%05d>", c, d.below(10000), c)
		}
		out.printf("</record>\n")
	}
	out.printf("</wide>\n")
	return out.Flush()
}

// shape writes a root element around records until size is reached.
func shape(w io.Writer, root string, size int64, record func(*counter, int)) error {
	out := newCounter(w)
	out.printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s>\n", root)
	for i := 0; i == 0 || out.n < size; i++ {
		record(out, i)
	}
	out.printf("</%s>\n", root)
	return out.Flush()
}
