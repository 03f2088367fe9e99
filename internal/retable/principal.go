package retable

import (
	"context"
	"slices"
)

// Role is what a user may do beyond their own things.
type Role string

// The roles. Ops runs clean-up and sees jobs and errors; admin may all.
const (
	RoleUser  Role = "user"
	RoleOps   Role = "ops"
	RoleAdmin Role = "admin"
)

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return r == RoleUser || r == RoleOps || r == RoleAdmin }

// Scope is what an access token is good for.
type Scope string

// The scopes. A log-in has all of them.
const (
	ScopeRead  Scope = "read"  // look and download
	ScopeWrite Scope = "write" // upload, convert, compare, index, delete one's own
	ScopeAsk   Scope = "ask"   // ask questions
	ScopeAdmin Scope = "admin" // what the user's role allows beyond their own
)

// Principal is who asks.
type Principal struct {
	UserID   string
	Username string
	Role     Role
	Teams    []string // ids
	LoginID  string   // of the log-in, "" for tokens and local use
	TokenID  string   // of the personal access token
	Scopes   []Scope  // nil: all
	Local    bool     // the person at this machine: desktop and command line
	Addr     string   // the client's address, for the audit log
	Agent    string   // its user agent
}

// Has reports whether the principal may act in the scope.
func (p *Principal) Has(s Scope) bool { return p.Scopes == nil || slices.Contains(p.Scopes, s) }

// IsAdmin reports whether the principal acts as an administrator.
func (p *Principal) IsAdmin() bool { return p.Role == RoleAdmin && p.Has(ScopeAdmin) }

// IsOps reports whether the principal may see to the operation.
func (p *Principal) IsOps() bool {
	return (p.Role == RoleAdmin || p.Role == RoleOps) && p.Has(ScopeAdmin)
}

// LocalUser is the name of the desktop's user. Its things pass to the first
// administrator when the same data root is served.
const LocalUser = "local"

type contextKey int

const (
	principalKey contextKey = iota
	correlationKey
)

// WithPrincipal returns a context that carries who asks.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey, p)
}

// PrincipalFrom returns who asks, or an Unauthorized error.
func PrincipalFrom(ctx context.Context) (*Principal, error) {
	if p, ok := ctx.Value(principalKey).(*Principal); ok && p != nil {
		return p, nil
	}
	return nil, &Error{Code: Unauthorized, Detail: "Log in first."}
}

// WithCorrelation returns a context that carries the id under which all that
// belongs to one request is logged.
func WithCorrelation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey, id)
}

// CorrelationFrom returns that id, "" without one.
func CorrelationFrom(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey).(string)
	return id
}
