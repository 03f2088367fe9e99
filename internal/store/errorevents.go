package store

import (
	"context"

	"retable/internal/retable"
)

type errorEvents struct{ *tx }

const errorEventColumns = "id, at, source, job_id, user_id, correlation_id, code, message, stack"

func (t errorEvents) Add(ctx context.Context, e *retable.ErrorEvent) error {
	return t.insert(ctx, retable.ErrTaken, nil, "error_events", errorEventColumns,
		e.ID, e.At, e.Source, e.JobID, e.UserID, e.CorrelationID, e.Code, bounded(e.Message, maxText), bounded(e.Stack, maxStack))
}

func (t errorEvents) List(ctx context.Context, source, search string, p retable.Page) (retable.List[retable.ErrorEvent], error) {
	l := listing[retable.ErrorEvent]{
		columns: errorEventColumns, table: "error_events", key: "id",
		scan: func(row scanner) (e retable.ErrorEvent, err error) {
			err = row.Scan(&e.ID, &e.At, &e.Source, &e.JobID, &e.UserID, &e.CorrelationID, &e.Code, &e.Message, &e.Stack)
			return e, err
		},
		cursor: func(e *retable.ErrorEvent) string { return e.ID },
	}
	equal(&l.where, "source", source)
	if err := l.where.contains("lower(message || ' ' || correlation_id || ' ' || stack)", search); err != nil {
		return retable.List[retable.ErrorEvent]{}, err
	}
	return l.page(ctx, t.tx, p)
}

func (t errorEvents) Purge(ctx context.Context, before retable.Millis) (int64, error) {
	return t.exec(ctx, "DELETE FROM error_events WHERE at < $1", before)
}
