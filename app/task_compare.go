package app

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"retable/actors"
	"retable/internal/format"
	"retable/internal/retable"
)

// sessionReports are the reports that each comparison of sessions gets.
var sessionReports = []string{"html", "xlsx", "csv", "jsonl", "daff", "json"}

// compareTask compares two sessions' tables.
func (s *Service) compareTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	w, err := s.comparisonWork(ctx, j)
	if err != nil {
		return none, err
	}
	dir, remove, err := s.scratch("comparison")
	if err != nil {
		return none, err
	}
	defer remove()
	var c *Comparison
	listing := filepath.Join(dir, "rows.listing")
	err = s.withTables(ctx, w.c.LeftID, func(left string, leftTables *retable.Artifact) error {
		return s.withTables(ctx, w.c.RightID, func(right string, rightTables *retable.Artifact) (err error) {
			w.listing = listingOf(leftTables, rightTables)
			c, err = s.files.Compare(ctx, CompareRequest{
				Left: Source{Path: left, Name: w.left}, Right: Source{Path: right, Name: w.right}, Options: w.options, Recipes: w.recipes,
				Reports: sessionReports, Output: filepath.Join(dir, "reports"), Guard: s.cfg.Guard, Now: s.clock(), Listing: listing,
				Progress: forward(report, s.clock, 0, 95, func(p Progress) string {
					if p.Rows > 0 {
						return fmt.Sprintf("%s: %d rows", p.Phase, p.Rows)
					}
					return fmt.Sprintf("%s: %d of %d files", p.Phase, p.Files, p.FilesTotal)
				}),
			})
			return err
		})
	})
	if err != nil {
		return none, explained(ctx, err, "comparing the sessions")
	}
	report(actors.Report{Progress: 96, Message: "storing the reports", Left: -1})
	if err := w.writeOut(filepath.Join(dir, "reports")); err != nil {
		return none, explained(ctx, err, "writing the reports")
	}
	rows, err := s.storeListing(ctx, w, j, listing)
	if err != nil {
		return none, explained(ctx, err, "storing the rows")
	}
	arts, err := s.storeReports(ctx, w, j, filepath.Join(dir, "reports"))
	if err != nil {
		return none, explained(ctx, err, "storing the reports")
	}
	arts = append(arts, rows)
	return s.compared(j, w, c, arts)
}

// comparisonWork is what a comparison's job works with.
type comparisonWork struct {
	c           *retable.Comparison
	left, right string // names
	options     CompareOptions
	recipes     []*ComparisonRecipe
	output      string   // a folder for reports besides
	reports     []string // which
	listing     string   // names the tables that the listing's rows are of
}

// base is what the reports are called.
func (w *comparisonWork) base() string { return BaseName(w.left) + "-to-" + BaseName(w.right) }

// writeOut copies reports to the folder that a watch names. What is there of
// an earlier run is replaced, each file whole or not at all.
func (w *comparisonWork) writeOut(dir string) error {
	if w.output == "" {
		return nil
	}
	if err := os.MkdirAll(w.output, 0o777); err != nil {
		return err
	}
	if len(w.reports) == 0 {
		w.reports = []string{"html"}
	}
	for _, kind := range w.reports {
		file, ext, err := reportFileOf(dir, kind)
		if err != nil {
			return err
		}
		if err := copyAtomically(file, filepath.Join(w.output, safeName(w.base())+"."+ext)); err != nil {
			return err
		}
	}
	return nil
}

// copyAtomically copies a file to where it appears whole.
func copyAtomically(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := format.CreateFile(to, format.DirOptions{Overwrite: true})
	if err != nil {
		return err
	}
	defer out.Abort()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	_, err = out.Commit()
	return err
}

func (s *Service) comparisonWork(ctx context.Context, j *retable.Job) (*comparisonWork, error) {
	w := &comparisonWork{}
	err := s.store.Update(ctx, func(tx retable.Tx) (err error) {
		if w.c, err = tx.Comparisons().Get(ctx, j.ComparisonID); err != nil {
			return err
		}
		opts, err := payload[CompareSettings](&retable.Job{ID: j.ID, Payload: w.c.Options})
		if err != nil {
			return err
		}
		w.options, w.output, w.reports = opts.CompareOptions, opts.Output, opts.Reports
		for _, side := range []struct {
			id   string
			name *string
		}{{w.c.LeftID, &w.left}, {w.c.RightID, &w.right}} {
			x, err := tx.Sessions().Get(ctx, side.id)
			if err != nil {
				return err
			}
			*side.name = x.Name
		}
		pins, err := tx.Comparisons().Pins(ctx, w.c.LeftID, w.c.RightID)
		if err != nil {
			return err
		}
		for _, p := range pins {
			pair := [2]string{p.LeftPath, p.RightPath}
			if p.Apart || p.LeftPath == "" || p.RightPath == "" {
				w.options.Apart = append(w.options.Apart, pair)
			} else {
				w.options.Pair = append(w.options.Pair, pair)
			}
		}
		w.recipes = w.recipes[:0]
		for _, id := range opts.RecipeIDs {
			r, err := tx.Recipes().Get(ctx, id)
			if err != nil {
				return err
			}
			parsed, err := ParseComparisonRecipes(r.Body)
			if err != nil {
				return refused(err)
			}
			w.recipes = append(w.recipes, parsed...)
		}
		w.c.State, w.c.JobID, w.c.UpdatedAt = retable.JobRunning, j.ID, s.clock.Now()
		return tx.Comparisons().Update(ctx, w.c)
	})
	return w, err
}

