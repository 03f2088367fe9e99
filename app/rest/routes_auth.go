package rest

import (
	"reflect"

	"retable/app"
)

func (s *Server) authRoutes() []operation {
	tokens := reflect.TypeFor[tokenResponse]()
	return tagged("Accounts",
		route("login", "POST", "/api/auth/login", "Log in", s.login, payload{request: reflect.TypeFor[loginRequest](), response: tokens}, open(), counts(login),
			notes("The refresh token comes as the cookie `refresh_token`. 401 with the reason `totp_required`: send the same again with `code`.")),
		route("setup", "POST", "/api/auth/setup", "Make the first administrator by the set-up link", s.setup,
			payload{request: reflect.TypeFor[app.SetupRequest](), response: tokens}, open(), counts(login)),
		route("refresh", "POST", "/api/auth/refresh", "Get the next access token by the cookie", s.refresh,
			payload{request: reflect.TypeFor[refreshBody](), response: tokens}, open()),
		route("logout", "POST", "/api/auth/logout", "End this log-in", s.logout,
			payload{request: reflect.TypeFor[refreshBody](), response: reflect.TypeFor[app.Success]()}, open()),
		op("loginOptions", "GET", "/api/auth/options", "The ways to log in", s.svc.LoginOptions, open()),
		op("requestPasswordReset", "POST", "/api/auth/password-reset/request", "Ask for a link to set a password", s.svc.RequestPasswordReset, open(), counts(login)),
		op("confirmPasswordReset", "POST", "/api/auth/password-reset/confirm", "Set a password by a link", s.svc.ConfirmPasswordReset, open(), counts(login)),
		route("oidcStart", "GET", "/api/auth/oidc/start", "Log in by the provider", s.oidcStart,
			payload{query: []param{{name: "return_to", kind: "string", doc: "Page of this server to go on with"}}}, open(), counts(login), status(302)),
		route("oidcCallback", "GET", "/api/auth/oidc/callback", "Where the provider sends people back to", s.oidcCallback,
			payload{query: []param{{name: "state", kind: "string"}, {name: "code", kind: "string"}}}, open(), counts(login), status(302)),
		route("oidcLink", "POST", "/api/auth/oidc/link", "Tie an account of the provider to yours", s.oidcLink, payload{response: reflect.TypeFor[app.OIDCBegun]()}),
		op("me", "GET", "/api/auth/me", "Who am I?", s.me),
		op("changePassword", "POST", "/api/auth/password", "Change your password", s.changePassword, counts(login)),
		op("listLogins", "GET", "/api/auth/sessions", "Your log-ins", s.listLogins),
		op("endLogins", "DELETE", "/api/auth/sessions", "End your log-ins, or all others", s.svc.EndLogins),
		op("endLogin", "DELETE", "/api/auth/sessions/{login_id}", "End one of your log-ins", s.endLogin),
		op("beginTOTP", "POST", "/api/auth/totp", "Begin a second factor", s.beginTOTP, counts(login)),
		op("confirmTOTP", "POST", "/api/auth/totp/confirm", "Put it in force", s.svc.ConfirmTOTP, counts(login)),
		op("disableTOTP", "POST", "/api/auth/totp/disable", "Turn it off", s.disableTOTP, counts(login)),
		op("newRecoveryCodes", "POST", "/api/auth/totp/recovery-codes", "Replace your recovery codes", s.svc.NewRecoveryCodes, counts(login)),
		op("listTokens", "GET", "/api/auth/tokens", "Your personal access tokens", s.svc.ListTokens),
		op("createToken", "POST", "/api/auth/tokens", "Make one", s.createToken),
		op("revokeToken", "DELETE", "/api/auth/tokens/{token_id}", "Revoke one", s.revokeToken),
		op("listNotices", "GET", "/api/notices", "Messages for you", s.svc.ListNotices),
		op("seeNotice", "POST", "/api/notices/{notice_id}/seen", "Mark a message as seen", s.svc.SeeNotice),
	)
}
