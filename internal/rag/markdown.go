package rag

import "strings"

// md makes text from data harmless in Markdown: one line, no markup, no HTML,
// nothing that a viewer turns into a link.
func md(s string) string {
	s = plain(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>' && i == 0: // a quotation, at a line's start
			b.WriteString("&gt;")
		case r == '&' && entity(s[i:]):
			b.WriteString("&amp;")
		case r == '_' && i > 0 && i+1 < len(s) && isWordRune(s[i-1:]) && isWordRune(s[i+1:]):
			b.WriteRune(r) // within a word it means nothing
		case strings.ContainsRune("\\`*_[]#|~!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return unaddressed(b.String())
}

// entity reports whether a text begins with what HTML takes for a character.
func entity(s string) bool {
	end := strings.IndexByte(s, ';')
	return end > 1 && end < 40 && strings.Trim(strings.TrimPrefix(s[1:end], "#"), "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// unaddressed keeps viewers from finding addresses in a text.
func unaddressed(s string) string {
	s = strings.ReplaceAll(s, "://", "&#58;//")
	for _, www := range []string{"www.", "WWW.", "Www."} {
		s = strings.ReplaceAll(s, www, www[:3]+"&#46;")
	}
	return s
}

// code sets a name of ours as code; names hold no backtick.
func code(name string) string { return "`" + strings.ReplaceAll(plain(name), "`", "") + "`" }

// cell is a value within a table of an answer.
func cell(s string) string { return md(capText(plain(s), 120)) }

// grouped3 writes a number with commas between its thousands; what is no plain
// number is left alone.
func grouped3(s string) string {
	sign, digits := "", s
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" {
		return s
	}
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return sign + b.String()
}

// markdownTable writes rows as a table.
func markdownTable(headers []string, rows [][]string, numeric []bool) string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(headers)
	rule := make([]string, len(headers))
	for i := range rule {
		if rule[i] = "---"; i < len(numeric) && numeric[i] {
			rule[i] = "---:"
		}
	}
	line(rule)
	for _, r := range rows {
		line(r)
	}
	return b.String()
}

// safeMarkdown makes a model's prose harmless: HTML is escaped, images and
// links lose their target, control characters go.
func safeMarkdown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	return unaddressed(unlink(s))
}

// unlink turns [text](target), ![text](target) and [text]: target into text.
// Marks such as [1] stay.
func unlink(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		at := strings.IndexByte(s[i:], '[')
		if at < 0 {
			b.WriteString(s[i:])
			break
		}
		at += i
		end := strings.IndexByte(s[at:], ']')
		if end < 0 {
			b.WriteString(s[i:])
			break
		}
		end += at
		inner, rest := s[at+1:end], s[end+1:]
		b.WriteString(strings.TrimSuffix(s[i:at], "!"))
		switch {
		case strings.HasPrefix(rest, "("):
			closed := strings.IndexByte(rest, ')')
			if closed < 0 {
				closed = len(rest) - 1
			}
			b.WriteString(inner)
			i = end + 1 + closed + 1
		case strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, ":"):
			b.WriteString(inner)
			i = end + 1
			if rest[0] == ':' {
				i++
			}
		default:
			b.WriteString("[" + inner + "]")
			i = end + 1
		}
	}
	return b.String()
}
