package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"retable/app"
	"retable/internal/obs"
	"retable/internal/problem"
	"retable/internal/retable"
)

// Call is a use case of the table, for doors that have no HTTP.
type Call struct {
	Name    string // listSessions
	Summary string
	Method  string
	Path    string
}

// Calls are all use cases of the table, in its order. Routes that are nothing
// but HTTP (event streams, downloads, log-in by cookie) are not among them.
func Calls() []Call {
	var all []Call
	table := (&Server{svc: &app.Service{Accounts: &app.Accounts{}}}).operations()
	for i := range table {
		if o := &table[i]; o.call != nil {
			all = append(all, Call{o.name, o.summary, o.method, o.path})
		}
	}
	return all
}

// Routes are the names of all routes.
func Routes() []string {
	var names []string
	table := (&Server{svc: &app.Service{Accounts: &app.Accounts{}}}).operations()
	for i := range table {
		names = append(names, table[i].name)
	}
	return names
}

// use gives a route with a handler of its own its use case too, so that it can
// be called without HTTP.
func use[Req, Resp any](fn func(context.Context, Req) (*Resp, error)) option {
	return func(o *operation) { o.call = called(fn) }
}

func called[Req, Resp any](fn func(context.Context, Req) (*Resp, error)) func(context.Context, func(any) error) (any, error) {
	return func(ctx context.Context, fill func(any) error) (any, error) {
		var req Req
		if err := fill(&req); err != nil {
			return nil, err
		}
		return fn(ctx, req)
	}
}

// Call answers one call as its route would: the same validation, the same use
// case, the same answer. raw is one object with the members of path, query and
// body together. The caller is the Principal of the context; nothing is
// counted. The error is a *retable.Error or becomes one in problem.From.
func (s *Server) Call(ctx context.Context, name string, raw []byte) (answer []byte, err error) {
	i := slices.IndexFunc(s.ops, func(o operation) bool { return o.name == name && o.call != nil })
	if i < 0 {
		return nil, &retable.Error{Code: retable.NotAllowed, Detail: "There is no call " + clip(name, 100) + "."}
	}
	o := &s.ops[i]
	begun := s.clock()
	ctx = obs.WithRoute(ctx, name)
	defer func() {
		if r := recover(); r != nil {
			stack := obs.Stack()
			s.log.ErrorContext(ctx, "a call panicked", "call", name, "panic", fmt.Sprint(r), "stack", stack)
			answer, err = nil, retable.Fault(fmt.Errorf("panic: %v", r), "answering the call")
			s.svc.RecordError(ctx, app.ErrorReport{Source: "call " + name, Err: err, Stack: stack})
		}
		s.recordCall(ctx, err, obs.Took(s.clock().Sub(begun)))
	}()
	out, err := o.call(ctx, func(req any) error { return o.shape.fromObject(raw, req) })
	if err != nil {
		return nil, err
	}
	if answer, err = marshal(out); err != nil {
		return nil, retable.Fault(err, "writing the answer")
	}
	return answer, nil
}

func (s *Server) recordCall(ctx context.Context, err error, took slog.Attr) {
	level, attrs := slog.LevelDebug, []slog.Attr{took}
	if err != nil {
		level = problem.Level(err)
		attrs = append(attrs, slog.String("code", string(retable.CodeOf(err))))
		if level >= slog.LevelError {
			attrs = append(attrs, obs.Err(err))
		}
	}
	s.log.LogAttrs(ctx, level, "call", attrs...)
}

// fromObject puts a request together from one object, as fill does from the
// parts of an HTTP request.
func (sh *shape) fromObject(raw []byte, req any) error {
	if sh == nil {
		return nil // a route without a request
	}
	members := map[string]any{}
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
		if err := json.Unmarshal(raw, &members); err != nil {
			return malformed(err)
		}
	}
	fixed, body := map[string]any{}, map[string]any{}
	for name, v := range members {
		to := body
		if s := sh.fixed.Properties[name]; s != nil || sh.body == nil {
			to = fixed
			var err error
			if v, err = listed(s, v); err != nil {
				return unfit([]retable.FieldError{{Field: name, Message: err.Error()}})
			}
		}
		to[name] = v
	}
	fields := sh.validate(sh.fixed, fixed)
	if sh.body != nil {
		fields = append(fields, sh.validate(sh.body, body)...)
	}
	if len(fields) > 0 {
		return unfit(fields)
	}
	if len(members) == 0 {
		return nil
	}
	for _, part := range []map[string]any{body, fixed} {
		again, err := json.Marshal(part)
		if err != nil {
			return retable.Fault(err, "reading the request")
		}
		if err := json.Unmarshal(again, req); err != nil {
			return malformed(err)
		}
	}
	return nil
}

// listed splits a list that is written as in a query: by commas.
func listed(s *huma.Schema, v any) (any, error) {
	text, ok := v.(string)
	if s == nil || !ok || s.Type != huma.TypeArray {
		return v, nil
	}
	return paramOf("", s, false).parse(text)
}

// Refusal is an error as clients get it: a problem document.
func Refusal(ctx context.Context, err error) any {
	p := problemBody{Problem: problem.For(ctx, settled(err))}
	p.RetryAfterMS = int64(p.RetryAfter) * 1000
	return p
}

// EventBody is an event as clients get it.
func EventBody(e *retable.Event) any { return eventOf(e) }
