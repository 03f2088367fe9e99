package app

import (
	"context"

	"retable/internal/retable"
)

// UsageDTO is what a user keeps.
type UsageDTO struct {
	Bytes    int64 `json:"bytes"`
	Sessions int64 `json:"sessions"`
}

// AccountDetails are what the store knows of a user beside the account: what
// they keep, what they may keep, how they log in.
type AccountDetails struct {
	TOTPEnabled bool
	Usage       UsageDTO
	Quota       *QuotaDTO // nil: the default holds
}

// Details reads what belongs to users, by their ids. Administrators may ask for
// anybody, others for themselves.
func (s *Service) Details(ctx context.Context, ids ...string) (map[string]AccountDetails, error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]AccountDetails, len(ids))
	err = s.store.View(ctx, func(tx retable.Tx) error {
		for _, id := range ids {
			if id != p.UserID && !p.IsAdmin() {
				return retable.Missing("user", id)
			}
			d, err := details(ctx, tx, id)
			if err != nil {
				return err
			}
			out[id] = d
		}
		return nil
	})
	return out, err
}

func details(ctx context.Context, tx retable.Tx, id string) (d AccountDetails, err error) {
	if d, err = keeps(ctx, tx, id); err != nil {
		return d, err
	}
	d.TOTPEnabled, err = hasTOTP(ctx, tx, id)
	return d, err
}

// keeps reads what a user keeps and may keep.
func keeps(ctx context.Context, tx retable.Tx, id string) (d AccountDetails, err error) {
	used, err := tx.Sharing().Usage(ctx, id)
	if err != nil {
		return d, err
	}
	d.Usage = UsageDTO{used.Bytes, used.Sessions}
	q, err := tx.Sharing().Quota(ctx, id)
	switch {
	case err == nil:
		d.Quota = &QuotaDTO{q.MaxBytes, q.MaxSessions}
	case !retable.Is(err, retable.NotFound):
		return d, err
	}
	return d, nil
}

// MeDetailed tells who the caller is and what belongs to them, in one
// transaction: pages ask for it all the time.
func (s *Service) MeDetailed(ctx context.Context) (*Me, AccountDetails, error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, AccountDetails{}, err
	}
	me := meOf(p)
	var d AccountDetails
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		if err = readMe(ctx, tx, me); err != nil {
			return err
		}
		d, err = keeps(ctx, tx, me.ID)
		d.TOTPEnabled = me.TOTP
		return err
	})
	return me, d, err
}

// DefaultQuota is what holds for a user without a quota of their own.
func (s *Service) DefaultQuota() QuotaDTO {
	return QuotaDTO{s.cfg.Quota.MaxBytes, s.cfg.Quota.MaxSessions}
}

// SetQuotaRequest bounds what a user may keep; 0 is no limit.
type SetQuotaRequest struct {
	UserID string `json:"user_id"`
	QuotaDTO
}

// SetQuota gives a user a quota of their own.
func (s *Service) SetQuota(ctx context.Context, req SetQuotaRequest) (*Success, error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx retable.Tx) error {
		u, err := account(ctx, tx, req.UserID)
		if err != nil {
			return err
		}
		if err := tx.Sharing().SetQuota(ctx, &retable.Quota{UserID: u.ID, MaxBytes: req.MaxBytes, MaxSessions: req.MaxSessions}); err != nil {
			return err
		}
		return s.audit(ctx, tx, "user.set_quota", u.ID, req.QuotaDTO)
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}

// LoginDTO is a log-in as its user and administrators see it.
type LoginDTO struct {
	ID           string `json:"id"`
	UserID       string `json:"user_id"`
	Username     string `json:"username,omitempty"`
	IP           string `json:"ip"`
	UserAgent    string `json:"user_agent"`
	CreatedAt    string `json:"created_at"`
	LastUsedAt   string `json:"last_used_at"`
	ExpiresAt    string `json:"expires_at"`
	RevokedAt    string `json:"revoked_at,omitempty"`
	RevokeReason string `json:"revoke_reason,omitempty"`
	Current      bool   `json:"current"`
}

// AdminLoginsRequest chooses log-ins.
type AdminLoginsRequest struct {
	UserID string `json:"user_id,omitempty"`
	Active bool   `json:"active,omitempty"`
	PageQuery
}

// AdminLogins lists log-ins of a user, or of all, newest first.
func (s *Service) AdminLogins(ctx context.Context, req AdminLoginsRequest) (*List[LoginDTO], error) {
	p, err := s.admin(ctx)
	if err != nil {
		return nil, err
	}
	var out *List[LoginDTO]
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Logins().List(ctx, req.UserID, req.Active, req.page())
		if err != nil {
			return err
		}
		out = listOf(l, func(l *retable.Login) LoginDTO { return loginDTO(l, p) })
		names, err := tx.Users().Names(ctx, idsOf(out.Items, func(l *LoginDTO) string { return l.UserID }))
		for i := range out.Items {
			out.Items[i].Username = names[out.Items[i].UserID]
		}
		return err
	})
	return out, err
}

func loginDTO(l *retable.Login, p *retable.Principal) LoginDTO {
	return LoginDTO{
		ID: l.ID, UserID: l.UserID, IP: l.IP, UserAgent: l.UserAgent, CreatedAt: l.CreatedAt.String(), LastUsedAt: l.LastUsedAt.String(),
		ExpiresAt: l.ExpiresAt.String(), RevokedAt: l.RevokedAt.String(), RevokeReason: l.RevokeReason, Current: l.ID == p.LoginID,
	}
}

// AdminLoginRef names a log-in.
type AdminLoginRef struct {
	LoginID string `json:"login_id"`
}

// AdminEndLogin ends a log-in of anybody.
func (s *Service) AdminEndLogin(ctx context.Context, req AdminLoginRef) (*Success, error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	if !retable.ValidID(req.LoginID) {
		return nil, retable.Missing("log-in", req.LoginID)
	}
	err := s.update(ctx, func(tx retable.Tx) error {
		l, err := tx.Logins().Get(ctx, req.LoginID)
		if err != nil {
			return err
		}
		return s.endLogin(ctx, tx, l, "ended by an administrator", "user.end_login")
	})
	if err != nil {
		return nil, err
	}
	s.callers.dropLogin(req.LoginID)
	return done(), nil
}

// TurnOffTOTPRequest is the caller's password and a code of the factor that is
// about to go, or a recovery code.
type TurnOffTOTPRequest struct {
	Password     string
	TOTPCode     string
	RecoveryCode string
}

// TurnOffTOTP is DisableTOTP for who also has to show the factor itself: a
// password alone, seen over a shoulder, must not take it away.
func (s *Service) TurnOffTOTP(ctx context.Context, req TurnOffTOTPRequest) (*Success, error) {
	p, err := s.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.reauthenticate(ctx, p, "totp.disable", req.Password); err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx retable.Tx) error {
		u, err := account(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		_, err = s.secondFactor(ctx, tx, u, LoginRequest{TOTPCode: req.TOTPCode, RecoveryCode: req.RecoveryCode})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.dropTOTP(ctx, p.UserID, "totp.disable")
}
