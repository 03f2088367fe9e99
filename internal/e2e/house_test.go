package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tracked lists the files of the repository: those committed and those that
// would be. It skips the test where there is no repository around the code.
func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	args := append([]string{"ls-files", "-co", "--exclude-standard", "-z", "--"}, patterns...)
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git ls-files: %v", err)
	}
	var files []string
	for file := range strings.SplitSeq(string(out), "\x00") {
		if info, err := os.Stat(filepath.Join(root, file)); file != "" && err == nil && info.Mode().IsRegular() {
			files = append(files, file)
		}
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var (
	fenced       = regexp.MustCompile("(?ms)^```.*?^```")
	inlineCode   = regexp.MustCompile("`[^`\n]*`")
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names that a Markdown file's headings can be linked by.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		anchor := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(strings.TrimSpace(anchor), " ", "-"))
	}
	return all
}

func TestMarkdownLinksLeadSomewhere(t *testing.T) {
	for _, file := range tracked(t, "*.md") {
		if strings.Contains(file, "testdata/") {
			continue
		}
		text := fenced.ReplaceAllString(read(t, file), "")
		for _, m := range markdownLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(text, ""), -1) {
			link := m[1]
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(link, "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", file, link)
				continue
			}
			if anchor != "" && strings.HasSuffix(target, ".md") && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", file, link)
			}
		}
	}
}

// Paths and hosts that would tie the repository to the machine it was written
// on; put together here, so that this file doesn't hold them.
var (
	machinePath = regexp.MustCompile(
		"(^|[\\s\"'`=(:,<\\[])" + "(/(" + "work|farm" + ")(/|\\b)|/" + "root" + "/(\\.|go/)|/" + "home" + "/\\w+/)")
	registryHost = regexp.MustCompile(
		"registry" + `\.npmjs\.org|` + "proxy" + `\.golang\.org|` + "deb" + `\.debian\.org`)
)

func TestNothingNamesTheMachineItWasWrittenOn(t *testing.T) {
	for _, file := range tracked(t) {
		content := read(t, file)
		if bytes.IndexByte([]byte(content[:min(len(content), 8000)]), 0) >= 0 {
			continue
		}
		number := 0
		for line := range strings.Lines(content) {
			number++
			if machinePath.MatchString(line) || registryHost.MatchString(line) {
				t.Errorf("%s:%d: names a path or host of one machine: %.120q", file, number, line)
			}
		}
	}
}

func TestMachinePathsAreTold(t *testing.T) {
	for line, want := range map[string]bool{
		"see /" + "work/main/x":         true,
		`open("/` + "farm/x\")":         true,
		"in /" + "root/.cache now":      true,
		"`/" + "home/someone/x`":        true,
		"/works/work/title":             false,
		"select /" + "root/item/@id":    false,
		"the framework/library":         false,
		"path=/" + "work":               true,
		"https://example.org/" + "work": false,
	} {
		if got := machinePath.MatchString(line); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}

func TestLockFilesHoldNoDownloadAddresses(t *testing.T) {
	address := regexp.MustCompile(`"resolved":\s*"[^"]*:`)
	for _, file := range tracked(t, "*package-lock.json") {
		if m := address.FindString(read(t, file)); m != "" {
			t.Errorf("%s: %s...: install with --omit-lockfile-registry-resolved", file, m)
		}
	}
}

func TestDecisionsAreNumbered(t *testing.T) {
	form := regexp.MustCompile(`^docs/adr/(\d{4})-[a-z0-9-]+\.md$`)
	seen := map[string]string{}
	for _, file := range tracked(t, "docs/adr/*.md") {
		if file == "docs/adr/README.md" {
			continue
		}
		m := form.FindStringSubmatch(file)
		if m == nil {
			t.Errorf("%s: a decision is named NNNN-what-it-says.md", file)
			continue
		}
		number := m[1]
		if other, taken := seen[number]; taken {
			t.Errorf("%s and %s have one number", file, other)
		}
		seen[number] = file
		text := read(t, file)
		if !strings.HasPrefix(text, "# "+number+". ") {
			t.Errorf("%s begins not with '# %s. '", file, number)
		}
		for _, part := range []string{"\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q", file, strings.TrimSpace(part))
			}
		}
	}
	if len(seen) == 0 {
		t.Error("docs/adr holds no decision")
	}
}

func TestChangesAreWrittenForUsers(t *testing.T) {
	form := regexp.MustCompile(`\A(Feature|Change|Fix|Security|Performance): [^\n]{10,100}\n\n\S`)
	for _, file := range tracked(t, "changelog/*.md") {
		if filepath.Base(file) == "README.md" {
			continue
		}
		if !form.MatchString(read(t, file)) {
			t.Errorf("%s: see changelog/README.md for the form of a change", file)
		}
	}
}

func TestMakeHelpListsEveryTarget(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "help")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("make help: %v", err)
	}
	target := regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	for _, m := range target.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		if !regexp.MustCompile(`(?m)^ +make ` + m[1] + ` +\S`).Match(out) {
			t.Errorf("make help does not tell what %s does", m[1])
		}
	}
	for _, want := range strings.Fields("help demo test check build run desktop bench eval fuzz soak lint fmt verify") {
		if !bytes.Contains(out, []byte(" make "+want+" ")) {
			t.Errorf("there is no make %s", want)
		}
	}
}

func TestScriptsStopAtTheFirstError(t *testing.T) {
	for _, file := range append(tracked(t, "build/*.sh"), ".ci/run") {
		text := read(t, file)
		if !strings.HasPrefix(text, "#!/usr/bin/env bash\n") || !strings.Contains(text, "\nset -euo pipefail\n") {
			t.Errorf("%s: begin with '#!/usr/bin/env bash' and 'set -euo pipefail'", file)
		}
		if out, err := exec.CommandContext(t.Context(), "bash", "-n", filepath.Join(root, file)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		if info, err := os.Stat(filepath.Join(root, file)); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s is not executable (%v)", file, err)
		}
	}
}
