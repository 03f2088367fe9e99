package store_test

import (
	"testing"

	"retable/internal/retable"
	"retable/internal/store/storetest"
)

func TestStoreConforms(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t testing.TB) retable.Store { return storetest.Open(t, engine) })
		})
	}
}
