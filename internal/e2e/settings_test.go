package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"retable/internal/config"
)

// settingName is how a setting is called in messages, comments and documents.
var settingName = regexp.MustCompile(`\bRET_[A-Z0-9]+(?:_[A-Z0-9]+)*\b`)

// notSettings are those that steer builds and tests, not the program, and the
// examples of documents.
var notSettings = []string{"RET_BENCH_XML", "RET_CACHE", "RET_CORPUS", "RET_DIFF_ROWS", "RET_EVAL", "RET_SCALE_DATABASE", "RET_SEEDS", "RET_SOAK", "RET_UPGRADE_FROM", "RET_W", "RET_X_FILE"}

// TestMessagesNameSettingsThatExist reads every setting's name in the program
// and its documents: a cure that names none is no cure.
func TestMessagesNameSettingsThatExist(t *testing.T) {
	known := slices.Clone(notSettings)
	for _, f := range config.All() {
		known = append(known, f.Env(), f.Env()+"_FILE")
	}
	for _, file := range tracked(t, "*.go", "*.md", ".env.example") {
		if strings.HasSuffix(file, "_test.go") || below(file, "internal/bench") || below(file, "internal/eval") {
			continue
		}
		for _, name := range settingName.FindAllString(read(t, file), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s names %s, which is no setting", file, name)
			}
		}
	}
}
