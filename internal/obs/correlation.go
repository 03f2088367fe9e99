package obs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"retable/internal/retable"
)

// CorrelationHeader carries the correlation id of requests and answers.
const CorrelationHeader = "X-Correlation-ID"

var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Correlation returns the given id if it is sane (1 to 64 letters, digits,
// dots, dashes and underscores), else a fresh one.
func Correlation(given string) string {
	if saneID.MatchString(given) {
		return given
	}
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Correlate puts the given id, or a fresh one, into the context.
func Correlate(ctx context.Context, given string) (context.Context, string) {
	id := Correlation(given)
	return retable.WithCorrelation(ctx, id), id
}

// Transport makes outgoing calls carry the correlation id and the trace, and
// be spans of it. target names the service that is called: "s3", "ollama".
func (t *Tracing) Transport(target string, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{tracing: t, target: target, next: next}
}

type transport struct {
	tracing *Tracing
	target  string
	next    http.RoundTripper
}

// RoundTrip sends a copy of the request with the headers.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := t.tracing.tracer.Start(req.Context(), t.target+" "+req.Method,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("peer.service", t.target), attribute.String("server.address", req.URL.Hostname()),
			attribute.String("http.request.method", req.Method)))
	defer span.End()
	req = req.Clone(ctx)
	if id := retable.CorrelationFrom(ctx); id != "" {
		req.Header.Set(CorrelationHeader, id)
	}
	if parent := t.tracing.Parent(ctx); parent != "" {
		req.Header.Set(traceparent, parent)
	}
	res, err := t.next.RoundTrip(req)
	if err != nil {
		span.SetStatus(codes.Error, Scrub(err.Error()))
		return nil, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", res.StatusCode))
	if res.StatusCode >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, res.Status)
	}
	return res, nil
}
