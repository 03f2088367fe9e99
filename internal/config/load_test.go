package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const key32 = "0123456789abcdef0123456789abcdef"

// home is a Source of an empty home directory.
func home(t *testing.T, environ ...string) Source {
	t.Helper()
	dir := t.TempDir()
	return Source{Environ: append([]string{"HOME=" + dir}, environ...), Dir: dir}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, src Source) *Config {
	t.Helper()
	c, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNothingSetGivesTheDefaults(t *testing.T) {
	t.Parallel()
	src := home(t)
	c := mustLoad(t, src)
	root := filepath.Join(src.Dir, ".local", "share", "retable")
	if c.Place.RuntimeRoot != root || c.Place.Database != filepath.Join(root, "retable.db") || c.Place.Blobs != root || c.Retention.BackupDir != filepath.Join(root, "backups") {
		t.Errorf("got %+v", c.Place)
	}
	if c.Server.Address != "127.0.0.1:8000" || c.Jobs.Lease != 15*time.Second || c.Jobs.Poll != time.Second || c.Auth.RefreshGrace != 0 || c.Reading.MaxEntries != 1_000_000 || c.Reading.FormulaGuard {
		t.Errorf("got %+v %+v %+v", c.Server, c.Jobs, c.Reading)
	}
	if c.Place.Postgres() || c.Place.S3() || c.Place.Development() || !c.Jobs.Role.API() || !c.Jobs.Role.Worker() || !c.Models.CloudAllowed() {
		t.Error("the defaults are not embedded")
	}
	for _, f := range c.Fields() {
		if f.Origin != FromDefault {
			t.Errorf("%s comes from %s", f.Name, f.Origin)
		}
	}
	src.Served = true
	s := mustLoad(t, src)
	if r := s.Reading; r.MaxEntries != 2000 || r.MaxEntryBytes != 100*mB || r.MaxTotalBytes != gB || r.MaxRatio != 200 || r.MaxReadTime != 2*time.Minute || !r.FormulaGuard {
		t.Errorf("the server reads under %+v", r)
	}
}

func TestFlagBeatsEnvironmentBeatsDotEnvBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	src := home(t, "RET_ENV=development", "RET_QUEUE_MAX=2", "RET_POLL=", "RET_JOB_ATTEMPTS=")
	src.Environ = src.Environ[:len(src.Environ)-2]
	src.Flags = map[string]string{"queue-max": "1"}
	write(t, filepath.Join(src.Dir, ".env"), "# mine\nexport RET_QUEUE_MAX=3\nRET_JOB_ATTEMPTS=3\nRET_ACME_EMAIL = \"a # b\"\nRET_CHAT_MODEL=x # small\nOTHER=1\n")
	file := write(t, filepath.Join(src.Dir, ".config", "retable", "config.toml"),
		"queue_max = 4\njob_attempts = 4\njob_lease = '4s'\npprof = true\nfusion_weight = 0.25\ntrusted_proxies = ['10.0.0.0/8', '::1']\n[oidc]\nname = 'Corp'\n")
	c := mustLoad(t, src)
	origin := func(name string) Origin { return c.field(name).Origin }
	if c.Jobs.QueueMax != 1 || origin("queue_max") != FromFlag {
		t.Errorf("flag: %d from %s", c.Jobs.QueueMax, origin("queue_max"))
	}
	if c.Jobs.Attempts != 3 || origin("job_attempts") != FromDotEnv || c.Server.ACMEEmail != "a # b" || c.Models.ChatModel != "x" {
		t.Errorf(".env: %d from %s, %q, %q", c.Jobs.Attempts, origin("job_attempts"), c.Server.ACMEEmail, c.Models.ChatModel)
	}
	if c.Jobs.Lease != 4*time.Second || origin("job_lease") != Origin(file) || !c.Observe.Pprof || c.Models.FusionWeight != 0.25 || len(c.Server.TrustedProxies) != 2 || c.Auth.OIDCName != "Corp" {
		t.Errorf("file: %v from %s, %+v", c.Jobs.Lease, origin("job_lease"), c.Server)
	}
	src.Flags = nil
	if c = mustLoad(t, src); c.Jobs.QueueMax != 2 || c.field("queue_max").Origin != FromEnv {
		t.Errorf("environment: %d", c.Jobs.QueueMax)
	}
	src.Environ = src.Environ[:1] // production: .env isn't read
	if c = mustLoad(t, src); c.Jobs.QueueMax != 4 || c.Jobs.Attempts != 4 {
		t.Errorf("production: %d", c.Jobs.QueueMax)
	}
}

