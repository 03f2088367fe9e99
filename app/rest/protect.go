package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"retable/internal/retable"
)

// pageCSP is what pages of the front end may do: nothing but their own files
// and calls. apiCSP is for everything else.
const (
	pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
		"worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
	apiCSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// protect sets the headers that every answer has; apiHeaders those of an
// answer that is no page.
func (s *Server) protect(c *fiber.Ctx) {
	apiHeaders(c)
	if age := int(s.cfg.Server.HSTS.Seconds()); age > 0 && s.secure(c) {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age="+strconv.Itoa(age)+"; includeSubDomains")
	}
}

func apiHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
	c.Set(fiber.HeaderContentSecurityPolicy, apiCSP)
	c.Set(fiber.HeaderCacheControl, "no-store")
}

// cors answers for pages of other origins: those that the settings name may
// call, with credentials; to the others nothing is granted. done reports that
// the answer is complete.
func (s *Server) cors(c *fiber.Ctx) (done bool, err error) {
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" || !strings.HasPrefix(c.Path(), "/api/") {
		return false, nil
	}
	c.Vary(fiber.HeaderOrigin)
	preflight := c.Method() == fiber.MethodOptions && c.Get(fiber.HeaderAccessControlRequestMethod) != ""
	if !slices.Contains(s.cfg.Server.CORSOrigins, origin) {
		if preflight && !s.own(c, origin) {
			return true, &retable.Error{Code: retable.Forbidden, Reason: "origin_denied", Detail: "Pages of this origin may not call; an administrator can allow it (RET_CORS_ORIGINS)."}
		}
		return false, nil
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if !preflight {
		c.Set(fiber.HeaderAccessControlExposeHeaders, "X-Correlation-ID, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, ETag, Content-Disposition, Content-Range")
		return false, nil
	}
	c.Set(fiber.HeaderAccessControlAllowMethods, "GET, HEAD, POST, PUT, PATCH, DELETE")
	c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, X-Correlation-ID, X-Content-SHA256, X-Filename, Range, If-Range, If-None-Match")
	c.Set(fiber.HeaderAccessControlMaxAge, "600")
	return true, c.SendStatus(http.StatusNoContent)
}

// own reports whether an origin is this server's.
func (s *Server) own(c *fiber.Ctx, origin string) bool {
	if s.cfg.Server.PublicURL != "" {
		if u, err := url.Parse(s.cfg.Server.PublicURL); err == nil && strings.EqualFold(u.Scheme+"://"+u.Host, origin) {
			return true
		}
	}
	scheme := "http://"
	if s.secure(c) {
		scheme = "https://"
	}
	return strings.EqualFold(scheme+s.host(c), origin)
}

// host is what the client calls this server.
func (s *Server) host(c *fiber.Ctx) string { return string(c.Request().Host()) }

// sameSite refuses calls that go by the cookie unless they come from this
// server's own pages or those that may call. Browsers say where a call comes
// from; what says nothing is no browser and has no cookie that it wasn't given.
func (s *Server) sameSite(c *fiber.Ctx) error {
	origin, site := c.Get(fiber.HeaderOrigin), c.Get("Sec-Fetch-Site")
	allowed := origin != "" && (s.own(c, origin) || slices.Contains(s.cfg.Server.CORSOrigins, origin))
	switch {
	case origin != "" && !allowed,
		!allowed && site != "" && site != "same-origin" && site != "none":
		return &retable.Error{Code: retable.Forbidden, Reason: "cross_site", Detail: "This call came from another site's page and was refused."}
	}
	return nil
}
