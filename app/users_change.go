package app

import (
	"context"

	"retable/internal/auth"
	"retable/internal/retable"
)

// How administrators change a user: the rules that hold for all changes, and
// what follows from them.

// UpdateUserRequest changes what is given.
type UpdateUserRequest struct {
	UserID   string        `json:"-"`
	Role     *retable.Role `json:"role,omitempty" enum:"admin,ops,user"`
	IsActive *bool         `json:"is_active,omitempty"`
	IsLocked *bool         `json:"is_locked,omitempty"`
	Email    *string       `json:"email,omitempty" maxLength:"320"`
}

// UpdateUser changes a user. Whoever is deactivated or locked is logged out at
// once.
func (a *Accounts) UpdateUser(ctx context.Context, req UpdateUserRequest) (*User, error) {
	return a.changeUser(ctx, req.UserID, "user.update", func(u *retable.User, detail map[string]any) error {
		if req.Role != nil {
			u.Role, detail["role"] = *req.Role, *req.Role
		}
		if req.IsActive != nil {
			u.Active, detail["is_active"] = *req.IsActive, *req.IsActive
		}
		if req.IsLocked != nil {
			u.Locked, detail["is_locked"] = *req.IsLocked, *req.IsLocked
		}
		if req.Email != nil {
			u.Email, detail["email"] = *req.Email, "changed"
		}
		return checkUser(u)
	})
}

// LockUser keeps a user from logging in and ends their log-ins.
func (a *Accounts) LockUser(ctx context.Context, req UserRef) (*User, error) {
	return a.changeUser(ctx, req.UserID, "user.lock", func(u *retable.User, _ map[string]any) error {
		u.Locked = true
		return nil
	})
}

// UnlockUser lets a user log in again: it also releases an account whose token
// was presented twice, and forgets failed attempts.
func (a *Accounts) UnlockUser(ctx context.Context, req UserRef) (*User, error) {
	return a.changeUser(ctx, req.UserID, "user.unlock", func(u *retable.User, detail map[string]any) error {
		detail["released"] = u.MustReset && u.PasswordHash != ""
		u.Locked, u.MustReset = false, false
		return nil
	})
}

// changeUser changes a user under the rules that hold for all changes: nobody
// takes away their own rights, and an administrator remains.
func (a *Accounts) changeUser(ctx context.Context, id, action string, change func(u *retable.User, detail map[string]any) error) (*User, error) {
	p, err := a.asAdmin(ctx)
	if err != nil {
		return nil, err
	}
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		if u, err = account(ctx, tx, id); err != nil {
			return err
		}
		if isLocal(u) {
			return retable.Errorf(retable.Conflict, "The person at this machine isn't a user to administer.")
		}
		before, detail := *u, map[string]any{}
		if err := change(u, detail); err != nil {
			return err
		}
		if u.ID == p.UserID && (u.Role != before.Role || u.Active != before.Active || u.Locked != before.Locked) {
			return &retable.Error{Code: retable.Conflict, Reason: "self", Detail: "You can't take away your own rights; another administrator can."}
		}
		u.UpdatedAt = a.clock.Now()
		if err := tx.Users().Update(ctx, u); err != nil {
			return err
		}
		if err := a.after(ctx, tx, &before, u); err != nil {
			return err
		}
		return a.record(ctx, tx, action, auditOK, u, detail)
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(id)
	a.observe(action, auditOK)
	return ptr(userOf(u)), nil
}

// after does what follows from a change of a user.
func (a *Accounts) after(ctx context.Context, tx retable.Tx, before, u *retable.User) error {
	if isAdmin(before) && !isAdmin(u) {
		if err := adminRemains(ctx, tx); err != nil {
			return err
		}
	}
	if before.Active && !u.Active || !before.Locked && u.Locked {
		if _, err := tx.Logins().RevokeAll(ctx, u.ID, "the account was locked or deactivated", a.clock.Now()); err != nil {
			return err
		}
		return tx.Credentials().DropResets(ctx, u.ID)
	}
	if before.Locked && !u.Locked {
		return tx.Throttle().Reset(ctx, "account "+u.ID)
	}
	return nil
}

func isAdmin(u *retable.User) bool { return u.Role == retable.RoleAdmin && u.Active && !u.Locked }

// adminRemains refuses a change after which nobody could undo it.
func adminRemains(ctx context.Context, tx retable.Tx) error {
	n, err := tx.Users().CountAdmins(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return &retable.Error{Code: retable.Conflict, Reason: "last_admin", Detail: "This is the last administrator; make another one first."}
	}
	return nil
}

// ForceLogoutRequest names whose log-ins end.
type ForceLogoutRequest struct {
	UserID string `json:"-"`
	Tokens bool   `json:"tokens,omitempty"` // the personal access tokens too
}

// ForceLogout ends all log-ins of a user at once.
func (a *Accounts) ForceLogout(ctx context.Context, req ForceLogoutRequest) (*Success, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	err := a.update(ctx, func(tx retable.Tx) error {
		u, err := account(ctx, tx, req.UserID)
		if err != nil {
			return err
		}
		n, err := tx.Logins().RevokeAll(ctx, u.ID, "ended by an administrator", a.clock.Now())
		if err != nil {
			return err
		}
		if req.Tokens {
			if err := a.revokeTokens(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, "user.force_logout", auditOK, u, map[string]any{"ended": n, "tokens": req.Tokens})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(req.UserID)
	return done(), nil
}

// ForcedReset tells by which way the link went.
type ForcedReset struct {
	Success     bool   `json:"success"`
	DeliveredBy string `json:"delivered_by" enum:"smtp,webhook,admin"`
}

// ForcePasswordReset ends a user's log-ins, requires a new password and sends a
// link to set it.
func (a *Accounts) ForcePasswordReset(ctx context.Context, req UserRef) (*ForcedReset, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	var n *auth.Notification
	err := a.update(ctx, func(tx retable.Tx) error {
		u, err := account(ctx, tx, req.UserID)
		if err != nil {
			return err
		}
		if isLocal(u) {
			return retable.Errorf(retable.Conflict, "The person at this machine has no password.")
		}
		u.MustReset, u.UpdatedAt = true, a.clock.Now()
		if err := tx.Users().Update(ctx, u); err != nil {
			return err
		}
		ended, err := tx.Logins().RevokeAll(ctx, u.ID, "password reset by an administrator", a.clock.Now())
		if err != nil {
			return err
		}
		if n, err = a.resetLink(ctx, tx, u, "password_reset_forced", a.cfg.WelcomeTTL); err != nil {
			return err
		}
		return a.record(ctx, tx, "user.force_password_reset", auditOK, u, map[string]any{"ended": ended})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(req.UserID)
	by, err := a.deliver(ctx, n)
	if err != nil {
		return nil, err
	}
	return &ForcedReset{Success: true, DeliveredBy: by}, nil
}
