package llm

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// maxSaid is how much of a server's own words goes into an error, in bytes.
const maxSaid = 300

// Keys as providers quote them, also masked in the middle ("sk-ab***yz").
var keyLike = regexp.MustCompile(`\b(sk|pk|rk)-[A-Za-z0-9_*.\-]{4,}|(?i:bearer)\s+[A-Za-z0-9._~+/*\-]+=*`)

// said makes a server's words fit for an error: without keys, on one line,
// short.
func said(text string, keys ...Secret) string {
	for _, key := range keys {
		if key != "" {
			text = strings.ReplaceAll(text, key.Reveal(), "***")
		}
	}
	text = keyLike.ReplaceAllString(text, "***")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "..."
	}
	return text
}

// scrubbed is a cause without keys. The chain behind it is given up where it
// held one: whoever unwraps an error must not find the key either.
func scrubbed(err error, keys ...Secret) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := said(text, keys...); clean != strings.Join(strings.Fields(text), " ") {
		return errors.New(clean)
	}
	return err
}
