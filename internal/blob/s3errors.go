package blob

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"retable/internal/retable"
)

// s3Error turns an error of S3 into one that says what helps.
func s3Error(err error, key, doing string) error {
	var known *retable.Error
	var e minio.ErrorResponse
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isMissing(err):
		return missing(key)
	case !errors.As(err, &e):
		return &retable.Error{Code: retable.Unavailable, Reason: "blobs_down", Detail: "The blob store doesn't answer. Try again soon.", RetryAfter: 5 * time.Second, Err: err}
	}
	switch e.Code {
	case "NoSuchBucket":
		return &retable.Error{Code: retable.Unavailable, Reason: "no_bucket", Detail: "The bucket of the blob store isn't there. Make it, or correct RET_BLOBS.", Err: err}
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AuthorizationHeaderMalformed":
		return &retable.Error{
			Code: retable.Unavailable, Reason: "blobs_denied", Err: err,
			Detail: "The blob store refuses our keys (" + e.Code + "). Check RET_S3_ACCESS_KEY, RET_S3_SECRET_KEY, and the region in RET_BLOBS.",
		}
	case "PreconditionFailed", "InvalidRange": // no range beyond the size is ever asked for
		return errReplaced(err)
	case "RequestTimeTooSkewed":
		return &retable.Error{Code: retable.Unavailable, Reason: "clock", Detail: "The clocks of this machine and of the blob store differ by too much. Set the clock.", Err: err}
	case "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "TooManyRequests", "QuotaExceeded", "XMinioStorageFull":
		return &retable.Error{Code: retable.Unavailable, Reason: "blobs_down", Detail: "The blob store is too busy or full (" + e.Code + "). Try again soon.", RetryAfter: 5 * time.Second, Err: err}
	}
	switch {
	case e.StatusCode == http.StatusConflict:
		// Two write or remove in one place at once: OperationAborted of S3 itself,
		// ExistingObjectIsDirectory where folders hold the objects.
		return &retable.Error{Code: retable.Unavailable, Reason: "blobs_busy", Detail: "The blob store was at the same place for somebody else (" + e.Code + "). Try again.", RetryAfter: time.Second, Err: err}
	case e.StatusCode == http.StatusNotImplemented: // trying again changes nothing
	case e.StatusCode >= http.StatusInternalServerError || e.StatusCode == http.StatusTooManyRequests:
		return &retable.Error{Code: retable.Unavailable, Reason: "blobs_down", Detail: "The blob store is too busy. Try again soon.", RetryAfter: 5 * time.Second, Err: err}
	}
	return retable.Fault(err, doing)
}

func errReplaced(err error) error {
	return &retable.Error{Code: retable.Conflict, Reason: "replaced", Detail: "The blob was replaced while it was read. Read it again.", Err: err}
}

// correlated sends the correlation id along.
type correlated struct{ next http.RoundTripper }

// RoundTrip sends a copy of the request with the header. It isn't signed, so
// that it may differ from try to try.
func (c correlated) RoundTrip(req *http.Request) (*http.Response, error) {
	if id := retable.CorrelationFrom(req.Context()); id != "" {
		req = req.Clone(req.Context())
		req.Header.Set("X-Correlation-ID", id)
	}
	return c.next.RoundTrip(req)
}

// newTransport makes connections that fail when nothing moves for the time:
// http.Client.Timeout would cut healthy transfers, too.
func newTransport(timeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: min(timeout, 10*time.Second), KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &movingConn{Conn: c, timeout: timeout}, nil
		},
		MaxIdleConns: 256, MaxIdleConnsPerHost: 64, IdleConnTimeout: timeout,
		TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: 10 * time.Second,
		DisableCompression: true, // bytes are stored as they are
	}
}

// movingConn fails when nothing was read or written for the time. The
// transport reads all the while, so what is written must count for both.
type movingConn struct {
	net.Conn
	timeout time.Duration
}

func (c *movingConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *movingConn) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		if err = c.SetDeadline(time.Now().Add(c.timeout)); err != nil {
			return n, err
		}
		var k int
		k, err = c.Conn.Write(p[:min(len(p), 64<<10)])
		n, p = n+k, p[k:]
	}
	return n, err
}
