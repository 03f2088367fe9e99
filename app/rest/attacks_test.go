package rest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"retable/internal/retable"
)

func TestForgedAddressesDontCount(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_RATE=3/1h", "RET_RATE_LOGIN=8/1h")
	var last *reply
	for i := range 5 { // each from "another" address
		last = b.as("").with("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)).with("X-Real-Ip", fmt.Sprintf("203.0.113.%d", i)).call("GET", "/api/info", nil)
	}
	last.refused(429, "rate_limited")
	for _, name := range []string{"Retry-After", "Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset"} {
		if last.header.Get(name) == "" {
			t.Errorf("no %s in the refusal: %v", name, last.header)
		}
	}
	for range 5 {
		last = b.as("").call("POST", "/api/auth/login", map[string]any{"username": "bea", "password": "wrong wrong wrong"})
	}
	last.want(429)
	b.as("ann").call("GET", "/api/sessions", nil).want(200) // administrators are exempt
}

func TestTrustedProxiesAreBelieved(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_TRUSTED_PROXIES=127.0.0.1/32", "RET_RATE=2/1h", "RET_DENY_IPS=198.51.100.0/24")
	from := func(addr string) *reply { return b.as("").with("X-Forwarded-For", addr).call("GET", "/api/info", nil) }
	for i := range 4 {
		from(fmt.Sprintf("203.0.113.%d", i)).want(200)
	}
	from("1.2.3.4, 203.0.113.1").want(200)
	from("9.9.9.9, 203.0.113.1").want(429) // what stands left of the proxy's word anybody may have written
	for i := range 3 {
		r := from(fmt.Sprintf("2001:db8:1:2::%d", i))
		if i == 2 {
			r.want(429) // one /64
		}
	}
	from("198.51.100.7").refused(403, "address_denied")
	r := b.as("").with("X-Forwarded-For", "203.0.113.200").with("X-Forwarded-Proto", "https").call("GET", "/api/info", nil).want(200)
	if r.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS behind a proxy that speaks TLS")
	}
}

func TestOnlyNamedOriginsMayCall(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_CORS_ORIGINS=https://good.example")
	pre := func(origin string) *reply {
		return b.as("").with("Origin", origin).with("Access-Control-Request-Method", "POST").call("OPTIONS", "/api/sessions", nil)
	}
	good := pre("https://good.example").want(204)
	if good.header.Get("Access-Control-Allow-Origin") != "https://good.example" || good.header.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(good.header.Get("Vary"), "Origin") {
		t.Errorf("got %v", good.header)
	}
	for _, origin := range []string{"https://evil.example", "https://good.example.evil.example", "null", "http://good.example", "https://good.example:444"} {
		for _, r := range []*reply{pre(origin).want(403), b.as("bea").with("Origin", origin).call("GET", "/api/sessions", nil)} {
			if got := r.header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s is granted %q", origin, got)
			}
		}
	}
	wild := b.server.cfg
	wild.Server.CORSOrigins = []string{"*"}
	if _, err := New(wild, Deps{Service: b.in.Service}); !retable.Is(err, retable.Invalid) {
		t.Errorf("got %v for *", err)
	}
}

func TestCookiesAloneDoNothingForOtherSites(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_CORS_ORIGINS=https://good.example")
	bea := b.as("bea")
	for _, path := range []string{"/api/auth/refresh", "/api/auth/logout"} {
		bea.with("Origin", "https://evil.example").call("POST", path, nil).refused(403, "cross_site")
		bea.with("Origin", "null").call("POST", path, nil).refused(403, "cross_site")
		bea.with("Sec-Fetch-Site", "cross-site").call("POST", path, nil).refused(403, "cross_site")
		bea.with("Sec-Fetch-Site", "same-site").call("POST", path, nil).refused(403, "cross_site")
		bea.call("GET", path, nil).want(405)
	}
	noBearer := &caller{b: b, p: &person{client: b.people["bea"].client}, header: http.Header{}}
	noBearer.call("GET", "/api/sessions", nil).refused(401, "token_missing") // the cookie opens nothing else
	noBearer.call("POST", "/api/sessions/sample", nil).refused(401, "token_missing")
	bea.with("Origin", b.base).with("Sec-Fetch-Site", "same-origin").call("POST", "/api/auth/refresh", nil).want(200)
	bea.with("Origin", "https://good.example").with("Sec-Fetch-Site", "cross-site").call("POST", "/api/auth/refresh", nil).want(200)
	b.as("").call("POST", "/api/auth/refresh", map[string]any{"refresh_token": "x"}).want(422) // not in the body, unless set
}

