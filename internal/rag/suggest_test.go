package rag

import (
	"context"
	"slices"
	"strings"
	"testing"

	"retable/internal/retable"
)

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for _, x := range []struct{ question, want string }{
		{"how many custmers are there", "how many customers are there"},
		{"How many Cusotmers per tier?", "How many customers per tier?"},
		{"averge total of orders", "average total of orders"},
		{"how many ordres per cty", ""}, // short words are like too many others
		{"how many zebras are there", ""},
		{"who is the chief", ""},
	} {
		a := answerWith(t, c, nil, shopRows(), x.question)
		if x.want == "" {
			if strings.Contains(a.Text, "Did you mean") {
				t.Errorf("%s: %s", x.question, a.Text)
			}
			continue
		}
		if a.Route == retable.RouteComputed || !strings.Contains(a.Text, "Did you mean: "+x.want) || !slices.Contains(a.Choices, x.want) {
			t.Errorf("%s: %s, %q", x.question, a.Text, a.Choices)
		}
		if then := answerWith(t, c, nil, nil, x.want); then.Route != retable.RouteComputed {
			t.Errorf("%s: what was offered has no answer", x.question)
		}
	}
}

// TestRowsAreNoFigure: in search mode, who asks for a figure that can't be
// computed gets the reason and the nearest rows, not rows for an answer.
func TestRowsAreNoFigure(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	for question, want := range map[string]retable.Route{
		"how many customers in Berlin are happy": retable.RouteAbstain,
		"what is the average mood in Berlin":     retable.RouteAbstain,
		"and how many are sad in Berlin":         retable.RouteAbstain,
		"anything odd about Berlin":              retable.RouteSearch,
	} {
		a := answerWith(t, c, nil, shopRows(), question)
		if a.Route != want {
			t.Errorf("%s: got %s", question, a.Route)
		}
		if want == retable.RouteAbstain && (!strings.Contains(a.Text, "nearest rows") || !strings.Contains(a.Text, "“")) {
			t.Errorf("%s: %s", question, a.Text)
		}
	}
}

// TestNearestByMeaningIsNoAnswer: there is always a nearest vector.
func TestNearestByMeaningIsNoAnswer(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	far := shopRows()
	for i := range far {
		far[i].ByMeaning = true
	}
	a := answerWith(t, c, nil, everything(far), "who wrote the great novel")
	if a.Route != retable.RouteAbstain || !strings.Contains(a.Text, "nearest rows") {
		t.Errorf("got %s: %s", a.Route, a.Text)
	}
	far[1].ByMeaning = false
	if a = answerWith(t, c, nil, everything(far), "who wrote the great novel"); a.Route != retable.RouteSearch {
		t.Errorf("got %s: %s", a.Route, a.Text)
	}
}

// everything finds the same whatever is asked.
type everything []Hit

func (s everything) Search(context.Context, string, int) ([]Hit, error) { return s, nil }
