package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"retable/internal/blob/blobtest"
	"retable/internal/retable"
)

func s3Config(server *blobtest.Server, t *testing.T) Config {
	return Config{Place: server.Place(retable.NewID()), AccessKey: blobtest.AccessKey, SecretKey: blobtest.SecretKey, PartBytes: minPart, CacheDir: t.TempDir(), CacheBytes: 1 << 30}
}

func newS3(t *testing.T, c Config) *S3 {
	t.Helper()
	s, err := OpenS3(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// send makes a request as a browser would and returns the status.
func send(t *testing.T, method, link string, headers map[string]string, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, link, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range headers {
		req.Header.Set(name, v)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(answer), res.Header
}

func TestS3(t *testing.T) {
	server := blobtest.S3(t)
	t.Run("all", func(t *testing.T) { // the server outlives the parallel tests
		for name, check := range map[string]func(*testing.T, *blobtest.Server){
			"a signed link stores exactly what was announced":         presignedPut,
			"a signed link reads for a while":                         presignedGet,
			"the hash of parts is computed again if it is lost":       lostSum,
			"what others stored has a hash, too":                      foreign,
			"reading goes on where a connection broke":                broken,
			"the correlation id goes along":                           correlation,
			"wrong keys, a missing bucket and a dead server are told": refused,
			"a blob that is replaced while it is read says so":        replacedWhileRead,
		} {
			t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				check(t, server)
			})
		}
	})
	t.Run("a server that restarts is not noticed", func(t *testing.T) { restarted(t, server) })
}

func presignedPut(t *testing.T, server *blobtest.Server) {
	s := newS3(t, s3Config(server, t))
	const text = "exactly this"
	link, headers, err := s.PresignPut(t.Context(), "up/load", int64(len(text)), sum(text), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change map[string]string) map[string]string {
		all := map[string]string{}
		for k, v := range headers {
			all[k] = v
		}
		for k, v := range change {
			all[k] = v
		}
		return all
	}
	other, otherHeaders, _ := s.PresignPut(t.Context(), "up/load", int64(len(text)), sum("other content"), time.Minute)
	for name, c := range map[string]struct {
		link    string
		headers map[string]string
		body    string
	}{
		"longer":            {link, headers, text + "!"},
		"shorter":           {link, headers, text[1:]},
		"another content":   {link, headers, "exactly THIS"},
		"another checksum":  {link, with(otherHeaders), text},
		"no headers":        {link, nil, text},
		"another hash":      {link, with(map[string]string{headerSum: sum("x")}), text},
		"another key":       {strings.Replace(link, "up/load", "up/else", 1), headers, text},
		"the wrong content": {other, otherHeaders, text},
	} {
		if status, answer, _ := send(t, http.MethodPut, c.link, c.headers, c.body); status < 400 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if _, err := s.Stat(t.Context(), "up/load"); !retable.Is(err, retable.NotFound) {
		t.Fatalf("something was stored: %v", err)
	}
	if status, answer, _ := send(t, http.MethodPut, link, headers, text); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if info, err := s.Stat(t.Context(), "up/load"); err != nil || info.SHA256 != sum(text) || info.Bytes != int64(len(text)) {
		t.Errorf("got %+v, %v", info, err)
	}
	for _, bad := range []string{"", "xyz", strings.ToUpper(sum(text))} {
		if _, _, err := s.PresignPut(t.Context(), "up/load", 1, bad, time.Minute); !retable.Is(err, retable.Invalid) {
			t.Errorf("the hash %q: %v", bad, err)
		}
	}
	if _, _, err := s.PresignPut(t.Context(), "up/load", -1, sum(text), time.Minute); !retable.Is(err, retable.Invalid) {
		t.Errorf("a negative size: %v", err)
	}
}

func presignedGet(t *testing.T, server *blobtest.Server) {
	s := newS3(t, s3Config(server, t))
	store(t, s, "d/d", "content")
	link, err := s.PresignGet(t.Context(), "d/d", "Lieferung März \"1\".zip", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	status, answer, header := send(t, http.MethodGet, link, nil, "")
	if status != http.StatusOK || answer != "content" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename") || strings.Contains(header.Get("Content-Disposition"), "\n") {
		t.Errorf("%d %q %v", status, answer, header)
	}
	if status, _, _ := send(t, http.MethodGet, strings.Replace(link, "d/d", "d/e", 1), nil, ""); status != http.StatusForbidden {
		t.Errorf("another key: %d", status)
	}
	u, _ := url.Parse(link)
	q := u.Query()
	q.Set("X-Amz-Expires", "604800")
	u.RawQuery = q.Encode()
	if status, _, _ := send(t, http.MethodGet, u.String(), nil, ""); status != http.StatusForbidden {
		t.Errorf("another time: %d", status)
	}
	if _, err := s.PresignGet(t.Context(), "d/d", "", 0); err == nil {
		t.Error("a link without a time was signed")
	}
}

func lostSum(t *testing.T, server *blobtest.Server) {
	s := newS3(t, s3Config(server, t))
	text := strings.Repeat("parts ", 1<<20)
	info := store(t, s, "p/p", text)
	kept := s.name(sumName("p/p"))
	if err := s.core.RemoveObject(t.Context(), s.place.bucket, kept, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := s.Stat(t.Context(), "p/p"); err != nil || got != info || got.SHA256 != sum(text) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if _, err := s.core.StatObject(t.Context(), s.place.bucket, kept, minio.StatObjectOptions{}); err != nil {
		t.Errorf("it isn't remembered: %v", err)
	}
}

func foreign(t *testing.T, server *blobtest.Server) {
	s := newS3(t, s3Config(server, t))
	if _, err := s.core.PutObject(t.Context(), s.place.bucket, s.name("f/f"), strings.NewReader("theirs"), 6, "", "", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if info, err := s.Stat(t.Context(), "f/f"); err != nil || info.SHA256 != sum("theirs") {
		t.Errorf("got %+v, %v", info, err)
	}
	if err := s.Delete(t.Context(), "f/f"); err != nil {
		t.Error(err)
	}
}

// flaky is a proxy that breaks off each answer after so many bytes.
func flaky(t *testing.T, target string, after int64) *httptest.Server {
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l := &net.ListenConfig{}
	listener, err := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer in.Close()
				out, err := net.Dial("tcp", u.Host)
				if err != nil {
					return
				}
				defer out.Close()
				go io.Copy(out, in)
				io.Copy(in, io.LimitReader(out, after))
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		conns.Wait()
	})
	return &httptest.Server{URL: "http://" + listener.Addr().String()}
}

func broken(t *testing.T, server *blobtest.Server) {
	c := s3Config(server, t)
	text := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	store(t, newS3(t, c), "b/b", text)
	// Signatures cover the Host header: the proxy's is another one, so it signs for itself.
	proxy := flaky(t, server.URL, 300_000)
	c.Place = strings.Replace(c.Place, server.URL, proxy.URL, 1)
	s := newS3(t, c)
	r, err := s.Open(t.Context(), "b/b")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || string(got) != text {
		t.Errorf("%d of %d bytes, %v", len(got), len(text), err)
	}
	p := make([]byte, 700_000)
	if _, err := r.ReadAt(p, 1000); err != nil || string(p) != text[1000:701_000] {
		t.Errorf("ReadAt: %v", err)
	}
	path, release, err := s.Local(t.Context(), "b/b")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("Local: %d bytes, %v", len(got), err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func correlation(t *testing.T, server *blobtest.Server) {
	var calls atomic.Int32
	c := s3Config(server, t)
	c.Wrap = func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			calls.Add(1)
			if got := r.Header.Get("X-Correlation-ID"); got != "abc-1" {
				t.Errorf("%s %s carries %q", r.Method, r.URL.Path, got)
			}
			return next.RoundTrip(r)
		})
	}
	s := newS3(t, c)
	ctx := retable.WithCorrelation(t.Context(), "abc-1")
	w, err := s.Create(ctx, "c/c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 6<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if calls.Load() < 4 {
		t.Errorf("%d calls", calls.Load())
	}
}

func refused(t *testing.T, server *blobtest.Server) {
	reason := func(c Config) string {
		c.Retries, c.Timeout = 1, 30*time.Second
		_, err := Open(t.Context(), c)
		var e *retable.Error
		if !errors.As(err, &e) || e.Code != retable.Unavailable || strings.Contains(e.Detail, blobtest.SecretKey) {
			t.Errorf("got %v", err)
			return ""
		}
		return e.Reason
	}
	good := s3Config(server, t)
	bad := good
	bad.SecretKey = "wrong-secret"
	if got := reason(bad); got != "blobs_denied" {
		t.Errorf("a wrong key: %q", got)
	}
	bad = good
	bad.Place = strings.Replace(good.Place, "s3://"+blobtest.Bucket, "s3://nobody-has-it", 1)
	if got := reason(bad); got != "no_bucket" {
		t.Errorf("a missing bucket: %q", got)
	}
	bad = good
	bad.Place = strings.Replace(good.Place, server.URL, "http://127.0.0.1:1", 1)
	if got := reason(bad); got != "blobs_down" {
		t.Errorf("a dead server: %q", got)
	}
}

func replacedWhileRead(t *testing.T, server *blobtest.Server) {
	s := newS3(t, s3Config(server, t))
	store(t, s, "r/r", strings.Repeat("old ", 1000))
	r, err := s.Open(t.Context(), "r/r")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	store(t, s, "r/r", strings.Repeat("new ", 1000))
	if _, err := io.ReadAll(r); !retable.Is(err, retable.Conflict) {
		t.Errorf("got %v", err)
	}
}

func restarted(t *testing.T, server *blobtest.Server) {
	c := s3Config(server, t)
	c.Retries = 30 // about half a minute
	s := newS3(t, c)
	w, err := s.Create(t.Context(), "k/k")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	part := bytes.Repeat([]byte("x"), 6<<20)
	if _, err := w.Write(part); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	back := make(chan error, 1)
	go func() { back <- server.Start(context.WithoutCancel(t.Context())) }()
	if _, err := w.Write(part); err != nil {
		t.Error(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil || info.Bytes != 12<<20 || info.SHA256 != sum(strings.Repeat("x", 12<<20)) {
		t.Errorf("got %+v, %v", info, err)
	}
	if err := <-back; err != nil {
		t.Fatal(err)
	}
}

func TestAServerThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	s := newS3(t, Config{Place: "s3://bucket?region=x&endpoint=" + server.URL, AccessKey: "a", SecretKey: "s", Timeout: 100 * time.Millisecond, Retries: 1, CacheDir: t.TempDir()})
	var e *retable.Error
	if err := s.Health(t.Context()); !errors.As(err, &e) || e.Reason != "blobs_down" {
		t.Errorf("got %v", err)
	}
}

func TestThePlaceOfABucket(t *testing.T) {
	t.Parallel()
	p, err := parsePlace("s3://my-bucket/a/b/?endpoint=http://127.0.0.1:9000&region=eu&lookup=path")
	if want := (place{"my-bucket", "a/b/", "127.0.0.1:9000", false, "eu", "path"}); err != nil || p != want {
		t.Errorf("got %+v, %v", p, err)
	}
	p, err = parsePlace("s3://my-bucket?region=eu-central-1&lookup=dns")
	if want := (place{"my-bucket", "", "s3.amazonaws.com", true, "eu-central-1", "dns"}); err != nil || p != want {
		t.Errorf("got %+v, %v", p, err)
	}
	for in, want := range map[string]string{
		"gs://x":                                 "neither a directory nor",
		"s3://":                                  "the bucket is missing",
		"s3://B":                                 "no bucket",
		"s3://bucket/../x":                       "the prefix may hold",
		"s3://bucket?region=x&colour=red":        `"colour"`,
		"s3://bucket?endpoint=host:9000":         "no address",
		"s3://bucket?endpoint=https://host/path": "no address",
		"s3://bucket?lookup=both":                "path or dns",
		"s3://user:hunter2@bucket":               "keys don't belong here",
		"s3://%zz":                               "neither a directory nor",
	} {
		_, err := parsePlace(in)
		if !retable.Is(err, retable.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", in, err)
		}
	}
	if _, err := Open(t.Context(), Config{Place: "s3://"}); err == nil {
		t.Error("no bucket was opened")
	}
	s := newS3(t, Config{Place: "s3://bucket?region=x&lookup=dns", CacheDir: t.TempDir()}) // keys of the role
	if s.partFor(1) != 8<<20 || s.partFor(maxParts*100<<20) < 100<<20 {
		t.Error("a large file doesn't fit")
	}
}

func TestErrorsOfS3SayWhatHelps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		code   retable.Code
		reason string
	}{
		{minio.ErrorResponse{Code: "NoSuchKey"}, retable.NotFound, ""},
		{minio.ErrorResponse{StatusCode: 404}, retable.NotFound, ""},
		{minio.ErrorResponse{Code: "NoSuchBucket", StatusCode: 404}, retable.Unavailable, "no_bucket"},
		{minio.ErrorResponse{Code: "AccessDenied"}, retable.Unavailable, "blobs_denied"},
		{minio.ErrorResponse{Code: "SlowDown"}, retable.Unavailable, "blobs_down"},
		{minio.ErrorResponse{Code: "Odd", StatusCode: 503}, retable.Unavailable, "blobs_down"},
		{minio.ErrorResponse{Code: "Odd", StatusCode: 500}, retable.Unavailable, "blobs_down"},
		{minio.ErrorResponse{Code: "NotImplemented", StatusCode: 501}, retable.Internal, ""},
		{minio.ErrorResponse{Code: "OperationAborted", StatusCode: 409}, retable.Unavailable, "blobs_busy"},
		{minio.ErrorResponse{Code: "ExistingObjectIsDirectory", StatusCode: 409}, retable.Unavailable, "blobs_busy"},
		{minio.ErrorResponse{Code: "RequestTimeTooSkewed"}, retable.Unavailable, "clock"},
		{minio.ErrorResponse{Code: "PreconditionFailed"}, retable.Conflict, "replaced"},
		{minio.ErrorResponse{Code: "Odd"}, retable.Internal, ""},
		{fmt.Errorf("dial: %w", syscallError{}), retable.Unavailable, "blobs_down"},
		{fmt.Errorf("do: %w", context.Canceled), retable.Cancelled, ""},
	} {
		err := s3Error(c.err, "k", "testing")
		var e *retable.Error
		if retable.CodeOf(err) != c.code || errors.As(err, &e) && e.Reason != c.reason {
			t.Errorf("%v: got %+v", c.err, err)
		}
	}
	if s3Error(nil, "", "") != nil {
		t.Error("no error became one")
	}
}

