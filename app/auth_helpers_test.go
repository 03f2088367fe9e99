package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"retable/internal/auth"
	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// standingClock stands until it is moved.
type standingClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *standingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *standingClock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// mailbox is a notifier that keeps what it gets.
type mailbox struct {
	mu   sync.Mutex
	sent []auth.Notification
	err  error
}

func (m *mailbox) Name() string { return "smtp" }

func (m *mailbox) Notify(_ context.Context, n *auth.Notification) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n.Email == "" {
		return auth.ErrNoAddress
	}
	if m.err == nil {
		m.sent = append(m.sent, *n)
	}
	return m.err
}

func (m *mailbox) kinds() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, n := range m.sent {
		all = append(all, n.Kind)
	}
	return strings.Join(all, " ")
}

// last returns the token of the link that was sent last.
func (m *mailbox) last(t *testing.T) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.sent) - 1; i >= 0; i-- {
		if _, token, ok := strings.Cut(m.sent[i].Link, "#token="); ok {
			return token
		}
	}
	t.Fatal("no link was sent")
	return ""
}

// accountsBench is a fresh service of accounts with a user of each role.
type accountsBench struct {
	*Accounts
	t      *testing.T
	clock  *standingClock
	store  *store.Store
	mail   *mailbox
	keys   *auth.Ring
	hasher *auth.Hasher
	deps   AccountsDeps
	admin  *User
	anna   *User
}

const (
	goodPassword  = "correct horse battery"
	otherPassword = "another fine password"
)

func newAccountsBench(t *testing.T, engine string, change ...func(*AccountsDeps)) *accountsBench {
	t.Helper()
	b := &accountsBench{t: t, clock: &standingClock{now: time.Now().Truncate(time.Second)}, mail: &mailbox{}}
	b.store = storetest.Open(t, engine, func(c *store.Config) { c.Clock = b.clock.Now })
	var err error
	if b.keys, err = auth.OpenRing(t.TempDir()+"/keys.json", "", b.clock.Now); err != nil {
		t.Fatal(err)
	}
	if b.hasher, err = auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}, Queue: 1000, Wait: time.Minute}); err != nil {
		t.Fatal(err)
	}
	b.deps = AccountsDeps{
		Store: b.store, Keys: b.keys, Hasher: b.hasher, Policy: auth.NewPolicy(0), Notifiers: []auth.Notifier{b.mail},
		Settings: AccountSettings{PublicURL: "https://retable.example"}, Clock: b.clock.Now,
		VerifyAudit: func(ctx context.Context, log retable.Audit, expect *AuditHead) (AuditHead, error) {
			head, err := store.VerifyAudit(ctx, log, (*store.AuditHead)(expect))
			return AuditHead(head), err
		},
	}
	for _, c := range change {
		c(&b.deps)
	}
	b.Accounts = b.replica()
	b.admin = b.user("root", retable.RoleAdmin)
	b.anna = b.user("anna", retable.RoleUser)
	return b
}

// replica is another process over the same store.
func (b *accountsBench) replica() *Accounts {
	a := NewAccounts(b.deps)
	b.t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			b.t.Error(err)
		}
	})
	return a
}

// machine is the person at the machine: the command line.
func (b *accountsBench) machine() context.Context {
	return retable.WithPrincipal(b.t.Context(), &retable.Principal{UserID: "local", Username: retable.LocalUser, Role: retable.RoleAdmin, Local: true})
}

func (b *accountsBench) user(name string, role retable.Role) *User {
	b.t.Helper()
	u, err := b.CreateUser(b.machine(), CreateUserRequest{Username: name, Password: goodPassword, Role: role, Email: name + "@example.org"})
	if err != nil {
		b.t.Fatal(err)
	}
	return &u.User
}

// from is a request without a log-in.
func (b *accountsBench) from(addr string) context.Context {
	return WithClient(b.t.Context(), Client{Addr: addr, Agent: "test"})
}

// login logs a user in.
func (b *accountsBench) login(name string) *LoginResult {
	b.t.Helper()
	res, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: name, Password: goodPassword})
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// as is a request of whoever the bearer speaks for.
func (b *accountsBench) as(bearer string) context.Context {
	b.t.Helper()
	p, err := b.Authenticate(b.from("192.0.2.1"), bearer)
	if err != nil {
		b.t.Fatal(err)
	}
	return retable.WithPrincipal(b.t.Context(), p)
}

func (b *accountsBench) asUser(name string) context.Context { return b.as(b.login(name).AccessToken) }

// drained waits for the messages on their way, on an instance of its own.
func drained(t *testing.T, a *Accounts) {
	t.Helper()
	if err := a.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// wantReason checks that an error is a refusal for a reason.
func wantReason(t *testing.T, what string, err error, reason string) {
	t.Helper()
	if got := reasonOf(err); got != reason {
		t.Errorf("%s: got %v (reason %q), want the reason %q", what, err, got, reason)
	}
}

func reasonOf(err error) string {
	var e *retable.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// audited returns "action outcome" of all entries, oldest first.
func (b *accountsBench) audited() []string {
	b.t.Helper()
	var all []string
	err := b.store.View(b.t.Context(), func(tx retable.Tx) error {
		all = nil
		return tx.Audit().Each(b.t.Context(), func(e *retable.AuditEntry) error {
			all = append(all, e.Action+" "+e.Outcome)
			return nil
		})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func (b *accountsBench) wantAudited(entries ...string) {
	b.t.Helper()
	got := strings.Join(b.audited(), ", ")
	for _, e := range entries {
		if !strings.Contains(got, e) {
			b.t.Errorf("the audit log lacks %q: %s", e, got)
		}
	}
}

// onBothEngines runs a claim on SQLite and PostgreSQL.
func onBothEngines(t *testing.T, claim func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			claim(t, engine)
		})
	}
}

// codeAt is the code of an authenticator app.
func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
