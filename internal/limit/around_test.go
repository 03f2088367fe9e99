package limit

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"testing"
	"time"

	"retable/internal/retable"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]retable.Rate{
		"100/min":            {Count: 100, Per: time.Minute},
		" 5/10s ":            {Count: 5, Per: 10 * time.Second},
		"100/m burst 20":     {Count: 100, Per: time.Minute, Burst: 20},
		"1/h":                {Count: 1, Per: time.Hour},
		"1000/d":             {Count: 1000, Per: 24 * time.Hour},
		"3/1m30s":            {Count: 3, Per: 90 * time.Second},
		"10 / second":        {Count: 10, Per: time.Second},
		"7/minute burst 700": {Count: 7, Per: time.Minute, Burst: 700},
	} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("ParseRate(%q): got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "100", "x/min", "100/", "100/fortnight", "-1/min", "0/min", "1/min burst", "1/min burst 0", "1/min burst x", "9999999/s"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q): got %+v, want an error", text, got)
		}
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	trusted, err := ParsePrefixes([]string{"10.0.0.0/8", "192.0.2.1", "loopback", "2001:db8:1::/48"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ remote, forwarded, want string }{
		"nobody forwarded":                        {"203.0.113.9:4711", "", "203.0.113.9"},
		"a stranger's header is not believed":     {"203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		"a trusted proxy's is":                    {"10.0.0.1:80", "198.51.100.1", "198.51.100.1"},
		"a client can't put an address in front":  {"10.0.0.1:80", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		"a client can't pose as a proxy":          {"10.0.0.1:80", "1.1.1.1, 10.0.0.7, 198.51.100.1", "198.51.100.1"},
		"a chain of proxies":                      {"10.0.0.1:80", "9.9.9.9, 198.51.100.1, 10.2.3.4, 192.0.2.1", "198.51.100.1"},
		"only proxies: the first of them":         {"10.0.0.1:80", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		"garbage ends the walk":                   {"10.0.0.1:80", "198.51.100.1, unknown", "10.0.0.1"},
		"garbage behind the client is never read": {"10.0.0.1:80", "'; --, 198.51.100.1", "198.51.100.1"},
		"empty entries":                           {"10.0.0.1:80", "198.51.100.1,,", "10.0.0.1"},
		"entries with ports":                      {"10.0.0.1:80", "198.51.100.1:555", "198.51.100.1"},
		"IPv6 with port and brackets":             {"[2001:db8:1::1]:80", "[2001:db8:2::5]:99", "2001:db8:2::5"},
		"IPv6 in brackets":                        {"[::1]:80", "[2001:db8:2::5]", "2001:db8:2::5"},
		"zones are dropped":                       {"[fe80::1%eth0]:80", "", "fe80::1"},
		"IPv4 in IPv6 is IPv4":                    {"[::ffff:10.0.0.1]:80", "::ffff:198.51.100.1", "198.51.100.1"},
		"a remote without port":                   {"203.0.113.9", "", "203.0.113.9"},
		"no address at all":                       {"pipe", "198.51.100.1", "invalid IP"},
	} {
		if got := ClientIP(c.remote, c.forwarded, trusted).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if !FromTrusted("10.1.1.1:1", trusted) || FromTrusted("11.1.1.1:1", trusted) || FromTrusted("?", trusted) {
		t.Error("FromTrusted tells proxies wrong")
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"198.51.100.1":               "198.51.100.1",
		"::ffff:198.51.100.1":        "198.51.100.1",
		"2001:db8:1:2:3:4:5:6":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":       "2001:db8:1:2::/64",
		"fe80::1%eth0":               "fe80::/64",
		"2001:db8:1:3:ffff::1":       "2001:db8:1:3::/64",
		"::1":                        "::/64",
		"2001:db8:1:2::ffff:1.2.3.4": "2001:db8:1:2::/64",
	} {
		if got := Bucket(netip.MustParseAddr(in)); got != want {
			t.Errorf("Bucket(%s): got %s, want %s", in, got, want)
		}
	}
	if got := Bucket(netip.Addr{}); got != "unknown" {
		t.Errorf("no address: got %q", got)
	}
}

func TestParsePrefixes(t *testing.T) {
	t.Parallel()
	got, err := ParsePrefixes([]string{"", " 10.1.2.3/8 ", "::1", "private", "::ffff:192.0.2.1"})
	if err != nil || len(got) != 7 || got[0].String() != "10.0.0.0/8" || got[6].String() != "192.0.2.1/32" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ParsePrefixes([]string{"proxy.example"}); err == nil {
		t.Error("a host name passed as a network")
	}
}

func FuzzClientIP(f *testing.F) {
	f.Add("10.0.0.1:80", "1.1.1.1, [::1]:5, fe80::1%x, ,")
	f.Add("[::1]:80", "")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		trusted, _ := ParsePrefixes([]string{"private", "loopback"})
		addr := ClientIP(remote, forwarded, trusted)
		if addr.IsValid() && (addr.Zone() != "" || addr.Is4In6()) {
			t.Errorf("got %v, want a plain address", addr)
		}
		if direct := ClientIP(remote, "", trusted); direct.IsValid() && !isTrusted(direct, trusted) && addr != direct {
			t.Errorf("a stranger at %s passed as %s", direct, addr)
		}
		if Bucket(addr) == "" {
			t.Error("no bucket")
		}
	})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	rate := retable.Rate{Count: 100, Per: time.Minute}
	for name, c := range map[string]struct {
		d    retable.Decision
		r    retable.Rate
		want map[string]string
	}{
		"allowed": {retable.Decision{Allowed: true, Limit: 100, Remaining: 41, Reset: 35400 * time.Millisecond}, rate, map[string]string{
			"RateLimit-Limit": "100", "RateLimit-Remaining": "41", "RateLimit-Reset": "36", "RateLimit-Policy": "100;w=60"}},
		"refused": {retable.Decision{Limit: 100, RetryAfter: 10 * time.Millisecond, Reset: time.Minute}, rate, map[string]string{
			"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "60", "RateLimit-Policy": "100;w=60", "Retry-After": "1"}},
		"with a burst": {retable.Decision{Allowed: true, Limit: 5, Remaining: 5}, retable.Rate{Count: 10, Per: time.Second, Burst: 5}, map[string]string{
			"RateLimit-Limit": "5", "RateLimit-Remaining": "5", "RateLimit-Reset": "0", "RateLimit-Policy": "10;w=1;burst=5"}},
		"not counted": {retable.Decision{Allowed: true}, rate, map[string]string{}},
	} {
		if got := maps.Collect(Headers(c.d, c.r)); !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	err := Refusal(retable.Decision{RetryAfter: 1500 * time.Millisecond})
	if err.Code != retable.RateLimited || err.RetryAfter != 1500*time.Millisecond || err.Detail != "Too many requests; wait 2 s." {
		t.Errorf("got %+v", err)
	}
}

// brokenLimiter fails, at once or when the asker's patience ends.
type brokenLimiter struct {
	err  error
	hang bool
}

func (b brokenLimiter) Allow(ctx context.Context, _ string, _ retable.Rate, _ int) (retable.Decision, error) {
	if b.hang {
		<-ctx.Done()
		return retable.Decision{}, ctx.Err()
	}
	return retable.Decision{Allowed: true, Limit: 7}, b.err
}

func (brokenLimiter) Close() error { return nil }

func TestUnreachableBackend(t *testing.T) {
	t.Parallel()
	rate := retable.Rate{Count: 1, Per: time.Minute}
	for name, broken := range map[string]brokenLimiter{"that fails": {err: errors.New("connection refused")}, "that hangs": {hang: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counted := map[string]int{}
			hook := func(class string, err error) {
				if err == nil {
					t.Error("the hook heard no error")
				}
				counted[class]++
			}
			d, err := FailOpen(broken, "read", hook).Allow(t.Context(), "k", rate, 1)
			if err != nil || !d.Allowed {
				t.Errorf("open: got %+v, %v; want it allowed", d, err)
			}
			d, err = FailClosed(broken, "login", hook).Allow(t.Context(), "k", rate, 1)
			if d.Allowed || !retable.Is(err, retable.Unavailable) {
				t.Errorf("closed: got %+v, %v; want Unavailable", d, err)
			}
			var e *retable.Error
			if !errors.As(err, &e) || e.RetryAfter == 0 {
				t.Errorf("closed: got %v, want a RetryAfter", err)
			}
			if want := map[string]int{"read": 1, "login": 1}; !maps.Equal(counted, want) {
				t.Errorf("counted %v, want %v", counted, want)
			}
		})
	}
	t.Run("a reachable one answers itself", func(t *testing.T) {
		t.Parallel()
		l := FailClosed(brokenLimiter{}, "x", func(string, error) { t.Error("the hook was called") })
		if d, err := l.Allow(t.Context(), "k", rate, 1); err != nil || d.Limit != 7 {
			t.Errorf("got %+v, %v", d, err)
		}
	})
	t.Run("a caller who left isn't let through", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		l := FailOpen(brokenLimiter{hang: true}, "x", func(string, error) { t.Error("the hook was called") })
		if d, err := l.Allow(ctx, "k", rate, 1); err == nil || d.Allowed {
			t.Errorf("got %+v, %v; want the context's error", d, err)
		}
	})
	t.Run("nonsense stays nonsense", func(t *testing.T) {
		t.Parallel()
		l := FailOpen(NewMemory(time.Now, 0), "x", func(string, error) { t.Error("the hook was called") })
		if _, err := l.Allow(t.Context(), "k", retable.Rate{}, 1); !retable.Is(err, retable.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
	})
}
