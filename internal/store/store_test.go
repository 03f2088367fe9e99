package store_test

import (
	"testing"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// Both engines keep the promises; every statement on the way numbers its
// parameters in order and, asked of SQLite, reads no big table as a whole.
func TestStoreConforms(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var statements recorder
			storetest.Run(t, func(t testing.TB) retable.Store { return storetest.Open(t, engine, statements.record) })
			statements.checkNumbering(t)
			if engine == store.SQLite {
				statements.checkPlans(t, storetest.Open(t, engine).SQL())
			}
		})
	}
}

func TestJobsBehaveLikeTheirModel(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		storetest.RunJobModel(t, func(t testing.TB) retable.Store { return storetest.Open(t, engine) })
	})
}
