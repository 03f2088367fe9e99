package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"retable/app"
	"retable/internal/retable"
)

// The names of the cookies, and where each goes back to.
const (
	refreshCookie = "refresh_token"
	oidcCookie    = "oidc_login"
	authPath      = "/api/auth"
)

// tokenResponse is a log-in. The refresh token goes by the cookie; in the body
// only where a setting says so.
type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type" enum:"bearer"`
	ExpiresIn    int    `json:"expires_in,omitempty" doc:"Seconds"`
	RefreshToken string `json:"refresh_token,omitempty" doc:"Only with RET_REFRESH_IN_BODY"`
}

// loginRequest is user name and password, and for a second factor its code.
type loginRequest struct {
	Username string `json:"username" minLength:"1" maxLength:"200"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"100" doc:"Six digits of the authenticator, or a recovery code"`
}

// login begins a log-in and gives its cookie.
func (s *Server) login(c *fiber.Ctx) error {
	var req loginRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	return s.loggedIn(c, req)
}

func (s *Server) loggedIn(c *fiber.Ctx, req loginRequest) error {
	ask := app.LoginRequest{Username: req.Username, Password: req.Password}
	ask.TOTPCode, ask.RecoveryCode = codeOf(req.Code)
	got, err := s.svc.Login(c.UserContext(), ask)
	if err != nil {
		return err
	}
	return s.giveLogin(c, got)
}

// codeOf tells six digits of an authenticator from a recovery code.
func codeOf(text string) (totp, recovery string) {
	code := strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if len(code) <= 8 && strings.Trim(code, "0123456789") == "" {
		return code, ""
	}
	return "", text
}

func (s *Server) giveLogin(c *fiber.Ctx, got *app.LoginResult) error {
	s.setCookie(c, got.Cookie)
	out := tokenResponse{AccessToken: got.AccessToken, TokenType: got.TokenType, ExpiresIn: got.ExpiresIn}
	if s.cfg.Auth.RefreshInBody {
		out.RefreshToken = got.Cookie.Token
	}
	return writeJSON(c, http.StatusOK, out)
}

// refresh takes the cookie's token and gives the next.
func (s *Server) refresh(c *fiber.Ctx) error {
	if err := s.sameSite(c); err != nil {
		return err
	}
	token, err := s.refreshToken(c)
	if err != nil {
		return err
	}
	got, err := s.svc.Refresh(c.UserContext(), app.RefreshRequest{Token: token})
	if err != nil {
		if retable.Is(err, retable.Unauthorized) {
			s.dropCookie(c)
		}
		return err
	}
	s.setCookie(c, got.Cookie)
	out := tokenResponse{AccessToken: got.AccessToken, TokenType: got.TokenType}
	if s.cfg.Auth.RefreshInBody {
		out.RefreshToken = got.Cookie.Token
	}
	return writeJSON(c, http.StatusOK, out)
}

// refreshBody is how clients without cookies send the token, where a setting
// allows it.
type refreshBody struct {
	RefreshToken string `json:"refresh_token,omitempty" maxLength:"200"`
}

func (s *Server) refreshToken(c *fiber.Ctx) (string, error) {
	var body refreshBody
	if err := s.fill(c, operationOf(c), &body); err != nil {
		return "", err
	}
	if body.RefreshToken != "" {
		if !s.cfg.Auth.RefreshInBody {
			return "", retable.Errorf(retable.Unprocessable, "The refresh token travels by its cookie here (RET_REFRESH_IN_BODY is off).")
		}
		return body.RefreshToken, nil
	}
	return c.Cookies(refreshCookie), nil
}

// logout ends the cookie's log-in.
func (s *Server) logout(c *fiber.Ctx) error {
	if err := s.sameSite(c); err != nil {
		return err
	}
	token, err := s.refreshToken(c)
	if err != nil {
		return err
	}
	out, err := s.svc.Logout(c.UserContext(), app.RefreshRequest{Token: token})
	if err != nil {
		return err
	}
	s.dropCookie(c)
	return writeJSON(c, http.StatusOK, out)
}

