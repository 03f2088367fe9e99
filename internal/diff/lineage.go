package diff

import (
	"strconv"
	"strings"
)

// lineage tells where rows of one side come from. It belongs to one goroutine.
type lineage struct {
	left    bool
	lookups map[*tablePair]*lookup
	readers map[*tablePair]*reader
	tables  []*tablePair // by index
	known   map[ancestor]origin
}

type ancestor struct {
	t  *tablePair
	id int64
}

// origin is a row's XPath, and its key with those of its ancestors.
type origin struct {
	path string
	key  []Value
}

const knownOrigins = 1 << 10

func newLineage(tables []*tablePair, left bool) *lineage {
	return &lineage{
		left: left, tables: tables, lookups: map[*tablePair]*lookup{},
		readers: map[*tablePair]*reader{}, known: map[ancestor]origin{},
	}
}

func (l *lineage) spool(t *tablePair) *spool {
	if l.left {
		return t.left
	}
	return t.right
}

// of is the origin of a row of t.
func (l *lineage) of(t *tablePair, r *row) (origin, error) {
	sp := l.spool(t)
	var up origin
	if len(t.parents) > 0 && r.parent != 0 {
		var err error
		if up, err = l.parent(t, r); err != nil {
			return origin{}, err
		}
	}
	path := sp.schema.Path
	if up.path != "" {
		path = up.path + strings.TrimPrefix(path, l.spool(t.parents[0]).schema.Path)
	}
	if r.pos > 0 && sp.schema.Parent != "" {
		path += "[" + strconv.FormatInt(r.pos, 10) + "]"
	}
	o := origin{path: path}
	if t.key == nil || t.key.scoped {
		o.key = append(o.key, up.key...)
	}
	if t.key != nil {
		for _, i := range t.key.cols {
			c := &t.cols[i]
			at := c.right
			if l.left {
				at = c.left
			}
			v, ok := r.value(at)
			o.key = append(o.key, Value{t.res.Columns[c.pair].Left, string(v), !ok})
		}
	}
	return o, nil
}

// parent is the origin of a row's parent, its key seen from the child.
func (l *lineage) parent(t *tablePair, r *row) (origin, error) {
	if o, ok := l.known[ancestor{t, r.parent}]; ok {
		return o, nil
	}
	find := l.lookups[t]
	if find == nil {
		find = &lookup{}
		for _, p := range t.parents {
			x := p.rightRows
			if l.left {
				x = p.leftIDs
			}
			if x != nil {
				find.in = append(find.in, x)
			}
		}
		l.lookups[t] = find
	}
	v, ok, err := find.find(uint64(r.parent))
	if err != nil || !ok {
		return origin{}, err
	}
	p := l.tables[int(v&^onlyRight>>tableShift)-1]
	rd := l.readers[p]
	if rd == nil {
		rd = l.spool(p).reader()
		l.readers[p] = rd
	}
	row, err := rd.read(int64(v & (1<<offBits - 1)))
	if err != nil {
		return origin{}, err
	}
	o, err := l.of(p, row)
	if err != nil {
		return origin{}, err
	}
	steps := strings.Count(strings.TrimPrefix(l.spool(t).schema.Path, l.spool(p).schema.Path), "/")
	seen := origin{path: o.path}
	for _, k := range o.key {
		k.Column = strings.Repeat("../", max(steps, 1)) + k.Column
		seen.key = append(seen.key, k)
	}
	if len(l.known) >= knownOrigins {
		clear(l.known)
	}
	l.known[ancestor{t, r.parent}] = seen
	return seen, nil
}

// cellPath is the XPath of a column's node in the row.
func cellPath(sp *spool, column int, row string) string {
	c := sp.column(column)
	if c.Path == "" {
		return row
	}
	if rest, ok := strings.CutPrefix(c.Path, sp.schema.Path); ok && sp.schema.Path != "" {
		return row + rest
	}
	return c.Path
}

// place says where a row belongs, for people: the parent's key, or the file.
func (l *lineage) place(t *tablePair, r *row, files []File) (string, error) {
	if t.place == filePlace || r.parent == 0 {
		return files[r.file].Path, nil
	}
	up, err := l.parent(t, r)
	if err != nil {
		return "", err
	}
	if len(up.key) == 0 {
		return up.path, nil
	}
	var b strings.Builder
	for i, k := range up.key {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.Column + "=" + k.Value)
	}
	return b.String(), nil
}
