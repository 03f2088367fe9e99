package obs

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"retable/internal/retable"
)

// traceparent is the W3C header and the name under which jobs carry it.
const traceparent = "traceparent"

// TraceOptions say where traces go.
type TraceOptions struct {
	Endpoint string            // of an OTLP collector over HTTP; "": nothing is traced
	Headers  map[string]string // for the collector
	Share    float64           // of requests that nobody has decided about yet, 0..1
	Service  string
	Version  string
	Log      *slog.Logger     // hears of a collector that is down
	Exporter sdk.SpanExporter // instead of the endpoint's, for tests
}

// Tracing makes spans. Without an endpoint it makes none, but passes on the
// trace of a caller.
type Tracing struct {
	tracer     trace.Tracer
	provider   *sdk.TracerProvider
	propagator propagation.TextMapPropagator
}

// NewTracing sets tracing up. It doesn't wait for the collector.
func NewTracing(ctx context.Context, o TraceOptions) (*Tracing, error) {
	t := &Tracing{propagator: propagation.TraceContext{}, tracer: noop.NewTracerProvider().Tracer("retable")}
	if o.Exporter == nil {
		if o.Endpoint == "" {
			return t, nil
		}
		exporter, err := newExporter(ctx, o)
		if err != nil {
			return nil, err
		}
		o.Exporter = exporter
	}
	if o.Log != nil {
		o.Exporter = &loudExporter{SpanExporter: o.Exporter, log: o.Log}
	}
	about := resource.NewSchemaless(attribute.String("service.name", o.Service), attribute.String("service.version", o.Version))
	t.provider = sdk.NewTracerProvider(
		sdk.WithBatcher(o.Exporter, sdk.WithMaxQueueSize(4096)), // more are dropped, never waited for
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Share))),
		sdk.WithResource(about))
	t.tracer = t.provider.Tracer("retable", trace.WithInstrumentationVersion(o.Version))
	return t, nil
}

func newExporter(ctx context.Context, o TraceOptions) (sdk.SpanExporter, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the OTLP endpoint %q is no URL: write http://HOST:4318", o.Endpoint)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithHeaders(o.Headers), otlptracehttp.WithTimeout(10*time.Second))
}

// loudExporter logs that spans were lost, where the library would say so
// outside the log.
type loudExporter struct {
	sdk.SpanExporter
	log *slog.Logger
}

// ExportSpans exports, and logs a failure instead of returning it.
func (e *loudExporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.log.WarnContext(ctx, "traces could not be sent", "spans", len(spans), Err(err))
	}
	return nil
}

// Start begins a span. end finishes it, with the error if there was one.
func (t *Tracing) Start(ctx context.Context, name string, attrs ...attribute.KeyValue) (_ context.Context, end func(error)) {
	return t.start(ctx, name, trace.SpanKindInternal, attrs)
}

// StartRequest begins the span of a request; parent is its traceparent header.
func (t *Tracing) StartRequest(ctx context.Context, route, parent string) (_ context.Context, end func(error)) {
	return t.start(t.Continue(ctx, parent), route, trace.SpanKindServer, []attribute.KeyValue{attribute.String("http.route", route)})
}

// StartJob begins the span of one attempt at a job, within the trace of the
// request that asked for it, and puts the job into the context's log lines.
func (t *Tracing) StartJob(ctx context.Context, j *retable.Job) (_ context.Context, end func(error)) {
	return t.start(t.Continue(WithJob(ctx, j), j.TraceParent), "job "+string(j.Kind), trace.SpanKindConsumer, []attribute.KeyValue{
		attribute.Int64("job.id", j.ID), attribute.String("job.kind", string(j.Kind)), attribute.Int("job.attempt", j.Attempts),
	})
}

func (t *Tracing) start(ctx context.Context, name string, kind trace.SpanKind, attrs []attribute.KeyValue) (context.Context, func(error)) {
	if id := retable.CorrelationFrom(ctx); id != "" {
		attrs = append(attrs, attribute.String("correlation_id", id))
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, string(retable.CodeOf(err)))
			span.SetAttributes(attribute.String("error", text("error", withoutExcerpts(err))))
		}
		span.End()
	}
}

// Parent is the context's place in its trace in the form of W3C (traceparent),
// "" if there is none. Jobs and outgoing calls carry it.
func (t *Tracing) Parent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	t.propagator.Inject(ctx, carrier)
	return carrier[traceparent]
}

// Continue returns a context within the trace of parent; what is malformed is
// left aside.
func (t *Tracing) Continue(ctx context.Context, parent string) context.Context {
	if parent == "" {
		return ctx
	}
	return t.propagator.Extract(ctx, propagation.MapCarrier{traceparent: parent})
}

// Close sends what is left, as long as ctx allows.
func (t *Tracing) Close(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Stack is the stack of this goroutine, for error events.
func Stack() string { return string(debug.Stack()) }