func TestAStolenRefreshTokenIsFound(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.people["bea"]
	at := func() *http.Request {
		req, err := http.NewRequest("POST", b.base+"/api/auth/refresh", nil)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	u := at().URL
	u.Path = "/api/auth"
	stolen := bea.client.Jar.Cookies(u)
	b.as("bea").call("POST", "/api/auth/refresh", nil).want(200)
	req := at()
	for _, c := range stolen {
		req.AddCookie(c)
	}
	b.do(newBare(t), req).refused(401, "refresh_reused")
	b.as("bea").call("POST", "/api/auth/refresh", nil).want(401) // the rightful one is out too
	b.as("bea").call("GET", "/api/auth/me", nil).refused(401, "login_ended")
	b.as("").call("POST", "/api/auth/login", map[string]any{"username": "bea", "password": password}).refused(403, "reset_required")
	log := b.as("ann").call("GET", "/api/admin/audit-logs?action=auth.refresh_reuse", nil).want(200)
	if log.text("total") != "1" {
		t.Errorf("the audit log has %s", log.body)
	}
}

func newBare(t *testing.T) *http.Client {
	c := newClient(t)
	c.Jar = nil
	return c
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	own := []byte(strings.Repeat("our-own-key-", 4))
	b := start(t, "RET_JWT_KEY="+base64.StdEncoding.EncodeToString(own), "RET_SEAL_KEY="+strings.Repeat("s", 48))
	good := b.people["bea"].token
	parts := strings.Split(good, ".")
	var claims jwt.MapClaims
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	var head map[string]any
	raw, err = base64.RawURLEncoding.DecodeString(parts[0])
	if err == nil {
		err = json.Unmarshal(raw, &head)
	}
	if err != nil {
		t.Fatal(err)
	}
	other := make([]byte, 48)
	rand.Read(other)
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		c := jwt.MapClaims{}
		for k, v := range claims {
			c[k] = v
		}
		if change != nil {
			change(c)
		}
		tok := jwt.NewWithClaims(method, c)
		tok.Header["kid"] = head["kid"]
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hour := float64(time.Now().Add(time.Hour).Unix())
	for name, token := range map[string]string{
		"alg none":                sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"another key":             sign(jwt.SigningMethodHS256, other, nil),
		"another algorithm":       sign(jwt.SigningMethodHS512, other, nil),
		"signature cut off":       parts[0] + "." + parts[1] + ".",
		"content changed":         parts[0] + "." + base64.RawURLEncoding.EncodeToString(bytes.Replace(mustDecode(t, parts[1]), []byte(`"sub":"`), []byte(`"sub":"0`), 1)) + "." + parts[2],
		"expired":                 sign(jwt.SigningMethodHS256, own, func(c jwt.MapClaims) { c["exp"] = float64(1) }),
		"of the future":           sign(jwt.SigningMethodHS256, own, func(c jwt.MapClaims) { c["nbf"] = hour }),
		"without an end":          sign(jwt.SigningMethodHS256, own, func(c jwt.MapClaims) { delete(c, "exp") }),
		"for somebody else":       sign(jwt.SigningMethodHS256, own, func(c jwt.MapClaims) { c["aud"] = "others" }),
		"of another user":         sign(jwt.SigningMethodHS256, own, func(c jwt.MapClaims) { c["sub"] = retable.NewID() }),
		"empty":                   "",
		"no token":                "hello",
		"very long":               strings.Repeat("a", 10_000),
		"personal, but made up":   "ret_" + strings.Repeat("a", 43),
		"with a line's end in it": good + "%0d%0aX-Evil: 1",
	} {
		r := b.as("").with("Authorization", "Bearer "+token).call("GET", "/api/auth/me", nil)
		if r.status != 401 {
			t.Errorf("%s: got %d: %s", name, r.status, r.body)
		}
	}
	b.as("").with("Authorization", "Basic "+good).call("GET", "/api/auth/me", nil).refused(401, "token_missing")
	b.as("").call("GET", "/api/auth/me?access_token="+good, nil).want(401)
	// The same signature on what is right is accepted: the refusals above are not of the key.
	b.as("").with("Authorization", "Bearer "+sign(jwt.SigningMethodHS256, own, nil)).call("GET", "/api/auth/me", nil).want(200)
	b.as("").with("Authorization", "bearer "+good).call("GET", "/api/auth/me", nil).want(200)
}

func mustDecode(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestNothingLiesOutside(t *testing.T) {
	t.Parallel()
	b := start(t)
	bea := b.as("bea")
	for _, id := range []string{"..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b", "%2Fetc%2Fpasswd", strings.Repeat("x", 5000), "'; DROP TABLE users; --", "%ff%fe", "01a21089-37dc-7710-9c34-f7237ab852CD"} {
		id = strings.ReplaceAll(id, " ", "%20")
		for _, path := range []string{"/api/sessions/" + id, "/api/uploads/" + id, "/api/conversion/download/" + id, "/api/tickets/" + id, "/api/comparisons/" + id} {
			if r := bea.call("GET", path, nil); r.status != 404 && r.status != 422 && r.status != 400 {
				t.Errorf("%s: got %d: %s", path, r.status, r.body)
			}
		}
		if r := bea.call("PUT", "/api/uploads/"+id+"/parts/1", []byte("x")); r.status != 404 && r.status != 422 {
			t.Errorf("part of %s: got %d: %s", id, r.status, r.body)
		}
	}
	for _, path := range []string{"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/docs/..%2f..%2fserver.go", "/docs/../server.go"} {
		got := raw(t, b, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if strings.Contains(got, "root:") || strings.Contains(got, "package rest") {
			t.Errorf("%s leads outside: %.300s", path, got)
		}
	}
	id := bea.scanned("../../../../tmp/evil\\..\\x.zip", someOrders(t, 2, "9"))
	if name := bea.call("GET", "/api/sessions/"+id, nil).want(200).text("name"); name != "x.zip" {
		t.Errorf("the session is called %q", name)
	}
	for _, bad := range []string{"a%0d%0ab.zip", "%00.zip", "", strings.Repeat("a", 3000) + ".zip"} {
		if r := bea.with("X-Filename", bad).with("Content-Type", "application/zip").call("POST", "/api/conversion/scan", someOrders(t, 2, "8")); r.status != 400 {
			t.Errorf("%q: got %d: %s", bad, r.status, r.body)
		}
	}
}

// raw sends bytes as they are and reads until the server closes.
func raw(t *testing.T, b *bench, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil && len(got) == 0 {
		t.Fatalf("%.100q: %v", request, err)
	}
	return string(got)
}

func TestHeadersCantBeInjected(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, id := range []string{"evil%0d%0aSet-Cookie: a=b", strings.Repeat("x", 200), "späße", "<script>"} {
		r := b.as("").with("X-Correlation-Id", id).call("GET", "/api/info", nil).want(200)
		if got := r.header.Get("X-Correlation-ID"); got == id || len(got) != 32 {
			t.Errorf("got %q", got)
		}
	}
	if r := b.as("").with("X-Correlation-Id", "my-id.1").call("GET", "/api/nothing", nil).want(404); r.header.Get("X-Correlation-ID") != "my-id.1" || r.text("correlation_id") != "my-id.1" {
		t.Errorf("a sane id was not taken: %s", r.body)
	}
	for name, want := range map[string]string{
		"plain.zip":                     `attachment; filename="plain.zip"`,
		"a\r\nSet-Cookie: x=y.zip":      `attachment; filename="a__Set-Cookie: x=y.zip"; filename*=UTF-8''a__Set-Cookie%3A%20x%3Dy.zip`,
		`quo"te; filename=evil.exe.zip`: `attachment; filename="quo_te_ filename=evil.exe.zip"; filename*=UTF-8''quo%22te%3B%20filename%3Devil.exe.zip`,
		"Größe 5%.zip":                  `attachment; filename="Gr__e 5_.zip"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%205%25.zip`,
		"../../x.zip":                   `attachment; filename=".._.._x.zip"`,
		"":                              `attachment; filename="download"`,
	} {
		if got := disposition(name); got != want && !strings.HasPrefix(want, got) {
			t.Errorf("%q: got %s, want %s", name, got, want)
		} else if strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q breaks the header: %q", name, got)
		}
	}
	if got := localPage("//evil.example"); got != "" {
		t.Errorf("//evil.example is a page of ours: %q", got)
	}
	for _, page := range []string{"https://evil.example", `/\evil.example`, "/a\r\nX: y", "javascript:alert(1)", ""} {
		if got := localPage(page); got != "" {
			t.Errorf("%q is a page of ours: %q", page, got)
		}
	}
}

func TestBombsAreDefused(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_MAX_ENTRY_BYTES=10MB", "RET_MAX_TOTAL_BYTES=20MB")
	bea := b.as("bea")
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	w, err := z.Create("bomb.xml")
	if err != nil {
		t.Fatal(err)
	}
	blanks := strings.Repeat(" ", 50<<20)
	if _, err := io.WriteString(w, "<a><b>"+blanks+"</b></a>"); err != nil { // it is XML, but for its size
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	lol := `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;"><!ENTITY i "&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;">]><a><b>&i;</b></a>`
	file := `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>`
	for name, c := range map[string]struct {
		body []byte
		says string
	}{
		"bomb.zip": {zipped.Bytes(), "RET_MAX_ENTRY_BYTES"}, "laughs.xml": {[]byte(lol), "entities"}, "outside.xml": {[]byte(file), "entity"},
	} {
		body := c.body
		r := bea.with("X-Filename", name).with("Content-Type", "application/octet-stream").call("POST", "/api/conversion/scan", body)
		if r.status >= 500 {
			t.Errorf("%s: got %d: %s", name, r.status, r.body)
		}
		if strings.Contains(string(r.body), "root:") {
			t.Errorf("%s reads files: %s", name, r.body)
		}
		if r.status == 200 && r.text("files", 0, "error") == "" {
			t.Errorf("%s was read without a word: %s", name, r.body)
		}
		if !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s: nobody says %q: %s", name, c.says, r.body)
		}
	}
}

func TestOversizedAndMalformedJSON(t *testing.T) {
	t.Parallel()
	b := start(t, "RET_MAX_BODY_BYTES=64KiB")
	bea := b.as("bea")
	at := "/api/ai/collections"
	large := `{"name":"` + strings.Repeat("x", 70_000) + `","sessions":[]}`
	bea.call("POST", at, large).want(413)
	chunked := func(body string) string {
		return raw(t, b, "POST "+at+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+b.people["bea"].token+
			"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body))
	}
	if got := chunked(large); !strings.HasPrefix(got, "HTTP/1.1 413") {
		t.Errorf("without a length: %.200s", got)
	}
	for name, body := range map[string]string{
		"deep":     strings.Repeat(`[`, 20_000) + strings.Repeat("]", 20_000),
		"cut off":  `{"name":"x"`,
		"two":      `{"name":"x","sessions":[]}{"name":"y"}`,
		"an array": `[1]`,
		"null":     `null`,
		"a text":   `"x"`,
		"nonsense": "\xff\xfe",
	} {
		if r := bea.call("POST", at, body); r.status != 400 && r.status != 422 {
			t.Errorf("%s: got %d: %s", name, r.status, r.body)
		}
	}
	r := bea.call("POST", at, `{"name":"x","sessions":[1],"evil":true}`).refused(422, "invalid_request")
	fields := []string{}
	for i := range r.at("errors").([]any) {
		fields = append(fields, r.text("errors", i, "field"))
	}
	if !slices.Equal(fields, []string{"evil", "sessions[0]"}) {
		t.Errorf("the fields are %v", fields)
	}
	bea.call("PUT", at+"/"+retable.NewID(), `{"collection_id":"x","name":"x","sessions":[]}`).refused(422, "invalid_request")
	bea.call("PUT", at+"/"+retable.NewID(), `{"Collection_ID":"x","name":"x","sessions":[]}`).refused(422, "invalid_request")
	bea.with("Content-Type", "text/plain").call("POST", at, []byte(`{"name":"x","sessions":[]}`)).want(415)
	bea.with("Content-Type", "application/x-www-form-urlencoded").call("POST", at, []byte(`name=x`)).want(415)
}

func TestSlowClientsAreLetGo(t *testing.T) {
	t.Parallel()
	b := startWith(t, func(c *Config, _ *Deps) {
		c.Server.ReadTimeout, c.UploadPause = 300*time.Millisecond, 300*time.Millisecond
	}, "RET_READ_TIMEOUT=1s")
	token := b.people["bea"].token
	for name, begin := range map[string]string{
		"in the headers": "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-A: ",
		"in the JSON":    "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"user",
		"in a part":      "PUT /api/uploads/" + retable.NewID() + "/parts/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 1000\r\n\r\nab",
		"in a bundle":    "POST /api/conversion/scan?filename=a.zip HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 1000\r\n\r\nab",
	} {
		got := raw(t, b, begin) // ends, since the server lets go
		if strings.HasPrefix(got, "HTTP/1.1 200") {
			t.Errorf("%s: got %.200s", name, got)
		}
	}
	if r := b.as("bea").call("GET", "/api/sessions", nil).want(200); r.text("total") != "0" {
		t.Errorf("something of a slow upload was kept: %s", r.body)
	}
}

// TestASlowUploadIsBrokenOff feeds the reader less than the rate.
func TestASlowUploadIsBrokenOff(t *testing.T) {
	t.Parallel()
	br := &bodyReader{ctx: nil, src: strings.NewReader("abc"), pause: time.Hour, rate: 1 << 20, count: func(int64) {}, since: time.Now().Add(-2 * rateWindow), moved: time.Now()}
	br.ctx = newRequestCtx()
	_, err := br.Read(make([]byte, 2))
	if !retable.Is(err, retable.Invalid) || !strings.Contains(err.Error(), "too slowly") {
		t.Errorf("got %v", err)
	}
	br.rate, br.since, br.bytes = 1, time.Now().Add(-2*rateWindow), 1<<20
	if _, err := br.Read(make([]byte, 1)); err != nil {
		t.Errorf("a quick one: %v", err)
	}
}

// TestUnknownUsersTakeAsLong compares medians of attempts that take turns,
// widely: the work is the same, which is what the claim is about; the machine
// may be busy.
func TestUnknownUsersTakeAsLong(t *testing.T) {
	t.Parallel()
	const attempts = 9 // twice as many are answered before the address has to wait
	b := start(t)
	for i := range attempts {
		b.join(fmt.Sprintf("known%d", i), retable.RoleUser)
	}
	attempt := func(name string) time.Duration {
		begun := time.Now()
		b.as("").call("POST", "/api/auth/login", map[string]any{"username": name, "password": "wrong wrong wrong"}).want(401)
		return time.Since(begun)
	}
	took := map[string][]time.Duration{}
	for i := range attempts {
		for _, kind := range []string{"known", "unknown"} {
			took[kind] = append(took[kind], attempt(fmt.Sprintf("%s%d", kind, i)))
		}
	}
	for _, all := range took {
		slices.Sort(all)
	}
	known, unknown := took["known"][attempts/2], took["unknown"][attempts/2]
	t.Logf("known: median %s, from %s to %s; unknown: median %s, from %s to %s", known, took["known"][0], took["known"][attempts-1], unknown, took["unknown"][0], took["unknown"][attempts-1])
	if unknown*5 < known || known*5 < unknown {
		t.Errorf("a known user takes %s, an unknown one %s", known, unknown)
	}
}

func TestAPanicIsOneProblemAndAnErrorEvent(t *testing.T) {
	t.Parallel()
	b := start(t)
	s, err := New(b.server.cfg, Deps{Service: b.in.Service, Log: b.server.log, Metrics: b.server.metrics})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.ops {
		if s.ops[i].name == "info" {
			s.ops[i].call = func(context.Context, func(any) error) (any, error) { panic("secret-value-4711") }
		}
	}
	req := httptest.NewRequest("GET", "/api/info", nil)
	res, err := s.App().Test(req, 30_000)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 500 || bytes.Contains(body, []byte("4711")) || !bytes.Contains(body, []byte(res.Header.Get("X-Correlation-ID"))) {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	events := b.as("otto").call("GET", "/api/admin/errors?search=4711", nil).want(200)
	if events.text("total") != "1" || events.text("items", 0, "correlation_id") != res.Header.Get("X-Correlation-ID") || events.text("items", 0, "stack") == "" {
		t.Errorf("got %s", events.body)
	}
}

func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.as("bea").call("GET", "/api/sessions?search=my-private-value", nil).want(200)
	b.as("").call("POST", "/api/auth/login", map[string]any{"username": "bea", "password": "the-wrong-passphrase"}).want(401)
	log := b.log.String()
	for _, secret := range []string{password, "the-wrong-passphrase", b.people["bea"].token, "my-private-value"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	scan := bufio.NewScanner(strings.NewReader(log))
	scan.Buffer(nil, 1<<20)
	found := false
	for scan.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, scan.Bytes())
		}
		if line["route"] == "GET /api/sessions" {
			found = true
			for _, key := range []string{"time", "level", "msg", "user_id", "correlation_id", "route", "status", "duration_ms"} {
				if line[key] == nil {
					t.Errorf("a request's line lacks %s: %v", key, line)
				}
			}
		}
	}
	if !found {
		t.Error("the request isn't in the log")
	}
}

// failing is a limiter that can't be asked.
type failing struct{}

func (failing) Allow(context.Context, string, retable.Rate, int) (retable.Decision, error) {
	return retable.Decision{}, io.ErrUnexpectedEOF
}
func (failing) Close() error { return nil }

func TestALimiterThatIsDown(t *testing.T) {
	t.Parallel()
	b := start(t)
	cfg := b.server.cfg
	cfg.Rates.Address.Count, cfg.Rates.Address.Per = 10, time.Minute
	cfg.Rates.User, cfg.Rates.Login = cfg.Rates.Address, cfg.Rates.Address
	s, err := New(cfg, Deps{Service: b.in.Service, Limiter: failing{}, Log: b.server.log, Metrics: b.server.metrics})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) int {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		res, err := s.App().Test(req, 30_000)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	if got := call("GET", "/api/info", ""); got != 200 {
		t.Errorf("reading: got %d", got)
	}
	if got := call("POST", "/api/auth/login", `{"username":"bea","password":"`+password+`"}`); got != 503 {
		t.Errorf("log-in: got %d", got)
	}
	if h := s.look(context.Background()); h.Status != "degraded" {
		t.Errorf("health is %+v", h)
	}
}