func TestEveryFaultIsToldAtOnceWithItsCure(t *testing.T) {
	t.Parallel()
	src := home(t,
		"RET_ADDRESZ=x", "RET_ADDRESS=8000", "RET_JOB_LEASE=soon", "RET_MAX_UPLOAD_BYTES=big", "RET_ROLE=boss",
		"RET_CORS_ORIGINS=https://ok.example,*", "RET_REFRESH_GRACE=11s", "RET_TRUSTED_PROXIES=10.0.0.0/33", "RET_BACKUP_AT=25:00",
		"RET_PPROF=maybe", "RET_FUSION_WEIGHT=NaN", "RET_RATE=fast", "RET_OLLAMA_URL=localhost:11434", "RET_QUITE_UNLIKE_ANYTHING=1",
		"RET_RATE_ROUTES=ai/chat=1", "RET_ACME_DOMAINS=https://a", "RET_WORKERS=-1", "RET_CACHE=/x", "RET_CORPUS=/y",
		"RET_JWT_KEY_FILE=/nowhere/key", "RET_SEAL_KEY=hunter2", "RET_SEAL_KEY_FILE=/x", "RET_REDIS=http://user:hunter2@host",
	)
	src.Flags = map[string]string{"queue-max": "none", "s3-secret-key": "hunter2"}
	file := write(t, filepath.Join(src.Dir, "my.toml"), "quota_byte = 1\nenv = 'development'\nbackup_keep = {}\nsmtp_file='/nowhere/smtp'\nroles = [[1]]\n")
	src.Environ = append(src.Environ, "RET_CONFIG="+file)
	_, err := Load(src)
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	message := err.Error()
	for _, want := range []string{
		"RET_ADDRESZ: there is no such setting; did you mean RET_ADDRESS?",
		`RET_ADDRESS = "8000": write HOST:PORT`,
		`RET_JOB_LEASE = "soon": write a time from 3s to 1h, such as`,
		`RET_MAX_UPLOAD_BYTES = "big": write a size such as 64MB, 1GiB`,
		`RET_ROLE = "boss": write all, api or worker`,
		`* is refused, since calls carry credentials`,
		`RET_REFRESH_GRACE = "11s": write a time from 0s to 10s`,
		`RET_TRUSTED_PROXIES = "10.0.0.0/33": "10.0.0.0/33" is no address`,
		`RET_BACKUP_AT = "25:00": write a time of day`,
		`RET_PPROF = "maybe": write true or false`,
		`RET_FUSION_WEIGHT = "NaN": write a number from 0 to 1`,
		`RET_RATE = "fast": write COUNT/TIME such as 100/1m`,
		`RET_OLLAMA_URL = "localhost:11434": write a URL that begins with http or https and ://`,
		"RET_QUITE_UNLIKE_ANYTHING: there is no such setting\n",
		`is no limit of a route: write METHOD PATH=COUNT/TIME`,
		`"https://a" is no domain`,
		`RET_WORKERS = "-1": write a whole number from 0 to 1024`,
		`RET_JWT_KEY_FILE = "/nowhere/key": there is no such file`,
		"RET_SEAL_KEY: set either this or RET_SEAL_KEY_FILE, not both",
		`RET_REDIS = "(secret)": write a URL`,
		`--queue-max = "none": write a whole number`,
		"--s3-secret-key: a secret on the command line can be seen by others: use --s3-secret-key-file or RET_S3_SECRET_KEY",
		"quota_byte in " + file + ": there is no such setting; did you mean quota_bytes?",
		"env in " + file + ": only the environment or a flag can say this",
		`roles = "[[1]]" in ` + file + ": write a text in quotes",
		`smtp_file = "/nowhere/smtp" in ` + file + ": there is no such file",
	} {
		if !strings.Contains(message+"\n", want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if strings.Contains(message, "hunter2") {
		t.Error("a secret is told")
	}
	if strings.Contains(message, "RET_CACHE:") || strings.Contains(message, "RET_CORPUS:") {
		t.Error("the Makefile's variables are taken for settings")
	}
	if t.Failed() {
		t.Log(message)
	}
	one := Faults{{Setting: "RET_A", Problem: "no"}}
	if one.Error() != "RET_A: no" {
		t.Errorf("got %q", one)
	}
}

func TestWhatIsRightAloneMayBeWrongTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		local   bool
		environ string // separated by spaces
		want    string // "" for none
	}{
		{false, "RET_ADDRESS=0.0.0.0:8000", "plain HTTP beyond this machine is refused"},
		{false, "RET_ADDRESS=:8000", "plain HTTP beyond this machine is refused"},
		{false, "RET_ADDRESS=0.0.0.0:8000 RET_ALLOW_HTTP=yes", ""},
		{false, "RET_ADDRESS=0.0.0.0:8000 RET_TRUSTED_PROXIES=10.0.0.1", ""},
		{false, "RET_ADDRESS=0.0.0.0:443 RET_ACME_DOMAINS=a.example.org", ""},
		{false, "RET_ADDRESS=0.0.0.0:8000 RET_ROLE=worker", ""},
		{false, "RET_ADDRESS=[::1]:8000", ""},
		{false, "RET_ADDRESS=localhost:8000", ""},
		{true, "RET_ADDRESS=0.0.0.0:8000", ""},
		{false, "RET_TLS_CERT=a.pem", "RET_TLS_CERT and RET_TLS_KEY together"},
		{false, "RET_TLS_CERT=a.pem RET_TLS_KEY=k.pem RET_ACME_DOMAINS=a.example.org", "choose between"},
		{false, "RET_DATABASE=postgres://u:p@h/d", "needed with PostgreSQL"},
		{false, "RET_DATABASE=postgres://u:p@h/d RET_JWT_KEY=" + key32 + " RET_SEAL_KEY=" + key32, ""},
		{false, "RET_DATABASE=postgres://u:p@h/d RET_ROLE=worker", ""},
		{true, "RET_DATABASE=postgres://u:p@h/d", ""},
		{false, "RET_JWT_KEY=short", `the key with the id "1" has 5 bytes and HS256 needs 32`},
		{false, "RET_JWT_KEY=" + key32 + " RET_JWT_KEYS=a:" + key32, "not both"},
		{false, "RET_JWT_KEYS=a:" + key32 + ",b:" + key32 + " RET_SEAL_KEY=" + key32, ""},
		{false, "RET_JWT_KEYS=a:" + key32, "together with RET_JWT_KEY, or neither"},
		{false, "RET_SEAL_KEY=" + key32, "together with RET_JWT_KEY, or neither"},
		{false, "RET_JWT_KEYS=a:" + key32 + ",a:" + key32, "stands twice"},
		{false, "RET_JWT_KEYS=" + key32, "write ID:KEY"},
		{false, "RET_JWT_KEY=" + key32 + " RET_JWT_ALGORITHM=EdDSA", "is no PEM private key"},
		{false, "RET_SEAL_KEY=short", "needs 32"},
		{false, "RET_LIMITER=redis", "needed with RET_LIMITER=redis"},
		{false, "RET_LIMITER=redis RET_REDIS=redis://h:6379/0", ""},
		{false, "RET_LIMITER=postgres", "needs a PostgreSQL URL"},
		{false, "RET_NOTIFIER=smtp", "RET_NOTIFIER=smtp"},
		{false, "RET_NOTIFIER=smtp RET_SMTP=smtps://h:465 RET_MAIL_FROM=nobody", "write an address"},
		{false, "RET_NOTIFIER=smtp RET_SMTP=smtps://h:465 RET_MAIL_FROM=a@b.example", ""},
		{false, "RET_NOTIFIER=webhook", "RET_NOTIFIER=webhook"},
		{false, "RET_OIDC_ISSUER=https://id.example", "together"},
		{false, "RET_OIDC_ISSUER=https://id.example RET_OIDC_CLIENT_ID=x RET_OIDC_ROLE_CLAIM=groups", "together"},
		{false, "RET_COOKIE_SECURE=never RET_ADDRESS=0.0.0.0:8000 RET_ALLOW_HTTP=1", "over plain HTTP on this machine only"},
		{false, "RET_MAX_STREAMS=100 RET_MAX_CONNECTIONS=100", "smaller than"},
		{true, "RET_S3_ACCESS_KEY=x", "together"},
		{true, "RET_JOB_POLL=20s", "shorter than RET_JOB_LEASE"},
		{true, "RET_BACKUP_AT=03:30", "another time"},
		{true, "RET_MODEL_PROVIDER=openai", "needed with RET_MODEL_PROVIDER=openai"},
		{true, "RET_MODEL_PROVIDER=openai RET_OPENAI_URL=http://127.0.0.1:1/v1 RET_CLOUD_MODELS=forbid", ""},
		{true, "RET_MODEL_PROVIDER=openai RET_OPENAI_KEY=k RET_CLOUD_MODELS=forbid", "is such a model"},
		{true, "RET_MODEL_PROVIDER=ollama", "needed with"},
		{true, "RET_OPENAI_LOCAL=true RET_OPENAI_URL=http://[::1]:8080/v1", ""},
		{true, "RET_OPENAI_LOCAL=true RET_OPENAI_URL=http://models.example/v1", "another machine"},
		{true, "RET_OPENAI_LOCAL=true", "another machine"},
		{true, "RET_AZURE_ENDPOINT=https://x.openai.azure.com RET_AZURE_KEY=k", "name a deployment"},
		{true, "RET_AZURE_ENDPOINT=https://x.openai.azure.com RET_AZURE_DEPLOYMENT=d", "it is needed with RET_AZURE_ENDPOINT"},
		{true, "RET_DATABASE=mysql://x", "begins with postgres or postgresql"},
		{true, "RET_BLOBS=gs://x", "begins with s3"},
	} {
		src := home(t, strings.Fields(c.environ)...)
		src.Served = !c.local
		_, err := Load(src)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.environ, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", c.environ, err, c.want)
		}
	}
}

