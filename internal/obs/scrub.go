package obs

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	hidden   = "(hidden)"
	maxValue = 2000 // bytes of one attribute
)

// secretWords in an attribute's key say that its value is secret.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "authorization", "cookie", "credential", "apikey", "privatekey", "signature"}

// contentKeys name what may hold the content of someone's tables, or what
// they asked: their length is logged.
var contentKeys = map[string]bool{
	"cell": true, "cells": true, "value": true, "values": true, "text": true, "excerpt": true, "prompt": true, "question": true, "answer": true,
	"body": true, "payload": true, "args": true, "row": true, "record": true,
}

// secretForms are secrets known by their look, wherever they stand. A text
// without the mark needs no closer look.
var secretForms = []struct {
	mark string
	form *regexp.Regexp
	by   string
}{
	{"eyJ", regexp.MustCompile(`eyJ[\w-]{6,}\.[\w-]+(\.[\w-]*)?`), hidden}, // JWT
	{" ", regexp.MustCompile(`(?i)\b(bearer|basic) +[\w.~+/=-]{6,}`), "$1 " + hidden},
	{"sk-", regexp.MustCompile(`\bsk-[\w-]{16,}`), hidden},                           // keys of model providers
	{"://", regexp.MustCompile(`://([^/\s:@]*):[^/\s@]+@`), "://$1:" + hidden + "@"}, // URLs with a password
	{"=", regexp.MustCompile(`(?i)([?&;\s"]|^)((?:[\w.-]*[_.-])?(?:password|passwd|secret|token|ticket|api_?key|signature|credential))=[^&;\s"]+`), "$1$2=" + hidden},
	{"-----BEGIN", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), hidden},
}

// isSecret reports whether a key names a secret.
func isSecret(key string) bool {
	k := strings.ToLower(key)
	if k == "key" || k == "token" || strings.HasSuffix(k, "_key") || strings.HasSuffix(k, "token") {
		return true
	}
	if strings.ContainsAny(k, "_-.") {
		k = strings.Map(joined, k)
	}
	for _, w := range secretWords {
		if strings.Contains(k, w) {
			return true
		}
	}
	return false
}

// joined leaves out what stands between the words of a key.
func joined(r rune) rune {
	if r == '_' || r == '-' || r == '.' {
		return -1
	}
	return r
}

// Scrub takes secrets that are known by their look out of a text.
func Scrub(s string) string {
	for _, f := range secretForms {
		if strings.Contains(s, f.mark) {
			s = f.form.ReplaceAllString(s, f.by)
		}
	}
	return s
}

// scrub makes an attribute fit for a log.
func scrub(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		return a // its members come one by one
	case isSecret(a.Key):
		return slog.String(a.Key, hidden)
	}
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, text(a.Key, v.String()))
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: any2log(a.Key, v.Any())}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// text scrubs a text under a key and bounds it.
func text(key, s string) string {
	if contentKeys[strings.ToLower(key)] {
		return fmt.Sprintf("(%d characters)", utf8.RuneCountInString(s))
	}
	s = Scrub(s)
	if len(s) > maxValue {
		return strings.ToValidUTF8(s[:maxValue], "") + fmt.Sprintf("... (%d bytes)", len(s))
	}
	return s
}

// any2log makes a value of any type fit for a log. What has no text of its own
// is taken apart as JSON, so that secrets in its members are found.
func any2log(key string, v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(text(key, withoutExcerpts(v)))
	case []byte:
		return slog.StringValue(fmt.Sprintf("(%d bytes)", len(v)))
	case encoding.TextMarshaler, json.Marshaler:
	case fmt.Stringer:
		return slog.StringValue(text(key, v.String()))
	}
	data, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("(%T)", v))
	}
	var parts any
	if json.Unmarshal(data, &parts) != nil {
		return slog.StringValue(fmt.Sprintf("(%T)", v))
	}
	return slog.AnyValue(walk(key, parts))
}

// walk scrubs what JSON holds.
func walk(key string, v any) any {
	switch v := v.(type) {
	case string:
		return text(key, v)
	case []any:
		if contentKeys[strings.ToLower(key)] {
			return fmt.Sprintf("(%d items)", len(v))
		}
		for i := range v {
			v[i] = walk(key, v[i])
		}
	case map[string]any:
		for k := range v {
			if isSecret(k) {
				v[k] = hidden
			} else {
				v[k] = walk(k, v[k])
			}
		}
	}
	return v
}

// withoutExcerpts is the text of an error without the excerpts of documents
// that errors in its tree carry (a field Excerpt, as in xmltok.Error).
func withoutExcerpts(err error) string {
	s := err.Error()
	for _, excerpt := range excerpts(err) {
		s = strings.ReplaceAll(s, excerpt, "(excerpt left out)")
	}
	return s
}

func excerpts(err error) []string {
	var found []string
	if v := reflect.Indirect(reflect.ValueOf(err)); v.IsValid() && v.Kind() == reflect.Struct {
		if f := v.FieldByName("Excerpt"); f.IsValid() && f.Kind() == reflect.String && f.String() != "" {
			found = append(found, f.String())
		}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			found = append(found, excerpts(e)...)
		}
	} else if inner := errors.Unwrap(err); inner != nil {
		found = append(found, excerpts(inner)...)
	}
	return found
}
