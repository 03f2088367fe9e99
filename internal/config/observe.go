package config

// Observe says what the program tells of itself.
type Observe struct {
	LogLevel       string // debug, info, warn, error
	LogFormat      string // auto, json, text
	MetricsAddress string
	MetricsToken   Secret
	OTLP           string
	OTLPHeaders    Secret
	TraceShare     float64
	ServiceName    string
	Pprof          bool
}

func (o *Observe) fields() []Field {
	return []Field{
		{Name: "log_level", value: choice(&o.LogLevel, "debug", "info", "warn", "error"), Default: "info", Help: "What is logged, from this level on."},
		{Name: "log_format", value: choice(&o.LogFormat, "auto", "json", "text"), Default: "auto", Help: "auto is text on a terminal, else JSON."},
		{Name: "metrics_address", value: address(&o.MetricsAddress), Help: "Serve /metrics at an address of its own, without a token. By default it stands beside the API, for administrators and the token."},
		{Name: "metrics_token", value: secret(&o.MetricsToken), Help: "Bearer token that reads /metrics."},
		{Name: "otlp_endpoint", value: link(&o.OTLP, "http", "https"), Help: "OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318. Without it nothing is traced."},
		{Name: "otlp_headers", value: secret(&o.OTLPHeaders), Help: "Headers for the collector: NAME=VALUE,NAME=VALUE."},
		{Name: "trace_share", value: number(&o.TraceShare, 0, 1), Default: "1", Help: "Share of requests that are traced; a caller's decision is respected."},
		{Name: "service_name", value: text(&o.ServiceName), Default: "retable", Help: "Name of this service in traces."},
		{Name: "pprof", value: boolean(&o.Pprof), Default: "false", Help: "Serve profiles under /debug/pprof, to administrators on this machine."},
	}
}
