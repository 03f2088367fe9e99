package store_test

import (
	"testing"

	"retable/internal/retable"
	"retable/internal/store/storetest"
)

func TestSmoke(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			s := storetest.Open(t, engine)
			u := &retable.User{ID: retable.NewID(), Username: "Anna", Role: retable.RoleAdmin, Active: true}
			var j *retable.Job
			err := s.Update(t.Context(), func(tx retable.Tx) error {
				if err := tx.Users().Create(t.Context(), u); err != nil {
					return err
				}
				if _, _, err := tx.Jobs().Enqueue(t.Context(), retable.JobSpec{Kind: retable.JobScan, OwnerID: u.ID, DedupeKey: "x"}, 5); err != nil {
					return err
				}
				var err error
				j, err = tx.Jobs().Claim(t.Context(), "me", []retable.JobKind{retable.JobScan, retable.JobCompare}, 1e9, 6)
				return err
			})
			if err != nil || j == nil {
				t.Fatal(j, err)
			}
			t.Logf("%+v", j)
		})
	}
}
