//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"retable/internal/store/storetest"
)

// tomorrowsMigration expands the schema, as the next version of the program
// might.
const tomorrowsMigration = `-- +goose Up
ALTER TABLE sessions ADD COLUMN tomorrow TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN tomorrow BIGINT;
CREATE TABLE tomorrow (id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE);

-- +goose Down
DROP TABLE tomorrow;
ALTER TABLE jobs DROP COLUMN tomorrow;
ALTER TABLE sessions DROP COLUMN tomorrow;
`

// tomorrow builds the program with one more migration.
func tomorrow(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	file, overlay, out := filepath.Join(dir, "tomorrow.sql"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "retable")
	raw, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(top, "internal/store/migrations/09999_tomorrow.sql"): file}})
	if err == nil {
		err = os.WriteFile(overlay, raw, 0o600)
	}
	if err == nil {
		err = os.WriteFile(file, []byte(tomorrowsMigration), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "sqlite_fts5", "-overlay", overlay, "-o", out, ".")
	cmd.Dir = top
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the next version: %v\n%s", err, said)
	}
	return out
}

// replace changes the programs of those that answer, or of those that work, one
// after the other, as a deployment does: the proxy sends nobody there any more,
// the process is told to end, a new one is started, and gets requests when it
// is ready.
func (c *chaos) replace(t *testing.T, answering bool, program string) {
	t.Helper()
	for _, r := range c.servers {
		if (r.base != "") != answering {
			continue
		}
		if answering {
			others := slices.DeleteFunc(slices.Clone(*c.bases.Load()), func(base string) bool { return base == r.base })
			c.bases.Store(&others)
		}
		r.stop(t)
		r.program = program
		r.start(t)
		c.route()
	}
}

// TestRollingUpgradeUnderLoad: while clients work who repeat nothing, the schema
// is migrated by the next version of the program, and replicas of
// today keep working with it, are replaced one by one, and replaced back. RET_UPGRADE_FROM names a program
// of before to begin with instead; then today's is the next version.
func TestRollingUpgradeUnderLoad(t *testing.T) {
	if !soak() {
		t.Skip("RET_SOAK=1 runs it: it builds the program anew")
	}
	from, next := os.Getenv("RET_UPGRADE_FROM"), ""
	if from == "" {
		from = program(t)
		next = tomorrow(t)
	} else {
		next = program(t)
	}
	const pause = 5 * time.Second // between two steps
	c := newChaosOf(t, storetest.Postgres(t), from, "api", "api", "worker", "worker")
	c.mixed = os.Getenv("RET_UPGRADE_FROM") != ""
	stop := c.load(t)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"work", func() {}},
		{"migrate", func() { c.migrate(t, next) }},
		{"new API", func() { c.replace(t, true, next) }},
		{"new workers", func() { c.replace(t, false, next) }},
		{"API back", func() { c.replace(t, true, from) }},
		{"workers back", func() { c.migrate(t, from); c.replace(t, false, from) }},
	} {
		began := time.Now()
		step.do()
		for _, r := range c.servers {
			if !r.up() {
				t.Errorf("after %q a replica is not ready: %s", step.name, tail(r.said.String(), 500))
			}
		}
		t.Logf("%-12s took %v", step.name, time.Since(began).Round(time.Millisecond))
		time.Sleep(pause) // clients go on
	}
	stop()
	t.Logf("%d bundles; clients were answered: %s", len(c.chains), c.seen)
	for status, n := range c.seen.statuses {
		if status != 200 {
			t.Errorf("%d requests were answered with %d (0: not at all)", n, status)
		}
	}
	c.sound(t)
}

// migrate runs the migrations of a program beside the replicas.
func (c *chaos) migrate(t *testing.T, program string) {
	t.Helper()
	home := replicaHome(t, c.setting)
	cmd := exec.CommandContext(context.Background(), program, "migrate", "up")
	cmd.Env = append([]string{"HOME=" + home.root, "PATH=" + os.Getenv("PATH")}, home.environ...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, said)
	} else {
		t.Logf("migrate: %s", said)
	}
}
