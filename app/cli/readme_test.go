package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"retable/app"
	"retable/internal/config"
)

var update = flag.Bool("update", false, "write the settings into README.md")

// TestReadmeHoldsTheSettings: the table of all settings is the one that the
// settings themselves give.
func TestReadmeHoldsTheSettings(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- settings: written by go test ./app/cli -run Settings -update -->\n", "<!-- end of settings -->\n"
	before, rest, ok := strings.Cut(string(content), from)
	held, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("README.md lacks the marks between which the settings stand")
	}
	if want := "\n" + config.Markdown() + "\n"; held != want {
		if !*update {
			t.Fatal("the settings in README.md are not those of internal/config; run go test ./app/cli -run Settings -update")
		}
		if err := os.WriteFile(path, []byte(before+from+want+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

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
				_, after, limit := strings.Cut(f.Help, "; else ")
				value, _, _ := strings.Cut(strings.TrimSuffix(after, "."), ". 0:")
				told := false
				for line := range strings.Lines(readme) {
					told = told || strings.Contains(line, "`"+name+"`") && (!limit || strings.HasSuffix(line, "| "+value+" |\n"))
				}
				if !told {
					t.Errorf("README.md does not tell about %s and its default %q", name, value)
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
