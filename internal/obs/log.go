package obs

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"retable/internal/retable"
)

// LogOptions choose how logs look. The zero value is JSON from info on.
type LogOptions struct {
	Level slog.Level
	Text  bool // for terminals
}

// ParseLevel reads debug, info, warn or error; anything else is info.
func ParseLevel(s string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(s)) != nil {
		return slog.LevelInfo
	}
	return l
}

// NewLogger returns a logger that writes one line per record: time (UTC),
// level, msg, the record's attributes, and from the context user_id,
// correlation_id, job, route, trace_id and what With added. Secrets and content are scrubbed.
func NewLogger(w io.Writer, o LogOptions) *slog.Logger {
	options := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: replace}
	if o.Text {
		return slog.New(contextHandler{slog.NewTextHandler(w, options)})
	}
	return slog.New(contextHandler{slog.NewJSONHandler(w, options)})
}

// replace scrubs an attribute; the record's time is written in UTC.
func replace(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.String(slog.TimeKey, a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if len(groups) == 0 && a.Key == slog.LevelKey {
		if l, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(slog.LevelKey, strings.ToLower(l.String()))
		}
	}
	return scrub(a)
}

// contextHandler adds what the context knows.
type contextHandler struct{ next slog.Handler }

func (h contextHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.next.Enabled(ctx, l)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.next.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.next.WithGroup(name)}
}

// Handle adds the context's attributes, unless the record has its own.
func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	known := map[string]bool{}
	r.Attrs(func(a slog.Attr) bool {
		known[a.Key] = true
		return true
	})
	r = r.Clone()
	for _, a := range contextAttrs(ctx) {
		if !known[a.Key] {
			known[a.Key] = true
			r.AddAttrs(a)
		}
	}
	return h.next.Handle(ctx, r)
}

type contextKey int

const attrsKey contextKey = iota

// With returns a context whose log lines have the attributes too: a later one
// of the same key takes the place of an earlier one.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	before, _ := ctx.Value(attrsKey).([]slog.Attr)
	all := append([]slog.Attr{}, attrs...)
	return context.WithValue(ctx, attrsKey, append(all, before...))
}

// WithRoute names the route of a request, such as "POST /api/auth/login".
func WithRoute(ctx context.Context, route string) context.Context {
	return With(ctx, slog.String("route", route))
}

// WithJob names the job that work is done for, and continues under the
// correlation id of the request that asked for it.
func WithJob(ctx context.Context, j *retable.Job) context.Context {
	ctx = With(ctx, slog.Int64("job", j.ID), slog.String("job_kind", string(j.Kind)))
	if j.CorrelationID != "" {
		ctx = retable.WithCorrelation(ctx, j.CorrelationID)
	}
	return ctx
}

func contextAttrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	if p, err := retable.PrincipalFrom(ctx); err == nil && p.UserID != "" {
		attrs = append(attrs, slog.String("user_id", p.UserID))
	}
	if id := retable.CorrelationFrom(ctx); id != "" {
		attrs = append(attrs, slog.String("correlation_id", id))
	}
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		attrs = append(attrs, slog.String("trace_id", s.TraceID().String()))
	}
	more, _ := ctx.Value(attrsKey).([]slog.Attr)
	return append(attrs, more...)
}

// Err is an error as an attribute.
func Err(err error) slog.Attr { return slog.Any("error", err) }

// Took is a duration as an attribute: duration_ms, with microseconds behind the point.
func Took(d time.Duration) slog.Attr {
	return slog.Float64("duration_ms", float64(d.Microseconds())/1000)
}
