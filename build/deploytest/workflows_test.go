package deploytest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const workflows = "../../.github/workflows"

var script = regexp.MustCompile(`(?:^|[ "(;])(build/[\w./-]+\.(?:sh|ya?ml)|\.ci/run)`)

func TestTheWorkflowsRunWhatThereIs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(workflows, "*.yml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v %v", files, err)
	}
	var all strings.Builder
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
		for _, m := range script.FindAllStringSubmatch(string(raw), -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	for _, step := range []string{"make lint", "make test", "-race", "covergate", "make fuzz", "-bench", "govulncheck", "gosec", "npm audit", "trivy", "docker build", "release.sh", "promtool", "demo-cluster"} {
		if !strings.Contains(all.String(), step) {
			t.Errorf("no workflow has %q", step)
		}
	}
}
