package llm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"retable/internal/retable"
)

// maxReply is the most that one reply may hold, in bytes: a batch of vectors
// in JSON takes a few MB.
const maxReply = 64 << 20

// errRedirect: a key must not follow a redirect to another host.
var errRedirect = errors.New("the server redirects, which isn't followed; set its final address")

// newClient wraps the given client's transport; Timeout is left out on
// purpose, since it would cut healthy streams.
func newClient(from *http.Client, key Secret) *http.Client {
	c := &http.Client{}
	if from != nil {
		*c = *from
	}
	c.Timeout = 0
	if c.CheckRedirect == nil {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	c.Transport = &transport{base: base, bearer: key}
	return c
}

// transport sends the correlation id, notes the head of the reply for the
// attempt, and bounds its body.
type transport struct {
	base   http.RoundTripper
	bearer Secret // sent where the client library sends none
}

// RoundTrip carries one request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	req = req.Clone(ctx)
	if id := retable.CorrelationFrom(ctx); sendable(id) {
		req.Header.Set("X-Correlation-ID", id)
	}
	if t.bearer != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+t.bearer.Reveal())
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if a, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		a.note(resp)
	}
	resp.Body = &bounded{ReadCloser: resp.Body, left: maxReply}
	return resp, nil
}

// sendable tells whether an id can stand in a header. One that can't, since
// whoever sent it to us chose it so, must not keep the call from being made.
func sendable(id string) bool {
	return id != "" && len(id) <= 128 && strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// CloseIdleConnections lets http.Client reach through to the real transport.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// bounded fails where a reply becomes too long.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads at most what is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the reply is longer than %d MiB", maxReply>>20)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// withCorrelation gives the call an id where its context has none.
func withCorrelation(ctx context.Context) context.Context {
	if retable.CorrelationFrom(ctx) != "" {
		return ctx
	}
	return retable.WithCorrelation(ctx, rand.Text())
}
