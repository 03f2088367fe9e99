package rest

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var runnable = regexp.MustCompile("(?s)<!-- run -->\n```sh\n(.*?)```")

// TestTheCurlWorkflowWorks runs what docs/api/README.md shows, with the real
// curl, against a server on a port.
func TestTheCurlWorkflowWorks(t *testing.T) {
	t.Parallel()
	dir, out := runShown(t, 8, "docs", "api", "README.md")
	for _, want := range []string{"\nbea\n", "orders.xml Orders ok", `["SUCCESS",{`, `"rows":23`, ": still here", `{"success":true}`} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	for _, file := range []string{"tables.zip", "report.html"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestTheWorkflowOfTheReadmeWorks runs what README.md shows.
func TestTheWorkflowOfTheReadmeWorks(t *testing.T) {
	t.Parallel()
	dir, out := runShown(t, 1, "README.md")
	for _, want := range []string{`"rows":21`, `"rows":23`, ",2]\n", "**22** rows in `order`"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	tables, err := zip.OpenReader(filepath.Join(dir, "orders-2026-02-tables.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.Close(); err != nil || len(tables.File) < 2 {
		t.Errorf("%d files, %v", len(tables.File), err)
	}
}

// runShown runs the steps of a page, one after the other, in a folder with
// three deliveries.
func runShown(t *testing.T, least int, page ...string) (dir, printed string) {
	t.Helper()
	for _, tool := range []string{"curl", "jq", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s isn't here: apt-get install %s", tool, tool)
		}
	}
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, page...)...))
	if err != nil {
		t.Fatal(err)
	}
	steps := runnable.FindAllStringSubmatch(string(text), -1)
	if len(steps) < least {
		t.Fatalf("found only %d steps", len(steps))
	}
	b := start(t)
	dir = t.TempDir()
	for name, n := range map[string]int{"orders-2026-01.zip": 20, "orders-2026-02.zip": 22, "orders-2026-03.zip": 30} {
		if err := os.WriteFile(filepath.Join(dir, name), someOrders(t, n, "1"+name[9:10]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := "set -eu\n"
	for i, s := range steps {
		script += "echo '== step " + string(rune('a'+i)) + "'\n" + s[1]
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RETABLE="+b.base, "USERNAME=bea", "PASSWORD="+password)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return dir, string(out)
}
