package index

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
)

// The file of one model's vectors. Each distinct text has one vector, however
// many chunks it stands in; passages says in which.
const vectorsSchema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vectors (v INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS passages (v INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (v, n)) WITHOUT ROWID;
`

func vectorsName(fingerprint string) string { return "vectors-" + fingerprint[:16] + ".sqlite" }

// textHash names a text in the file and in the cache.
type textHash [sha256.Size]byte

// vectorBlob is a vector as it is kept: float32, little endian.
func vectorBlob(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, f := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

func blobVector(b []byte, dimensions int) ([]float32, error) {
	if len(b) != 4*dimensions {
		return nil, fmt.Errorf("%w: a vector of %d bytes, expected %d", ErrDamaged, len(b), 4*dimensions)
	}
	x := make([]float32, dimensions)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return x, nil
}

// vectorWriter makes a file of vectors, batch by batch.
type vectorWriter struct {
	db   *sql.DB
	next int64 // vector number
	done int64 // chunks below this number are done
	left int64 // chunks left out so far
}

// openVectors opens or begins the work. Work for another full text or model
// is thrown away.
func openVectors(ctx context.Context, path, words, fingerprint string) (*vectorWriter, error) {
	w, err := openVectorsFor(ctx, path, words, fingerprint)
	if errors.Is(err, errOtherWork) {
		for _, leftover := range []string{path, path + "-wal", path + "-shm"} {
			if err := os.RemoveAll(leftover); err != nil {
				return nil, err
			}
		}
		w, err = openVectorsFor(ctx, path, words, fingerprint)
	}
	return w, err
}

var errOtherWork = errors.New("work for something else")

func openVectorsFor(ctx context.Context, path, words, fingerprint string) (*vectorWriter, error) {
	db, err := openWork(path, vectorsSchema)
	if err != nil {
		return nil, err
	}
	w := &vectorWriter{db: db}
	var made string
	err = db.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM meta WHERE key = 'for'), '')").Scan(&made)
	switch want := words + " " + fingerprint; {
	case err != nil:
	case made == "":
		_, err = db.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('for', ?), ('done', '0'), ('left', '0')", want)
	case made != want:
		err = errOtherWork
	}
	if err == nil {
		err = db.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(v), 0) + 1 FROM vectors),
			(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'done'), (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'left')`).
			Scan(&w.next, &w.done, &w.left)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return w, nil
}

// known finds which texts have vectors in the file.
func (w *vectorWriter) known(ctx context.Context, hash textHash) (v int64, err error) {
	err = w.db.QueryRowContext(ctx, "SELECT v FROM vectors WHERE hash = ?", hash[:]).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return v, err
}

// link is a passage: a text in a chunk.
type link struct {
	hash textHash
	n    int64
}

// put adds new vectors and where the texts stand, and notes that the chunks
// below done are done and how many of them were left out: all of it or nothing.
func (w *vectorWriter) put(ctx context.Context, vectors map[textHash][]float32, links []link, done, left int64) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	next := w.next
	numbers := map[textHash]int64{}
	for _, l := range links {
		v, ok := numbers[l.hash]
		if !ok {
			err := tx.QueryRowContext(ctx, "SELECT v FROM vectors WHERE hash = ?", l.hash[:]).Scan(&v)
			if errors.Is(err, sql.ErrNoRows) {
				v, err = next, nil
				if x := vectors[l.hash]; x != nil {
					_, err = tx.ExecContext(ctx, "INSERT INTO vectors (v, hash, vector) VALUES (?, ?, ?)", v, l.hash[:], vectorBlob(x))
					next++
				} else {
					v = 0 // the model has none for it
				}
			}
			if err != nil {
				return err
			}
			numbers[l.hash] = v
		}
		if v == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO passages (v, n) VALUES (?, ?)", v, l.n); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE meta SET value = CASE key WHEN 'done' THEN ? ELSE ? END WHERE key IN ('done', 'left')", done, left); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	w.next, w.done = next, done
	return nil
}

// vectorSource is where vectors of texts may be had without the model.
type vectorSource interface {
	// find returns the vectors of those texts that it has.
	find(ctx context.Context, fingerprint string, dimensions int, hashes []textHash) (map[textHash][]float32, error)
}

// findVectors looks texts up with a query whose first argument is a JSON list
// of hex hashes.
func findVectors(ctx context.Context, db querier, query string, args []any, dimensions int, hashes []textHash) (map[textHash][]float32, error) {
	names := make([]string, len(hashes))
	for i, h := range hashes {
		names[i] = fmt.Sprintf("%X", h)
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	out := map[textHash][]float32{}
	err = each(ctx, db, query, append([]any{string(list)}, args...), func(scan func(...any) error) error {
		var hash, blob []byte
		if err := scan(&hash, &blob); err != nil {
			return err
		}
		x, err := blobVector(blob, dimensions)
		if err != nil || len(hash) != len(textHash{}) {
			return errors.Join(ErrDamaged, err)
		}
		out[textHash(hash)] = x
		return nil
	})
	return out, err
}

// baseVectors are those of another set, for texts that it shares with this one.
type baseVectors struct {
	db          *sql.DB
	fingerprint string
}

var _ vectorSource = (*baseVectors)(nil)

func (b *baseVectors) find(ctx context.Context, fingerprint string, dimensions int, hashes []textHash) (map[textHash][]float32, error) {
	if fingerprint != b.fingerprint {
		return nil, nil
	}
	return findVectors(ctx, b.db, "SELECT hash, vector FROM vectors WHERE hash IN (SELECT unhex(value) FROM json_each(?))", nil, dimensions, hashes)
}
