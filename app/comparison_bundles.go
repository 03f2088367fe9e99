package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"retable/internal/archive"
	"retable/internal/diff"
	"retable/internal/table"
	"retable/internal/xmltable"
)

// bundleSide is a bundle that is compared: scanned, planned with the other
// side, and flattened into scratch rows.
type bundleSide struct {
	source Source
	bundle *archive.Bundle
	inv    *Inventory
	store  *rowStore
	tables []*table.Schema
	slots  map[string]int   // by table name
	keep   map[string][]int // columns of the stored rows
}

var _ diff.Source = (*bundleSide)(nil)

// Name implements diff.Source.
func (s *bundleSide) Name() string { return s.inv.Name }

// Files implements diff.Source.
func (s *bundleSide) Files() []diff.File {
	files := make([]diff.File, len(s.inv.Files))
	for i := range s.inv.Files {
		f := &s.inv.Files[i]
		files[i] = diff.File{ID: f.Index + 1, Path: f.Path, SHA256: f.SHA256, Kind: f.Kind, Partial: f.Status != StatusOK}
	}
	return files
}

// Tables implements diff.Source.
func (s *bundleSide) Tables() []*table.Schema { return s.tables }

// Open implements diff.Source.
func (s *bundleSide) Open(ctx context.Context, name string) (table.RowReader, error) {
	for _, t := range s.tables {
		if t.Name == name {
			return s.store.open(ctx, s.slots[name], t, s.keep[name]), nil
		}
	}
	return nil, fmt.Errorf("%s has no table %s", s.inv.Name, name)
}

func (s *bundleSide) close() error {
	var err error
	if s.store != nil {
		err = s.store.close()
	}
	return errors.Join(err, s.bundle.Close())
}

// scanSide opens and scans a bundle. Its files count from first on, so that
// those of the right side come after those of the left.
func (a *App) scanSide(ctx context.Context, src Source, first int, req *CompareRequest) (*bundleSide, error) {
	b, err := a.open(ctx, src, true, req.Progress)
	if err != nil {
		return nil, err
	}
	s := &bundleSide{source: src, bundle: b}
	s.inv, err = a.scan(ctx, b, ScanRequest{Source: src, Workers: req.Workers, Progress: req.Progress, first: first})
	if err == nil && len(s.inv.profiles) == 0 {
		err = nothingRead(s.inv)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return s, nil
}

// readBundles makes tables of the bundles, by plans in common: a kind that
// several of them hold has one profile, so that what is a list on one side
// is one on all, and columns are called the same.
func (a *App) readBundles(ctx context.Context, sides []*bundleSide, shape Shape, scratch string, req *CompareRequest) error {
	opts, err := shape.options()
	if err != nil {
		return err
	}
	profiles := xmltable.Profiles{}
	has := make([]map[string]bool, len(sides)) // kinds by side
	for i, s := range sides {
		has[i] = map[string]bool{}
		for kind := range s.inv.profiles {
			has[i][kind] = true
		}
		profiles.Merge(s.inv.profiles)
		s.inv.profiles = nil
	}
	plans, err := plan(profiles, opts, nil, &Conversion{})
	if err != nil {
		return err
	}
	for _, s := range sides {
		if s.store, err = newRowStore(scratch, plans); err != nil {
			return err
		}
		if err := a.fillStore(ctx, s, plans, scratch, req); err != nil {
			return fmt.Errorf("read %s: %w", s.inv.Name, err)
		}
	}
	for i, s := range sides {
		s.settle(plans, has[i], sides)
	}
	return nil
}

// settle decides what the side has of the common tables: those with rows of
// its own, and of these the columns with values. What neither side fills
// stays where it is.
func (s *bundleSide) settle(plans []*xmltable.Plan, kinds map[string]bool, sides []*bundleSide) {
	s.slots, s.keep = map[string]int{}, map[string][]int{}
	for _, p := range plans {
		if !kinds[p.Kind] {
			continue
		}
		for ti, schema := range p.Schemas() {
			slot := s.store.first[p] + ti
			own := &s.store.tables[slot]
			var rows int64
			filled := make([]int64, len(schema.Columns))
			for _, side := range sides {
				t := &side.store.tables[slot]
				rows += t.rows
				for c, n := range t.filled {
					filled[c] += n
				}
			}
			if own.rows == 0 && (rows > 0 || p.Optional(schema)) {
				continue
			}
			mine := *schema
			mine.Columns = nil
			var keep []int
			for c := range schema.Columns {
				if schema.Columns[c].Role == table.Data && own.filled[c] == 0 && filled[c] > 0 {
					continue
				}
				mine.Columns = append(mine.Columns, schema.Columns[c])
				keep = append(keep, c)
			}
			s.tables = append(s.tables, &mine)
			s.slots[mine.Name], s.keep[mine.Name] = slot, keep
		}
	}
}

// fillStore flattens a side's files into its store.
func (a *App) fillStore(ctx context.Context, s *bundleSide, plans []*xmltable.Plan, scratch string, req *CompareRequest) error {
	entries := s.bundle.Entries()
	n := a.workers(req.Workers, len(entries))
	sinks := make([]*rowSink, n)
	m := newMerger(s.store, scratch)
	defer m.stop(context.Canceled)
	var next, done atomic.Int64
	from := s.bundle.Consumed()
	tick := ticker(req.Progress)
	err := parallel(ctx, n, func(ctx context.Context, w int) (err error) {
		sink := newRowSink(s.store)
		sinks[w] = sink
		defer func() {
			if err != nil {
				m.stop(err)
				m.drop(sink.part)
			}
		}()
		f := xmltable.NewFlattener(plans, sink, xmltable.FlattenOptions{
			Tokenizer: s.source.Parse.tokenizer(), MaxValue: s.source.Parse.MaxValue, Scratch: scratch,
		})
		defer f.Close()
		for {
			i := int(next.Add(1)) - 1
			if i >= len(entries) {
				return nil
			}
			if sink.part, err = m.begin(i, len(s.store.tables)); err != nil {
				return err
			}
			err = flattenEntry(ctx, f, entries[i], &s.inv.Files[i], func() {
				tick(Progress{Phase: "convert", Done: s.bundle.Consumed() - from, Total: s.bundle.Size(), Files: done.Load(), FilesTotal: int64(len(entries))})
			})
			if err != nil {
				return err
			}
			p := sink.part
			sink.part = nil
			if err = m.finish(p); err != nil {
				return err
			}
			done.Add(1)
		}
	})
	if err != nil {
		return err
	}
	for _, k := range sinks {
		if k != nil {
			s.store.add(k)
		}
	}
	return nil
}
