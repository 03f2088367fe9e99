package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"retable/app"
)

// TestReadmeNamesEverySetting: the README's tables list every command, every
// variable with its default, and every format.
func TestReadmeNamesEverySetting(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(content)
	parser, err := kong.New(&commands{}, limitDefaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range parser.Model.Children {
		if !strings.Contains(readme, "| `retable "+n.Name+"` |") {
			t.Errorf("README.md does not tell what retable %s does", n.Name)
		}
	}
	for _, n := range parser.Model.Leaves(true) {
		for _, f := range n.Flags {
			for _, name := range f.Envs {
				row := ""
				for line := range strings.Lines(readme) {
					if strings.Contains(line, "`"+name+"`") {
						row = line
					}
				}
				_, after, limit := strings.Cut(f.Help, "; else ")
				value, _, _ := strings.Cut(strings.TrimSuffix(after, "."), ". 0:")
				if row == "" || limit && !strings.HasSuffix(row, "| "+value+" |\n") {
					t.Errorf("README.md does not tell about %s and its default %q: %s", name, value, row)
				}
			}
		}
	}
	for _, f := range app.New(app.Config{}).Formats() {
		if !strings.Contains(readme, "`"+f.Name+"`") {
			t.Errorf("README.md does not name the format %s", f.Name)
		}
	}
}
