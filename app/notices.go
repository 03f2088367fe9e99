package app

import (
	"context"

	"retable/internal/retable"
)

// NoticeDTO is a message for a person.
type NoticeDTO struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	At     string `json:"at"`
	SeenAt string `json:"seen_at,omitempty"`
}

// NoticesRequest chooses notices.
type NoticesRequest struct {
	Unseen bool `json:"unseen,omitempty"`
	PageQuery
}

// NoticeRef names a notice.
type NoticeRef struct {
	NoticeID string `json:"notice_id"`
}

// ListNotices lists the caller's messages, newest first.
func (s *Service) ListNotices(ctx context.Context, req NoticesRequest) (*List[NoticeDTO], error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	return s.notices(ctx, p.UserID, req)
}

// AdminNotices lists the messages for administrators.
func (s *Service) AdminNotices(ctx context.Context, req NoticesRequest) (*List[NoticeDTO], error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	return s.notices(ctx, "", req)
}

func (s *Service) notices(ctx context.Context, userID string, req NoticesRequest) (*List[NoticeDTO], error) {
	var out *List[NoticeDTO]
	err := s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Notices().List(ctx, userID, req.Unseen, req.page())
		out = listOf(l, func(n *retable.Notice) NoticeDTO {
			return NoticeDTO{n.ID, n.Kind, n.Text, n.At.String(), n.SeenAt.String()}
		})
		return err
	})
	return out, err
}

// SeeNotice marks a message as seen.
func (s *Service) SeeNotice(ctx context.Context, req NoticeRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if !retable.ValidID(req.NoticeID) {
		return nil, retable.Missing("message", req.NoticeID)
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		n, err := tx.Notices().Get(ctx, req.NoticeID)
		if err != nil {
			return err
		}
		if n.UserID != p.UserID && (n.UserID != "" || !p.IsAdmin()) {
			return retable.Missing("message", req.NoticeID)
		}
		return tx.Notices().Seen(ctx, req.NoticeID, s.clock.Now())
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}
