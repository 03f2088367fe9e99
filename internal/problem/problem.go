// Package problem turns errors into what each door shows of them: an RFC 9457
// problem document with its HTTP status, an exit code, a log level. It holds
// the only table from retable.Code to these.
package problem

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"time"

	"retable/internal/retable"
)

// MediaType is the content type of a Problem in JSON.
const MediaType = "application/problem+json"

// Problem is an error as doors show it. It holds nothing that people must not
// see: the cause of an internal error stays behind.
type Problem struct {
	Type          string               `json:"type" doc:"URI of the class: urn:retable:problem:{code}"`
	Title         string               `json:"title" doc:"The class in words"`
	Status        int                  `json:"status" doc:"HTTP status"`
	Detail        string               `json:"detail" doc:"What is wrong here, and what helps"`
	Success       bool                 `json:"success" doc:"Always false"`
	Message       string               `json:"error" doc:"The detail again, for clients that look for it here"`
	CorrelationID string               `json:"correlation_id" doc:"The log has more under this id"`
	Errors        []retable.FieldError `json:"errors" doc:"What is wrong with which field"`
	Code          retable.Code         `json:"code" doc:"The class, for programs"`
	Reason        string               `json:"reason,omitempty" doc:"The case within the class, for programs"`
	RetryAfter    int                  `json:"retry_after,omitempty" doc:"Seconds after which it may work; also the Retry-After header"`
}

// From describes err, which must not be nil.
func From(err error) Problem {
	e := settle(err)
	c := classOf(e.Code)
	p := Problem{
		Type: typePrefix + string(c.code), Title: c.title, Status: c.status, Code: c.code,
		Detail: e.Detail, Message: e.Detail, Reason: e.Reason, Errors: e.Fields,
	}
	if p.Errors == nil {
		p.Errors = []retable.FieldError{} // [], not null
	}
	if c.wait > 0 { // waiting helps
		p.RetryAfter = max(1, int(math.Ceil(cmp.Or(e.RetryAfter, c.wait).Seconds())))
	}
	return p
}

// For is From with the correlation id of the context.
func For(ctx context.Context, err error) Problem {
	p := From(err)
	p.CorrelationID = retable.CorrelationFrom(ctx)
	return p
}

// Error makes a Problem an error that says its detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type to send a Problem with.
func (p *Problem) ContentType(string) string { return MediaType }

// Level is the level at which an error is logged.
func Level(err error) slog.Level { return classOf(settle(err).Code).level }

// The exit codes of the command line.
const (
	ExitDone        = 0
	ExitPartial     = 1   // done, but partial, different or abstained
	ExitFailed      = 2   // refused or failed
	ExitInterrupted = 130 // stopped by a person
)

// ExitCode is the exit code of a command that ended with err. ExitPartial is
// none of these: it is a result, not an error.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	return classOf(settle(err).Code).exit
}

// settle finds the Error in err, makes one where there is none, and takes out
// of an internal one what must not be shown.
func settle(err error) *retable.Error {
	var e *retable.Error
	switch {
	case errors.As(err, &e) && e.Code != retable.Internal && known(e.Code):
		if e.Detail != "" {
			return e
		}
		bare := *e
		bare.Detail = classOf(e.Code).detail
		return &bare
	case errors.Is(err, context.Canceled): // also as the cause of a fault: nobody waits any more
		return &retable.Error{Code: retable.Cancelled, Detail: classOf(retable.Cancelled).detail, Err: err}
	case e == nil && errors.Is(err, context.DeadlineExceeded):
		return &retable.Error{Code: retable.Unavailable, Reason: "timeout", Detail: "It took too long and was stopped. Try again.", Err: err}
	case e == nil, e.Code != retable.Internal, e.Detail == "", e.Err != nil && strings.Contains(e.Detail, e.Err.Error()):
		return &retable.Error{Code: retable.Internal, Detail: classOf(retable.Internal).detail, Err: err}
	}
	return &retable.Error{Code: retable.Internal, Detail: e.Detail, Reason: e.Reason, Err: err}
}

// seconds returns whole seconds as a duration.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
