package rag

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// attack is a statement of the corpus.
type attack struct{ verdict, tries, sql string }

func attacks(t testing.TB) []attack {
	t.Helper()
	b, err := os.ReadFile("testdata/attacks.txt")
	must(t, err)
	var out []attack
	for block := range strings.SplitSeq(string(b), "\n\n") {
		head, sql, _ := strings.Cut(block, "\n")
		verdict, tries, ok := strings.Cut(head, ": ")
		if !ok || verdict != "refused" && verdict != "harmless" {
			continue
		}
		out = append(out, attack{verdict, tries, sql})
	}
	if len(out) < 60 {
		t.Fatalf("the corpus has %d attacks only", len(out))
	}
	return out
}

func TestAttacksAreStopped(t *testing.T) {
	t.Parallel()
	db := tables(t, shop)
	before := fileSum(t, db)
	g, err := OpenGuard(db, Limits{Time: 500 * time.Millisecond})
	must(t, err)
	defer g.Close()
	for _, a := range attacks(t) {
		result, err := g.Query(t.Context(), a.sql)
		var refusal *retable.Error
		switch {
		case err != nil && !errors.As(err, &refusal):
			t.Errorf("%s: %v is no error for people", a.tries, err)
		case a.verdict == "refused" && err == nil:
			t.Errorf("%s: it ran: %v", a.tries, result.Rows)
		case a.verdict == "harmless" && err == nil && len(result.Rows) > 200:
			t.Errorf("%s: %d rows came out", a.tries, len(result.Rows))
		}
	}
	if fileSum(t, db) != before {
		t.Error("the file was changed")
	}
	for _, path := range []string{"/tmp/retable-attack.db", "/tmp/retable-attack"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made", path)
		}
	}
	left, err := filepath.Glob(filepath.Dir(db.Path()) + "/*")
	must(t, err)
	if len(left) != 1 {
		t.Errorf("files beside the tables: %v", left)
	}
}

func fileSum(t testing.TB, db *tabledb.DB) [32]byte {
	t.Helper()
	b, err := os.ReadFile(db.Path())
	must(t, err)
	return sha256.Sum256(b)
}

func TestGuardRunsHonestQueries(t *testing.T) {
	t.Parallel()
	db := tables(t, shop)
	for _, x := range []struct{ sql, want string }{
		{"SELECT count(*) FROM export_customer", "4"},
		{"SELECT count(*) FROM export_customer WHERE tier = 'gold'", "2"},
		{"SELECT dec_sum(total) FROM export_customer_orders_order", "1030.60"},
		{"WITH g AS (SELECT tier, count(*) AS n FROM export_customer GROUP BY 1) SELECT max(n) FROM g", "2"},
		{"SELECT count(*) FROM export_customer c JOIN export_customer_orders_order o ON o._parent_id = c._id", "4"},
		{"SELECT name FROM export_customer ORDER BY creditline DESC NULLS LAST LIMIT 1", "Bob Ray"},
		{"SELECT upper(tier) || ':' || count(*) FROM export_customer GROUP BY tier HAVING count(*) > 1", "GOLD:2"},
		{"SELECT dec_median(creditline), dec_min(creditline), dec_max(creditline) FROM export_customer", "100.1"},
		{"SELECT avg(creditline) OVER () FROM export_customer LIMIT 1", "150"},
		{"VALUES (1)", "1"},
	} {
		result, err := Query(t.Context(), db, x.sql)
		if err != nil {
			t.Errorf("%s: %v", x.sql, err)
			continue
		}
		got := strings.TrimSuffix(result.Rows[0][0], "0")
		if got != strings.TrimSuffix(x.want, "0") {
			t.Errorf("%s: got %s, want %s", x.sql, result.Rows[0][0], x.want)
		}
	}
}

func TestGuardCutsResults(t *testing.T) {
	t.Parallel()
	g, err := OpenGuard(tables(t, shop), Limits{Rows: 3})
	must(t, err)
	defer g.Close()
	r, err := g.Query(t.Context(), "SELECT id, creditline, active FROM export_customer")
	must(t, err)
	if len(r.Rows) != 3 || !r.Truncated {
		t.Errorf("got %d rows, truncated %v", len(r.Rows), r.Truncated)
	}
	if got := strings.Join(r.Types, " "); got != "text decimal integer" {
		t.Errorf("types %q", got)
	}
}

func TestGuardStopsWithTheAsker(t *testing.T) {
	t.Parallel()
	g, err := OpenGuard(tables(t, shop), Limits{Time: time.Hour})
	must(t, err)
	defer g.Close()
	long := "SELECT count(*) FROM export_customer a" + strings.Repeat(", export_customer", 0)
	for _, name := range strings.Split("b c d e f g h i j k l m n o p q r s t", " ") {
		long += ", export_customer " + name
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := g.Query(ctx, long)
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !retable.Is(err, retable.Cancelled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the query goes on")
	}
}

func TestStatementsAreOne(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		sql  string
		ctes string
	}{
		{"WITH a AS (SELECT 1), b(x, y) AS NOT MATERIALIZED (SELECT 1, 2) SELECT * FROM a, b", "a b"},
		{"SELECT 1 AS x", ""},
		{`WITH "Q" AS (SELECT 1) SELECT 1`, "q"},
		{"WITH sqlite_master AS (SELECT 1) SELECT 1", ""},
	} {
		got, err := checkStatement(x.sql)
		must(t, err)
		for _, name := range strings.Fields(x.ctes) {
			if !got[name] {
				t.Errorf("%s: %s is missing in %v", x.sql, name, got)
			}
		}
		if len(got) != len(strings.Fields(x.ctes)) {
			t.Errorf("%s: got %v", x.sql, got)
		}
	}
	if _, err := checkStatement("SELECT 1\x00; DROP TABLE x"); err == nil {
		t.Error("NUL was let through")
	}
}

func FuzzStatement(f *testing.F) {
	for _, a := range attacks(f) {
		f.Add(a.sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		ctes, err := checkStatement(sql)
		if err == nil && ctes == nil {
			t.Error("neither names nor an error")
		}
		for _, token := range sqlTokens(sql) {
			if token == "" {
				t.Error("an empty token")
			}
		}
	})
}
