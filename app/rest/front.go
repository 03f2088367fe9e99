package rest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/internal/retable"
)

// front is the built front end, in memory.
type front struct {
	files map[string]*asset
}

// asset is a file with its packed forms, where there are some.
type asset struct {
	body, gzip, brotli []byte
	media, etag        string
	lasting            bool // its name changes with its content
}

// hashed is how the build names files whose content their name stands for.
var hashed = regexp.MustCompile(`[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$`)

// loadFront reads the built files. Without index.html there is no front end.
func loadFront(files fs.FS) (*front, error) {
	f := &front{files: map[string]*asset{}}
	if files == nil {
		return f, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		f.files[name] = &asset{
			body: body, media: mediaOfPage(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`,
			lasting: strings.HasPrefix(name, "assets/") && hashed.MatchString(name),
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, retable.Fault(err, "reading the front end")
	}
	for name, a := range f.files {
		if p := f.files[name+".gz"]; p != nil {
			a.gzip = p.body
		}
		if p := f.files[name+".br"]; p != nil {
			a.brotli = p.body
		}
	}
	return f, nil
}

// mediaOfPage doesn't ask the system, which may know none or strange ones.
func mediaOfPage(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// page answers for the front end: a file by its name, and for every address
// of the application itself its one page.
func (s *Server) page(c *fiber.Ctx) error {
	switch {
	case strings.HasPrefix(c.Path(), "/api/"), c.Path() == "/api":
		return s.noCall(c)
	case c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead:
		return &retable.Error{Code: retable.NotAllowed, Detail: "Pages are only read."}
	}
	name := strings.TrimPrefix(path.Clean("/"+unescaped(c.Path())), "/")
	if a := s.front.files[name]; a != nil && name != "index.html" {
		return s.send(c, a)
	}
	if path.Ext(name) != "" && name != "index.html" {
		return &retable.Error{Code: retable.NotFound, Detail: "There is no such page."}
	}
	index := s.front.files["index.html"]
	if index == nil {
		index = notBuilt()
	}
	return s.send(c, index)
}

// noCall refuses an address of the API that has no such call, or takes other
// methods.
func (s *Server) noCall(c *fiber.Ctx) error {
	var methods []string
	for _, p := range s.patterns {
		if p.form.MatchString(c.Path()) {
			methods = append(methods, p.method)
		}
	}
	if len(methods) == 0 {
		return &retable.Error{Code: retable.NotFound, Detail: "There is no such call; /docs lists them."}
	}
	c.Set(fiber.HeaderAllow, strings.Join(methods, ", "))
	return &retable.Error{Code: retable.NotAllowed, Detail: "This address takes " + strings.Join(methods, ", ") + "."}
}

func (s *Server) send(c *fiber.Ctx, a *asset) error {
	c.Set(fiber.HeaderContentSecurityPolicy, pageCSP)
	c.Set(fiber.HeaderContentType, a.media)
	c.Set(fiber.HeaderETag, a.etag)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if a.lasting {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	if noneMatch(c.Get(fiber.HeaderIfNoneMatch), a.etag) {
		return c.SendStatus(http.StatusNotModified)
	}
	body := a.body
	if a.gzip != nil || a.brotli != nil {
		c.Vary(fiber.HeaderAcceptEncoding)
		switch accepts := c.Get(fiber.HeaderAcceptEncoding); {
		case a.brotli != nil && strings.Contains(accepts, "br"):
			c.Set(fiber.HeaderContentEncoding, "br")
			body = a.brotli
		case a.gzip != nil && strings.Contains(accepts, "gzip"):
			c.Set(fiber.HeaderContentEncoding, "gzip")
			body = a.gzip
		}
	}
	return c.Send(body)
}

// notBuilt is what a program without a front end shows.
func notBuilt() *asset {
	return &asset{media: "text/html; charset=utf-8", etag: `"not-built"`, body: []byte(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Retable</title></head>
<body><h1>Retable is running</h1><p>The front end isn't built: run <code>make build</code>.</p><p>The API is described at <a href="/docs">/docs</a>.</p></body></html>
`)}
}

//go:embed docs
var docFiles embed.FS

// reference answers with the page that shows the OpenAPI document.
func (s *Server) reference(files map[string]*asset) fiber.Handler {
	return func(c *fiber.Ctx) error {
		name := strings.TrimPrefix(strings.TrimPrefix(c.Path(), "/docs"), "/")
		if name == "" {
			name = "index.html"
		}
		a := files[name]
		if a == nil {
			return &retable.Error{Code: retable.NotFound, Detail: "There is no such page."}
		}
		return s.send(c, a)
	}
}

func loadDocs() (map[string]*asset, error) {
	files, err := fs.Sub(docFiles, "docs")
	if err != nil {
		return nil, retable.Fault(err, "reading the reference page")
	}
	f, err := loadFront(files)
	if err != nil {
		return nil, err
	}
	return f.files, nil
}
