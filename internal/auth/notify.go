package auth

import (
	"context"
	"errors"

	"retable/internal/retable"
)

// Notification is something a person should hear of outside the application:
// a link to set a password, a warning that a token was stolen.
type Notification struct {
	Kind     string         // "password_reset", "welcome", "token_reuse" ...
	UserID   string         // whom it is about
	Username string         //
	Email    string         // where to; may be empty
	Subject  string         // one line
	Text     string         // for people, without the link
	Link     string         // works once; may be empty
	Expires  retable.Millis // of the link
}

// Notifier brings notifications to people. ErrNoAddress: it has no way to this
// person, ask the next one.
type Notifier interface {
	Name() string
	Notify(ctx context.Context, n *Notification) error
}

// ErrNoAddress says that a notifier has no way to the person.
var ErrNoAddress = errors.New("there is no address to send it to")

// NotifyAll tries the notifiers in order until one has a way, and returns its
// name.
func NotifyAll(ctx context.Context, notifiers []Notifier, n *Notification) (by string, err error) {
	var faults []error
	for _, to := range notifiers {
		err := to.Notify(ctx, n)
		if err == nil {
			return to.Name(), nil
		}
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		faults = append(faults, ErrNoAddress)
	}
	return "", errors.Join(faults...)
}

// NoticeNotifier leaves the notification to administrators: as a notice in the
// store, its link sealed so that the database alone doesn't open the account.
type NoticeNotifier struct {
	ring *Ring
	add  func(ctx context.Context, n *retable.Notice) error
}

var _ Notifier = (*NoticeNotifier)(nil)

// NewNoticeNotifier returns a notifier that adds notices by add.
func NewNoticeNotifier(ring *Ring, add func(ctx context.Context, n *retable.Notice) error) *NoticeNotifier {
	return &NoticeNotifier{ring, add}
}

// Name is "admin".
func (*NoticeNotifier) Name() string { return "admin" }

// Notify adds the notice.
func (a *NoticeNotifier) Notify(ctx context.Context, n *Notification) error {
	detail, err := noticeDetail(a.ring, n)
	if err != nil {
		return err
	}
	return a.add(ctx, &retable.Notice{
		ID: retable.NewID(), Kind: n.Kind, Text: n.Subject + ": " + n.Username + ". " + n.Text, Detail: detail, At: a.ring.clock.Now(),
	})
}
