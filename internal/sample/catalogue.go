package sample

import (
	"fmt"
	"strings"
)

const (
	catalogueSpace = "urn:kestrel-moor:catalogue:2"
	legacySpace    = "urn:kestrel-moor:legacy:1"
)

type product struct {
	index  int
	sku    string
	title  string
	price  money
	old    money // price in the legacy system, its own namespace
	blurb  string
	traits []attr
}

func skuOf(i int) string { return fmt.Sprintf("KM-%05d", i+1) }

func priceOf(seed uint64, i int) money {
	return money(newDice(seed, "price", i).between(95, 42000))
}

func titleOf(w *words, i int) string {
	return w.adjectives[i%len(w.adjectives)] + " " + w.goods[(i/3)%len(w.goods)]
}

// newProduct draws product i. Its traits are key/value pairs whose element
// names are data: "fits-KM-00042" occurs once or twice in the catalogue.
func newProduct(w *words, seed uint64, i, products int) product {
	d := newDice(seed, "product", i)
	p := product{index: i, sku: skuOf(i), title: titleOf(w, i), price: priceOf(seed, i)}
	p.old = p.price + money(d.between(-50, 500))
	if d.percent(40) {
		p.blurb = pick(d, w.remarks)
	}
	first := d.below(len(w.traits))
	for k := range d.between(1, 4) {
		p.traits = append(p.traits, attr{w.traits[(first+k)%len(w.traits)], pick(d, w.traitValue)})
	}
	other := d.below(products)
	for range d.between(1, 4) {
		other = (other + d.between(1, 7)) % products
		if name := "fits-" + skuOf(other); p.traits[len(p.traits)-1].name != name {
			p.traits = append(p.traits, attr{name, pick(d, []string{"yes", "with adapter", "no"})})
		}
	}
	return p
}

func (p *product) tree() *element {
	traits := el("attributes")
	seen := map[string]bool{}
	for _, t := range p.traits {
		if !seen[t.name] {
			seen[t.name] = true
			traits.add(leaf(t.name, t.value))
		}
	}
	return el("product", leaf("title", p.title), leaf("price", p.price.String()).with("currency", "EUR"),
		leaf("old:price", p.old.String()), when(p.blurb != "", leaf("blurb", p.blurb).inCDATA()), traits).
		with("sku", p.sku)
}

// catalogueDocument arranges the products in categories within categories,
// up to three deep.
func catalogueDocument(w *words, path, season string, products []product) (*document, int) {
	root := el("catalogue").with("xmlns", catalogueSpace, "xmlns:old", legacySpace, "season", season)
	nodes := map[string]*element{}
	for i := range products {
		parent, code := root, "C"
		for _, name := range categoriesOf(w, products[i].index) {
			code += "-" + strings.ToUpper(name[:3])
			node := nodes[code]
			if node == nil {
				node = el("category").with("code", code, "name", name)
				nodes[code] = node
				parent.add(node)
			}
			parent = node
		}
		parent.add(products[i].tree())
	}
	return &document{path: path, kind: "{" + catalogueSpace + "}catalogue", encoding: utf8Name, root: root, records: len(products)}, len(nodes)
}

// categoryCycle is the number of products after which categoriesOf repeats.
const categoryCycle = 180

// categoriesOf is the way to product i from the root: two or three names.
func categoriesOf(w *words, i int) []string {
	way := []string{w.branches[i%len(w.branches)], w.twigs[(i/len(w.branches))%len(w.twigs)]}
	if i%5 == 0 {
		way = append(way, "Discontinued")
	}
	return way
}
