package rest

import (
	"context"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/internal/limit"
	"retable/internal/retable"
)

// admit finds out who asks, and counts the request.
func (s *Server) admit(o *operation) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if s.local != nil {
			ctx, err := s.local(c.UserContext())
			if err != nil {
				return err
			}
			c.SetUserContext(ctx)
			return c.Next()
		}
		if o.open {
			if err := s.countOpen(c, o); err != nil {
				return err
			}
			return c.Next()
		}
		ctx, err := s.authenticated(c)
		if err != nil {
			if lerr := s.countOpen(c, o); lerr != nil {
				return lerr
			}
			return err
		}
		c.SetUserContext(ctx)
		if err := s.countCaller(c, o); err != nil {
			return err
		}
		return c.Next()
	}
}

// authenticated is the context of whom the bearer token speaks for. Cookies
// don't count here.
func (s *Server) authenticated(c *fiber.Ctx) (context.Context, error) {
	scheme, bearer, ok := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, &retable.Error{Code: retable.Unauthorized, Reason: "token_missing", Detail: "Log in first, and send the access token: Authorization: Bearer TOKEN."}
	}
	p, err := s.svc.Authenticate(c.UserContext(), strings.TrimSpace(bearer))
	if err != nil {
		return nil, err
	}
	return retable.WithPrincipal(c.UserContext(), p), nil
}

// countOpen counts a request that nobody is logged in for: by address, log-ins
// by their own limit too.
func (s *Server) countOpen(c *fiber.Ctx, o *operation) error {
	if s.reads == nil || o.class == uncounted {
		return nil
	}
	addr, _ := c.Locals(addrKey).(netip.Addr)
	bucket := limit.Bucket(addr)
	if o.class == login {
		if err := s.count(c, s.logins, "login", "login "+bucket, retable.Rate(s.cfg.Rates.Login)); err != nil {
			return err
		}
		return s.countRoute(c, o, "address "+bucket)
	}
	if err := s.count(c, s.reads, "address", "address "+bucket, retable.Rate(s.cfg.Rates.Address)); err != nil {
		return err
	}
	return s.countRoute(c, o, "address "+bucket)
}

// countCaller counts a request of somebody who is logged in. Administrators
// are exempt, except from the limit of log-ins.
func (s *Server) countCaller(c *fiber.Ctx, o *operation) error {
	p, err := retable.PrincipalFrom(c.UserContext())
	if err != nil || s.reads == nil || o.class == uncounted {
		return err
	}
	user := "user " + p.UserID
	if o.class == login {
		return s.count(c, s.logins, "login", "login "+user, retable.Rate(s.cfg.Rates.Login))
	}
	if p.Role == retable.RoleAdmin {
		return nil
	}
	tier, rate := "user", s.cfg.Rates.User
	if p.Role == retable.RoleOps {
		tier, rate = "ops", s.cfg.Rates.Ops
	}
	if err := s.count(c, s.reads, tier, user, retable.Rate(rate)); err != nil {
		return err
	}
	switch o.class {
	case upload:
		err = s.count(c, s.reads, "upload", "upload "+user, retable.Rate(s.cfg.Rates.Upload))
	case asking:
		err = s.countAsking(c)
	}
	if err != nil {
		return err
	}
	return s.countRoute(c, o, user)
}

// countAsking counts a question. Administrators are exempt.
func (s *Server) countAsking(c *fiber.Ctx) error {
	p, err := retable.PrincipalFrom(c.UserContext())
	if err != nil || s.reads == nil || p.Role == retable.RoleAdmin {
		return err
	}
	return s.count(c, s.reads, "ask", "ask user "+p.UserID, retable.Rate(s.cfg.Rates.Ask))
}

// countRoute counts by the limits of single routes.
func (s *Server) countRoute(c *fiber.Ctx, o *operation, who string) error {
	for _, r := range s.cfg.Rates.Routes {
		if r.Method == o.method && r.Path == o.path {
			if err := s.count(c, s.reads, "route", "route "+o.method+" "+o.path+" "+who, retable.Rate(r.Rate)); err != nil {
				return err
			}
		}
	}
	return nil
}

// count asks the limiter and tells the client what it said.
func (s *Server) count(c *fiber.Ctx, l retable.Limiter, tier, key string, rate retable.Rate) error {
	if rate.Count <= 0 {
		return nil // switched off
	}
	d, err := l.Allow(c.UserContext(), key, rate, 1)
	if err != nil {
		return err
	}
	for name, value := range limit.Headers(d, rate) {
		c.Set(name, value)
	}
	if !d.Allowed {
		s.metrics.RateLimited(tier)
		return limit.Refusal(d)
	}
	return nil
}
