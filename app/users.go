package app

import (
	"context"
	"net/mail"
	"strings"
	"unicode"

	"retable/internal/auth"
	"retable/internal/retable"
)

// User is an account as administrators see it.
type User struct {
	ID          string       `json:"id"`
	Username    string       `json:"username"`
	Email       string       `json:"email,omitempty"`
	Role        retable.Role `json:"role" enum:"admin,ops,user"`
	IsActive    bool         `json:"is_active"`
	IsLocked    bool         `json:"is_locked"`
	MustReset   bool         `json:"must_reset_password"`
	HasPassword bool         `json:"has_password"`
	CreatedAt   string       `json:"created_at"`
	UpdatedAt   string       `json:"updated_at"`
	LastLoginAt string       `json:"last_login_at,omitempty"`
}

func userOf(u *retable.User) User {
	return User{
		ID: u.ID, Username: u.Username, Email: u.Email, Role: u.Role, IsActive: u.Active, IsLocked: u.Locked, MustReset: u.MustReset,
		HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt.String(), UpdatedAt: u.UpdatedAt.String(), LastLoginAt: u.LastLoginAt.String(),
	}
}

// UserRef names a user.
type UserRef struct {
	UserID string `json:"user_id"`
}

// usernameForm reports whether a name can stand in a log-in, a file name and a
// log line: 1 to 64 letters, digits, marks and ._@+-, the first one a letter or
// digit.
func usernameForm(name string) bool {
	n := 0
	for _, r := range name {
		solid := unicode.IsLetter(r) || unicode.IsNumber(r)
		if n++; n > 64 || !solid && (n == 1 || !unicode.IsMark(r) && !strings.ContainsRune("._@+-", r)) || r == unicode.ReplacementChar {
			return false
		}
	}
	return n > 0
}

// userByName finds a user that can log in; nil if there is none.
func userByName(ctx context.Context, tx retable.Tx, name string) (*retable.User, error) {
	if !usernameForm(name) {
		return nil, nil
	}
	u, err := tx.Users().ByName(ctx, name)
	if retable.Is(err, retable.NotFound) || err == nil && isLocal(u) {
		return nil, nil
	}
	return u, err
}

// isLocal tells the person at this machine, who has no account to administer.
func isLocal(u *retable.User) bool { return u.Username == retable.LocalUser }

// ListUsersRequest chooses users.
type ListUsersRequest struct {
	PageQuery
	Search   string       `json:"search,omitempty" maxLength:"100"` // part of the name
	Role     retable.Role `json:"role,omitempty" enum:"admin,ops,user"`
	IsActive *bool        `json:"is_active,omitempty"`
	IsLocked *bool        `json:"is_locked,omitempty"`
}

