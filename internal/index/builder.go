package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// builder brings words.sqlite to what the source says.
type builder struct {
	w        *wordsWriter
	src      *Source
	m        *Manifest
	progress func(Progress)
	files    map[int64]sourceFile
	seen     map[int64]bool // segments
	cards    []card
	hash     hash.Hash
	total    int64
	row      table.Row
	entry    entry
	place    []byte
}

func (b *builder) run(ctx context.Context) error {
	var err error
	if b.files, err = filesByID(ctx, b.src.Tables); err != nil {
		return err
	}
	for _, t := range b.src.Tables.Tables() {
		b.total += t.Rows
	}
	for _, t := range b.src.Tables.Tables() {
		if err := b.table(ctx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	for i := range b.src.Changes {
		b.cards = append(b.cards, changeCards(&b.src.Changes[i])...)
	}
	if err := b.writeCards(ctx); err != nil {
		return fmt.Errorf("cards: %w", err)
	}
	if err := b.w.keepOnly(ctx, b.seen); err != nil {
		return err
	}
	return b.finish(ctx)
}

// finish merges, unless nothing has changed since it was last done, which
// meta remembers.
func (b *builder) finish(ctx context.Context) error {
	var dirty int
	if err := b.w.tx.QueryRowContext(ctx, "SELECT count(*) FROM meta WHERE key = 'unmerged'").Scan(&dirty); err != nil {
		return err
	}
	b.report(StageMerge, "")
	if dirty == 0 {
		return nil
	}
	if err := b.w.merge(ctx); err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	return b.w.exec(ctx, "DELETE FROM meta WHERE key = 'unmerged'")
}

func (b *builder) report(stage Stage, tbl string) {
	if b.progress != nil {
		b.progress(Progress{Stage: stage, Table: tbl, Done: b.m.Rows, Total: b.total, Added: b.w.added, Removed: b.w.removed})
	}
}

// table indexes a table, file by file, and prepares its cards.
func (b *builder) table(ctx context.Context, info tabledb.Info) error {
	schema, err := b.src.Tables.Schema(ctx, info.Name)
	if err != nil {
		return err
	}
	s := newShape(info, schema)
	rows, err := b.src.Tables.RowsOf(ctx, info.Name)
	if err != nil {
		return err
	}
	tallies := make([]tally, len(schema.Columns))
	for i := range tallies {
		st := schema.Columns[i].Stats
		tallies[i].closed = i == s.key || s.uses[i] == useProse || st != nil && st.Distinct > 200
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if err := b.segment(ctx, s, id, b.files[id], tallies); err != nil {
			return fmt.Errorf("file %s: %w", b.files[id].path, err)
		}
	}
	b.cards = append(b.cards, tableCards(s, len(rows), tallies)...)
	return nil
}

// sourceFile is how a file is called in places: its path, and which of the
// files of that path it is.
type sourceFile struct {
	path       string
	occurrence int
}

// filesByID names the files. One that the tables don't know has no path.
func filesByID(ctx context.Context, db *tabledb.DB) (map[int64]sourceFile, error) {
	files, err := db.Files(ctx)
	if err != nil {
		return nil, err
	}
	times := map[string]int{}
	out := map[int64]sourceFile{}
	for _, f := range files {
		out[f.ID] = sourceFile{f.Path, times[f.Path]}
		times[f.Path]++
	}
	return out, nil
}

// segment indexes the rows of one table from one file.
func (b *builder) segment(ctx context.Context, s *shape, fileID int64, file sourceFile, tallies []tally) error {
	segment, err := b.w.segment(ctx, s.info.Name, file.path, file.occurrence)
	if err != nil {
		return err
	}
	b.seen[segment] = true
	r, err := b.src.Tables.Reader(ctx, s.info.Name, tabledb.ReadOptions{FileID: fileID})
	if err != nil {
		return err
	}
	defer r.Close()
	for number := int64(0); ; number++ {
		more, err := b.block(ctx, s, r, segment, number, file, tallies)
		if err != nil {
			return err
		}
		b.report(StageRows, s.info.Name)
		if b.w.pending >= b.w.batch {
			if err := b.w.commit(ctx); err != nil {
				return err
			}
		}
		if !more {
			return b.w.dropFrom(ctx, segment, number+1)
		}
	}
}

// block indexes the next rows of a segment: what stands there with the same
// id stays, the rest is replaced. It tells whether there may be more rows.
func (b *builder) block(ctx context.Context, s *shape, r table.RowReader, segment, number int64, file sourceFile, tallies []tally) (more bool, err error) {
	parts := len(s.parts)
	old, err := b.w.block(ctx, segment, number)
	if err != nil {
		return false, err
	}
	if old.first != 0 && old.parts != parts {
		if err := b.w.dropBlock(ctx, &old); err != nil {
			return false, err
		}
		old = oldBlock{}
	}
	first := old.first
	if first == 0 {
		first = b.w.next
	}
	var ids []byte
	changed := false
	for i := range blockRows {
		if err := r.Read(&b.row); err == io.EOF {
			break
		} else if err != nil {
			return false, err
		}
		more = i == blockRows-1
		b.count(tallies)
		for part := range parts {
			at := i*parts + part
			id := b.identify(s, file, number*blockRows+int64(i), part)
			if id != (chunkID{}) {
				b.m.Chunks++
			}
			ids = append(ids, id[:]...)
			if was := old.id(at); was != id {
				changed = true
				if err := b.replace(ctx, s, first+int64(at), part, was, id); err != nil {
					return false, err
				}
			}
		}
	}
	if len(ids) < len(old.ids) {
		changed = true
		if err := b.w.removeFrom(ctx, &old, len(ids)/len(chunkID{})); err != nil {
			return false, err
		}
	}
	if !changed {
		return more, nil
	}
	return more, b.putBlock(ctx, segment, number, first, parts, ids)
}

// identify returns the id of a part of the row, the zero ID if it says nothing.
func (b *builder) identify(s *shape, file sourceFile, ordinal int64, part int) chunkID {
	if !s.hasValues(&b.row, part) {
		return chunkID{}
	}
	b.place = rowPlace(b.place, file.path, file.occurrence, ordinal, part)
	return identify(b.hash, b.src.Session, s.info.Name, b.place, s.digest(b.hash, &b.row, part))
}

// replace puts a part of the row where another was.
func (b *builder) replace(ctx context.Context, s *shape, n int64, part int, was, id chunkID) error {
	if was != (chunkID{}) {
		if err := b.w.remove(ctx, n); err != nil {
			return err
		}
	}
	if id == (chunkID{}) {
		return nil
	}
	s.entry(&b.entry, &b.row, part)
	return b.w.insertRow(ctx, n, &b.entry)
}

func (b *builder) putBlock(ctx context.Context, segment, number, first int64, parts int, ids []byte) error {
	if len(ids) == 0 {
		return b.w.exec(ctx, "DELETE FROM blocks WHERE n = ?", first)
	}
	b.w.next = max(b.w.next, first+int64(blockRows*parts))
	return b.w.exec(ctx, "INSERT OR REPLACE INTO blocks (n, segment, block, parts, ids) VALUES (?, ?, ?, ?, ?)", first, segment, number, parts, ids)
}

// count tallies the row's values.
func (b *builder) count(tallies []tally) {
	b.m.Rows++
	for i := range tallies {
		if tallies[i].closed {
			continue
		}
		if v, ok := b.row.Value(i); ok {
			tallies[i].add(v)
		}
	}
}

// writeCards brings the cards to what they must be.
func (b *builder) writeCards(ctx context.Context) error {
	old := map[chunkID]int64{}
	next := int64(firstCard)
	err := each(ctx, b.w.tx, "SELECT n, id FROM cards ORDER BY n", nil, func(scan func(...any) error) error {
		var n int64
		var id []byte
		if err := scan(&n, &id); err != nil {
			return err
		}
		old[chunkID(id)] = n
		next = n + 1
		return nil
	})
	if err != nil {
		return err
	}
	b.m.Cards = int64(len(b.cards))
	for i := range b.cards {
		id := b.cards[i].id(b.hash, b.src.Session)
		if _, known := old[id]; known {
			delete(old, id)
			continue
		}
		if err := b.w.insertCard(ctx, next, id, &b.cards[i]); err != nil {
			return err
		}
		next++
	}
	for _, n := range slices.Sorted(maps.Values(old)) {
		if err := b.w.removeCard(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// id is the card's: its place is kind, comparison and part.
func (c *card) id(h hash.Hash, session string) chunkID {
	text := sha256.Sum256([]byte(c.title + "\x00" + c.names + "\x00" + c.body + "\x00" + c.text))
	return identify(h, session, c.tbl, fmt.Appendf(nil, "%s %q %d", c.kind, c.ref, c.part), text)
}

// insertCard adds a card and its text.
func (w *wordsWriter) insertCard(ctx context.Context, n int64, id chunkID, c *card) error {
	w.added++
	return errors.Join(
		w.touch(ctx),
		w.exec(ctx, "INSERT INTO cards (n, id, kind, tbl, ref, part, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
			n, id[:], string(c.kind), c.tbl, c.ref, c.part, c.text),
		w.exec(ctx, "INSERT INTO words (rowid, title, names, label, body) VALUES (?, ?, ?, '', ?)", n, c.title, c.names, c.body),
	)
}

func (w *wordsWriter) removeCard(ctx context.Context, n int64) error {
	return errors.Join(
		w.remove(ctx, n),
		w.exec(ctx, "DELETE FROM cards WHERE n = ?", n),
	)
}
