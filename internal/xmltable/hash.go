package xmltable

import (
	"encoding/json"
	"math/bits"

	"github.com/zeebo/xxh3"

	"retable/internal/xmltok"
)

// hash is the 128-bit canonical hash of a subtree, built bottom-up: expanded
// names, attributes in any order, own text without layout, child elements in
// document order. Equal subtrees hash alike however they were written.
type hash struct {
	name  xxh3.Uint128
	attrs xxh3.Uint128 // sum: order does not matter
	kids  xxh3.Uint128
	own   xxh3.Uint128
}

// The odd multipliers of xxHash's 64-bit rounds.
const (
	mixA = 0x9E3779B185EBCA87
	mixB = 0xC2B2AE3D27D4EB4F
)

func newHash(name xxh3.Uint128) hash { return hash{name: name} }

// mix folds b into a; not commutative.
func mix(a, b xxh3.Uint128) xxh3.Uint128 {
	return xxh3.Uint128{
		Hi: (bits.RotateLeft64(a.Hi, 29)^b.Hi)*mixA + b.Lo,
		Lo: (bits.RotateLeft64(a.Lo, 31)^b.Lo)*mixB + a.Hi,
	}
}

func (h *hash) attribute(name xxh3.Uint128, v []byte) {
	m := mix(name, xxh3.Hash128(v))
	h.attrs.Hi += m.Hi
	h.attrs.Lo += m.Lo
}

func (h *hash) child(c hash) { h.kids = mix(h.kids, c.sum()) }

// text sets the own text. Beside child elements its white space is layout.
func (h *hash) text(v []byte, kids bool) {
	if kids {
		h.own = xxh3.Uint128{Hi: strayHash(v)}
		if len(v) == 0 {
			h.own = xxh3.Uint128{}
		}
		return
	}
	h.own = xxh3.Hash128(v)
}

func (h *hash) sum() xxh3.Uint128 {
	return mix(mix(mix(h.name, h.attrs), h.own), h.kids)
}

func (h *hash) appendHex(dst []byte) []byte {
	sum := h.sum()
	return appendHex64(appendHex64(dst, sum.Hi), sum.Lo)
}

func appendHex64(dst []byte, v uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[v>>uint(shift)&15])
	}
	return dst
}

// nameHash is the hash of a node's expanded name.
func (f *Flattener) nameHash(n *xmltok.Node) xxh3.Uint128 {
	if n.Overflow && n.Attr {
		return xxh3.HashString128(Clark(n.Name))
	}
	if n.Overflow {
		return xxh3.HashString128(Clark(f.tok.OverflowName()))
	}
	if n.ID < len(f.hashes) {
		if h := f.hashes[n.ID]; h != (xxh3.Uint128{}) {
			return h
		}
	}
	for len(f.hashes) <= n.ID {
		f.hashes = append(f.hashes, xxh3.Uint128{})
	}
	f.hashes[n.ID] = xxh3.HashString128(Clark(n.Name))
	return f.hashes[n.ID]
}

// noteOrder records, in the row's _order cell, the children that are part of
// the row but came in another order than its columns: path -> names, both as
// in headers.
func (f *Flattener) noteOrder(fr *open) {
	own := &f.now.Tables[f.sc.step.table].own
	if f.now.Mode != Relational || own.order < 0 {
		return
	}
	byRank := make(map[int32]string, len(fr.step.kids))
	for _, k := range fr.step.kids {
		if k.folded {
			byRank[int32(k.rank)] = k.name
		}
	}
	var names []string
	for _, r := range f.ranks[fr.ranks:] {
		names = append(names, byRank[r])
	}
	orders := map[string][]string{}
	if v, ok := f.sc.row.Value(own.order); ok {
		if err := json.Unmarshal(v, &orders); err != nil {
			orders = map[string][]string{} // cannot be: the cell is our own writing
		}
	}
	orders[f.pathInRow()] = names
	v, err := json.Marshal(orders)
	if err != nil {
		return // cannot be: strings always marshal
	}
	f.sc.row.Set(own.order, v, 0)
}

// pathInRow is the innermost element's path below its row.
func (f *Flattener) pathInRow() string {
	path := ""
	for i := len(f.frames) - 1; i >= 0 && f.frames[i].step.open != openRow; i-- {
		path = f.frames[i].step.name + "/" + path
	}
	if path == "" {
		return "."
	}
	return path[:len(path)-1]
}
