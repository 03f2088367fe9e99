package rest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/api/openapi.json anew")

// TestTheDescriptionIsFresh compares docs/api/openapi.json with the code. After
// a change of routes or types: go test ./app/rest -run Fresh -update
func TestTheDescriptionIsFresh(t *testing.T) {
	t.Parallel()
	got := bare(t, Deps{}).api.json
	file := filepath.Join("..", "..", "docs", "api", "openapi.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, got) {
		t.Error("docs/api/openapi.json is stale: run go test ./app/rest -run TestTheDescriptionIsFresh -update")
	}
}

func TestTheDescriptionIsSound(t *testing.T) {
	t.Parallel()
	raw := bare(t, Deps{}).api.json
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ OperationID, Summary string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("got %s", doc.OpenAPI)
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths {
		for method, op := range item {
			if op.OperationID == "" || op.Summary == "" || ids[op.OperationID] {
				t.Errorf("%s %s: the id %q is empty or taken, or there is no summary %q", method, path, op.OperationID, op.Summary)
			}
			ids[op.OperationID] = true
		}
	}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllSubmatch(raw, -1) {
		if doc.Components.Schemas[string(m[1])] == nil {
			t.Errorf("%s is referred to and not there", m[1])
		}
	}
	for name := range doc.Components.Schemas {
		if strings.HasSuffix(name, "DTO") || strings.ToUpper(name[:1]) != name[:1] {
			t.Errorf("%s is no name for clients: see schemaNames", name)
		}
	}
}

// TestTheFrontEndsCallsAreThere reads the table of calls in frontend/API.md:
// each is a route of the same name, method and path.
func TestTheFrontEndsCallsAreThere(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "frontend", "API.md"))
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]string{}
	s := bare(t, Deps{})
	for i := range s.ops {
		routes[s.ops[i].name] = s.ops[i].method + " " + s.ops[i].path
	}
	calls := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| `([A-Z]+ [^`]+)` \\|").FindAllStringSubmatch(string(page), -1)
	if len(calls) < 80 {
		t.Fatalf("found only %d calls in frontend/API.md", len(calls))
	}
	for _, c := range calls {
		if routes[c[1]] != c[2] {
			t.Errorf("%s should be %s, and is %q", c[1], c[2], routes[c[1]])
		}
	}
}
