package config

import (
	"math"
	"strings"
	"time"
)

// Place says where things are kept.
type Place struct {
	Env         string // production, development
	ConfigFile  string // named explicitly
	RuntimeRoot string // absolute
	Database    string // path of the SQLite file, or a PostgreSQL URL
	DatabaseMax int    // connections
	SlowQuery   time.Duration
	Blobs       string // directory, or s3://bucket/prefix?endpoint=...&region=...
	S3AccessKey Secret
	S3SecretKey Secret
	S3Token     Secret
	S3PartBytes int64
	S3Timeout   time.Duration
	CacheDir    string
	CacheBytes  int64
	DirectBytes int64 // downloads and announced uploads from here on go to S3 directly
	DirectTTL   time.Duration
}

// Postgres reports whether the database is PostgreSQL.
func (p *Place) Postgres() bool {
	return strings.HasPrefix(p.Database, "postgres://") || strings.HasPrefix(p.Database, "postgresql://")
}

// S3 reports whether blobs are kept in S3.
func (p *Place) S3() bool { return strings.HasPrefix(p.Blobs, "s3://") }

// Development reports whether a developer's conveniences hold, such as .env.
func (p *Place) Development() bool { return p.Env == "development" }

func (p *Place) fields() []Field {
	return []Field{
		{
			Name: "env", early: true, value: choice(&p.Env, "production", "development"), Default: "production",
			Help: "development also reads .env from the working directory. Only the real environment or the flag can say so.",
		},
		{
			Name: "config", early: true, value: path(&p.ConfigFile),
			Help: "Configuration file in TOML, with keys such as max_entries; by default retable/config.toml in the user's configuration directory.",
		},
		{
			Name: "runtime_root", value: path(&p.RuntimeRoot),
			Help: "The data root: database, blobs, caches. By default the user's data directory.",
		},
		{
			Name: "database", value: pathOrLink(&p.Database, "postgres", "postgresql"),
			Help: "PostgreSQL URL, or path of an SQLite file; by default retable.db in the data root.",
		},
		{Name: "database_max", value: integer(&p.DatabaseMax, 2, 1000), Default: "16", Help: "Connections to the database at once."},
		{Name: "slow_query", value: duration(&p.SlowQuery, 0, time.Hour), Default: "500ms", Help: "Statements that take longer are logged; 0 logs none."},
		{
			Name: "blobs", value: pathOrLink(&p.Blobs, "s3"),
			Help: "Where bundles and results are kept: a directory, by default the data root, or s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION.",
		},
		{Name: "s3_access_key", value: secret(&p.S3AccessKey), Help: "Access key id for S3. Without one the instance's own role is asked."},
		{Name: "s3_secret_key", value: secret(&p.S3SecretKey), Help: "Secret key for S3."},
		{Name: "s3_session_token", value: secret(&p.S3Token), Help: "Session token for S3, with temporary keys."},
		{Name: "s3_part_bytes", value: size(&p.S3PartBytes, 5*miB, 512*miB), Default: "8MiB", Help: "Parts that are sent to S3; each writer holds a few of them in memory."},
		{Name: "s3_timeout", value: duration(&p.S3Timeout, time.Second, time.Hour), Default: "1m", Help: "Time after which a call to S3 that makes no progress has failed."},
		{Name: "cache_dir", value: path(&p.CacheDir), Help: "Copies of blobs and index snapshots; by default cache in the data root."},
		{Name: "cache_bytes", value: size(&p.CacheBytes, 0, math.MaxInt64), Default: "20GB", Help: "What the cache may hold; what is in use stays."},
		{Name: "direct_bytes", value: size(&p.DirectBytes, 0, math.MaxInt64), Default: "64MB", Help: "Downloads of at least this size, and uploads whose size and SHA-256 were announced, go to S3 directly; 0 sends none."},
		{Name: "direct_ttl", value: duration(&p.DirectTTL, time.Second, 7*day), Default: "15m", Help: "How long a link to S3 works."},
	}
}
