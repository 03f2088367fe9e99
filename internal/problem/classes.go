package problem

import (
	"log/slog"
	"net/http"
	"time"

	"retable/internal/retable"
)

// typePrefix stands before the code in a problem's type. A URN needs no host
// and doesn't change with the place where a server runs.
const typePrefix = "urn:retable:problem:"

// statusClientClosed is what proxies log for a client that left. Nobody is
// there to read it.
const statusClientClosed = 499

// class is what doors make of a code.
type class struct {
	code   retable.Code
	status int // HTTP
	title  string
	exit   int
	level  slog.Level
	wait   time.Duration // before another try, where the error names none
	detail string        // where the error has none
}

// classes is the table. Of two codes with one status the first is what a
// client takes the status for. Refusals that may be attacks are warnings; what
// an operator has to look at is an error.
var classes = []class{
	{retable.Invalid, http.StatusBadRequest, "The request is malformed", ExitFailed, slog.LevelInfo, 0, "The request can't be read."},
	{retable.Unauthorized, http.StatusUnauthorized, "Not logged in", ExitFailed, slog.LevelWarn, 0, "Log in first."},
	{retable.Forbidden, http.StatusForbidden, "Not permitted", ExitFailed, slog.LevelWarn, 0, "You may not do this."},
	{retable.NotFound, http.StatusNotFound, "Not found", ExitFailed, slog.LevelInfo, 0, "There is nothing here."},
	{retable.NotAllowed, http.StatusMethodNotAllowed, "Method not allowed", ExitFailed, slog.LevelInfo, 0, "This address doesn't take this method."},
	{retable.Conflict, http.StatusConflict, "Not possible in this state", ExitFailed, slog.LevelInfo, 0, "The present state doesn't allow it."},
	{retable.NoLength, http.StatusLengthRequired, "Length required", ExitFailed, slog.LevelInfo, 0, "Say how long the content is: send Content-Length."},
	{retable.TooLarge, http.StatusRequestEntityTooLarge, "Too large", ExitFailed, slog.LevelInfo, 0, "It is larger than the limit."},
	{retable.Unsupported, http.StatusUnsupportedMediaType, "Kind of content not supported", ExitFailed, slog.LevelInfo, 0, "This kind of content isn't taken."},
	{retable.Unprocessable, http.StatusUnprocessableEntity, "Values not acceptable", ExitFailed, slog.LevelInfo, 0, "The values can't be used."},
	{retable.RateLimited, http.StatusTooManyRequests, "Too many requests", ExitFailed, slog.LevelWarn, seconds(1), "Too many requests. Wait a little."},
	{retable.Cancelled, statusClientClosed, "Cancelled", ExitInterrupted, slog.LevelInfo, 0, "It was cancelled."},
	{retable.Internal, http.StatusInternalServerError, "Internal error", ExitFailed, slog.LevelError, 0, "Something went wrong on our side."},
	{retable.Unavailable, http.StatusServiceUnavailable, "Unavailable", ExitFailed, slog.LevelError, seconds(5), "Something that is needed doesn't answer. Try again soon."},
	{retable.Busy, http.StatusServiceUnavailable, "Busy", ExitFailed, slog.LevelWarn, seconds(5), "There is too much to do at the moment. Try again soon."},
}

func known(code retable.Code) bool {
	for i := range classes {
		if classes[i].code == code {
			return true
		}
	}
	return false
}

// classOf returns a code's class. One that is not in the table is our fault.
func classOf(code retable.Code) class {
	for _, c := range classes {
		if c.code == code {
			return c
		}
	}
	return classOf(retable.Internal)
}
