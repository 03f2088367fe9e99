package config

import (
	"fmt"
	"strings"
)

// Field is one setting.
type Field struct {
	Name    string // in the configuration file: max_entries
	Help    string // one sentence or two, for people
	Default string // as it would be written; "" for none
	Served  string // the default of `retable serve`, where it differs
	Group   string
	Origin  Origin // of the present value
	early   bool   // decides where settings are read from: flag and environment alone
	value
}

// Origin is where a value came from.
type Origin string

// The origins, strongest first; those of files name the file.
const (
	FromFlag    Origin = "flag"
	FromEnv     Origin = "environment"
	FromDotEnv  Origin = ".env"
	FromDefault Origin = "default"
)

// Kind is what a setting holds.
type Kind string

// The kinds.
const (
	KindText     Kind = "text"
	KindInt      Kind = "integer"
	KindNumber   Kind = "number"
	KindBool     Kind = "true|false"
	KindDuration Kind = "duration" // 90s, 15m, 7d
	KindSize     Kind = "size"     // 64MB, 1GiB
	KindList     Kind = "list"     // separated by commas
	KindURL      Kind = "url"
	KindChoice   Kind = "choice"
	KindSecret   Kind = "secret"
	KindPath     Kind = "path"
	KindAddress  Kind = "host:port"
	KindClock    Kind = "HH:MM"
	KindRate     Kind = "rate" // 100/1m
)

// value binds a setting to its place in Config.
type value struct {
	kind     Kind
	choices  []string
	secret   bool // also from a file; the value, or the password in it, is never shown
	hidePath bool // of a URL: its path is secret too
	set      func(text string) error
	get      func() string
}

// Env is the name of the variable.
func (f Field) Env() string { return prefix + strings.ToUpper(f.Name) }

// EnvFile is the variable that names a file with the value; "" where the
// setting is no secret.
func (f Field) EnvFile() string {
	if !f.secret {
		return ""
	}
	return f.Env() + "_FILE"
}

// Flag is the name of the flag, without dashes. A pure secret has none: the
// list of processes would show it. There its flag names the file.
func (f Field) Flag() string {
	name := strings.ReplaceAll(f.Name, "_", "-")
	if f.kind == KindSecret {
		return name + "-file"
	}
	return name
}

// Kind returns what the setting holds.
func (f Field) Kind() Kind { return f.kind }

// Choices returns what a choice allows.
func (f Field) Choices() []string { return f.choices }

// Secret reports whether the value must not be shown whole.
func (f Field) Secret() bool { return f.secret }

// Placeholder stands for the value in help texts.
func (f Field) Placeholder() string {
	switch {
	case f.kind == KindSecret:
		return "FILE"
	case f.kind == KindChoice || f.kind == KindBool:
		return strings.Join(f.allowed(), "|")
	case f.kind == KindClock:
		return "HH:MM"
	case f.kind == KindAddress:
		return "HOST:PORT"
	}
	return strings.ToUpper(string(f.kind))
}

func (f Field) allowed() []string {
	if f.kind == KindBool {
		return []string{"true", "false"}
	}
	return f.choices
}

// Value is the present value as it would be written, with secrets masked.
func (f Field) Value() string {
	text := f.get()
	switch {
	case text == "" || !f.secret:
		return text
	case f.kind == KindURL && !isURL(text):
		return text
	case f.kind == KindURL:
		return redact(text, f.hidePath)
	}
	return masked
}

// DefaultFor is the default that holds for the server, or for local use.
func (f Field) DefaultFor(served bool) string {
	if served && f.Served != "" {
		return f.Served
	}
	return f.Default
}

// Secret is a text that doesn't show itself: in a log, an error, JSON or %v it
// is masked. Reveal gives it to the code that needs it.
type Secret string

const masked = "(secret)"

// Reveal returns the secret.
func (s Secret) Reveal() string { return string(s) }

// String returns a mask, or "" if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// Format masks the secret under every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck // fmt itself ignores it

// MarshalText masks the secret in JSON and in structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
