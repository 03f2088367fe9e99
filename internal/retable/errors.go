package retable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is the class of an error: what a caller can decide by.
type Code string

// The codes. internal/problem maps each to an HTTP status and an exit code.
const (
	Invalid       Code = "invalid"         // the request is malformed
	Unprocessable Code = "unprocessable"   // well formed, but its values can't be
	Unauthorized  Code = "unauthorized"    // who are you?
	Forbidden     Code = "forbidden"       // you may not
	NotFound      Code = "not_found"       // not there, or not yours to know of
	NotAllowed    Code = "not_allowed"     // the method doesn't exist here
	Conflict      Code = "conflict"        // the state does not allow it (now)
	TooLarge      Code = "too_large"       // over a limit of size
	NoLength      Code = "length_required" // the size must be declared
	Unsupported   Code = "unsupported"     // a kind of content that is not taken
	RateLimited   Code = "rate_limited"    // too many requests: RetryAfter
	Busy          Code = "busy"            // too much work at the moment: RetryAfter
	Unavailable   Code = "unavailable"     // something that is needed is down
	Cancelled     Code = "cancelled"       // the caller or a person stopped it
	Internal      Code = "internal"        // our fault; the cause is in the log
)

// Error is the one error that crosses doors. Detail is written for people and
// is safe to show: it names the fault and the cure. Err is the cause, for the
// log alone.
type Error struct {
	Code       Code
	Detail     string
	Fields     []FieldError  // what is wrong with which part of the request
	Reason     string        // a stable word for programs, such as "quota_exceeded"
	RetryAfter time.Duration // of RateLimited and Busy
	Err        error
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error returns the detail and, for the log, the cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Detail
	case e.Detail == "":
		return e.Err.Error()
	}
	return strings.TrimSuffix(e.Detail, ".") + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error whose detail is formatted. A %w becomes the cause and
// is part of the detail, so it must be safe to show.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Detail: err.Error(), Err: errors.Unwrap(err)}
}

// Fault wraps a cause that people must not see.
func Fault(err error, doing string) *Error {
	return &Error{Code: Internal, Detail: "Something went wrong on our side while " + doing + ".", Err: err}
}

// CodeOf returns the code of the first Error in the chain. A context's end is
// Cancelled; everything else is Internal. CodeOf(nil) is "".
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Cancelled
	}
	return Internal
}

// Is reports whether err has the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// The refusals that adapters return and services decide by.
var (
	// ErrStale: the row has changed since it was read (its version moved on).
	ErrStale = &Error{Code: Conflict, Reason: "stale", Detail: "It has changed in the meantime; read it again and repeat."}
	// ErrLeaseLost: the job belongs to another worker by now, or is over.
	ErrLeaseLost = &Error{Code: Conflict, Reason: "lease_lost", Detail: "The job is no longer this worker's."}
	// ErrTaken: a unique name is in use.
	ErrTaken = &Error{Code: Conflict, Reason: "taken", Detail: "That name is taken."}
	// ErrReferenced: something else still needs it.
	ErrReferenced = &Error{Code: Conflict, Reason: "referenced", Detail: "Something else still refers to it."}
)

// Missing says that a thing is not there.
func Missing(what, id string) *Error {
	return &Error{Code: NotFound, Detail: fmt.Sprintf("There is no %s %q.", what, id)}
}