func TestASecretComesFromAFileToo(t *testing.T) {
	t.Parallel()
	src := home(t)
	path := write(t, filepath.Join(src.Dir, "key"), key32+"\r\n")
	empty := write(t, filepath.Join(src.Dir, "empty"), "\n")
	src.Environ = append(src.Environ, "RET_JWT_KEY_FILE="+path)
	src.Flags = map[string]string{"seal-key-file": path}
	write(t, filepath.Join(src.Dir, ".config", "retable", "config.toml"), "database_file = '"+write(t, filepath.Join(src.Dir, "db"), "postgres://u:hunter2@h/d\n")+"'")
	c := mustLoad(t, src)
	if c.Auth.JWTKey.Reveal() != key32 || c.Auth.SealKey.Reveal() != key32 || c.Place.Database != "postgres://u:hunter2@h/d" {
		t.Errorf("got %q, %q, %q", c.Auth.JWTKey.Reveal(), c.Auth.SealKey.Reveal(), c.Place.Database)
	}
	if f := c.field("jwt_key"); f.Origin != Origin(path) || f.Value() != masked {
		t.Errorf("got %q from %q", f.Value(), f.Origin)
	}
	for _, bad := range []string{empty, src.Dir} {
		if _, err := Load(Source{Environ: []string{"HOME=" + src.Dir, "RET_SEAL_KEY_FILE=" + bad}}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, err := Load(home(t, "RET_ADDRESS_FILE="+path)); err == nil || !strings.Contains(err.Error(), "RET_ADDRESS_FILE: there is no such setting") {
		t.Errorf("a setting that is no secret came from a file: %v", err)
	}
}

func TestABrokenFileIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	src := home(t)
	file := write(t, filepath.Join(src.Dir, "c.toml"), "address = '127.0.0.1:1'\nrole = = 'api'\n")
	src.Flags = map[string]string{"config": file}
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), file+":2:8") {
		t.Errorf("got %v", err)
	}
	write(t, file, "rate='off'\n[oidc]\nname='a'\n[oidc.client]\nid='x'\n")
	if _, err := Load(src); err != nil {
		t.Error(err)
	}
	write(t, file, "oidc_name='b'\n[oidc]\nname='a'\n")
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "set twice") {
		t.Errorf("got %v", err)
	}
	write(t, file, strings.Repeat("#", maxFile+1))
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
	src.Flags["config"] = filepath.Join(src.Dir, "none.toml")
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	src = home(t, "RET_ENV=development")
	write(t, filepath.Join(src.Dir, ".env"), "RET_ROLE=api\nnonsense\nRET_ROL=1\n")
	if _, err := Load(src); err == nil || !strings.Contains(err.Error(), ".env:2: write NAME=VALUE") || !strings.Contains(err.Error(), "did you mean RET_ROLE") {
		t.Errorf("got %v", err)
	}
}

