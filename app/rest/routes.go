package rest

import (
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// operations are all routes of the server, by noun.
func (s *Server) operations() []operation {
	var all []operation
	for _, group := range [][]operation{
		s.serverRoutes(), s.authRoutes(), s.bundleRoutes(), s.sessionRoutes(), s.tableRoutes(), s.recipeRoutes(), s.sharingRoutes(), s.jobRoutes(),
		s.comparisonRoutes(), s.answerRoutes(), s.watchRoutes(), s.adminRoutes(), s.settingsRoutes(),
	} {
		all = append(all, group...)
	}
	return all
}

// mount puts the routes into the framework, in front of the front end.
func (s *Server) mount() error {
	ops := s.operations()
	api, err := describe(s.cfg.Version, ops)
	if err != nil {
		return err
	}
	s.ops, s.api = ops, api
	s.fiber.Use(s.around)
	for i := range ops {
		o := &ops[i]
		handle := o.handle
		if handle == nil {
			handle = s.serve(o)
		}
		s.patterns = append(s.patterns, patternOf(o))
		path := fiberPath(o.path)
		handlers := []fiber.Handler{s.named(o), s.admit(o), handle}
		if o.method == fiber.MethodGet {
			s.fiber.Get(path, handlers...) // and HEAD
			continue
		}
		s.fiber.Add(o.method, path, handlers...)
	}
	s.mountMCP()
	docs, err := loadDocs()
	if err != nil {
		return err
	}
	reference := s.reference(docs)
	s.fiber.Get("/docs", reference)
	s.fiber.Get("/docs/*", reference)
	s.mountProfiles()
	s.fiber.All("/*", s.page)
	return nil
}

// pattern is what addresses a route has.
type pattern struct {
	method string
	form   *regexp.Regexp
}

func patternOf(o *operation) pattern {
	return pattern{o.method, regexp.MustCompile("^" + pathMember.ReplaceAllString(o.path, "[^/]+") + "$")}
}

// fiberPath writes a path's members as the framework does.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
