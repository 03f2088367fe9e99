package rest

import (
	"context"
	"errors"

	"retable/app"
	"retable/internal/retable"
)

// meDTO is who the caller is, with what they keep and may keep.
type meDTO struct {
	ID                string          `json:"id"`
	Username          string          `json:"username"`
	Email             string          `json:"email,omitempty"`
	Role              retable.Role    `json:"role" enum:"admin,ops,user"`
	Local             bool            `json:"local"`
	TOTPEnabled       bool            `json:"totp_enabled"`
	RecoveryCodesLeft int             `json:"recovery_codes_left"`
	Scopes            []retable.Scope `json:"scopes"`
	HasPassword       bool            `json:"has_password"`
	Usage             app.UsageDTO    `json:"usage"`
	Quota             app.QuotaDTO    `json:"quota"`
	LoginID           string          `json:"login_id,omitempty"`
}

func (s *Server) me(ctx context.Context, _ app.None) (*meDTO, error) {
	m, d, err := s.svc.MeDetailed(ctx)
	if err != nil {
		return nil, err
	}
	out := &meDTO{
		ID: m.ID, Username: m.Username, Email: m.Email, Role: m.Role, Local: m.Local, TOTPEnabled: m.TOTP, RecoveryCodesLeft: m.Codes,
		Scopes: m.Scopes, HasPassword: m.HasPassword, Usage: d.Usage, Quota: s.svc.DefaultQuota(), LoginID: m.LoginID,
	}
	if d.Quota != nil {
		out.Quota = *d.Quota
	}
	return out, nil
}

// userDTO is an account as administrators see it.
type userDTO struct {
	ID          string        `json:"id"`
	Username    string        `json:"username"`
	Email       string        `json:"email,omitempty"`
	Role        retable.Role  `json:"role" enum:"admin,ops,user"`
	IsActive    bool          `json:"is_active"`
	IsLocked    bool          `json:"is_locked"`
	MustReset   bool          `json:"must_reset"`
	TOTPEnabled bool          `json:"totp_enabled"`
	HasPassword bool          `json:"has_password"`
	CreatedAt   string        `json:"created_at"`
	LastLoginAt string        `json:"last_login_at,omitempty"`
	Usage       app.UsageDTO  `json:"usage"`
	Quota       *app.QuotaDTO `json:"quota,omitempty"`
}

// describeUsers adds to accounts what belongs to them.
func (s *Server) describeUsers(ctx context.Context, users ...app.User) ([]userDTO, error) {
	ids := make([]string, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	all, err := s.svc.Details(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]userDTO, len(users))
	for i := range users {
		u, d := &users[i], all[users[i].ID]
		out[i] = userDTO{
			ID: u.ID, Username: u.Username, Email: u.Email, Role: u.Role, IsActive: u.IsActive, IsLocked: u.IsLocked, MustReset: u.MustReset,
			TOTPEnabled: d.TOTPEnabled, HasPassword: u.HasPassword, CreatedAt: u.CreatedAt, LastLoginAt: u.LastLoginAt, Usage: d.Usage, Quota: d.Quota,
		}
	}
	return out, nil
}

func (s *Server) describeUser(ctx context.Context, u *app.User, err error) (*userDTO, error) {
	if err != nil {
		return nil, err
	}
	out, err := s.describeUsers(ctx, *u)
	if err != nil {
		return nil, err
	}
	return &out[0], nil
}

func (s *Server) listUsers(ctx context.Context, req app.ListUsersRequest) (*app.List[userDTO], error) {
	l, err := s.svc.ListUsers(ctx, req)
	if err != nil {
		return nil, err
	}
	items, err := s.describeUsers(ctx, l.Items...)
	return &app.List[userDTO]{Items: items, Next: l.Next, Total: l.Total}, err
}

func (s *Server) getUser(ctx context.Context, req app.UserRef) (*userDTO, error) {
	u, err := s.svc.GetUser(ctx, req)
	return s.describeUser(ctx, u, err)
}

// userCreated is a new user with the link by which they set their password, if
// nothing else brings it to them. It is shown once.
type userCreated struct {
	User     userDTO `json:"user"`
	SetupURL string  `json:"setup_url,omitempty"`
}

// newUserRequest makes a user, who gets a link to set a password.
type newUserRequest struct {
	Username string       `json:"username" minLength:"1" maxLength:"64"`
	Email    string       `json:"email,omitempty" maxLength:"320"`
	Role     retable.Role `json:"role,omitempty" enum:"admin,ops,user"`
	Password string       `json:"password,omitempty" maxLength:"1024" doc:"For scripts; without it the user gets a link"`
}

