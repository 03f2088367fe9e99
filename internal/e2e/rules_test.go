package e2e

import (
	"slices"
	"strings"
)

// module is the module's path, and so the prefix of its packages.
const module = "retable"

// anything stands for "every package of the module".
const anything = "*"

// importRules says for each package which of the module's packages its code
// may import; tests are free. A package below another one (bench/cmd below
// bench) follows its rule and may import its kin. The same rules stand in
// .golangci.yml for the linter: after a change here, run
//
//	go test ./internal/e2e -run TestLinterKnowsTheImportRules -update
var importRules = map[string][]string{
	"":            {"app", "app/cli", "app/desktop", "app/mcp", "app/rest", "frontend", "internal/config", "internal/obs"},
	"app":         append([]string{"actors"}, building...),
	"app/cli":     door,
	"app/desktop": append([]string{"app/rest"}, door...),
	"app/mcp":     door,
	"app/rest":    append([]string{"internal/limit"}, door...),
	"frontend":    {},
	"actors": {
		"internal/archive", "internal/diff", "internal/diff/report", "internal/event", "internal/format", "internal/index", "internal/obs",
		"internal/retable", "internal/table", "internal/tabledb", "internal/xmltable",
	},

	"internal/rag":         {"internal/index", "internal/retable", "internal/tabledb"},
	"internal/xmltable":    {"internal/table", "internal/xmltok"},
	"internal/format":      {"internal/table", "internal/tabledb"},
	"internal/index":       {"internal/retable", "internal/table", "internal/tabledb"},
	"internal/diff":        {"internal/table"},
	"internal/diff/report": {"internal/diff", "internal/format", "internal/table"},
	"internal/tabledb":     {"internal/table"},
	"internal/retable":     {"internal/table"},
	"internal/auth":        {"internal/retable"},
	"internal/blob":        {"internal/retable"},
	"internal/embed":       {"internal/retable"},
	"internal/event":       {"internal/retable"},
	"internal/limit":       {"internal/retable"},
	"internal/llm":         {"internal/retable"},
	"internal/obs":         {"internal/retable"},
	"internal/problem":     {"internal/retable"},
	"internal/store":       {"internal/retable"},
	"internal/archive":     {},
	"internal/config":      {},
	"internal/table":       {},
	"internal/xmltok":      {},

	"internal/bench":  {anything},
	"internal/e2e":    {anything},
	"internal/eval":   {anything},
	"internal/sample": {anything},

	"build": {"internal/embed", "internal/sample"}, // tools of the Makefile
}

// door is what a door (window, server, command line) may know.
var door = []string{
	"app", "internal/config", "internal/event", "internal/obs", "internal/problem", "internal/retable", "internal/table",
}

// building is every package that the application service may put together.
var building = []string{
	"internal/archive", "internal/auth", "internal/blob", "internal/config", "internal/diff", "internal/diff/report", "internal/embed", "internal/event",
	"internal/format", "internal/index", "internal/limit", "internal/llm", "internal/obs", "internal/problem",
	"internal/rag", "internal/retable", "internal/sample", "internal/store", "internal/table", "internal/tabledb", "internal/xmltable",
	"internal/xmltok",
}

// importedByNone measure, generate data or test; only they import each other.
var importedByNone = []string{"internal/bench", "internal/e2e", "internal/eval", "build"}

// adapters are opened in one place, app/open*.go.
var adapters = []string{"internal/blob", "internal/llm", "internal/store"}

// pure packages know no ports, clock, environment or network.
var pure = []string{
	"internal/archive", "internal/diff", "internal/diff/report", "internal/format", "internal/table", "internal/tabledb",
	"internal/xmltable", "internal/xmltok",
}

// harmless lie below impure packages but only work on strings.
var harmless = []string{"net/url", "net/netip"}

// impure are the standard packages (and those below them) that pure ones avoid.
var impure = []string{"log", "net", "os/exec", "os/signal", "os/user", "syscall"}

// homes are the only packages that import a library; everyone else speaks to
// them. What measures or tests is free.
var homes = map[string][]string{
	"github.com/anthdm/hollywood":       {"actors"},
	"github.com/gofiber/fiber":          {"app/rest"},
	"github.com/wailsapp/wails":         {"app/desktop", ""},
	"github.com/alecthomas/kong":        {"app/cli", "internal/config", ""},
	"github.com/jackc/pgx":              {"internal/store"},
	"github.com/minio/minio-go":         {"internal/blob"},
	"github.com/ollama/ollama":          {"internal/llm"},
	"github.com/sashabaranov/go-openai": {"internal/llm"},
	"github.com/parquet-go/parquet-go":  {"internal/format"},
	"github.com/xuri/excelize":          {"internal/format"},

	"github.com/modelcontextprotocol/go-sdk": {"app/mcp"},
}

// ruled finds the package whose rule dir follows: itself or the nearest above.
func ruled(dir string) (string, bool) {
	for {
		if _, ok := importRules[dir]; ok {
			return dir, true
		}
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			return "", false
		}
		dir = dir[:i]
	}
}

// mayImport tells whether a package in dir may import the one in target, and
// if not, why.
func mayImport(dir, target string) (ok bool, why string) {
	from, known := ruled(dir)
	if !known {
		return false, dir + " has no rule"
	}
	to, known := ruled(target)
	if !known {
		return false, target + " has no rule"
	}
	allowed := importRules[from]
	switch {
	case from == to && from != "":
		return true, ""
	case slices.Contains(importedByNone, to) && !slices.Contains(importedByNone, from):
		return false, to + " is imported by none"
	case slices.Contains(allowed, anything), slices.Contains(allowed, target):
		return true, ""
	}
	return false, name(from) + " may import only " + strings.Join(allowed, ", ")
}

// name is how a package is called in messages.
func name(dir string) string {
	if dir == "" {
		return "main"
	}
	return dir
}

// below tells whether pkg is root or stands below it.
func below(pkg, root string) bool {
	return pkg == root || strings.HasPrefix(pkg, root+"/")
}
