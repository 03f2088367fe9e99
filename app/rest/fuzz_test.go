package rest

import (
	"bufio"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/valyala/fasthttp"

	"retable/app"
	"retable/internal/retable"
)

// FuzzRequests sends any JSON to a shape with query and body: it fits or
// is refused, and never panics.
func FuzzRequests(f *testing.F) {
	for _, body := range []string{`{"username":"a"`, `{"username":1,"password":null,"x":{}}`, `[[[{}]]]`, `{"filename":"a.zip","bytes":1,"sha256":""}`, `{"FILENAME":"a","bytes":1.5}`, `{"filename":"a.zip","bytes":1e300}`, "null", "\xff", `1e999`} {
		f.Add("id=1&limit=2", "application/json", []byte(body))
	}
	s, err := New(Config{}, Deps{Service: &app.Service{Accounts: &app.Accounts{}}})
	if err != nil {
		f.Fatal(err)
	}
	i := slices.IndexFunc(s.ops, func(o operation) bool { return o.name == "createUpload" })
	o := &s.ops[i]
	f.Fuzz(func(t *testing.T, query, media string, body []byte) {
		c := s.App().AcquireCtx(newRequestCtx())
		defer s.App().ReleaseCtx(c)
		c.Request().SetBody(body)
		c.Request().Header.SetContentLength(len(body))
		c.Request().Header.SetContentType(media)
		c.Request().URI().SetQueryString(query)
		var req app.CreateUploadRequest
		err := s.fill(c, o, &req)
		if code := retable.CodeOf(err); err != nil && code != retable.Invalid && code != retable.Unprocessable && code != retable.Unsupported && code != retable.TooLarge {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzParams reads members of addresses.
func FuzzParams(f *testing.F) {
	for _, kind := range []string{huma.TypeInteger, huma.TypeNumber, huma.TypeBoolean, huma.TypeArray, huma.TypeString} {
		for _, text := range []string{"", "1", "-9223372036854775808", "NaN", "true", "a,b,,c", "\xff"} {
			f.Add(kind, text)
		}
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		v, err := param{kind: kind, items: huma.TypeInteger}.parse(text)
		if err == nil && v == nil {
			t.Error("neither a value nor an error")
		}
	})
}

// FuzzDisposition must give a header that is one line and can't be left.
func FuzzDisposition(f *testing.F) {
	for _, name := range []string{"a.zip", "\"\r\nX: y", "Größe.zip", "a;b", "%00", strings.Repeat("x", 1000), "\xff\xfe"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := disposition(name)
		if strings.ContainsAny(got, "\r\n\x00") || !strings.HasPrefix(got, `attachment; filename="`) || strings.Count(got, `"`) != 2 {
			t.Errorf("%q gives %q", name, got)
		}
	})
}

// FuzzRange must stay within the file.
func FuzzRange(f *testing.F) {
	for _, h := range []string{"bytes=0-", "bytes=-5", "bytes=5-2", "bytes=9223372036854775807-", "bytes=-9223372036854775808", "x", "bytes=0-0,2-3"} {
		f.Add(h, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		from, length, _, ok := oneRange(header, size)
		if ok && (from < 0 || length < 0 || from+length > size) {
			t.Errorf("%q of %d: from %d, %d long", header, size, from, length)
		}
	})
}

// FuzzForm finds the file of a form, or refuses.
func FuzzForm(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\nabc\r\n--b--\r\n")
	f.Add("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\nabc")
	f.Add("--b--")
	f.Add("--b\n\n--b") // was taken for complete
	f.Fuzz(func(t *testing.T, body string) {
		form := multipart.NewReader(strings.NewReader(body), "b")
		part, err := form.NextPart()
		if err != nil {
			return
		}
		got, err := io.ReadAll(&formFile{part: part, form: form})
		if err == nil && !strings.Contains(body, "--b--") {
			t.Errorf("%q looks complete: %q", body, got)
		}
	})
}

// FuzzHeaders takes requests as bytes: what their headers say of an upload, of
// the client and of where the call comes from is read or refused.
func FuzzHeaders(f *testing.F) {
	for _, head := range []string{
		"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 40\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"",
		"Content-Type: application/zip\r\nX-Filename: %2e%2e%2fa.zip\r\nContent-Length: 3\r\n\r\nabc",
		"X-Content-SHA256: " + strings.Repeat("a", 64) + "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"X-Forwarded-For: 1.2.3.4, [::1]:80,,\r\nX-Forwarded-Proto: HTTPS\r\nOrigin: null\r\nSec-Fetch-Site: same-site\r\n\r\n",
		"Cookie: refresh_token=\"a;b\"; refresh_token=; oidc_login\r\nIf-None-Match: W/\"x\", *\r\nRange: bytes=-1\r\n\r\n",
	} {
		f.Add("/api/conversion/scan?filename=a.zip", head)
	}
	s, err := New(Config{}, Deps{Service: &app.Service{Accounts: &app.Accounts{}}})
	if err != nil {
		f.Fatal(err)
	}
	s.cfg.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	s.cfg.Uploads.MaxBytes = 1 << 20
	f.Fuzz(func(t *testing.T, target, head string) {
		conn, other := net.Pipe()
		defer conn.Close()
		defer other.Close()
		fctx := &fasthttp.RequestCtx{}
		fctx.Init2(conn, nil, false)
		if fctx.Request.Read(bufio.NewReader(strings.NewReader("POST "+target+" HTTP/1.1\r\nHost: x\r\n"+head))) != nil {
			return
		}
		c := s.App().AcquireCtx(fctx)
		defer s.App().ReleaseCtx(c)
		req, err := s.arriving(c)
		switch code := retable.CodeOf(err); {
		case err == nil:
			t.Fatalf("nobody is logged in, and the upload is taken: %+v", req)
		case code == retable.Internal:
			t.Fatalf("got %v", err)
		}
		s.clientAddr(c)
		s.secure(c)
		if s.sameSite(c) == nil && c.Get("Origin") == "null" {
			t.Fatal("a page of no origin counts as ours")
		}
		if token := c.Cookies(refreshCookie); strings.ContainsAny(token, "\r\n\x00") {
			t.Fatalf("the cookie has %q", token)
		}
		noneMatch(c.Get("If-None-Match"), `"x"`)
		if page := localPage(c.Get("Origin")); page != "" && !strings.HasPrefix(page, "/") {
			t.Fatalf("%q is a page of ours", page)
		}
	})
}

// FuzzJSON: whatever stands in a document as JSON is answered as JSON.
func FuzzJSON(f *testing.F) {
	f.Add("<&>\u2028\xff")
	f.Fuzz(func(t *testing.T, s string) {
		raw, err := marshal(s)
		if err != nil || !json.Valid(raw) {
			t.Errorf("%q gives %q, %v", s, raw, err)
		}
	})
}
