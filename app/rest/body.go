package rest

import (
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"retable/internal/retable"
)

// jsonBody reads a request's JSON, {} if there is none.
func (s *Server) jsonBody(c *fiber.Ctx) ([]byte, error) {
	raw, err := s.readBody(c)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return []byte("{}"), nil
	}
	media, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || media != fiber.MIMEApplicationJSON {
		return nil, retable.Errorf(retable.Unsupported, "Send the request as JSON: Content-Type: application/json.")
	}
	return raw, nil
}

// readBody reads a small body. A stream must not be read by c.Body(): after a
// timeout that is the text of the error.
func (s *Server) readBody(c *fiber.Ctx) ([]byte, error) {
	limit := s.cfg.Uploads.MaxBodyBytes
	tooLarge := func() error {
		c.Context().SetConnectionClose()
		return retable.Errorf(retable.TooLarge, "The request is larger than %d bytes (RET_MAX_BODY_BYTES).", limit)
	}
	if int64(c.Request().Header.ContentLength()) > limit {
		return nil, tooLarge()
	}
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Request().Body(), nil
	}
	raw, err := io.ReadAll(io.LimitReader(stream, limit+1))
	switch {
	case err != nil:
		c.Context().SetConnectionClose()
		return nil, &retable.Error{Code: retable.Invalid, Reason: "broken_off", Detail: "The request broke off or took too long; send it again.", Err: err}
	case int64(len(raw)) > limit:
		return nil, tooLarge()
	}
	if n := c.Request().Header.ContentLength(); n >= 0 && len(raw) != n {
		return nil, &retable.Error{Code: retable.Invalid, Reason: "broken_off", Detail: "The request broke off; send it again."}
	}
	return raw, nil
}
