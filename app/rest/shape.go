package rest

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retable/internal/retable"
)

// shape is where the members of an operation's request come from.
type shape struct {
	registry huma.Registry
	path     []param
	query    []param
	fixed    *huma.Schema // of path and query together
	body     *huma.Schema // nil: the operation takes none
}

// compile makes the shape of a request type.
func compile(registry huma.Registry, o *operation) *shape {
	sh := &shape{registry: registry, fixed: object()}
	full := registry.Schema(o.request, false, o.name+"Request")
	inPath := map[string]bool{}
	for _, name := range pathMembers(o.path) {
		inPath[name] = true
	}
	bodied := o.method != fiber.MethodGet && o.method != fiber.MethodDelete
	body := object()
	for _, name := range slices.Sorted(maps.Keys(full.Properties)) {
		if slices.Contains(o.lacks, name) {
			continue
		}
		p := full.Properties[name]
		required := slices.Contains(full.Required, name) && !slices.Contains(o.optional, name) || inPath[name]
		to := sh.fixed
		switch {
		case inPath[name]:
			sh.path = append(sh.path, paramOf(name, p, true))
		case bodied && !slices.Contains(o.queried, name):
			to = body
		default:
			sh.query = append(sh.query, paramOf(name, p, required))
		}
		to.Properties[name] = p
		if required {
			to.Required = append(to.Required, name)
		}
	}
	for name := range inPath {
		if full.Properties[name] == nil {
			panic("rest: " + o.method + " " + o.path + " names " + name + ", which " + o.request.String() + " hasn't") // of the table, found by any test
		}
	}
	sh.fixed.PrecomputeMessages()
	if bodied && (len(body.Properties) > 0 || len(o.queried) == 0) {
		body.PrecomputeMessages()
		sh.body = body
	}
	return sh
}

func object() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
}

func paramOf(name string, s *huma.Schema, required bool) param {
	p := param{name: name, kind: cmp.Or(s.Type, huma.TypeString), doc: s.Description, required: required}
	if s.Items != nil {
		p.items = s.Items.Type
	}
	return p
}

var pathMember = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

func pathMembers(path string) []string {
	var names []string
	for _, m := range pathMember.FindAllStringSubmatch(path, -1) {
		names = append(names, m[1])
	}
	return names
}

// fill puts a request together: validated, then decoded.
func (s *Server) fill(c *fiber.Ctx, o *operation, req any) error {
	sh := o.shape
	fixed, fields := sh.fromURL(c)
	if len(fields) > 0 {
		return unfit(fields)
	}
	if sh.body != nil {
		raw, err := s.jsonBody(c)
		if err != nil {
			return err
		}
		var body any
		if err := json.Unmarshal(raw, &body); err != nil {
			return malformed(err)
		}
		if fields := sh.validate(sh.body, body); len(fields) > 0 {
			return unfit(fields)
		}
		if fields := sh.foreign(body); len(fields) > 0 {
			return unfit(fields)
		}
		if err := json.Unmarshal(raw, req); err != nil {
			return malformed(err)
		}
	}
	if fields := sh.validate(sh.fixed, fixed); len(fields) > 0 {
		return unfit(fields)
	}
	if len(fixed) == 0 {
		return nil
	}
	raw, err := json.Marshal(fixed)
	if err != nil {
		return retable.Fault(err, "reading the request")
	}
	if err := json.Unmarshal(raw, req); err != nil {
		return malformed(err)
	}
	return nil
}

// fromURL reads the members of path and query.
func (sh *shape) fromURL(c *fiber.Ctx) (map[string]any, []retable.FieldError) {
	out := map[string]any{}
	var fields []retable.FieldError
	put := func(p param, text string) {
		v, err := p.parse(text)
		if err != nil {
			fields = append(fields, retable.FieldError{Field: p.name, Message: err.Error()})
			return
		}
		out[p.name] = v
	}
	for _, p := range sh.path {
		put(p, unescaped(c.Params(p.name)))
	}
	known := map[string]bool{}
	for _, p := range sh.query {
		known[p.name] = true
		if text := c.Context().QueryArgs().Peek(p.name); text != nil {
			put(p, string(text))
		}
	}
	for key := range c.Context().QueryArgs().All() {
		if !known[string(key)] {
			fields = append(fields, retable.FieldError{Field: clip(string(key), 100), Message: "unexpected parameter"})
		}
	}
	return out, fields
}

// parse reads a member from text as its kind says.
func (p param) parse(text string) (any, error) {
	switch p.kind {
	case huma.TypeInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errors.New("expected integer")
		}
		return n, nil
	case huma.TypeNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errors.New("expected number")
		}
		return n, nil
	case huma.TypeBoolean:
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("expected true or false")
	case huma.TypeArray:
		items := []any{}
		for _, item := range strings.Split(text, ",") {
			if item == "" {
				continue
			}
			v, err := param{kind: cmp.Or(p.items, huma.TypeString)}.parse(item)
			if err != nil {
				return nil, err
			}
			items = append(items, v)
		}
		return items, nil
	}
	return text, nil
}

// validate has huma compare a value with a schema.
func (sh *shape) validate(schema *huma.Schema, v any) []retable.FieldError {
	res := &huma.ValidateResult{}
	huma.Validate(sh.registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, v, res)
	var fields []retable.FieldError
	for _, err := range res.Errors {
		fields = append(fields, fieldOf(err))
	}
	slices.SortFunc(fields, func(a, b retable.FieldError) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return fields[:min(len(fields), 50)]
}

var missing = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// fieldOf names the field by its path: filter[0].op.
func fieldOf(err error) retable.FieldError {
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return retable.FieldError{Message: err.Error()}
	}
	f := retable.FieldError{Field: clip(d.Location, 200), Message: d.Message}
	if m := missing.FindStringSubmatch(d.Message); m != nil {
		f.Field, f.Message = strings.TrimPrefix(f.Field+"."+m[1], "."), "is missing"
	}
	return f
}

// foreign finds members of the body that belong into the path, in any
// spelling that the decoder would take for them.
func (sh *shape) foreign(body any) []retable.FieldError {
	var fields []retable.FieldError
	members, _ := body.(map[string]any)
	for key := range members {
		if sh.fixed.Properties[strings.ToLower(key)] != nil {
			fields = append(fields, retable.FieldError{Field: key, Message: "unexpected property: it stands in the address"})
		}
	}
	return fields
}

// unfit is the refusal of well-formed requests whose values don't fit.
func unfit(fields []retable.FieldError) error {
	detail := "The request has values that don't fit: "
	for i, f := range fields[:min(len(fields), 3)] {
		if i > 0 {
			detail += "; "
		}
		detail += strings.TrimSpace(f.Field + " " + f.Message)
	}
	return &retable.Error{Code: retable.Unprocessable, Reason: "invalid_request", Detail: detail + ".", Fields: fields}
}

// malformed is the refusal of what is no JSON, or no value of its type.
func malformed(err error) error {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return unfit([]retable.FieldError{{Field: typed.Field, Message: "expected " + typed.Type.Kind().String()}})
	}
	return &retable.Error{Code: retable.Invalid, Reason: "malformed_json", Detail: "The request is no JSON.", Err: err}
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
