package app

import (
	"context"

	"retable/internal/retable"
)

// Notification is a message for administrators.
type Notification struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	UserID   string `json:"user_id,omitempty"` // whom it is about
	Username string `json:"username,omitempty"`
	Link     string `json:"link,omitempty"` // to pass on to that user; absent when it has expired
	Expires  string `json:"expires_at,omitempty"`
	At       string `json:"at"`
	SeenAt   string `json:"seen_at,omitempty"`
}

// ListNotificationsRequest asks for messages.
type ListNotificationsRequest struct {
	PageQuery
	Unseen bool `json:"unseen,omitempty"`
}

// ListNotifications gives the messages for administrators, the newest first.
// Links to set a password are among them where nothing else brings them to
// their users.
func (a *Accounts) ListNotifications(ctx context.Context, req ListNotificationsRequest) (*List[Notification], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	var l retable.List[retable.Notice]
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		l, err = tx.Notices().List(ctx, "", req.Unseen, req.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(l, func(n *retable.Notice) Notification {
		out := Notification{ID: n.ID, Kind: n.Kind, Text: n.Text, At: n.At.String(), SeenAt: n.SeenAt.String()}
		d, err := a.keys.OpenNotice(n)
		if err != nil {
			a.log.WarnContext(ctx, "the detail of a notice can't be read", "notice", n.ID, "err", err)
			return out
		}
		out.UserID, out.Username, out.Link, out.Expires = d.UserID, d.Username, d.Link, d.Expires
		return out
	}), nil
}

// NotificationRef names a message.
type NotificationRef struct {
	ID string `json:"id"`
}

// SeeNotification marks a message as seen.
func (a *Accounts) SeeNotification(ctx context.Context, req NotificationRef) (*Success, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	if !retable.ValidID(req.ID) {
		return nil, retable.Missing("notification", req.ID)
	}
	if err := a.update(ctx, func(tx retable.Tx) error { return tx.Notices().Seen(ctx, req.ID, a.clock.Now()) }); err != nil {
		return nil, err
	}
	return done(), nil
}
