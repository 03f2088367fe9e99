package store_test

import (
	"context"
	"database/sql"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/store"
)

// recorder collects the statements that stores run.
type recorder struct {
	mu   sync.Mutex
	seen map[string]bool
}

// record tells every statement to the recorder.
func (r *recorder) record(cfg *store.Config) {
	cfg.Slow = 1
	cfg.Hooks.Slow = func(_ context.Context, statement string, _ time.Duration) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.seen == nil {
			r.seen = map[string]bool{}
		}
		r.seen[statement] = true
	}
}

func (r *recorder) statements() []string { return slices.Sorted(maps.Keys(r.seen)) }

var parameter = regexp.MustCompile(`\$(\d+)`)

// misnumbered returns the first parameter of a statement that first appears
// out of order: the SQLite driver would give it another one's value.
func misnumbered(statement string, first int) string {
	next := first
	for _, m := range parameter.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > next {
			return m[0]
		}
		if n == next {
			next++
		}
	}
	return ""
}

func TestMisnumberedParametersAreTold(t *testing.T) {
	for statement, want := range map[string]string{
		"SELECT 1": "", "SELECT $1, $2, $1, $3": "", "SELECT $2 || '-' || $1": "$2", "SELECT $1, $3": "$3",
	} {
		if got := misnumbered(statement, 1); got != want {
			t.Errorf("%s: got %q, want %q", statement, got, want)
		}
	}
}

// checkNumbering checks what was run.
func (r *recorder) checkNumbering(t *testing.T) {
	t.Helper()
	if run := flag.Lookup("test.run").Value.String(); run == "" && len(r.seen) < 150 {
		t.Errorf("only %d statements were recorded", len(r.seen))
	}
	for _, statement := range r.statements() {
		if wrong := misnumbered(statement, 1); wrong != "" {
			t.Errorf("%s first appears out of order in %s", wrong, statement)
		}
	}
}

// Statements that no test runs are checked where they are written.
func TestParametersFirstAppearInOrderInTheSource(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, content, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			m := parameter.FindStringSubmatch(text)
			if m == nil {
				return true
			}
			found++
			first, err := strconv.Atoi(m[1]) // a part of a statement may begin later
			if err != nil {
				t.Fatal(err)
			}
			if wrong := misnumbered(text, first); wrong != "" {
				t.Errorf("%s: %s first appears out of order", set.Position(literal.Pos()), wrong)
			}
			return true
		})
	}
	if found < 60 {
		t.Errorf("only %d statements were found in the source", found)
	}
}

// big are the tables that may get large: no query may read them from end to
// end, but for those in wholeReads.
var big = regexp.MustCompile(`^SCAN (users|login_sessions|spent_refresh_tokens|password_resets|access_tokens|recovery_codes|identities|throttle|` +
	`sessions|uploads|upload_parts|artifacts|files|tables|columns|comparisons|pair_pins|jobs|job_after|error_events|recipes|collections|` +
	`collection_sessions|chats|chat_messages|shares|audit_log|notices|watched_files|[a-z])\b`)

// wholeReads are the statements that may read a table as a whole, and why.
var wholeReads = []struct {
	form   *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`^SELECT count\(\*\) FROM \w+$`), "the total of an unfiltered list, counted in the smallest index"},
	{regexp.MustCompile(`^SELECT [^$]* FROM \w+ ORDER BY \w+( DESC)? LIMIT \d+$`), "an unfiltered list stops at its limit"},
	{regexp.MustCompile(`^SELECT [^$]* FROM \w+ WHERE (id|seq) [<>] \$1 ORDER BY \w+( DESC)? LIMIT \d+$`), "so do its next parts"},
	{regexp.MustCompile(` LIKE \$\d`), "a search reads what it searches"},
	{regexp.MustCompile(`FROM users WHERE (NOT )?(active|locked)|FROM sessions WHERE (NOT )?pinned`), "a flag that most rows share; the list stops at its limit"},
	{regexp.MustCompile(`FROM users WHERE username_key <> `), "counts accounts, or lists them up to a limit"},
	{regexp.MustCompile(`^SELECT [a-z_, ]* FROM (recipes|collections|watches|teams)( WHERE purpose.*)? ORDER BY \w+( DESC)?$`), "asks for all of them"},
	{regexp.MustCompile(`FROM audit_log ORDER BY seq`), "follows the chain from its beginning, or takes its last"},
	{regexp.MustCompile(`^\s*SELECT kind, state, count\(\*\)`), "counts all jobs, in an index"},
	{regexp.MustCompile(`^SELECT [a-z_, ]* FROM jobs WHERE state IN \('QUEUED', 'RUNNING'\) (AND id < \$1 )?ORDER BY id DESC LIMIT`), "a list that stops at its limit"},
}

// checkPlans asks SQLite how it runs each recorded statement.
func (r *recorder) checkPlans(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, statement := range r.statements() {
		plan := explain(t, db, statement)
		allowed := slices.ContainsFunc(wholeReads, func(w struct {
			form   *regexp.Regexp
			reason string
		}) bool {
			return w.form.MatchString(statement)
		})
		for _, line := range plan {
			if big.MatchString(line) && !allowed {
				t.Errorf("%q in\n  %s", line, statement)
			}
		}
	}
}

// explain returns the lines of a statement's plan.
func explain(t *testing.T, db *sql.DB, statement string) []string {
	t.Helper()
	most := 0
	for _, m := range parameter.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
	}
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, most)...)
	if err != nil {
		t.Fatalf("explain %s: %v", statement, err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
