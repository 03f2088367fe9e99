package rest

import (
	"encoding/json"
	"io"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

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