// ListUsers gives the users, the newest first.
func (a *Accounts) ListUsers(ctx context.Context, req ListUsersRequest) (*List[User], error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	var l retable.List[retable.User]
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		l, err = tx.Users().List(ctx, retable.UserFilter{Search: req.Search, Role: req.Role, Active: req.IsActive, Locked: req.IsLocked}, req.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(l, userOf), nil
}

// GetUser gives one user.
func (a *Accounts) GetUser(ctx context.Context, req UserRef) (*User, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	var u *retable.User
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		u, err = account(ctx, tx, req.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ptr(userOf(u)), nil
}

// account reads a user by an id that came from outside.
func account(ctx context.Context, tx retable.Tx, id string) (*retable.User, error) {
	if !retable.ValidID(id) {
		return nil, retable.Missing("user", id)
	}
	return tx.Users().Get(ctx, id)
}

// CreateUserRequest makes a user. Without a password the user gets a link to
// set one.
type CreateUserRequest struct {
	Username string       `json:"username" maxLength:"64"`
	Password string       `json:"password,omitempty" maxLength:"1024"`
	Email    string       `json:"email,omitempty" maxLength:"320"`
	Role     retable.Role `json:"role,omitempty" enum:"admin,ops,user"` // user if empty
	Show     bool         `json:"-"`                                    // the link rather than send it: at the machine only
}

// CreateUserResult is the user, and by which way the link went.
type CreateUserResult struct {
	User
	DeliveredBy string        `json:"delivered_by,omitempty" enum:"smtp,webhook,admin"`
	Link        *PasswordLink `json:"-"` // if it was to be shown
}

// CreateUser makes a user. The first administrator takes over what the person
// at this machine has worked on.
func (a *Accounts) CreateUser(ctx context.Context, req CreateUserRequest) (*CreateUserResult, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	if req.Show {
		if err := a.atMachine(ctx); err != nil {
			return nil, err
		}
	}
	u, err := a.newUser(ctx, req)
	if err != nil {
		return nil, err
	}
	var n *auth.Notification
	err = a.update(ctx, func(tx retable.Tx) error {
		adopted, err := a.createUser(ctx, tx, u)
		if err != nil {
			return err
		}
		if u.PasswordHash == "" {
			if n, err = a.resetLink(ctx, tx, u, "welcome", a.cfg.WelcomeTTL); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, "user.create", auditOK, u, map[string]any{"role": u.Role, "adopted": adopted})
	})
	if err != nil {
		return nil, err
	}
	res := &CreateUserResult{User: userOf(u)}
	switch {
	case n != nil && req.Show:
		res.Link = &PasswordLink{u.Username, n.Link, n.Expires.String()}
	case n != nil:
		res.DeliveredBy, err = a.deliver(ctx, n)
	}
	return res, err
}

// newUser checks a request and makes the user of it, not stored yet.
func (a *Accounts) newUser(ctx context.Context, req CreateUserRequest) (*retable.User, error) {
	if req.Role == "" {
		req.Role = retable.RoleUser
	}
	now := a.clock.Now()
	u := &retable.User{ID: retable.NewID(), Username: req.Username, Email: req.Email, Role: req.Role, Active: true, CreatedAt: now, UpdatedAt: now}
	if err := checkUser(u); err != nil {
		return nil, err
	}
	if req.Password == "" {
		return u, nil
	}
	if err := a.policy.Check(req.Password, req.Username); err != nil {
		return nil, err
	}
	var err error
	u.PasswordHash, err = a.hasher.Hash(ctx, req.Password)
	return u, err
}

func checkUser(u *retable.User) error {
	wrong := func(field, message string) error {
		return &retable.Error{Code: retable.Unprocessable, Detail: message, Fields: []retable.FieldError{{Field: field, Message: message}}}
	}
	switch {
	case !usernameForm(u.Username):
		return wrong("username", "A user name is 1 to 64 letters, digits and . _ @ + -, and begins with a letter or a digit.")
	case isLocal(u) || u.Username == "system":
		return wrong("username", "That name is kept for the program itself; choose another.")
	case !u.Role.Valid():
		return wrong("role", "There are the roles user, ops and admin.")
	}
	if u.Email == "" {
		return nil
	}
	if at, err := mail.ParseAddress(u.Email); err != nil || at.Address != u.Email || len(u.Email) > 320 {
		return wrong("email", "That is no mail address; write it like anna@example.org.")
	}
	return nil
}

// createUser stores a user. To the first administrator passes what the local
// user owns; adopted tells whether that was so.
func (a *Accounts) createUser(ctx context.Context, tx retable.Tx, u *retable.User) (adopted bool, err error) {
	admins := int64(1)
	if u.Role == retable.RoleAdmin {
		if admins, err = tx.Users().CountAdmins(ctx); err != nil {
			return false, err
		}
	}
	if err := tx.Users().Create(ctx, u); err != nil || admins > 0 {
		return false, err
	}
	local, err := tx.Users().ByName(ctx, retable.LocalUser)
	if retable.Is(err, retable.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, tx.Users().Adopt(ctx, local.ID, u.ID)
}

// SetPasswordRequest sets a user's password by name: for the command line, when
// nobody can log in any more.
type SetPasswordRequest struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// SetPassword sets a user's password, releases the account and ends its
// log-ins. Only the person at this machine may.
func (a *Accounts) SetPassword(ctx context.Context, req SetPasswordRequest) (*User, error) {
	p, err := a.asAdmin(ctx)
	if err != nil {
		return nil, err
	}
	if !p.Local {
		return nil, retable.Errorf(retable.Forbidden, "Passwords of others are set at the machine itself; send a link instead.")
	}
	if err := a.policy.Check(req.Password, req.Username); err != nil {
		return nil, err
	}
	hash, err := a.hasher.Hash(ctx, req.Password)
	if err != nil {
		return nil, err
	}
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		if u, err = userByName(ctx, tx, req.Username); err != nil {
			return err
		}
		if u == nil {
			return retable.Missing("user", req.Username)
		}
		n, err := a.setPassword(ctx, tx, u, hash, "", "the password was set at the machine")
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "user.set_password", auditOK, u, map[string]any{"ended": n})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(u.ID)
	return ptr(userOf(u)), nil
}

// DeleteUserRequest removes a user; what they own passes to another.
type DeleteUserRequest struct {
	UserID     string `json:"-"`
	TransferTo string `json:"transfer_to,omitempty"` // user id
}

// DeleteUser removes a user with their log-ins and tokens. While they own
// something, it must be passed on.
func (a *Accounts) DeleteUser(ctx context.Context, req DeleteUserRequest) (*Success, error) {
	p, err := a.asAdmin(ctx)
	if err != nil {
		return nil, err
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		u, err := account(ctx, tx, req.UserID)
		switch {
		case err != nil:
			return err
		case isLocal(u):
			return retable.Errorf(retable.Conflict, "The person at this machine can't be removed.")
		case u.ID == p.UserID:
			return &retable.Error{Code: retable.Conflict, Reason: "self", Detail: "You can't remove yourself; another administrator can."}
		}
		if req.TransferTo != "" {
			if _, err := account(ctx, tx, req.TransferTo); err != nil {
				return err
			}
			if err := tx.Users().Adopt(ctx, u.ID, req.TransferTo); err != nil {
				return err
			}
		}
		if err := tx.Users().Delete(ctx, u.ID); err != nil {
			return err
		}
		if isAdmin(u) {
			if err := adminRemains(ctx, tx); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, "user.delete", auditOK, u, map[string]any{"transfer_to": req.TransferTo})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(req.UserID)
	return done(), nil
}
