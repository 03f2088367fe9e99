package blob

import (
	"context"
	"errors"
	"io/fs"

	"retable/internal/retable"
)

// diskError turns an error of the file system into one that says what helps.
// What is an Error already, or the end of a context, stays.
func diskError(err error, doing string) error {
	var known *retable.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isFull(err):
		return &retable.Error{Code: retable.Unavailable, Reason: "disk_full", Detail: "The disk is full. Free some space, or let the clean-up run.", Err: err}
	case isReadOnly(err):
		return &retable.Error{Code: retable.Unavailable, Reason: "read_only", Detail: "The data directory can't be written to. Its disk is read-only, or it belongs to another user.", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &retable.Error{Code: retable.Unavailable, Reason: "no_permission", Detail: "The data directory may not be used by this user.", Err: err}
	}
	return retable.Fault(err, doing)
}
