package rest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestUploadsDontGrowTheMemory sends a large part and looks at the resident
// memory meanwhile: 200 MB, and 2 GiB with RET_SOAK=1. The bundle's content is
// noise, so that what is measured is receiving and not reading it.
func TestUploadsDontGrowTheMemory(t *testing.T) {
	size := int64(200 << 20)
	if os.Getenv("RET_SOAK") != "" {
		size = 2 << 30
	}
	b := start(t, "RET_UPLOAD_PART_BYTES=512MiB", "RET_MAX_UPLOAD_BYTES=4GiB")
	bea := b.as("bea")
	up := bea.call("POST", "/api/storage/presign?filename=large.zip", nil).want(200)
	at := up.text("url")
	runtime.GC()
	debug.FreeOSMemory()
	before := resident(t)
	var peak atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				peak.Store(max(peak.Load(), resident(t)))
			}
		}
	}()
	req, err := http.NewRequest("PUT", b.base+at, &noise{left: size})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	req.Header.Set("Authorization", "Bearer "+b.people["bea"].token)
	begun := time.Now()
	b.do(&http.Client{Timeout: 10 * time.Minute}, req).want(200)
	took := time.Since(begun)
	close(stop)
	<-done
	grown := peak.Load() - before
	t.Logf("%d MB in %s: resident memory grew by %.1f MB, client included", size>>20, took.Round(time.Millisecond), float64(grown)/(1<<20))
	if grown > 16<<20 && !raced {
		t.Errorf("resident memory grew by %.1f MB", float64(grown)/(1<<20))
	}
}

// noise is a stream of bytes without an end of its own.
type noise struct {
	left int64
}

func (n *noise) Read(p []byte) (int, error) {
	if n.left == 0 {
		return 0, io.EOF
	}
	k := int(min(int64(len(p)), n.left))
	for i := range k {
		p[i] = byte(i * 7)
	}
	n.left -= int64(k)
	return k, nil
}

func resident(t *testing.T) int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Error(err)
		return 0
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(raw)
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Error(err)
	}
	return kb << 10
}

// TestWhatBreaksOffLeavesNothing sends less than was announced, in each way.
func TestWhatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	b := start(t)
	token := b.people["bea"].token
	bundle := someOrders(t, 100, "4")
	half := string(bundle[:len(bundle)/2])
	head := "POST /api/conversion/scan?filename=a.zip HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/zip\r\n"
	sum := sha256.Sum256(bundle)
	for name, request := range map[string]string{
		"a length that isn't reached":    head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(bundle)) + half,
		"chunks that break off":          head + "X-Content-SHA256: " + hex.EncodeToString(sum[:]) + "\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(half), half),
		"chunks that end early":          head + "X-Content-SHA256: " + hex.EncodeToString(sum[:]) + "\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(half), half),
		"a form that breaks off":         formHead(token, 100_000) + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n" + half,
		"a form without its end":         formHead(token, len(formFileHead)+len(half)) + formFileHead + half,
		"chunks without length nor sum":  head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(half), half),
		"too large by its length":        head + "Content-Length: 99999999999999\r\nConnection: close\r\n\r\nabc",
		"a type that is no bundle":       strings.Replace(head, "application/zip", "video/mp4", 1) + fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n", len(bundle)) + string(bundle),
		"a name that is no bundle":       strings.Replace(head, "a.zip", "a.exe", 1) + fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n", len(bundle)) + string(bundle),
		"another sum than was announced": head + fmt.Sprintf("X-Content-SHA256: %064d\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", 0, len(bundle)) + string(bundle),
		"a form with several files":      twoFiles(token, bundle),
		"a sum that is none":             head + fmt.Sprintf("X-Content-SHA256: abc\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", len(bundle)) + string(bundle),
		"a form without a file":          formHead(token, len(noFile)) + noFile,
		"a body of nothing":              head + "Content-Length: 0\r\nConnection: close\r\n\r\n",
	} {
		got := cutOff(t, b, request)
		if strings.HasPrefix(got, "HTTP/1.1 2") {
			t.Errorf("%s: got %.300s", name, got)
		}
	}
	if r := b.as("bea").call("GET", "/api/sessions", nil).want(200); r.text("total") != "0" {
		t.Errorf("something was kept: %s", r.body)
	}
	if n := len(b.server.uploads); n != 0 {
		t.Errorf("%d places for uploads are not given back", n)
	}
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil || len(z.File) != 1 {
		t.Fatal(err)
	}
	whole := "X-Content-SHA256: " + hex.EncodeToString(sum[:]) + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(bundle), bundle)
	if got := raw(t, b, head+whole); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("chunks with the right sum: got %.300s", got)
	}
}

// cutOff sends what it has, ends its side, and reads the answer if there is one.
func cutOff(t *testing.T, b *bench, request string) string {
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
		return "" // refused before all was sent
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return ""
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Logf("%.60q: %v", request, err)
	}
	return string(got)
}

const (
	formFileHead = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n"
	noFile       = "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n"
)

func formHead(token string, length int) string {
	return fmt.Sprintf("POST /api/conversion/scan HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", token, length)
}

func twoFiles(token string, bundle []byte) string {
	body := formFileHead + string(bundle) + "\r\n" + formFileHead + string(bundle) + "\r\n--b--\r\n"
	return formHead(token, len(body)) + body
}
