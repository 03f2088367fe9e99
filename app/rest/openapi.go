package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retable/internal/problem"
	"retable/internal/retable"
)

// docs/api/openapi.json, and what the front end makes of it: its types and its
// table of calls.
//go:generate go test -tags sqlite_fts5 -count=1 . -run TestTheDescriptionIsFresh -update
//go:generate ../../build/frontend-packages.sh
//go:generate node ../../frontend/scripts/apidoc.mjs

// document is the description of the API: huma's OpenAPI 3.1 and the schemas
// against which requests are validated.
type document struct {
	api  *huma.OpenAPI
	json []byte
}

const schemaPrefix = "#/components/schemas/"

// schemaNames are types whose name for clients differs from that in Go.
func schemaNames() map[string]string {
	return map[string]string{
		"ComparisonRecord": "Comparison", "TableDTO": "TableInfo", "ShareDTO": "Share", "TeamDTO": "Team", "NoticeDTO": "Notice", "ArtifactDTO": "Artifact",
		"ErrorEventDTO": "ErrorEvent", "KeptRecipe": "Recipe", "FilePin": "Pin", "LoginDTO": "Login", "QuotaDTO": "Quota", "UsageDTO": "Usage",
		"report.Key": "DiffKey", "report.Column": "SummaryColumn", "report.Table": "SummaryTable", "report.Candidate": "KeyCandidate", "report.Totals": "DiffTotals",
		"report.Summary": "ComparisonSummary", "report.Side": "SummarySide", "report.Setting": "SummaryOption", "report.Pair": "FilePair", "ComparisonRecipe": "ComparisonRecipeBody",
		"RecipeCells": "CellRules", "UpdateSettingsRequestModelStruct": "ModelSettings", "CompareSettings": "CompareOptions", "QueueFigures": "QueueStats", "LoginProvider": "OIDCProvider", "CollectionDTO": "Collection", "ChatDTO": "Chat",
		"ChatMessageDTO": "ChatMessage", "ModelDTO": "ModelInfo", "pullProgress": "PullProgress", "problemBody": "Problem", "userDTO": "User", "UserDTO": "User", "totpSetup": "TOTPSetup", "meDTO": "Me",
		"auditVerdict": "AuditVerdict", "presigned": "PresignedUpload", "tokenResponse": "TokenResponse", "appEvent": "AppEvent", "answerEvent": "AnswerEvent",
		"SourceFileDTO": "SourceFile", "ColumnDTO": "ColumnInfo", "SessionInventory": "Inventory", "InventoryKind": "KindReport", "SessionProof": "Proof", "GridFilter": "Filter",
		"GridSort": "Sort", "retable/internal/xmltable.Recipe": "RecipeBody", "retable/internal/xmltable.Proof": "KindProof",
	}
}

// nameSchema names a type as the front end does.
func nameSchema(renamed map[string]string) func(reflect.Type, string) string {
	return func(t reflect.Type, hint string) string {
		name := huma.DefaultSchemaNamer(t, hint)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if to, ok := renamed[t.PkgPath()+"."+t.Name()]; ok {
			return to
		}
		if to, ok := renamed[path.Base(t.PkgPath())+"."+t.Name()]; ok {
			return to
		}
		if to, ok := renamed[cmp.Or(t.Name(), name)]; ok {
			return to
		}
		if inner, ok := strings.CutPrefix(name, "List"); ok && strings.Contains(t.Name(), "[") {
			if to, ok := renamed[inner]; ok {
				inner = to
			}
			return inner + "List"
		}
		return name
	}
}

// describe makes the document of all operations and their shapes.
func describe(version string, ops []operation) (*document, error) {
	registry := huma.NewMapRegistry(schemaPrefix, nameSchema(schemaNames()))
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Retable", Version: version,
			Description: "Bundles of XML as tables: convert, compare, ask. Errors are problem documents (RFC 9457) under one table of codes; every answer has an X-Correlation-ID.",
			License:     &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: "/", Description: "This server"}},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access token of a log-in, or a personal access token."},
			"cookie": {Type: "apiKey", In: "cookie", Name: refreshCookie, Description: "The refresh token: for refresh and log-out alone."},
		}},
		Security: []map[string][]string{{"bearer": {}}},
	}
	registry.Schema(reflect.TypeFor[problemBody](), true, "Problem")
	for _, t := range passedThrough() {
		registry.Schema(t, true, t.Name())
	}
	seen := map[string]bool{}
	for i := range ops {
		o := &ops[i]
		if o.request != nil {
			o.shape = compile(registry, o)
		}
		if !seen[o.tag] {
			seen[o.tag] = true
			api.Tags = append(api.Tags, &huma.Tag{Name: o.tag})
		}
		api.AddOperation(o.describe(registry))
	}
	strict(registry, ops)
	raw, err := api.MarshalJSON()
	if err != nil {
		return nil, retable.Fault(err, "describing the API")
	}
	if raw, err = finished(raw); err != nil {
		return nil, err
	}
	return &document{api: api, json: raw}, nil
}