func TestPathsAreMeantFromTheWorkingDirectory(t *testing.T) {
	t.Parallel()
	src := home(t, "RET_RUNTIME_ROOT=data", "RET_DATABASE=my.db", "RET_TLS_CERT=c.pem", "RET_TLS_KEY=/k.pem", "RET_BLOBS=s3://bucket/x?endpoint=http://h")
	c := mustLoad(t, src)
	if c.Place.RuntimeRoot != filepath.Join(src.Dir, "data") || c.Place.Database != filepath.Join(src.Dir, "my.db") || c.Server.TLSCert != filepath.Join(src.Dir, "c.pem") || c.Server.TLSKey != "/k.pem" || !c.Place.S3() {
		t.Errorf("got %+v", c.Place)
	}
	src.Dir = ""
	if c = mustLoad(t, src); !filepath.IsAbs(c.Place.RuntimeRoot) {
		t.Errorf("got %q", c.Place.RuntimeRoot)
	}
	if _, err := Load(Source{}); err == nil || !strings.Contains(err.Error(), "no home directory") {
		t.Errorf("got %v", err)
	}
}

func TestTheUsersDirectoriesFollowTheSystem(t *testing.T) {
	t.Parallel()
	env := map[string]string{"HOME": "/people/a", "LocalAppData": "/local"}
	get := func(name string) string { return env[name] }
	for goos, want := range map[string]string{
		"linux": "/people/a/.local/share/retable", "darwin": "/people/a/Library/Application Support/retable", "windows": "/local/retable",
	} {
		if got, err := userDir(goos, get, "XDG_DATA_HOME", ".local/share", "LocalAppData"); err != nil || got != want {
			t.Errorf("%s: got %q, %v", goos, got, err)
		}
	}
	env["XDG_DATA_HOME"] = "/data"
	if got, _ := userDir("linux", get, "XDG_DATA_HOME", ".local/share", "LocalAppData"); got != "/data/retable" {
		t.Errorf("got %q", got)
	}
}
