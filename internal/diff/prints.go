package diff

import (
	"slices"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
)

// sketchSize is the number of hashes that stand for a file's content: the
// share of common values is estimated with a standard error of about 1/16.
const sketchSize = 256

// bottom keeps the smallest distinct hashes of a set (bottom-k sketch; Cohen
// and Kaplan 2007). The same value is kept or dropped in every set alike.
type bottom struct {
	hashes []uint64 // unsorted up to 2k, sorted after compact
	limit  uint64   // hashes from here on are of no interest; 0: none yet
}

func (b *bottom) add(h uint64) {
	if b.limit != 0 && h >= b.limit {
		return
	}
	b.hashes = append(b.hashes, h)
	if len(b.hashes) >= 2*sketchSize {
		b.compact()
	}
}

func (b *bottom) compact() {
	slices.Sort(b.hashes)
	b.hashes = slices.Compact(b.hashes)
	if len(b.hashes) > sketchSize {
		b.hashes = b.hashes[:sketchSize]
	}
	if len(b.hashes) == sketchSize {
		b.limit = b.hashes[sketchSize-1]
	}
}

// filePrint is what is known of a file's content for pairing.
type filePrint struct {
	rows    int64
	hi, lo  uint64          // sum of the rows' hashes, 128 bits: the fingerprint with rows
	content bottom          // of hash(table, column, value)
	columns map[uint64]bool // hash(table, column, type) of columns with values
	loose   bool            // rows hang on others, and nothing tells on which: no fingerprint
}

// identical tells whether two files say the same, by their fingerprints.
func (p *filePrint) identical(o *filePrint) bool {
	return !p.loose && !o.loose && p.rows > 0 && p.rows == o.rows && p.hi == o.hi && p.lo == o.lo
}

// printer gathers the print of one file after another of one table.
type printer struct {
	sp    *spool
	seeds []uint64
	file  int32
	now   filePrint
	used  []bool
}

func newPrinter(sp *spool) *printer {
	p := &printer{sp: sp, file: -1}
	for i := range sp.columns {
		p.seeds = append(p.seeds, mix64(xxh3.HashString(sp.schema.Name), xxh3.HashString(sp.column(i).XPath)))
	}
	p.used = make([]bool, len(sp.columns))
	return p
}

// note adds a row. Its hash is the sum over its values, so that columns that
// are null in the whole file don't matter.
func (p *printer) note(file int32, in *table.Row) {
	if file != p.file {
		p.flush()
		p.file = file
	}
	var hi, lo uint64
	for i, c := range p.sp.columns {
		cell := &in.Cells[c]
		if cell.Flags&table.Present == 0 {
			continue
		}
		p.used[i] = true
		h := xxh3.Hash128Seed(in.Data[cell.Off:cell.Off+cell.Len], p.seeds[i])
		hi += h.Hi
		lo += h.Lo
		p.now.content.add(h.Lo)
	}
	if own := &p.sp.own; own.parent >= 0 {
		// How rows hang together is told by the hash of their root's subtree.
		root, isRoot := in.Value(own.parent)
		if isRoot = !isRoot || len(root) == 0; isRoot && own.hash >= 0 {
			v, _ := in.Value(own.hash)
			h := xxh3.Hash128(v)
			hi += h.Hi
			lo += h.Lo
		}
		p.now.loose = p.now.loose || own.hash < 0
	}
	p.now.rows++
	p.now.hi += mix64(hi, lo)
	p.now.lo += mix64(lo, ^hi)
}

// flush adds what was gathered to the side's print of the file. Adding is
// commutative: the order of tables does not matter.
func (p *printer) flush() {
	if p.file < 0 || p.now.rows == 0 {
		return
	}
	sd := p.sp.side
	sd.mu.Lock()
	defer sd.mu.Unlock()
	to := &sd.prints[p.file]
	seed := xxh3.HashString(p.sp.schema.Name)
	to.rows += p.now.rows
	to.hi += mix64(p.now.hi, seed)
	to.lo += mix64(p.now.lo, seed)
	for _, h := range p.now.content.hashes {
		to.content.add(h)
	}
	to.loose = to.loose || p.now.loose
	if to.columns == nil {
		to.columns = map[uint64]bool{}
	}
	for i, used := range p.used {
		if used {
			to.columns[mix64(p.seeds[i], uint64(p.sp.column(i).Type))] = true
		}
		p.used[i] = false
	}
	p.now.content.hashes = p.now.content.hashes[:0]
	p.now = filePrint{content: bottom{hashes: p.now.content.hashes}}
}
