package rest

import (
	"context"
	"reflect"

	"github.com/gofiber/fiber/v2"
)

// class is which limits a route counts for, besides those of the caller.
type class int

const (
	ordinary  class = iota
	login           // log-ins and what is like them: by address, refused if it can't be counted
	upload          // begins an upload
	asking          // asks a question
	uncounted       // no limit: parts of an upload, looks at health
)

// operation is a route. Most are a use case behind the adapter; some answer by
// a handler of their own and describe what they take and give.
type operation struct {
	name, method, path, summary, tag string
	notes                            string // Markdown for the reference
	open                             bool   // nobody needs to be logged in
	class                            class
	status                           int      // of success
	optional                         []string // members, against what their type says
	queried                          []string // members that come from the query though there is a body
	lacks                            []string // members that its type has and this route doesn't take

	request, response reflect.Type
	call              func(ctx context.Context, fill func(any) error) (any, error)
	handle            fiber.Handler // instead of call
	accepts           []string      // media types of the body, of routes with a handler
	returns           []string      // media types of the answer, likewise
	query             []param       // likewise
	event             reflect.Type  // the data of each event of an event stream
	shape             *shape
}

// option changes an operation.
type option func(*operation)

func open() option                      { return func(o *operation) { o.open = true } }
func counts(c class) option             { return func(o *operation) { o.class = c } }
func status(code int) option            { return func(o *operation) { o.status = code } }
func notes(markdown string) option      { return func(o *operation) { o.notes = markdown } }
func optional(members ...string) option { return func(o *operation) { o.optional = members } }
func without(members ...string) option  { return func(o *operation) { o.lacks = members } }
func queried(members ...string) option  { return func(o *operation) { o.queried = members } }

// op makes a route of a use case. The members of its request that the path
// names come from the path; of GET and DELETE the others come from the query,
// of the rest from the JSON body.
func op[Req, Resp any](name, method, path, summary string, fn func(context.Context, Req) (*Resp, error), options ...option) operation {
	o := operation{
		name: name, method: method, path: path, summary: summary, status: fiber.StatusOK,
		request: reflect.TypeFor[Req](), response: reflect.TypeFor[Resp](),
		call: called(fn),
	}
	for _, with := range options {
		with(&o)
	}
	return o
}

// route makes a route with a handler of its own. about describes it.
func route(name, method, path, summary string, handle fiber.Handler, about payload, options ...option) operation {
	o := operation{
		name: name, method: method, path: path, summary: summary, status: fiber.StatusOK, handle: handle,
		accepts: about.accepts, returns: about.returns, query: about.query, request: about.request, response: about.response, event: about.event,
	}
	for _, with := range options {
		with(&o)
	}
	return o
}

// payload describes what a handler takes and gives.
type payload struct {
	accepts, returns  []string
	query             []param
	request, response reflect.Type
	event             reflect.Type // the data of each event of an event stream
}

// param is a member that stands in the path or the query.
type param struct {
	name, kind, doc string // kind: string, integer, number, boolean, array
	items           string // of an array
	required        bool
}

// tagged puts a headline over routes.
func tagged(tag string, ops ...operation) []operation {
	for i := range ops {
		ops[i].tag = tag
	}
	return ops
}

// sets is an answer that sets headers and cookies too.
type sets interface{ set(c *fiber.Ctx) }

// serve answers a request to an operation by its use case.
func (s *Server) serve(o *operation) fiber.Handler {
	return func(c *fiber.Ctx) error {
		out, err := o.call(c.UserContext(), func(req any) error { return s.fill(c, o, req) })
		if err != nil {
			return err
		}
		if x, ok := out.(sets); ok {
			x.set(c)
		}
		return writeJSON(c, o.status, out)
	}
}
