package eval

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
)

// threshold is a constant of the comparison that decides.
type threshold struct{ name, value, what string }

// thresholds reads them from the source of internal/diff, so that the page
// can't name others than those in force.
func thresholds(dir string) ([]threshold, error) {
	list := []threshold{
		{name: "pathContent", what: "a file of the same path is taken for another one below this likeness of content ..."},
		{name: "rivalContent", what: "... if another file has at least this one"},
		{name: "basenameScore", what: "least score of files with the same unique base name"},
		{name: "likenessScore", what: "least score of other files ..."},
		{name: "likenessContent", what: "... and their least likeness of content"},
		{name: "clearContent", what: "least likeness of content where no other file has half as much"},
		{name: "renameLeast", what: "least score of a renamed column"},
		{name: "renameMargin", what: "its least distance to the next best"},
		{name: "uniqueInSample", what: "least share of distinct keys in the sample"},
		{name: "uniqueEnough", what: "least share of rows whose key is their own"},
		{name: "keylessLeast", what: "least score of rows that are matched by likeness"},
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == 1 && len(spec.Values) == 1 {
				if v, ok := spec.Values[0].(*ast.BasicLit); ok {
					values[spec.Names[0].Name] = v.Value
				}
			}
			return true
		})
	}
	for i := range list {
		if list[i].value = values[list[i].name]; list[i].value == "" {
			return nil, fmt.Errorf("internal/diff has no constant %s: its page must be brought up to date", list[i].name)
		}
	}
	return list, nil
}
