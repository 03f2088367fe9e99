package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"retable/internal/retable"
)

// CodeOf returns the code that an HTTP status stands for, where a client has
// nothing but the status. Below 400 it is "".
func CodeOf(status int) retable.Code {
	for _, c := range classes {
		if c.status == status {
			return c.code
		}
	}
	switch {
	case status < http.StatusBadRequest:
		return ""
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return retable.Unavailable
	case status < http.StatusInternalServerError:
		return retable.Invalid
	}
	return retable.Internal
}

// OfStatus makes the error for a status that a framework has found; without a
// detail it gets the class's own. What is internal never shows the detail.
func OfStatus(status int, detail string, fields ...retable.FieldError) *retable.Error {
	code := CodeOf(status)
	if code == "" || code == retable.Internal || detail == "" {
		detail = classOf(code).detail
	}
	return &retable.Error{Code: classOf(code).code, Detail: detail, Fields: fields}
}

// Decode is the inverse of From for a client: it makes the error from a
// response of at least 400. retryAfter is the header, which counts where the
// body says nothing; a body that is no problem document is left aside.
func Decode(status int, retryAfter string, body []byte) *retable.Error {
	e := OfStatus(status, "")
	if n, err := strconv.Atoi(strings.TrimSpace(retryAfter)); err == nil && n > 0 {
		e.RetryAfter = seconds(n)
	}
	var p Problem
	if json.Unmarshal(body, &p) != nil || p.Title == "" && p.Detail == "" {
		return e
	}
	if code := retable.Code(strings.TrimPrefix(p.Type, typePrefix)); known(code) && classOf(code).status == status {
		e.Code = code
	}
	if p.Detail != "" {
		e.Detail = p.Detail
	}
	if p.RetryAfter > 0 {
		e.RetryAfter = seconds(p.RetryAfter)
	}
	e.Reason = p.Reason
	if len(p.Errors) > 0 {
		e.Fields = p.Errors
	}
	return e
}
