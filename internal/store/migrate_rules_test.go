package store

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// firstRelease is the newest migration that no released program has run
// without: what is in these files can't break anybody.
const firstRelease = 8

// What takes away, or asks for more than, what a program of before counts on,
// while it still runs. See docs/operations.md, "Schema changes".
var breaking = []struct {
	what string
	is   *regexp.Regexp
}{
	{"drops a table", regexp.MustCompile(`(?i)\bDROP\s+TABLE\b`)},
	{"drops a column", regexp.MustCompile(`(?i)\bDROP\s+COLUMN\b`)},
	{"renames", regexp.MustCompile(`(?i)\bRENAME\b`)},
	{"changes a type", regexp.MustCompile(`(?i)\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b`)},
	{"makes a column NOT NULL", regexp.MustCompile(`(?i)\bSET\s+NOT\s+NULL\b`)},
	{"takes a default away", regexp.MustCompile(`(?i)\bDROP\s+DEFAULT\b`)},
	{"adds a constraint", regexp.MustCompile(`(?i)\bADD\s+(CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN)\b`)},
	{"makes what is there unique", regexp.MustCompile(`(?i)\bCREATE\s+UNIQUE\s+INDEX\b`)},
	{"deletes rows", regexp.MustCompile(`(?i)\bDELETE\s+FROM\b|\bTRUNCATE\b`)},
	{"changes rows (that is a backfill's work)", regexp.MustCompile(`(?im)^\s*UPDATE\s+\w+\s+SET\b`)},
}

var (
	addsColumn  = regexp.MustCompile(`(?i)\bADD\s+COLUMN\b[^;]*`)
	plainIndex  = regexp.MustCompile(`(?i)\bCREATE\s+INDEX\s+(\w+)\s+ON\s+(\w+)`)
	makesTable  = regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)`)
	contracts   = regexp.MustCompile(`(?m)^-- contract: *(\d+)$`)
	raisesFloor = regexp.MustCompile(`(?i)\bINSERT\s+INTO\s+schema_floor\s*\(version\)\s*VALUES\s*\((\d+)\)`)
	sqlComment  = regexp.MustCompile(`(?m)--.*$`)
)

// faultsOf names what a migration does to programs of before, or to who writes
// while it runs.
func faultsOf(name, text string) (faults []string) {
	number, _, _ := strings.Cut(path.Base(name), "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		return []string{"its name has no number"}
	}
	up, _, _ := strings.Cut(text, "-- +goose Down")
	code := sqlComment.ReplaceAllString(up, "")
	for _, b := range breaking {
		if b.is.MatchString(code) {
			faults = append(faults, b.what)
		}
	}
	for _, column := range addsColumn.FindAllString(code, -1) {
		upper := strings.ToUpper(column)
		if strings.Contains(upper, "NOT NULL") && !strings.Contains(upper, "DEFAULT") {
			faults = append(faults, "adds a column that a program of before can't fill")
		}
	}
	if m := contracts.FindStringSubmatch(up); m != nil {
		return contractFaults(version, m[1], code)
	}
	fresh := map[string]bool{}
	for _, m := range makesTable.FindAllStringSubmatch(code, -1) {
		fresh[strings.ToLower(m[1])] = true
	}
	if !strings.HasSuffix(name, ".sqlite.sql") {
		for _, m := range plainIndex.FindAllStringSubmatch(code, -1) {
			if !fresh[strings.ToLower(m[2])] {
				faults = append(faults, "builds the index "+m[1]+" while nobody can write: CONCURRENTLY, in a file for PostgreSQL")
			}
		}
	}
	return faults
}

// contractFaults are those of a migration that is marked as a contraction: it
// says which schema made what it takes away needless, and raises the floor to it.
func contractFaults(version int, marked, code string) (faults []string) {
	since, err := strconv.Atoi(marked)
	if err != nil || since >= version {
		faults = append(faults, fmt.Sprintf("contracts what migration %s made needless: that must be an earlier one, run by all programs", marked))
	}
	if m := raisesFloor.FindStringSubmatch(code); m == nil || m[1] != marked {
		faults = append(faults, fmt.Sprintf("doesn't raise the floor: INSERT INTO schema_floor (version) VALUES (%s)", marked))
	}
	return faults
}

func TestMigrationsLetProgramsOfBeforeGoOn(t *testing.T) {
	names, err := embedded.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range names {
		if number, _, _ := strings.Cut(f.Name(), "_"); number <= fmt.Sprintf("%05d", firstRelease) {
			continue
		}
		text, err := embedded.ReadFile("migrations/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faultsOf(f.Name(), string(text)) {
			t.Errorf(`%s %s. A program of before runs on this schema, see docs/operations.md, "Schema changes".`, f.Name(), fault)
		}
	}
}

func TestTheRulesForMigrationsTellTheFaults(t *testing.T) {
	for up, want := range map[string]string{
		"ALTER TABLE jobs ADD COLUMN worker TEXT;":                                             "",
		"ALTER TABLE jobs ADD COLUMN worker TEXT NOT NULL DEFAULT '';":                         "",
		"ALTER TABLE jobs ADD COLUMN worker TEXT NOT NULL;":                                    "can't fill",
		"CREATE TABLE x (id TEXT PRIMARY KEY); CREATE INDEX x_by_id ON x (id);":                "",
		"CREATE INDEX jobs_by_worker ON jobs (worker);":                                        "CONCURRENTLY",
		"CREATE INDEX CONCURRENTLY jobs_by_worker ON jobs (worker);":                           "",
		"CREATE UNIQUE INDEX jobs_by_worker ON jobs (worker);":                                 "unique",
		"ALTER TABLE jobs DROP COLUMN stack;":                                                  "drops a column",
		"DROP TABLE notices;":                                                                  "drops a table",
		"DROP INDEX jobs_by_age;":                                                              "",
		"alter table jobs rename column stack to trace;":                                       "renames",
		"ALTER TABLE jobs ALTER COLUMN priority TYPE INTEGER;":                                 "changes a type",
		"ALTER TABLE jobs ALTER COLUMN stack SET NOT NULL;":                                    "NOT NULL",
		"ALTER TABLE jobs ADD CONSTRAINT short CHECK (length(stack) < 9);":                     "constraint",
		"UPDATE jobs SET stack = '';":                                                          "backfill",
		"DELETE FROM jobs;":                                                                    "deletes",
		"-- DROP TABLE jobs; would be wrong":                                                   "",
		"-- contract: 10\nDROP TABLE notices;":                                                 "floor",
		"-- contract: 10\nDROP TABLE notices; INSERT INTO schema_floor (version) VALUES (9);":  "floor",
		"-- contract: 10\nDROP TABLE notices; INSERT INTO schema_floor (version) VALUES (10);": "",
		"-- contract: 12\nDROP TABLE notices; INSERT INTO schema_floor (version) VALUES (12);": "earlier",
	} {
		got := strings.Join(faultsOf("00012_x.sql", "-- +goose Up\n"+up+"\n-- +goose Down\nDROP TABLE y;"), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", up, got, want)
		}
	}
}
