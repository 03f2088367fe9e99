package rest

import (
	"encoding/json"
	"slices"
	"testing"
)

const preciseSample = `{
 "paths":{"/a":{"post":{"operationId":"make",
  "requestBody":{"content":{"application/json":{"schema":{"properties":{"body":{}}}}}},
  "parameters":[{"name":"state","in":"query","schema":{"type":"string"}}]}}},
 "components":{"schemas":{"Thing":{"type":"object","properties":{
  "kind":{"type":"string","description":"What it is."},
  "scopes":{"type":"array","items":{"type":"string"}}}}}}}`

func TestWordsAndMeaningsFindTheirPlace(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := json.Unmarshal([]byte(preciseSample), &doc); err != nil {
		t.Fatal(err)
	}
	lost := precise(doc,
		map[string]map[string]any{
			"Thing.kind": oneOf("a", "b"), "Thing.scopes[]": oneOf("read"), "make.body": schema("Thing"), "make.state": oneOf("new"),
			"Thing.gone": oneOf("x"), "Gone.kind": oneOf("x"), "make.gone": oneOf("x"),
		},
		map[string]string{"Thing": "A thing.", "Thing.kind": "never seen: the type's own text wins", "Thing.scopes": "What it may.", "Absent": "nothing"})
	if want := []string{"Absent", "Gone.kind", "Thing.gone", "make.gone"}; !slices.Equal(lost, want) {
		t.Errorf("lost %q, want %q", lost, want)
	}
	got, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"components":{"schemas":{"Thing":{"description":"A thing.","properties":{` +
		`"kind":{"description":"What it is.","enum":["a","b"],"type":"string"},` +
		`"scopes":{"description":"What it may.","items":{"enum":["read"],"type":"string"},"type":"array"}},"type":"object"}}},` +
		`"paths":{"/a":{"post":{"operationId":"make",` +
		`"parameters":[{"in":"query","name":"state","schema":{"enum":["new"],"type":"string"}}],` +
		`"requestBody":{"content":{"application/json":{"schema":{"properties":{"body":{"$ref":"#/components/schemas/Thing"}}}}}}}}}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
