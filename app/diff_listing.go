package app

import (
	"context"
	"errors"

	"retable/internal/diff"
	"retable/internal/diff/report"
	"retable/internal/retable"
)

// listed is where a comparison goes: the reports and, if it is named, the
// listing of the rows.
type listed struct {
	report.Report
	path, scratch string
	head          report.Head
}

// diffInto compares. A listing is whole when it returns without an error.
func diffInto(ctx context.Context, left, right diff.Source, opts diff.Options, to listed) (res *diff.Result, err error) {
	if to.path == "" {
		return diff.Compare(ctx, left, right, opts, to.Report)
	}
	w, err := report.NewListing(to.path, to.scratch, to.head)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if res, err = diff.Compare(ctx, left, right, opts, &listingSink{w, to.Report}); err != nil {
		return nil, err
	}
	return res, w.Finish(res)
}

// listingSink gives changes to a listing and to the reports; rows to the
// listing alone.
type listingSink struct {
	*report.ListingWriter
	reports report.Report
}

var _ diff.Lister = (*listingSink)(nil)

// Files implements diff.Sink.
func (s *listingSink) Files(pairs []diff.FilePair) error {
	return errors.Join(s.ListingWriter.Files(pairs), s.reports.Files(pairs))
}

// Table implements diff.Sink.
func (s *listingSink) Table(t *diff.TableResult) error {
	if err := s.ListingWriter.Table(t); err != nil {
		return err
	}
	return s.reports.Table(t)
}

// Change implements diff.Sink.
func (s *listingSink) Change(c *diff.Change) error {
	if err := s.ListingWriter.Change(c); err != nil {
		return err
	}
	return s.reports.Change(c)
}

// listingOf names the tables that a listing's row numbers belong to.
func listingOf(left, right *retable.Artifact) string {
	return hashOf("listing", left.SHA256, right.SHA256)
}

// storeListing puts the listing into the blob store.
func (s *Service) storeListing(ctx context.Context, w *comparisonWork, j *retable.Job, file string) (retable.Artifact, error) {
	blob, err := s.blobs.Import(ctx, madeBy(j)+"rows.listing", file)
	if err != nil {
		return retable.Artifact{}, err
	}
	return retable.Artifact{
		ComparisonID: w.c.ID, Kind: retable.ArtifactChanges, Format: "listing", OptionsHash: w.listing, Name: w.base() + ".listing",
		MediaType: "application/octet-stream", Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes,
	}, nil
}

// sidesOf are the tables of both sides of a comparison as they are now; nil
// for one that has none.
func sidesOf(ctx context.Context, tx retable.Tx, c *retable.Comparison) (left, right *retable.Artifact, err error) {
	if left, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: c.LeftID, Kind: retable.ArtifactTables}); err != nil {
		return nil, nil, err
	}
	right, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: c.RightID, Kind: retable.ArtifactTables})
	return left, right, err
}

// stillGood tells whether a comparison can be taken as it is: it is under way,
// or its rows can still be shown.
func stillGood(ctx context.Context, tx retable.Tx, c *retable.Comparison) (bool, error) {
	switch c.State {
	case retable.JobFailed, retable.JobCancelled:
		return false, nil
	case retable.JobSuccess:
	default: // the job may have ended without a word to the comparison: see endOf
		j, err := tx.Jobs().Get(ctx, c.JobID)
		return err == nil && !j.State.Over(), ignoreMissing(err)
	}
	a, err := newest(ctx, tx, retable.ArtifactFilter{ComparisonID: c.ID, Kind: retable.ArtifactChanges})
	if err != nil || a == nil {
		return false, err
	}
	left, right, err := sidesOf(ctx, tx, c)
	if err != nil || left == nil || right == nil {
		return false, err
	}
	return a.OptionsHash == listingOf(left, right), nil
}
