package rest

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/internal/retable"
)

// mcpPath is where other programs' models are spoken with.
const mcpPath = "/mcp"

// mountMCP puts the Model Context Protocol's handler beside the routes. It is no
// route of the table: what it takes and gives is that protocol's, and its caller
// is whom the bearer token names.
func (s *Server) mountMCP() {
	if s.mcp == nil {
		return
	}
	o := &operation{name: "mcp", method: fiber.MethodPost, path: mcpPath}
	s.patterns = append(s.patterns, patternOf(o))
	s.fiber.Post(mcpPath, s.named(o), s.admit(o), s.speak)
	s.fiber.All(mcpPath, s.named(o), s.noCall)
}

// speak answers one message. The body is read here, within its bounds: the
// framework streams it.
func (s *Server) speak(c *fiber.Ctx) error {
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	if bytes.Contains(body, []byte(`"tools/call"`)) {
		if err := s.countAsking(c); err != nil {
			return err
		}
	}
	ctx, end := s.withEnd(c)
	defer end()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, mcpPath, bytes.NewReader(body))
	if err != nil {
		return retable.Fault(err, "reading the message")
	}
	for name, value := range c.Request().Header.All() {
		if n := http.CanonicalHeaderKey(string(name)); n == "Accept" || n == "Content-Type" || strings.HasPrefix(n, "Mcp-") {
			req.Header.Add(n, string(value))
		}
	}
	out := &spoken{header: http.Header{}, status: http.StatusOK}
	s.mcp.ServeHTTP(out, req)
	for name := range out.header {
		if n := http.CanonicalHeaderKey(name); n == "Content-Type" || n == "Allow" || strings.HasPrefix(n, "Mcp-") {
			c.Set(n, out.header.Get(n))
		}
	}
	return c.Status(out.status).Send(out.body.Bytes())
}

// spoken is an answer in memory: those of this handler are bounded.
type spoken struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *spoken) Header() http.Header         { return r.header }
func (r *spoken) WriteHeader(status int)      { r.status = status }
func (r *spoken) Write(b []byte) (int, error) { return r.body.Write(b) }