// setup makes the first administrator and logs them in.
func (s *Server) setup(c *fiber.Ctx) error {
	var req app.SetupRequest
	if err := s.fill(c, operationOf(c), &req); err != nil {
		return err
	}
	if _, err := s.svc.CompleteSetup(c.UserContext(), req); err != nil {
		return err
	}
	return s.loggedIn(c, loginRequest{Username: req.Username, Password: req.Password})
}

// setCookie gives the refresh token: to this server's auth routes alone, never
// to scripts.
func (s *Server) setCookie(c *fiber.Ctx, cookie app.RefreshCookie) {
	c.Cookie(s.cookie(c, refreshCookie, cookie.Token, cookie.MaxAge))
}

func (s *Server) dropCookie(c *fiber.Ctx) {
	gone := s.cookie(c, refreshCookie, "", 0)
	gone.Expires = time.Unix(0, 0).UTC()
	c.Cookie(gone)
}

func (s *Server) cookie(c *fiber.Ctx, name, value string, maxAge int) *fiber.Cookie {
	same := fiber.CookieSameSiteStrictMode
	if s.cfg.Auth.CookieSameSite == "lax" {
		same = fiber.CookieSameSiteLaxMode
	}
	return &fiber.Cookie{Name: name, Value: value, Path: authPath, MaxAge: maxAge, HTTPOnly: true, Secure: s.cookieSecure(c), SameSite: same}
}

// cookieSecure leaves Secure out only on plain HTTP of this machine, unless a
// setting says otherwise.
func (s *Server) cookieSecure(c *fiber.Ctx) bool {
	switch s.cfg.Auth.CookieSecure {
	case "always":
		return true
	case "never":
		return false
	}
	return s.secure(c) || !s.cfg.Server.Loopback()
}

// oidcStart sends the browser to the provider.
func (s *Server) oidcStart(c *fiber.Ctx) error {
	got, err := s.svc.BeginOIDC(c.UserContext(), app.BeginOIDCRequest{ReturnTo: localPage(c.Query("return_to"))})
	if err != nil {
		return err
	}
	s.setOIDC(c, got.Sealed, 600)
	return c.Redirect(got.URL, http.StatusFound)
}

// oidcLink begins to tie an account of the provider to the caller's.
func (s *Server) oidcLink(c *fiber.Ctx) error {
	got, err := s.svc.BeginOIDC(c.UserContext(), app.BeginOIDCRequest{Link: true})
	if err != nil {
		return err
	}
	s.setOIDC(c, got.Sealed, 600)
	return writeJSON(c, http.StatusOK, got)
}

// oidcCallback takes the provider's answer. The page that follows refreshes by
// the cookie; no token stands in an address.
func (s *Server) oidcCallback(c *fiber.Ctx) error {
	sealed := c.Cookies(oidcCookie)
	s.setOIDC(c, "", -1)
	got, err := s.svc.FinishOIDC(c.UserContext(), app.FinishOIDCRequest{State: c.Query("state"), Code: c.Query("code"), Sealed: sealed})
	if err != nil {
		return err
	}
	s.setCookie(c, got.Cookie)
	page := localPage(got.ReturnTo)
	if page == "" {
		page = "/"
	}
	return c.Redirect(page, http.StatusFound)
}

// setOIDC keeps a log-in's secrets on its way to the provider and back. It
// comes back from another site, so it can't be SameSite=Strict.
func (s *Server) setOIDC(c *fiber.Ctx, sealed string, maxAge int) {
	cookie := s.cookie(c, oidcCookie, sealed, max(maxAge, 0))
	cookie.SameSite = fiber.CookieSameSiteLaxMode
	if maxAge < 0 {
		cookie.Expires = time.Unix(0, 0).UTC()
	}
	c.Cookie(cookie)
}

// localPage is a page of this server, "" for anything else.
func localPage(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return ""
	}
	return s
}

// changePassword has the front end's names.
type passwordChange struct {
	OldPassword string `json:"old_password" maxLength:"1024"`
	NewPassword string `json:"new_password" maxLength:"1024"`
}

func (s *Server) changePassword(ctx context.Context, req passwordChange) (*app.Success, error) {
	return s.svc.ChangePassword(ctx, app.ChangePasswordRequest{CurrentPassword: req.OldPassword, NewPassword: req.NewPassword})
}

func operationOf(c *fiber.Ctx) *operation {
	o, _ := c.Locals(routeKey).(*operation)
	return o
}