type syscallError struct{}

func (syscallError) Error() string { return "connection refused" }

func cached(t *testing.T, c *cache, key, text string) (path string, release func()) {
	t.Helper()
	info := retable.BlobInfo{Key: key, Bytes: int64(len(text)), SHA256: sum(text)}
	path, release, err := c.get(t.Context(), key, info, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return path, release
}

func TestTheCacheEvictsWhatNobodyUses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := openCache(dir, 25)
	if err != nil {
		t.Fatal(err)
	}
	there := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	text := "0123456789"
	a, releaseA := cached(t, c, "a", text)
	b, releaseB := cached(t, c, "b", text)
	d, releaseD := cached(t, c, "d", text)
	if !there(a) || !there(b) || !there(d) || c.bytes != 30 {
		t.Errorf("what is in use was evicted: %d bytes", c.bytes)
	}
	releaseB()
	if there(b) || !there(a) || !there(d) || c.bytes != 20 {
		t.Errorf("%d bytes", c.bytes)
	}
	releaseA()
	releaseA()
	releaseD()
	if !there(a) || !there(d) {
		t.Error("what is within the limit was evicted")
	}
	_, release := cached(t, c, "a", text) // now d was used longest ago
	release()
	e, release := cached(t, c, "e", text)
	release()
	if !there(a) || there(d) || !there(e) {
		t.Error("not the one that was used longest ago was evicted")
	}
	if err := os.Remove(a); err != nil { // somebody clears the cache
		t.Fatal(err)
	}
	a, release = cached(t, c, "a", text)
	release()
	if !there(a) || c.bytes != 20 {
		t.Errorf("it isn't fetched again; %d bytes", c.bytes)
	}

	other, err := openCache(dir, 25)
	if err != nil || other.dir == c.dir {
		t.Errorf("two processes share %s (%v)", c.dir, err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "new-123"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.close(), c.close()); err != nil {
		t.Fatal(err)
	}
	again, err := openCache(dir, 25)
	if err != nil || again.dir != c.dir || again.bytes != 20 || len(again.entries) != 2 || there(filepath.Join(c.dir, "new-123")) {
		t.Errorf("an earlier process's copies are not found: %+v (%v)", again, err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}

func TestAFailedFetchIsNoCopy(t *testing.T) {
	t.Parallel()
	c, err := openCache(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	info := retable.BlobInfo{Key: "k", Bytes: 4, SHA256: sum("good")}
	if _, _, err := c.get(t.Context(), "k", info, func(w io.Writer) error {
		_, err := io.WriteString(w, "evil")
		return err
	}); !retable.Is(err, retable.Internal) {
		t.Errorf("a wrong content: %v", err)
	}
	// The one that fetches leaves; the one that waits fetches in its turn.
	fetching, leave := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		_, _, err := c.get(t.Context(), "k", info, func(io.Writer) error {
			close(fetching)
			<-leave
			return context.Canceled
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the first got %v", err)
		}
	})
	<-fetching
	first.Go(func() {
		_, release := cached(t, c, "k", "good")
		release()
	})
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.get(impatient, "k", info, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the impatient one got %v", err)
	}
	close(leave)
	first.Wait()
	if left, err := os.ReadDir(c.dir); err != nil || len(left) != 2 { // the lock and the copy
		t.Errorf("left: %v (%v)", left, err)
	}
}