func (s *Server) createUser(ctx context.Context, req newUserRequest) (*userCreated, error) {
	got, err := s.svc.CreateUser(ctx, app.CreateUserRequest{Username: req.Username, Email: req.Email, Role: req.Role, Password: req.Password})
	if err != nil {
		return nil, err
	}
	u, err := s.describeUser(ctx, &got.User, nil)
	if err != nil {
		return nil, err
	}
	out := &userCreated{User: *u}
	if got.DeliveredBy == "admin" {
		out.SetupURL, err = s.linkFor(ctx, u.ID)
	}
	return out, err
}

// linkFor finds the latest link for a user among the messages for
// administrators, to whom it goes where there is no other way.
func (s *Server) linkFor(ctx context.Context, userID string) (string, error) {
	l, err := s.svc.ListNotifications(ctx, app.ListNotificationsRequest{PageQuery: app.PageQuery{Limit: 100}})
	if err != nil {
		return "", err
	}
	for _, n := range l.Items {
		if n.UserID == userID && n.Link != "" {
			return n.Link, nil
		}
	}
	return "", nil
}

// userChange is the contract's PUT: role, is_active, is_locked.
type userChange struct {
	UserID   string        `json:"user_id"`
	Role     *retable.Role `json:"role,omitempty" enum:"admin,ops,user"`
	IsActive *bool         `json:"is_active,omitempty"`
	IsLocked *bool         `json:"is_locked,omitempty"`
	Email    *string       `json:"email,omitempty" maxLength:"320"`
}

func (s *Server) updateUser(ctx context.Context, req userChange) (*userDTO, error) {
	u, err := s.svc.UpdateUser(ctx, app.UpdateUserRequest{UserID: req.UserID, Role: req.Role, IsActive: req.IsActive, IsLocked: req.IsLocked, Email: req.Email})
	return s.describeUser(ctx, u, err)
}

func (s *Server) lockUser(ctx context.Context, req app.UserRef) (*userDTO, error) {
	u, err := s.svc.LockUser(ctx, req)
	return s.describeUser(ctx, u, err)
}

func (s *Server) unlockUser(ctx context.Context, req app.UserRef) (*userDTO, error) {
	u, err := s.svc.UnlockUser(ctx, req)
	return s.describeUser(ctx, u, err)
}

func (s *Server) setQuota(ctx context.Context, req app.SetQuotaRequest) (*userDTO, error) {
	if _, err := s.svc.SetQuota(ctx, req); err != nil {
		return nil, err
	}
	return s.getUser(ctx, app.UserRef{UserID: req.UserID})
}

type forceLogout struct {
	UserID string `json:"user_id"`
	Tokens bool   `json:"tokens,omitempty" doc:"The personal access tokens too"`
}

func (s *Server) forceLogout(ctx context.Context, req forceLogout) (*app.Success, error) {
	return s.svc.ForceLogout(ctx, app.ForceLogoutRequest{UserID: req.UserID, Tokens: req.Tokens})
}

// resetForced carries the link if nothing else brings it to the user.
type resetForced struct {
	Success  bool   `json:"success"`
	ResetURL string `json:"reset_url,omitempty"`
}

func (s *Server) forcePasswordReset(ctx context.Context, req app.UserRef) (*resetForced, error) {
	got, err := s.svc.ForcePasswordReset(ctx, req)
	if err != nil {
		return nil, err
	}
	out := &resetForced{Success: got.Success}
	if got.DeliveredBy == "admin" {
		out.ResetURL, err = s.linkFor(ctx, req.UserID)
	}
	return out, err
}

type userRemoval struct {
	UserID     string `json:"user_id"`
	TransferTo string `json:"transfer_to,omitempty" doc:"Id of the user who gets what they own"`
}

func (s *Server) deleteUser(ctx context.Context, req userRemoval) (*app.Success, error) {
	return s.svc.DeleteUser(ctx, app.DeleteUserRequest{UserID: req.UserID, TransferTo: req.TransferTo})
}

// loginRef names a log-in.
type loginRef struct {
	LoginID string `json:"login_id"`
}

func (s *Server) listLogins(ctx context.Context, req app.PageQuery) (*app.List[app.LoginDTO], error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.svc.ListLogins(ctx, req)
	if err != nil {
		return nil, err
	}
	out := &app.List[app.LoginDTO]{Items: []app.LoginDTO{}, Next: l.Next, Total: l.Total}
	for _, x := range l.Items {
		out.Items = append(out.Items, app.LoginDTO{
			ID: x.ID, UserID: p.UserID, Username: p.Username, IP: x.IP, UserAgent: x.UserAgent, CreatedAt: x.CreatedAt, LastUsedAt: x.LastUsedAt, ExpiresAt: x.ExpiresAt, Current: x.Current,
		})
	}
	return out, nil
}

