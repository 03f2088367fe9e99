package store

import (
	"context"

	"retable/internal/retable"
)

type notices struct{ *tx }

const noticeColumns = "id, user_id, kind, text, detail, at, seen_at"

func (t notices) Add(ctx context.Context, n *retable.Notice) error {
	return t.insert(ctx, retable.ErrTaken, retable.Missing("user", n.UserID), "notices", noticeColumns,
		n.ID, nullable(n.UserID), n.Kind, n.Text, n.Detail, n.At, n.SeenAt)
}

func (t notices) Get(ctx context.Context, id string) (*retable.Notice, error) {
	return get(ctx, t.tx, retable.Missing("notice", id), scanNotice, "SELECT "+noticeColumns+" FROM notices WHERE id = $1", id)
}

func scanNotice(row scanner) (n retable.Notice, err error) {
	err = row.Scan(&n.ID, orNull(&n.UserID), &n.Kind, &n.Text, raw(&n.Detail), &n.At, &n.SeenAt)
	return n, err
}

// List gives a user's notices; with userID "" those for administrators.
func (t notices) List(ctx context.Context, userID string, unseen bool, p retable.Page) (retable.List[retable.Notice], error) {
	l := listing[retable.Notice]{
		columns: noticeColumns, table: "notices", key: "id",
		scan:   scanNotice,
		cursor: func(n *retable.Notice) string { return n.ID },
	}
	if userID == "" {
		l.where.and("user_id IS NULL")
	} else {
		l.where.and("user_id = ?", userID)
	}
	if unseen {
		l.where.and("seen_at = 0")
	}
	return l.page(ctx, t.tx, p)
}

// Seen marks a notice; one that was seen keeps its first time.
func (t notices) Seen(ctx context.Context, id string, at retable.Millis) error {
	n, err := t.exec(ctx, "UPDATE notices SET seen_at = CASE WHEN seen_at = 0 THEN $1 ELSE seen_at END WHERE id = $2", at, id)
	return changed(n, err, retable.Missing("notice", id))
}
