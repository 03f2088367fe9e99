//go:build unix

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/app"
	"retable/internal/blob/blobtest"
	"retable/internal/retable"
	"retable/internal/store"
)

// witness makes the database write down each change of a job's state, in the
// order in which they happen: a worker can only take a job after it has seen
// that the one before is over, so its line stands behind.
const witness = `
	CREATE TABLE turns (seq BIGSERIAL PRIMARY KEY, job_id BIGINT, session_id TEXT, was TEXT, becomes TEXT, by TEXT);
	CREATE FUNCTION note_turn() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO turns (job_id, session_id, was, becomes, by) VALUES (NEW.id, NEW.session_id, OLD.state, NEW.state, NEW.lease_owner); RETURN NULL; END $$;
	CREATE TRIGGER note_turn AFTER UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION note_turn();`

// settles waits until nobody works any more.
func (c *chaos) settles(t *testing.T, l *look) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		active := rowsOf(t, l, "SELECT id, kind, state, attempts, lease_owner FROM jobs WHERE state IN ('QUEUED', 'RUNNING')")
		if len(active) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("jobs are not over: %v", active)
		}
	}
}

// rowsOf runs a query and writes each row in one line.
func rowsOf(t *testing.T, l *look, query string) (all []string) {
	t.Helper()
	rows, err := l.Store.SQL().QueryContext(l.ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Trim(fmt.Sprint(cells...), "[]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// never are rows that may not be there when nothing works.
var never = map[string]string{
	"a job that did not succeed":    `SELECT id, kind, state, error FROM jobs WHERE state <> 'SUCCESS'`,
	"a lease that nobody gave back": `SELECT id, lease_owner, lease_until FROM jobs WHERE lease_owner <> '' OR lease_until <> 0`,
	"a job that ran before an older one of its session had ended": `SELECT r.job_id, r.session_id, o.id, o.kind FROM turns r
		JOIN jobs o ON o.session_id = r.session_id AND o.id < r.job_id
		WHERE r.becomes = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM turns e WHERE e.job_id = o.id AND e.becomes = 'SUCCESS' AND e.seq < r.seq)`,
	"a job that succeeded other than once": `SELECT j.id, j.kind, count(e.seq) FROM jobs j LEFT JOIN turns e ON e.job_id = j.id AND e.becomes = 'SUCCESS'
		GROUP BY j.id, j.kind HAVING count(e.seq) <> 1`,
	"a session that is not ready, or not proved":    `SELECT id, name, state, error FROM sessions WHERE state <> 'READY' OR NOT proved OR partial`,
	"a bundle that was taken twice":                 `SELECT sha256, count(*) FROM sessions GROUP BY sha256 HAVING count(*) > 1`,
	"a session that was scanned or converted twice": `SELECT session_id, kind, string_agg(id || ' ' || message, ', ') FROM jobs WHERE kind IN ('scan', 'convert') GROUP BY session_id, kind HAVING count(*) > 1`,
	"something that was made twice": `SELECT session_id, comparison_id, kind, format, options_hash, count(*) FROM artifacts
		GROUP BY session_id, comparison_id, kind, format, options_hash HAVING count(*) > 1`,
	"a session without its tables, its export or its index": `SELECT id, name, (SELECT string_agg(kind || ' ' || job_id, ', ') FROM artifacts a WHERE a.session_id = s.id) FROM sessions s WHERE
		(SELECT count(*) FROM artifacts a WHERE a.session_id = s.id AND a.kind IN ('original', 'tables', 'export', 'index')) <> 4`,
	"a comparison that was made twice": `SELECT left_id, right_id, options_hash, count(*) FROM comparisons GROUP BY left_id, right_id, options_hash HAVING count(*) > 1`,
	"a comparison that is not over":    `SELECT id, state, error FROM comparisons WHERE state <> 'SUCCESS'`,
	"a row of an inventory too many or too few": `SELECT s.id, s.tables, s.xml_count FROM sessions s WHERE s.tables <> (SELECT count(*) FROM tables t WHERE t.session_id = s.id)
		OR s.xml_count <> (SELECT count(*) FROM files f WHERE f.session_id = s.id)
		OR s.row_count <> (SELECT sum(t.row_count) FROM tables t WHERE t.session_id = s.id)`,
	"a collection of other than one session":         `SELECT collection_id, count(*) FROM collection_sessions GROUP BY collection_id HAVING count(*) <> 1`,
	"an upload in the middle":                        `SELECT id, state FROM uploads WHERE state = 'VERIFYING'`,
	"an upload that was completed without a session": `SELECT id FROM uploads WHERE state = 'COMPLETE' AND session_id IS NULL`,
	"an audit entry that stands there twice": `SELECT action, target, count(*) FROM audit_log WHERE action IN ('session.create', 'comparison.create')
		GROUP BY action, target HAVING count(*) > 1`,
	"a session or comparison that the audit log doesn't know": `SELECT id FROM sessions WHERE id NOT IN (SELECT target FROM audit_log WHERE action = 'session.create')
		UNION ALL SELECT id FROM comparisons WHERE id NOT IN (SELECT target FROM audit_log WHERE action = 'comparison.create')`,
	"an error event": `SELECT source, job_id, message FROM error_events WHERE code <> 'unavailable'`,
}

// betweenVersions are those that don't hold while programs of two versions work:
// tables that the other version has made are made anew before they are compared.
var betweenVersions = []string{
	"a session that was scanned or converted twice",
	"a session without its tables, its export or its index",
}

// onceEach checks that everything that was asked for is there once.
func (c *chaos) onceEach(t *testing.T, l *look) {
	t.Helper()
	for what, query := range never {
		if c.mixed && slices.Contains(betweenVersions, what) {
			continue
		}
		if found := rowsOf(t, l, query); len(found) > 0 {
			t.Errorf("%d times %s, such as %s", len(found), what, strings.Join(found[:min(3, len(found))], "; "))
		}
	}
	if len(c.failed) == 0 {
		for what, query := range map[string]string{
			"sessions": "SELECT count(*) FROM sessions", "sessions converted": "SELECT count(DISTINCT session_id) FROM jobs WHERE kind = 'convert'",
			"audit entries of sessions": "SELECT count(*) FROM audit_log WHERE action = 'session.create'",
		} {
			if got := rowsOf(t, l, query)[0]; got != fmt.Sprint(len(c.chains)) {
				t.Errorf("%s %s, of %d bundles", got, what, len(c.chains))
			}
		}
	}
	l.view(t, func(tx retable.Tx) error {
		_, err := store.VerifyAudit(l.ctx, tx.Audit(), nil)
		return err
	})
	t.Logf("deaths of jobs: %s; attempts: %s", strings.Join(rowsOf(t, l, "SELECT kind, sum(deaths) FROM jobs GROUP BY kind ORDER BY kind"), ", "),
		strings.Join(rowsOf(t, l, "SELECT attempts, count(*) FROM jobs GROUP BY attempts ORDER BY attempts"), ", "))
}

// nothingLeft checks that what killed processes left behind is removed by a
// clean-up, and nothing else is.
func (c *chaos) nothingLeft(t *testing.T, l *look) {
	t.Helper()
	known := map[string]bool{}
	for _, key := range rowsOf(t, l, "SELECT blob_key FROM artifacts") {
		known[key] = true
	}
	before := c.stray(t, known, true)
	got, err := l.CleanUp(l.ctx, app.CleanupRequest{UnusedDays: 3650})
	l.done(t, started(t, got, err))
	if left := c.stray(t, known, false); len(left) > 0 {
		t.Errorf("after a clean-up there are %d objects of nobody's: %v", len(left), left[:min(3, len(left))])
	}
	for key := range known {
		if _, err := os.Stat(c.object(key)); err != nil {
			t.Errorf("the object of a row is gone: %v", err)
		}
	}
	for _, r := range c.servers {
		r.stop(t)
		if left := r.home.leftovers(t); len(left) > 0 {
			t.Errorf("a replica has left %v", left)
		}
	}
	t.Logf("%d objects, %d of nobody's before the clean-up", len(known), len(before))
	if locks := rowsOf(t, l, `SELECT locktype, pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); len(locks) > 0 {
		t.Errorf("locks are held: %v", locks)
	}
	if open := rowsOf(t, l, `SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); len(open) > 0 {
		t.Errorf("transactions are open: %v", open)
	}
}

func (c *chaos) object(key string) string {
	return filepath.Join(c.s3dir, "buckets", blobtest.Bucket, "team", filepath.FromSlash(key))
}

// stray lists objects that no row knows, and says of them, if asked, that they
// have lain there for two hours: the clean-up leaves alone what is fresh.
func (c *chaos) stray(t *testing.T, known map[string]bool, age bool) (all []string) {
	t.Helper()
	root := c.object("")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key := filepath.ToSlash(strings.TrimPrefix(path, root+"/"))
		dir, base := filepath.Split(key)
		if of, ok := strings.CutSuffix(strings.TrimPrefix(base, "."), ".sha256"); ok && strings.HasPrefix(base, ".") && known[dir+of] {
			return nil // beside an object that was stored in parts
		}
		if !known[key] {
			all = append(all, key)
			if age {
				old := time.Now().Add(-2 * time.Hour)
				return os.Chtimes(path, old, old)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
