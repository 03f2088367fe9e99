package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"retable/internal/obs"
	"retable/internal/problem"
	"retable/internal/retable"
)

// marshal writes JSON without HTML escaping and without a line's end.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func writeJSON(c *fiber.Ctx, status int, v any) error {
	raw, err := marshal(v)
	if err != nil {
		return retable.Fault(err, "writing the answer")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(status).Send(raw)
}

// problemBody is a problem document with the wait in the unit of the front end.
type problemBody struct {
	problem.Problem
	RetryAfterMS int64 `json:"retry_after_ms,omitempty" doc:"Milliseconds after which it may work"`
}

func (s *Server) problemOf(c *fiber.Ctx, err error) problemBody {
	p := problemBody{Problem: problem.For(c.UserContext(), settled(err))}
	p.RetryAfterMS = int64(p.RetryAfter) * 1000
	return p
}

// settled turns what the framework says into the one kind of error.
func settled(err error) error {
	var f *fiber.Error
	if errors.As(err, &f) {
		return problem.OfStatus(f.Code, "")
	}
	return err
}

// fail answers a request that ended with an error.
func (s *Server) fail(c *fiber.Ctx, err error) error { return s.refuse(c, 0, err) }

// refuse is fail with a status of its own, for those that no code stands for.
func (s *Server) refuse(c *fiber.Ctx, status int, err error) error {
	p := s.problemOf(c, err)
	if status != 0 {
		p.Status = status
	}
	if c.Response().Header.Peek(obs.CorrelationHeader) == nil { // refused by the framework, before any handler
		id := obs.Correlation("")
		p.CorrelationID = id
		c.Set(obs.CorrelationHeader, id)
		apiHeaders(c)
	}
	if p.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="retable"`)
	}
	raw, merr := marshal(p)
	if merr != nil {
		return merr
	}
	c.Response().ResetBody()
	c.Set(fiber.HeaderContentType, problem.MediaType)
	return c.Status(p.Status).Send(raw)
}

// unescaped is a path's part as it was meant.
func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
