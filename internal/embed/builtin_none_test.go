//go:build !embedder

package embed

import (
	"strings"
	"testing"

	"retable/internal/retable"
)

func TestWithoutTheTagTheModelIsSaidToBeMissing(t *testing.T) {
	t.Parallel()
	_, err := BuiltIn()
	if !retable.Is(err, retable.Unavailable) || !strings.Contains(err.Error(), "not built into this program") {
		t.Errorf("got %v", err)
	}
	if Licence() != "" {
		t.Error("a licence without a model")
	}
}
