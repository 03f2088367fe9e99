package llm

import (
	"cmp"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"retable/internal/retable"
)

// The names of providers.
const (
	None     = "none"
	Ollama   = "ollama"
	OpenAI   = "openai"
	Azure    = "azure"
	Embedded = "embedded" // the embedder inside the program, if it was built in
)

// Config says which models are used and how they are reached.
type Config struct {
	Chat, Embed  Choice
	ForbidRemote bool // the administrator's word: nothing leaves the machine
	Ollama       OllamaConfig
	OpenAI       OpenAIConfig
	Azure        AzureConfig
	Limits       Limits
}

// Choice is a model of a provider. Provider "" is None.
type Choice struct{ Provider, Model string }

// OllamaConfig reaches an Ollama server.
type OllamaConfig struct {
	URL        string        // default http://127.0.0.1:11434
	Key        Secret        // for a proxy in front that asks for a bearer token
	KeepAlive  time.Duration // how long a model stays in memory; 0: the server's own choice
	MaxContext int           // most tokens of context asked for, which cost memory; default 16384
	Options    map[string]any
}

// OpenAIConfig reaches OpenAI or a server that speaks like it.
type OpenAIConfig struct {
	URL string // default https://api.openai.com/v1
	Key Secret
	// Local says that the server keeps what it is told on this machine. It is
	// believed only of a loopback address.
	Local      bool
	Dimensions int // of vectors, where the model can shorten them; 0: its own
}

// AzureConfig reaches an Azure OpenAI resource.
type AzureConfig struct {
	URL        string // https://NAME.openai.azure.com
	Key        Secret
	APIVersion string // default 2024-10-21
	// Deployments maps models to deployments. Without any, deployments are
	// called like their models.
	Deployments map[string]string
	Dimensions  int
}

// Limits bound each provider. A zero field means the default.
type Limits struct {
	Calls   int           // at a time; default 4
	Waiting int           // calls that wait for their turn, more are refused; default 32
	Wait    time.Duration // the longest a call waits; default 30 s

	Attempts      int           // default 3
	Backoff       time.Duration // before the second attempt, doubling; default 1 s
	BackoffMax    time.Duration // default 10 s
	RetryAfterMax time.Duration // what a server may ask for; it isn't waited for longer; default 30 s

	FirstToken time.Duration // to the first token, or to the vectors of a batch; default 2 min
	Idle       time.Duration // between tokens; default 1 min
	Overall    time.Duration // a whole call with its attempts; default 10 min
	Lookup     time.Duration // of lists, details and health; default 10 s

	BreakAfter int           // failures in a row that open the breaker; default 5
	BreakFor   time.Duration // default 30 s

	BatchTexts int // texts in one request; default 64
	BatchBytes int // bytes of their text; default 256 KiB
}

// Deps are what a provider works with.
type Deps struct {
	// HTTP carries the calls: its transport decides which addresses may be
	// reached, its CheckRedirect which redirects are followed (without one: none).
	// Its Timeout is not used: it would cut healthy streams.
	HTTP     *http.Client
	Observer Observer // nil: nobody
	Log      *slog.Logger
	Embedded retable.Embedder // the embedder inside the program, or nil
}

// withDefaults fills what may be left out.
func (d Deps) withDefaults() Deps {
	if d.Observer == nil {
		d.Observer = nobody{}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return d
}

// Secret is a key. It never shows itself.
type Secret string

// Reveal returns the key itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the key from fmt.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the key from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the key from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the key from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

const (
	defaultOllamaURL   = "http://127.0.0.1:11434"
	defaultOpenAIURL   = "https://api.openai.com/v1"
	defaultAzureAPI    = "2024-10-21"
	defaultMaxContext  = 16384
	smallestMaxContext = 2048
)

// withDefaults fills what is zero.
func (l Limits) withDefaults() Limits {
	l.Calls = cmp.Or(l.Calls, 4)
	l.Waiting = cmp.Or(l.Waiting, 32)
	l.Wait = cmp.Or(l.Wait, 30*time.Second)
	l.Attempts = cmp.Or(l.Attempts, 3)
	l.Backoff = cmp.Or(l.Backoff, time.Second)
	l.BackoffMax = cmp.Or(l.BackoffMax, 10*time.Second)
	l.RetryAfterMax = cmp.Or(l.RetryAfterMax, 30*time.Second)
	l.FirstToken = cmp.Or(l.FirstToken, 2*time.Minute)
	l.Idle = cmp.Or(l.Idle, time.Minute)
	l.Overall = cmp.Or(l.Overall, 10*time.Minute)
	l.Lookup = cmp.Or(l.Lookup, 10*time.Second)
	l.BreakAfter = cmp.Or(l.BreakAfter, 5)
	l.BreakFor = cmp.Or(l.BreakFor, 30*time.Second)
	l.BatchTexts = cmp.Or(l.BatchTexts, 64)
	l.BatchBytes = cmp.Or(l.BatchBytes, 256<<10)
	return l
}

// validate names each limit that can't be meant.
func (l Limits) validate() error {
	var fields []retable.FieldError
	for name, n := range map[string]int64{
		"calls": int64(l.Calls), "waiting": int64(l.Waiting), "wait": int64(l.Wait), "attempts": int64(l.Attempts),
		"backoff": int64(l.Backoff), "backoff_max": int64(l.BackoffMax), "retry_after_max": int64(l.RetryAfterMax),
		"first_token": int64(l.FirstToken), "idle": int64(l.Idle), "overall": int64(l.Overall), "lookup": int64(l.Lookup),
		"break_after": int64(l.BreakAfter), "break_for": int64(l.BreakFor),
		"batch_texts": int64(l.BatchTexts), "batch_bytes": int64(l.BatchBytes),
	} {
		if n < 0 {
			fields = append(fields, retable.FieldError{Field: name, Message: "must not be negative"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	slices.SortFunc(fields, func(a, b retable.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return &retable.Error{
		Code: retable.Unprocessable, Fields: fields,
		Detail: "The limits of the model providers can't be used: " + fields[0].Field + " " + fields[0].Message + ".",
	}
}

// parseURL reads the address of a provider; setting is where it was set.
func parseURL(raw, setting string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(raw), "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		// The address isn't repeated: it may hold a password.
		return nil, &retable.Error{
			Code: retable.Unprocessable, Fields: []retable.FieldError{{Field: setting, Message: "is not an http or https address"}},
			Detail: setting + " is not an address such as " + defaultOllamaURL + ".",
		}
	}
	return u, nil
}

// loopback tells whether an address stays on this machine.
func loopback(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.Unmap().IsLoopback() || addr.IsUnspecified())
}

// seconds rounds up to whole seconds, at least one: for people and RetryAfter.
func seconds(d time.Duration) time.Duration {
	return time.Duration(max(1, math.Ceil(d.Seconds()))) * time.Second
}
