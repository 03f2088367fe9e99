package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
)

// wordsFile is the name of the full text in a set.
const wordsFile = "words.sqlite"

// blockRows is how many rows a block has: 8,000 bytes of ids where rows have
// one part.
const blockRows = 250

// firstCard is the number of the first card; rows have those below.
const firstCard = 1 << 40

const wordsSchema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
	segment INTEGER PRIMARY KEY, tbl TEXT NOT NULL, file TEXT NOT NULL, occurrence INTEGER NOT NULL,
	UNIQUE (tbl, file, occurrence)
);
CREATE TABLE IF NOT EXISTS blocks (
	n INTEGER PRIMARY KEY, segment INTEGER NOT NULL, block INTEGER NOT NULL, parts INTEGER NOT NULL,
	ids BLOB NOT NULL, UNIQUE (segment, block)
);
CREATE TABLE IF NOT EXISTS cards (
	n INTEGER PRIMARY KEY, id BLOB NOT NULL, kind TEXT NOT NULL, tbl TEXT NOT NULL, ref TEXT NOT NULL,
	part INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
	title, names, label, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE IF NOT EXISTS codes USING fts5(
	code, content='', contentless_delete=1, detail=none, tokenize='trigram remove_diacritics 1'
);
`

// wordsWriter writes words.sqlite in batches: what is committed survives a
// killed process, and is found to be there already when the work is done
// again.
type wordsWriter struct {
	db      *sql.DB
	tx      *sql.Tx
	stmts   map[string]*sql.Stmt // of tx
	next    int64                // number of the next block's first chunk
	batch   int                  // chunks between two commits
	pending int                  // chunks changed since the last commit
	added   int64
	removed int64
}

// batch is how many chunks are written between two commits.
const batch = 20_000

func openWords(ctx context.Context, dir string, batch int) (*wordsWriter, error) {
	db, err := openWork(filepath.Join(dir, wordsFile), wordsSchema)
	if err != nil {
		return nil, err
	}
	w := &wordsWriter{db: db, batch: batch, stmts: map[string]*sql.Stmt{}}
	if err := w.begin(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	err = w.tx.QueryRowContext(ctx, "SELECT coalesce(max(n + parts * ?), 1) FROM blocks", blockRows).Scan(&w.next)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *wordsWriter) begin(ctx context.Context) error {
	// The transaction outlives the call, its statements heed the context.
	tx, err := w.db.BeginTx(context.WithoutCancel(ctx), nil)
	w.tx = tx
	return err
}

// commit makes lasting what was written, and goes on.
func (w *wordsWriter) commit(ctx context.Context) error {
	clear(w.stmts) // the transaction closes them
	w.pending = 0
	if err := w.tx.Commit(); err != nil {
		return err
	}
	return w.begin(ctx)
}

// close gives up what wasn't committed.
func (w *wordsWriter) close() error { return errors.Join(w.tx.Rollback(), w.db.Close()) }

// exec runs a statement of the transaction, prepared once in each.
func (w *wordsWriter) exec(ctx context.Context, query string, args ...any) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	st, err := w.stmt(ctx, query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return err
	}
	// Each is short; watching the context inside would cost the driver a
	// goroutine for every row.
	_, err = st.Exec(args...)
	return err
}

// one reads the first row of a query, sql.ErrNoRows if there is none.
func (w *wordsWriter) one(ctx context.Context, query string, args []any, dest ...any) error {
	st, err := w.stmt(ctx, query) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return err
	}
	return st.QueryRowContext(ctx, args...).Scan(dest...)
}

func (w *wordsWriter) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := w.tx.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = st
	return st, nil
}

// touch notes that the index changes: it needs merging, also after a kill.
func (w *wordsWriter) touch(ctx context.Context) error {
	w.pending++
	if w.pending > 1 {
		return nil
	}
	return w.exec(ctx, "INSERT OR REPLACE INTO meta (key, value) VALUES ('unmerged', '1')")
}

// insertRow adds a row's chunk to the full text.
func (w *wordsWriter) insertRow(ctx context.Context, n int64, e *entry) error {
	w.added++
	if err := w.touch(ctx); err != nil {
		return err
	}
	err := w.exec(ctx, "INSERT INTO words (rowid, title, names, label, body) VALUES (?, '', '', ?, ?)", n, string(e.label), string(e.body))
	if err == nil && len(e.codes) > 0 {
		err = w.exec(ctx, "INSERT INTO codes (rowid, code) VALUES (?, ?)", n, string(e.codes))
	}
	return err
}

// remove takes a chunk out of the full text.
func (w *wordsWriter) remove(ctx context.Context, n int64) error {
	w.removed++
	return errors.Join(
		w.touch(ctx),
		w.exec(ctx, "DELETE FROM words WHERE rowid = ?", n),
		w.exec(ctx, "DELETE FROM codes WHERE rowid = ?", n),
	)
}

// segment finds or makes the segment of a table and file.
func (w *wordsWriter) segment(ctx context.Context, tbl, file string, occurrence int) (int64, error) {
	err := w.exec(ctx, "INSERT OR IGNORE INTO segments (tbl, file, occurrence) VALUES (?, ?, ?)", tbl, file, occurrence)
	if err != nil {
		return 0, err
	}
	var id int64
	err = w.one(ctx, "SELECT segment FROM segments WHERE tbl = ? AND file = ? AND occurrence = ?", []any{tbl, file, occurrence}, &id)
	return id, err
}

// oldBlock is a block as it stands; none has first 0.
type oldBlock struct {
	first int64
	parts int
	ids   []byte
}

func (w *wordsWriter) block(ctx context.Context, segment, number int64) (oldBlock, error) {
	var b oldBlock
	err := w.one(ctx, "SELECT n, parts, ids FROM blocks WHERE segment = ? AND block = ?", []any{segment, number}, &b.first, &b.parts, &b.ids)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return b, err
}

// id is the i-th id of the block, the zero ID past its end.
func (b *oldBlock) id(i int) (id chunkID) {
	if at := i * len(id); at+len(id) <= len(b.ids) {
		copy(id[:], b.ids[at:])
	}
	return id
}

// dropBlock removes a block and its chunks.
func (w *wordsWriter) dropBlock(ctx context.Context, b *oldBlock) error {
	if err := w.removeFrom(ctx, b, 0); err != nil {
		return err
	}
	return w.exec(ctx, "DELETE FROM blocks WHERE n = ?", b.first)
}

// removeFrom removes a block's chunks from the i-th on.
func (w *wordsWriter) removeFrom(ctx context.Context, b *oldBlock, i int) error {
	for ; i*len(chunkID{}) < len(b.ids); i++ {
		if b.id(i) == (chunkID{}) {
			continue
		}
		if err := w.remove(ctx, b.first+int64(i)); err != nil {
			return err
		}
	}
	return nil
}

// dropFrom removes a segment's blocks from a number on; with none left, call
// dropSegment.
func (w *wordsWriter) dropFrom(ctx context.Context, segment, number int64) error {
	for {
		err := w.one(ctx, "SELECT block FROM blocks WHERE segment = ? AND block >= ? ORDER BY block LIMIT 1", []any{segment, number}, &number)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		}
		b, err := w.block(ctx, segment, number)
		if err != nil {
			return err
		}
		if err := w.dropBlock(ctx, &b); err != nil {
			return err
		}
		if w.pending >= w.batch {
			if err := w.commit(ctx); err != nil {
				return err
			}
		}
	}
}

// keepOnly removes the segments that are not among those seen.
func (w *wordsWriter) keepOnly(ctx context.Context, seen map[int64]bool) error {
	var gone []int64
	err := each(ctx, w.tx, "SELECT segment FROM segments ORDER BY segment", nil, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		if !seen[id] {
			gone = append(gone, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range gone {
		if err := w.dropFrom(ctx, id, 0); err != nil {
			return err
		}
		if err := w.exec(ctx, "DELETE FROM segments WHERE segment = ?", id); err != nil {
			return err
		}
	}
	return nil
}

// merge puts both indexes into as few pieces as there can be, step by step, so
// that the context is heeded.
func (w *wordsWriter) merge(ctx context.Context) error {
	for _, index := range []string{"words", "codes"} {
		if err := w.commit(ctx); err != nil {
			return err
		}
		var before, after int64
		if err := w.exec(ctx, fmt.Sprintf("INSERT INTO %s(%s, rank) VALUES ('merge', -1000)", index, index)); err != nil {
			return err
		}
		for {
			if err := w.one(ctx, "SELECT total_changes()", nil, &before); err != nil {
				return err
			}
			if err := w.exec(ctx, fmt.Sprintf("INSERT INTO %s(%s, rank) VALUES ('merge', 1000)", index, index)); err != nil {
				return err
			}
			if err := w.one(ctx, "SELECT total_changes()", nil, &after); err != nil {
				return err
			}
			if after-before < 2 { // SQLite's word for: nothing was left to merge
				break
			}
			if err := w.commit(ctx); err != nil {
				return err
			}
		}
	}
	return w.commit(ctx)
}
