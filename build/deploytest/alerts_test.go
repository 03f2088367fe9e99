package deploytest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

type alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string  `json:"name"`
			Rules []alert `json:"rules"`
		} `json:"groups"`
	}
	load(t, "../alerts/retable.yml", &file)
	var all []alert
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

var heading = regexp.MustCompile(`(?m)^#{2,4} (.+)$`)

// Whoever is woken by an alert finds the step that answers it, and no step is
// for an alert that isn't there.
func TestEveryAlertHasAStepInTheRunbook(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(string(text), -1) {
		anchors["docs/operations.md#"+strings.ToLower(strings.ReplaceAll(h[1], " ", "-"))] = true
	}
	known := map[string]bool{}
	for _, a := range alerts(t) {
		known["docs/operations.md#"+strings.ToLower(a.Alert)] = true
		if runbook := a.Annotations["runbook"]; !anchors[runbook] || !known[runbook] {
			t.Errorf("%s: its runbook %q is not there", a.Alert, runbook)
		}
		if a.Annotations["summary"] == "" || a.Labels["severity"] != "critical" && a.Labels["severity"] != "warning" {
			t.Errorf("%s needs a summary and a severity", a.Alert)
		}
	}
	if len(known) < 12 {
		t.Errorf("there are only %d alerts", len(known))
	}
	for anchor := range anchors {
		if strings.Contains(anchor, "#retable") && !known[anchor] {
			t.Errorf("%s answers an alert that isn't there", anchor)
		}
	}
}
