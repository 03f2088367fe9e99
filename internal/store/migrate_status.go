package store

import (
	"context"

	"retable/internal/retable"
)

// MigrationStatus is one migration of Status.
type MigrationStatus struct {
	Version   int64
	Name      string
	AppliedAt retable.Millis // 0: pending
	Backfills []BackfillStatus
}

// Status lists all migrations, applied and pending.
func Status(ctx context.Context, cfg Config) ([]MigrationStatus, error) {
	return withStore(ctx, cfg, (*Store).migrations)
}

// migrations is Status.
func (s *Store) migrations(ctx context.Context) ([]MigrationStatus, error) {
	_, steps, err := s.steps()
	if err != nil {
		return nil, retable.Fault(err, "reading the migrations")
	}
	applied, err := s.applied(ctx)
	if err != nil {
		return nil, err
	}
	var all []MigrationStatus
	for _, st := range steps {
		m := MigrationStatus{Version: st.version, Name: st.name, AppliedAt: applied[st.version]}
		for _, b := range st.backfills {
			state, err := s.backfillStatus(ctx, b.Name)
			if err != nil {
				return nil, err
			}
			m.Backfills = append(m.Backfills, state)
		}
		all = append(all, m)
		delete(applied, st.version)
	}
	for version, at := range applied {
		if version > newest(steps) {
			all = append(all, MigrationStatus{Version: version, Name: "(of a newer Retable)", AppliedAt: at})
		}
	}
	return all, nil
}

// applied tells when which migration was applied.
func (s *Store) applied(ctx context.Context) (map[int64]retable.Millis, error) {
	at := map[int64]retable.Millis{}
	there, err := s.hasTable(ctx, versionTable)
	if err != nil || !there {
		return at, err
	}
	query := "SELECT version_id, CAST(strftime('%s', tstamp) AS INTEGER) * 1000 FROM " + versionTable
	if s.d.name == Postgres {
		query = "SELECT version_id, CAST(extract(epoch FROM tstamp) * 1000 AS BIGINT) FROM " + versionTable
	}
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return nil, s.d.explain(err, "reading the schema's version")
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var when retable.Millis
		if err := rows.Scan(&version, &when); err != nil {
			return nil, s.d.explain(err, "reading the schema's version")
		}
		at[version] = when
	}
	return at, s.d.explain(rows.Err(), "reading the schema's version")
}