// describe makes an operation's entry.
func (o *operation) describe(registry huma.Registry) *huma.Operation {
	h := &huma.Operation{
		OperationID: o.name, Method: o.method, Path: o.path, Summary: o.summary, Description: o.notes, Tags: []string{o.tag},
		Responses: map[string]*huma.Response{},
	}
	if o.open {
		h.Security = []map[string][]string{}
	}
	o.describeParams(h)
	o.describeBody(h)
	o.describeAnswer(h, registry)
	return h
}

func (o *operation) describeParams(h *huma.Operation) {
	add := func(p param, in string, s *huma.Schema) {
		if s == nil {
			s = &huma.Schema{Type: p.kind}
		}
		h.Parameters = append(h.Parameters, &huma.Param{Name: p.name, In: in, Description: p.doc, Required: p.required || in == "path", Schema: s})
	}
	described := map[string]bool{}
	if o.shape != nil {
		for _, p := range o.shape.path {
			described[p.name] = true
			add(p, "path", o.shape.fixed.Properties[p.name])
		}
		for _, p := range o.shape.query {
			s := o.shape.fixed.Properties[p.name]
			add(p, "query", s)
			if p.kind == huma.TypeArray {
				comma := false
				h.Parameters[len(h.Parameters)-1].Style, h.Parameters[len(h.Parameters)-1].Explode = "form", &comma
			}
		}
	}
	for _, name := range pathMembers(o.path) {
		if !described[name] {
			add(param{name: name, kind: huma.TypeString}, "path", nil)
		}
	}
	for _, p := range o.query {
		add(p, "query", nil)
	}
}

func (o *operation) describeBody(h *huma.Operation) {
	content := map[string]*huma.MediaType{}
	if o.shape != nil && o.shape.body != nil && len(o.shape.body.Properties) > 0 {
		content[fiber.MIMEApplicationJSON] = &huma.MediaType{Schema: o.shape.body}
	}
	for _, media := range o.accepts {
		s := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		if media == fiber.MIMEMultipartForm {
			s = &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": s}, Required: []string{"file"}}
		}
		content[media] = &huma.MediaType{Schema: s}
	}
	if len(content) > 0 {
		h.RequestBody = &huma.RequestBody{Content: content, Required: len(o.accepts) > 0 || len(o.shape.body.Required) > 0}
	}
}

func (o *operation) describeAnswer(h *huma.Operation, registry huma.Registry) {
	ok := &huma.Response{Description: http.StatusText(o.status)}
	if o.response != nil {
		ok.Content = map[string]*huma.MediaType{fiber.MIMEApplicationJSON: {Schema: registry.Schema(o.response, true, o.name+"Response")}}
	}
	for _, media := range o.returns {
		if ok.Content == nil {
			ok.Content = map[string]*huma.MediaType{}
		}
		ok.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		if media == eventStream && o.event != nil { // the data of each event
			ok.Content[media].Schema = registry.Schema(o.event, true, o.name+"Event")
		}
	}
	h.Responses[strconv.Itoa(o.status)] = ok
	h.Responses["default"] = &huma.Response{
		Description: "Why it was refused",
		Content:     map[string]*huma.MediaType{problem.MediaType: {Schema: &huma.Schema{Ref: schemaPrefix + "Problem"}}},
	}
}

// strict makes schemas say what holds here: lists are [], never null.
func strict(registry huma.Registry, ops []operation) {
	for _, s := range registry.Map() {
		notNull(s)
	}
	for i := range ops {
		if sh := ops[i].shape; sh != nil {
			notNull(sh.fixed)
			if sh.body != nil {
				notNull(sh.body)
			}
		}
	}
}

func notNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	for _, p := range s.Properties {
		notNull(p)
	}
	notNull(s.Items)
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		notNull(more)
	}
}

// finished makes the document more precise than Go's types are, and smaller.
// Keys come sorted.
func finished(raw []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, retable.Fault(err, "describing the API")
	}
	if lost := precise(doc, words(), meanings()); len(lost) > 0 {
		return nil, retable.Fault(fmt.Errorf("nothing is called %s", strings.Join(lost, ", ")), "describing the API")
	}
	if err := prune(doc); err != nil {
		return nil, retable.Fault(err, "describing the API")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return nil, retable.Fault(err, "describing the API")
	}
	return b.Bytes(), nil
}

// prune leaves out schemas that nothing refers to: requests whose members
// stand in the operations themselves.
func prune(doc map[string]any) error {
	schemas := within(doc, "components", "schemas")
	for dropped := true; dropped; {
		text, err := json.Marshal(map[string]any{"paths": doc["paths"], "schemas": schemas})
		if err != nil {
			return err
		}
		dropped = false
		for name := range schemas {
			if !bytes.Contains(text, []byte(`"`+schemaPrefix+name+`"`)) {
				delete(schemas, name)
				dropped = true
			}
		}
	}
	return nil
}
