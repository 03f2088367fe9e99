package answers

import (
	"embed"
	"encoding/json"
	"math/big"
)

//go:embed testdata
var testdata embed.FS

// handwritten are questions as a person would type them, over a document of a
// person's making, with answers counted by hand.
func handwritten() ([]question, []document, error) {
	body, err := testdata.ReadFile("testdata/bakery.xml")
	if err != nil {
		return nil, nil, err
	}
	text, err := testdata.ReadFile("testdata/questions.json")
	if err != nil {
		return nil, nil, err
	}
	var list []struct {
		Before   []string          `json:"before"`
		Question string            `json:"question"`
		Figure   string            `json:"figure"`
		Groups   map[string]string `json:"groups"`
		Keys     []string          `json:"keys"`
		Yes      *bool             `json:"yes"`
		Cant     bool              `json:"cant"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, nil, err
	}
	var out []question
	for _, x := range list {
		q := question{shape: "hand-written", before: x.Before, text: x.Question}
		if x.Cant {
			q.shape = "hand-written, impossible"
		} else {
			q.gold = &gold{groups: x.Groups, keys: x.Keys, yes: x.Yes}
			if x.Figure != "" {
				q.gold.figure, _ = new(big.Rat).SetString(x.Figure)
			}
		}
		out = append(out, q)
	}
	return out, []document{{"bakery.xml", body}}, nil
}
