package auth

import (
	_ "embed" // the list of common passwords
	"fmt"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
)

// The bounds of a password: characters unless set otherwise, and bytes.
const (
	MinPassword      = 12
	MaxPasswordBytes = 1024
)

//go:embed common-passwords.txt
var commonText string

// Policy says which passwords are good enough. There are no rules about kinds
// of characters, and passwords don't age: length counts, and what attackers try
// first is refused. Source: OWASP ASVS 5.0, 6.2.
type Policy struct {
	min    int
	common map[string]struct{}
}

// NewPolicy reads the list of common passwords; least is the number of
// characters that a password must have, MinPassword if 0.
func NewPolicy(least int) *Policy {
	if least <= 0 {
		least = MinPassword
	}
	p := &Policy{min: least, common: map[string]struct{}{}}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			p.common[line] = struct{}{}
		}
	}
	return p
}

// Check refuses a password that is too short, too long, or easy to guess.
func (p *Policy) Check(password, username string) *retable.Error {
	switch {
	case !utf8.ValidString(password):
		return weak("The password isn't text; use characters that can be typed.")
	case utf8.RuneCountInString(password) < p.min:
		return weak(fmt.Sprintf("The password is too short; use at least %d characters, several words for instance.", p.min))
	case len(password) > MaxPasswordBytes:
		return weak(fmt.Sprintf("The password is too long; use at most %d bytes.", MaxPasswordBytes))
	}
	lower := strings.ToLower(password)
	user := strings.ToLower(username)
	name, _, _ := strings.Cut(user, "@")
	switch {
	case p.isCommon(lower):
		return weak("That is one of the passwords that are tried first; use another one.")
	case user != "" && (stem(lower) == user || stem(lower) == name || unit(lower) == name || lower == user):
		return weak("The password is your user name; use another one.")
	case distinct(lower) < 5, isRun(lower):
		return weak("The password is a row of characters; use another one.")
	}
	return nil
}

func weak(message string) *retable.Error {
	return &retable.Error{
		Code: retable.Unprocessable, Reason: "weak_password", Detail: message,
		Fields: []retable.FieldError{{Field: "password", Message: message}},
	}
}

// isCommon knows common passwords as they stand, repeated, and with digits and
// signs around them: what a rule of twelve characters makes of short ones.
func (p *Policy) isCommon(s string) bool {
	for _, form := range []string{s, stem(s), unit(s), stem(unit(s)), unit(stem(s))} {
		if _, ok := p.common[form]; ok {
			return true
		}
	}
	return false
}

// stem cuts digits and signs off both ends, at most six in all, so that what
// adds a long number of its own isn't taken for its short word.
func stem(s string) string {
	core := strings.TrimFunc(s, func(r rune) bool { return r < 'a' && r < utf8.RuneSelf || r > 'z' && r < utf8.RuneSelf })
	if len(s)-len(core) > 6 {
		return s
	}
	return core
}

// unit returns what a text repeats, itself if it repeats nothing.
func unit(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// isRun tells rows along the alphabet, the digits or the keyboard, forth or back.
func isRun(s string) bool {
	rows := []string{
		"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
	}
	for _, row := range rows {
		if strings.Contains(row+row, s) || strings.Contains(reversed(row+row), s) {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
