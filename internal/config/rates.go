package config

// Limiter is what counts requests.
type Limiter string

// The limiters.
const (
	LimiterMemory   Limiter = "memory"
	LimiterPostgres Limiter = "postgres"
	LimiterRedis    Limiter = "redis"
)

// Rates bounds how often things are asked. Administrators are exempt, except
// from Login.
type Rates struct {
	Limiter Limiter
	Redis   string
	Address Rate // of one address that hasn't logged in
	User    Rate
	Ops     Rate
	Login   Rate
	Upload  Rate
	Ask     Rate
	Routes  []RouteRate
}

func (r *Rates) fields() []Field {
	return []Field{
		{
			Name: "limiter", value: choice(&r.Limiter, "memory", "postgres", "redis"), Default: "memory",
			Help: "What counts requests: this process, or for several replicas the database or Redis.",
		},
		{Name: "redis", value: secretLink(&r.Redis, "redis", "rediss"), Help: "Redis, such as rediss://user:password@host:6379/0."}, //nolint:gosec // an example of an address
		{Name: "rate", value: rate(&r.Address), Default: "100/1m", Help: "Requests of one address without a log-in (IPv6: of one /64)."},
		{Name: "rate_user", value: rate(&r.User), Default: "600/1m", Help: "Requests of one user."},
		{Name: "rate_ops", value: rate(&r.Ops), Default: "1200/1m", Help: "Requests of one user of the role ops."},
		{Name: "rate_login", value: rate(&r.Login), Default: "10/1m", Help: "Log-ins and password resets of one address."},
		{Name: "rate_upload", value: rate(&r.Upload), Default: "60/1m", Help: "Uploads begun by one user."},
		{Name: "rate_ask", value: rate(&r.Ask), Default: "30/1m", Help: "Questions of one user."},
		{Name: "rate_routes", value: routeRates(&r.Routes), Help: "Limits of single routes beside these, such as POST /api/comparison/compare=10/1m."},
	}
}
