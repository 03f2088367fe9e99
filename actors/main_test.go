package actors_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: every goroutine has an owner who waits for it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
