package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the repository, seen from this folder.
const root = "../.."

// maxDepth is how deep below the root a package may stand.
const maxDepth = 3

// longFile is where a file is looked at again: does it still tell one story?
const longFile = 400

// source is one Go file outside tests, whatever its build tags.
type source struct {
	dir  string // package, relative to the module
	path string // relative to the module
	ast  *ast.File
	set  *token.FileSet
}

// imports lists what the file imports.
func (s source) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range s.ast.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
		paths = append(paths, path)
	}
	return paths
}

// sources parses every Go file of the module that is no test.
func sources(t *testing.T) []source {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-find",
		"-json=ImportPath,Dir,GoFiles,CgoFiles,IgnoredGoFiles", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}

	var all []source
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath, Dir                   string
			GoFiles, CgoFiles, IgnoredGoFiles []string
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		dir := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		for _, file := range slices.Concat(pkg.GoFiles, pkg.CgoFiles, pkg.IgnoredGoFiles) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, filepath.Join(pkg.Dir, file), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, source{dir: dir, path: filepath.ToSlash(filepath.Join(dir, file)), ast: parsed, set: set})
		}
	}
	if len(all) == 0 {
		t.Fatal("go list found no Go file")
	}
	return all
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	for _, s := range sources(t) {
		if _, known := ruled(s.dir); !known {
			t.Errorf("%s: package %s has no import rule: add it to importRules in internal/e2e/rules_test.go", s.path, s.dir)
			continue
		}
		for _, path := range s.imports(t) {
			target, own := strings.CutPrefix(path, module+"/")
			if !own {
				continue
			}
			if ok, why := mayImport(s.dir, target); !ok {
				t.Errorf("%s imports %s: %s", s.path, path, why)
			}
			if s.dir == "app" && !strings.HasPrefix(s.path, "app/open") && slices.Contains(adapters, target) {
				t.Errorf("%s imports %s: only app/open*.go opens adapters", s.path, path)
			}
		}
	}
}

func TestPurePackagesStayPure(t *testing.T) {
	for _, s := range sources(t) {
		if dir, _ := ruled(s.dir); !slices.Contains(pure, dir) {
			continue
		}
		for _, path := range s.imports(t) {
			for _, no := range impure {
				if below(path, no) && !slices.Contains(harmless, path) {
					t.Errorf("%s imports %s: %s is pure", s.path, path, s.dir)
				}
			}
		}
	}
}

func TestLibrariesStayInTheirHomes(t *testing.T) {
	for _, s := range sources(t) {
		dir, _ := ruled(s.dir)
		if slices.Contains(importedByNone, dir) {
			continue
		}
		for _, path := range s.imports(t) {
			for library, home := range homes {
				if below(path, library) && !slices.Contains(home, dir) {
					t.Errorf("%s imports %s, which belongs to %s", s.path, path, strings.Join(home, ", "))
				}
			}
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init(): call it from where it is needed", s.set.Position(f.Pos()))
			}
		}
	}
}

func TestPackagesStandAtMostThreeDeep(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if depth := strings.Count(s.dir, "/") + 1; depth > maxDepth && !seen[s.dir] {
			seen[s.dir] = true
			t.Errorf("%s stands %d folders deep, at most %d", s.dir, depth, maxDepth)
		}
	}
}

// TestLongFilesAreNamed fails nothing: it keeps long files in sight.
func TestLongFilesAreNamed(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.set.File(s.ast.Pos()).LineCount(); lines > longFile && !ast.IsGenerated(s.ast) {
			t.Logf("%s has %d lines: does it still tell one story?", s.path, lines)
		}
	}
}

func TestMayImport(t *testing.T) {
	tests := []struct {
		from, to string
		want     bool
	}{
		{"internal/xmltable", "internal/xmltok", true},
		{"internal/xmltable", "internal/archive", false},
		{"internal/xmltok", "internal/table", false},
		{"internal/table", "internal/tabledb", false},
		{"app", "internal/store", true},
		{"app", "internal/sample", true},
		{"app", "app/cli", false},
		{"app/cli", "app", true},
		{"app/cli", "actors", false},
		{"app/cli", "internal/store", false},
		{"app/desktop", "app/rest", true},
		{"app/mcp", "app/rest", false},
		{"internal/bench/cmd", "internal/bench", true},
		{"internal/bench", "internal/sample", true},
		{"internal/store/storetest", "internal/store", true},
		{"internal/nowhere", "internal/table", false},
		{"internal/xmltable", "internal/nowhere", false},
		{"", "app/cli", true},
		{"", "internal/store", false},
	}
	for _, tt := range tests {
		if got, why := mayImport(tt.from, tt.to); got != tt.want {
			t.Errorf("%s -> %s: got %v (%s), want %v", name(tt.from), tt.to, got, why, tt.want)
		}
	}
}