// storeReports puts the reports into the blob store.
func (s *Service) storeReports(ctx context.Context, w *comparisonWork, j *retable.Job, dir string) ([]retable.Artifact, error) {
	media := map[string]string{
		"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "json": "application/json", "zip": "application/zip",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}
	var arts []retable.Artifact
	for _, name := range sessionReports {
		file, ext, err := reportFileOf(dir, name)
		if err != nil {
			return arts, err
		}
		if file == "" {
			continue
		}
		blob, err := s.blobs.Import(ctx, madeBy(j)+name+"."+ext, file)
		if err != nil {
			return arts, err
		}
		arts = append(arts, retable.Artifact{
			ComparisonID: w.c.ID, Kind: retable.ArtifactReport, Format: name, Name: w.base() + "." + ext, MediaType: media[ext],
			Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes,
		})
	}
	return arts, nil
}

// reportFileOf finds a report in the folder that the comparison wrote. daff's
// has a file per table; they are packed.
func reportFileOf(dir, name string) (file, ext string, err error) {
	if name != "daff" {
		found, err := filepath.Glob(filepath.Join(dir, "*."+name))
		if err != nil || len(found) == 0 {
			return "", "", err
		}
		for _, f := range found {
			if base := filepath.Base(f); base != "datapackage.json" && !strings.HasSuffix(base, ".daff.csv") {
				return f, name, nil
			}
		}
		return "", "", nil
	}
	file = filepath.Join(dir, "..", "daff.zip")
	return file, "zip", packDaff(dir, file)
}

func packDaff(dir, target string) (err error) {
	f, err := os.Create(target)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	z := zip.NewWriter(f)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || !strings.HasSuffix(rel, ".daff.csv") {
			return err
		}
		w, err := z.Create(filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		in, err := os.Open(path) //nolint:gosec // a scratch folder of ours
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(w, in)
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}

// compared is the outcome of a comparison.
func (s *Service) compared(j *retable.Job, w *comparisonWork, c *Comparison, arts []retable.Artifact) (actors.Outcome, error) {
	summary, err := encoded(c.ComparisonSummary)
	if err != nil {
		return actors.Outcome{}, err
	}
	changes := contentChanges(c.ComparisonSummary)
	return actors.Outcome{
		Result:  map[string]any{"comparison_id": w.c.ID, "similarity": c.Similarity, "changes": changes},
		Message: fmt.Sprintf("%.2f %% alike, %d changes", 100*c.Similarity, changes),
		Commit: func(ctx context.Context, tx retable.Tx) error {
			row, err := tx.Comparisons().Get(ctx, w.c.ID)
			if err != nil {
				return err
			}
			row.State, row.Similarity, row.Changes, row.Summary, row.Error = retable.JobSuccess, c.Similarity, changes, summary, ""
			row.UpdatedAt = s.clock.Now()
			if err := tx.Comparisons().Update(ctx, row); err != nil {
				return err
			}
			for _, a := range arts {
				if err := s.addArtifact(ctx, tx, j, a); err != nil {
					return err
				}
			}
			for _, id := range []string{row.LeftID, row.RightID} {
				if err := tx.Sessions().Touch(ctx, id, s.clock.Now()); err != nil {
					return err
				}
			}
			return nil
		},
		Discard: func() {
			var keys []string
			for i := range arts {
				keys = append(keys, arts[i].Key)
			}
			s.dropBlobs(context.Background(), keys)
		},
	}, nil
}

// settleComparison notes that a comparison didn't succeed.
func (s *Service) settleComparison(ctx context.Context, tx retable.Tx, j *retable.Job, state retable.JobState, cause error) error {
	c, err := tx.Comparisons().Get(ctx, j.ComparisonID)
	if err != nil {
		return ignoreMissing(err)
	}
	c.State, c.UpdatedAt = state, s.clock.Now()
	if state == retable.JobFailed {
		c.Error = safeDetail(cause)
	}
	return tx.Comparisons().Update(ctx, c)
}

// contentChanges counts the changes but those of spelling alone.
func contentChanges(c *ComparisonSummary) int64 {
	t := &c.Totals
	return t.RowsAdded + t.RowsRemoved + t.RowsMoved + t.CellsChanged +
		int64(t.ColumnsAdded+t.ColumnsRemoved+t.ColumnsRenamed+t.FilesAdded+t.FilesRemoved+t.FilesRenamed+t.TablesAdded+t.TablesRemoved)
}