func (s *Server) endLogin(ctx context.Context, req loginRef) (*app.Success, error) {
	return s.svc.EndLogin(ctx, app.LoginRef{ID: req.LoginID})
}

// totpSetup is a second factor to be confirmed.
type totpSetup struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
	QR     string `json:"qr"`
}

func (s *Server) beginTOTP(ctx context.Context, req app.PasswordProof) (*totpSetup, error) {
	e, err := s.svc.EnrolTOTP(ctx, req)
	if err != nil {
		return nil, err
	}
	return &totpSetup{Secret: e.Secret, URI: e.URL, QR: e.QR}, nil
}

// totpOff asks for the password again, and the code that is about to go.
type totpOff struct {
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code" maxLength:"100"`
}

func (s *Server) disableTOTP(ctx context.Context, req totpOff) (*app.Success, error) {
	ask := app.TurnOffTOTPRequest{Password: req.Password}
	ask.TOTPCode, ask.RecoveryCode = codeOf(req.Code)
	return s.svc.TurnOffTOTP(ctx, ask)
}

// tokenCreated is a token with its secret, which is shown this once.
type tokenCreated struct {
	Token       string          `json:"token"`
	AccessToken app.AccessToken `json:"access_token"`
}

func (s *Server) createToken(ctx context.Context, req app.CreateTokenRequest) (*tokenCreated, error) {
	got, err := s.svc.CreateToken(ctx, req)
	if err != nil {
		return nil, err
	}
	return &tokenCreated{Token: got.Token, AccessToken: got.AccessToken}, nil
}

type tokenRef struct {
	TokenID string `json:"token_id"`
}

func (s *Server) revokeToken(ctx context.Context, req tokenRef) (*app.Success, error) {
	return s.svc.RevokeToken(ctx, app.TokenRef{ID: req.TokenID})
}

// auditQuery chooses entries of the audit log.
type auditQuery struct {
	app.PageQuery
	Actor   string `json:"actor,omitempty" doc:"Id or name of a user"`
	Action  string `json:"action,omitempty"`
	Target  string `json:"target,omitempty"`
	Outcome string `json:"outcome,omitempty" enum:"ok,denied,failed"`
	After   string `json:"after,omitempty" doc:"RFC 3339"`
	Before  string `json:"before,omitempty" doc:"RFC 3339"`
}

func (s *Server) auditLog(ctx context.Context, req auditQuery) (*app.List[app.AuditEntry], error) {
	q := app.AuditQuery{ActorID: req.Actor, Action: req.Action, Target: req.Target, Outcome: req.Outcome, After: req.After, Before: req.Before}
	if req.Actor != "" && !retable.ValidID(req.Actor) {
		found, err := s.svc.ListUsers(ctx, app.ListUsersRequest{Search: req.Actor, PageQuery: app.PageQuery{Limit: 500}})
		if err != nil {
			return nil, err
		}
		q.ActorID = "nobody"
		for _, u := range found.Items {
			if u.Username == req.Actor {
				q.ActorID = u.ID
			}
		}
	}
	return s.svc.ListAudit(ctx, app.ListAuditRequest{PageQuery: req.PageQuery, AuditQuery: q})
}

// auditVerdict says whether the audit log is whole.
type auditVerdict struct {
	OK       bool   `json:"ok"`
	Entries  int64  `json:"entries"`
	BrokenAt int64  `json:"broken_at,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Hash     string `json:"hash,omitempty" doc:"Of the last entry: write it down elsewhere"`
}

func (s *Server) verifyAudit(ctx context.Context, _ app.None) (*auditVerdict, error) {
	head, err := s.svc.VerifyAudit(ctx, app.AuditHead{})
	var e *retable.Error
	switch {
	case errors.As(err, &e) && e.Reason == "audit_broken":
		return &auditVerdict{Detail: e.Detail}, nil
	case err != nil:
		return nil, err
	}
	return &auditVerdict{OK: true, Entries: head.Entries, Hash: head.Hash}, nil
}

type keyRef struct {
	KeyID string `json:"key_id"`
}

func (s *Server) retireKey(ctx context.Context, req keyRef) (*app.List[app.Key], error) {
	return s.svc.RetireKey(ctx, app.KeyRef{ID: req.KeyID})
}
