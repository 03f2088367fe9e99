package app

import "context"

type traceKey struct{}

// WithTraceParent returns a context that carries a W3C trace context, so that
// a job's work is part of the trace of the request that asked for it.
func WithTraceParent(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceKey{}, traceparent)
}

func traceParent(ctx context.Context) string {
	t, _ := ctx.Value(traceKey{}).(string)
	return t
}
