package rest

import (
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
	for _, tool := range []string{"curl", "jq", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s isn't here: apt-get install %s", tool, tool)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	steps := runnable.FindAllStringSubmatch(string(page), -1)
	if len(steps) < 8 {
		t.Fatalf("found only %d steps", len(steps))
	}
	b := start(t)
	dir := t.TempDir()
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
	for _, want := range []string{"\nbea\n", "orders.xml Orders ok", `["SUCCESS",{`, `"rows":23`, ": still here", `{"success":true}`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	for _, file := range []string{"tables.zip", "report.html"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
