package rag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textOf writes a value of SQLite as text; null is empty.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case float64:
		return plainFloat(v)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v)
}

// valueKind is the narrowest kind of the values seen in a result's column.
type valueKind uint8

const (
	noValue valueKind = iota
	integerValue
	decimalValue
	textValue
)

func (k valueKind) with(v any) valueKind {
	switch v.(type) {
	case nil:
		return k
	case int64:
		return max(k, integerValue)
	case float64:
		return max(k, decimalValue)
	}
	return textValue
}

// String names the kind as retable.ResultTable does.
func (k valueKind) String() string {
	return [...]string{"text", "integer", "decimal", "text"}[k]
}

// capText shortens text to n bytes at most, at a character's border.
func capText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// plain makes one line of a cell: control characters and the marks that turn
// the direction of text go, white space is folded.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
