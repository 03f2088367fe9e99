package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The section of .golangci.yml that these rules fill.
const (
	sectionBegin = "        # import rules: written from internal/e2e/rules_test.go\n"
	sectionEnd   = "        # end of import rules\n"
)

// TestLinterKnowsTheImportRules compares the linter's rules with importRules,
// so that an editor shows a wrong import where it is written.
func TestLinterKnowsTheImportRules(t *testing.T) {
	file := filepath.Join(root, ".golangci.yml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(config), sectionBegin)
	got, after, closed := strings.Cut(rest, sectionEnd)
	if !found || !closed {
		t.Fatalf("%s has lost the lines that mark its import rules", file)
	}
	want := depguardRules()
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the import rules in %s are not those of importRules; run\n  go test ./internal/e2e -run %s -update", file, t.Name())
	}
	if err := os.WriteFile(file, []byte(before+sectionBegin+want+sectionEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// depguardRules writes importRules in depguard's words.
func depguardRules() string {
	var dirs []string
	for dir, allowed := range importRules {
		if !slices.Contains(allowed, anything) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)

	var b strings.Builder
	for _, dir := range dirs {
		files := []string{"**/" + dir + "/**"}
		switch dir {
		case "":
			files = []string{"${config-path}/*.go"}
		case "app":
			files = []string{"**/app/*.go"}
		default:
			for _, inner := range dirs { // has a rule of its own
				if strings.HasPrefix(inner, dir+"/") {
					files = append(files, "!**/"+inner+"/**")
				}
			}
		}
		rule(&b, strings.ReplaceAll(name(dir), "/", "-"), files)
		fmt.Fprintf(&b, "          deny: [{ pkg: %s/, desc: 'not in the import rules of %s' }]\n", module, name(dir))
		kin := []string{}
		if dir != "" && dir != "app" {
			kin = append(kin, module+"/"+dir+"$", module+"/"+dir+"/")
		}
		for _, target := range importRules[dir] {
			kin = append(kin, module+"/"+target+"$")
		}
		list(&b, "allow", kin)
	}

	rule(&b, "app-adapters", []string{"**/app/*.go", "!**/app/open*.go"})
	b.WriteString("          deny:\n")
	for _, adapter := range adapters {
		fmt.Fprintf(&b, "            - { pkg: %s/%s, desc: only app/open*.go opens adapters }\n", module, adapter)
	}

	var places []string
	for _, dir := range pure {
		places = append(places, "**/"+dir+"/**")
	}
	rule(&b, "pure", places)
	b.WriteString("          deny:\n")
	for _, pkg := range impure {
		fmt.Fprintf(&b, "            - { pkg: %s$, desc: this package is pure }\n", pkg)
		fmt.Fprintf(&b, "            - { pkg: %s/, desc: this package is pure }\n", pkg)
	}
	return b.String()
}

func rule(b *strings.Builder, title string, files []string) {
	fmt.Fprintf(b, "        %s:\n          list-mode: lax\n", title)
	list(b, "files", append(files, "!$test"))
}

func list(b *strings.Builder, key string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "          %s:\n", key)
	for _, item := range items {
		fmt.Fprintf(b, "            - %q\n", item)
	}
}
