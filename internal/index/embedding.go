package index

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// embedding goes through the chunks of a set and embeds what they say.
type embedding struct {
	s           *Snapshot
	w           *vectorWriter
	opts        *EmbedOptions
	model       retable.EmbedModel
	fingerprint string
	limit       int64
	waiting     map[textHash]string // texts that have no vector yet
	links       []link
	resume      int64 // where the work would go on after a kill
	left        int64 // chunks left out before resume
	done        int64 // chunks, for progress
}

func (e *embedding) run(ctx context.Context) error {
	if err := e.cards(ctx); err != nil {
		return fmt.Errorf("cards: %w", err)
	}
	return e.rows(ctx)
}

// count fills in what the file holds.
func (e *embedding) count(ctx context.Context, info *VectorInfo) error {
	info.LeftOut = e.w.left
	return e.w.db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM vectors), (SELECT count(*) FROM passages)").Scan(&info.Vectors, &info.Passages)
}

// cards embeds the cards: few, so after a kill they are gone through again,
// and found to be there.
func (e *embedding) cards(ctx context.Context) error {
	type entry struct {
		n         int64
		tbl, text string
	}
	var all []entry
	err := each(ctx, e.s.words, "SELECT n, tbl, text FROM cards ORDER BY n", nil, func(scan func(...any) error) error {
		var c entry
		err := scan(&c.n, &c.tbl, &c.text)
		all = append(all, c)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := e.add(ctx, c.n, cardPassages(c.text, c.tbl, e.model.MaxTokens)); err != nil {
			return err
		}
	}
	return e.flush(ctx)
}

// rows embeds the rows, block by block in the order of their numbers.
func (e *embedding) rows(ctx context.Context) error {
	for next := e.w.done; ; {
		var b rowBlock
		err := each(ctx, e.s.words, `SELECT b.n, b.block, b.parts, b.ids, s.tbl, s.file, s.occurrence FROM blocks b JOIN segments s USING (segment)
			WHERE b.n >= ? ORDER BY b.n LIMIT 1`, []any{next}, func(scan func(...any) error) error {
			return scan(&b.first, &b.number, &b.parts, &b.ids, &b.tbl, &b.file.path, &b.file.occurrence)
		})
		if err != nil {
			return err
		}
		e.resume, e.left = next, e.w.left
		if b.first == 0 {
			return e.flush(ctx)
		}
		if err := e.block(ctx, &b); err != nil {
			return fmt.Errorf("table %s: %w", b.tbl, err)
		}
		next = b.first + 1
		if e.opts.Progress != nil {
			e.opts.Progress(Progress{Stage: StageVectors, Table: b.tbl, Done: e.done, Total: e.s.manifest.Chunks})
		}
	}
}

// rowBlock is a block with the names of its segment.
type rowBlock struct {
	oldBlock
	number int64
	tbl    string
	file   sourceFile
}

func (e *embedding) block(ctx context.Context, b *rowBlock) error {
	e.done += int64(len(b.ids) / len(chunkID{}))
	shape, err := e.s.shape(ctx, b.tbl)
	if err != nil || !shape.speaks() {
		return err
	}
	r, err := e.s.tables.Reader(ctx, b.tbl, tabledb.ReadOptions{
		FileID: e.s.files[b.file].ID, Offset: b.number * blockRows, Limit: int64(len(b.ids)/len(chunkID{})) / int64(b.parts),
	})
	if err != nil {
		return err
	}
	defer r.Close()
	var row table.Row
	for i := int64(0); ; i++ {
		switch err := r.Read(&row); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		// The vectors belong to the first part of a wide row that says anything.
		for at := i * int64(b.parts); at < (i+1)*int64(b.parts); at++ {
			if b.id(int(at)) == (chunkID{}) {
				continue
			}
			if err := e.add(ctx, b.first+at, passages(shape.prose(&row), e.model.MaxTokens)); err != nil {
				return err
			}
			break
		}
	}
}

// speaks tells whether any column of the table is embedded.
func (s *shape) speaks() bool {
	for _, u := range s.uses {
		if u == useProse {
			return true
		}
	}
	return false
}

// add takes a chunk's texts; when there are enough new ones they are embedded.
func (e *embedding) add(ctx context.Context, n int64, texts []string) error {
	complete := true
	for _, text := range texts {
		if strings.IndexFunc(text, wordly) < 0 {
			continue
		}
		hash := textHash(sha256.Sum256([]byte(text)))
		if _, known := e.waiting[hash]; !known {
			v, err := e.w.known(ctx, hash)
			if err != nil {
				return err
			}
			if v == 0 {
				if n < firstCard && e.w.next-1+int64(len(e.waiting)) >= e.limit {
					complete = false
					continue
				}
				e.waiting[hash] = text
			}
		}
		e.links = append(e.links, link{hash, n})
	}
	if !complete {
		e.w.left++
	}
	if len(e.waiting) < embedBatch && len(e.links) < batch {
		return nil
	}
	return e.flush(ctx)
}

// flush embeds what waits and keeps it.
func (e *embedding) flush(ctx context.Context) error {
	vectors, err := e.vectors(ctx)
	if err != nil {
		return err
	}
	if err := e.w.put(ctx, vectors, e.links, e.resume, e.left); err != nil {
		return err
	}
	clear(e.waiting)
	e.links = e.links[:0]
	return nil
}

// vectors finds the vectors of what waits: in other files, else by the model.
func (e *embedding) vectors(ctx context.Context) (map[textHash][]float32, error) {
	out := map[textHash][]float32{}
	var hashes []textHash
	for h := range e.waiting {
		hashes = append(hashes, h)
	}
	sources, closeAll := e.sources()
	defer closeAll()
	for _, source := range sources {
		found, err := source.find(ctx, e.fingerprint, e.model.Dimensions, hashes)
		if err != nil {
			return nil, err
		}
		for h, x := range found {
			out[h] = x
		}
	}
	var texts []string
	var missing []textHash
	for _, h := range hashes {
		if out[h] == nil {
			texts, missing = append(texts, e.waiting[h]), append(missing, h)
		}
	}
	if len(texts) == 0 {
		return out, nil
	}
	made, err := embedTexts(ctx, e.opts.Embedder, &e.model, texts, retable.ForDocument)
	if err != nil {
		return nil, err
	}
	fresh := map[textHash][]float32{}
	for i, x := range made {
		out[missing[i]], fresh[missing[i]] = x, x
	}
	if e.opts.Cache != nil {
		return out, e.opts.Cache.put(ctx, e.fingerprint, fresh)
	}
	return out, nil
}

// sources are the files that may have vectors.
func (e *embedding) sources() (all []vectorSource, closeAll func()) {
	closeAll = func() {}
	if e.opts.Cache != nil {
		all = append(all, e.opts.Cache)
	}
	if e.opts.Base == "" {
		return all, closeAll
	}
	m, err := ReadManifest(e.opts.Base)
	if err != nil || m.Vectors == nil || m.Vectors.Fingerprint != e.fingerprint {
		return all, closeAll
	}
	db, err := openSQLite(filepath.Join(e.opts.Base, m.Vectors.File), readParams, 1)
	if err != nil {
		return all, closeAll
	}
	return append(all, &baseVectors{db, m.Vectors.Fingerprint}), func() { _ = db.Close() }
}
