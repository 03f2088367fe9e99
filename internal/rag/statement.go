package rag

import "strings"

// checkStatement looks at a query as text, before SQLite does: it must be one
// SELECT. SQLite's driver would run what follows a semicolon as well. It
// returns the names that WITH declares, in lower case, but for those with
// which one could reach for SQLite's own tables.
func checkStatement(query string) (ctes map[string]bool, err error) {
	if strings.ContainsRune(query, 0) {
		return nil, refused("A query can't hold the character NUL.")
	}
	tokens := sqlTokens(query)
	for len(tokens) > 0 && tokens[len(tokens)-1] == ";" {
		tokens = tokens[:len(tokens)-1]
	}
	if len(tokens) == 0 {
		return nil, refused("There is no query.")
	}
	switch strings.ToLower(tokens[0]) {
	case "select", "with", "values":
	default:
		return nil, refused("A query begins with SELECT or WITH.")
	}
	ctes = map[string]bool{}
	for i, t := range tokens {
		if t == ";" {
			return nil, refused("One statement at a time, please: something follows the semicolon.")
		}
		if i > 0 && strings.EqualFold(t, "as") && declares(tokens[i+1:]) {
			if name := declared(tokens[:i]); name != "" && !reserved(name) {
				ctes[name] = true
			}
		}
	}
	return ctes, nil
}

// declares reports whether what follows AS is the body of a WITH table.
func declares(rest []string) bool {
	for len(rest) > 0 && (strings.EqualFold(rest[0], "not") || strings.EqualFold(rest[0], "materialized")) {
		rest = rest[1:]
	}
	return len(rest) > 0 && rest[0] == "("
}

// declared is the name before AS: "name" or "name (columns)".
func declared(before []string) string {
	last := len(before) - 1
	if before[last] == ")" {
		for last > 0 && before[last] != "(" {
			last--
		}
		last--
	}
	if last < 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(before[last], "\"`[]"))
}

func reserved(name string) bool {
	for _, prefix := range []string{"sqlite", "_retable", "pragma", "json", "dbstat", "fts", "bytecode", "tables_used", "generate"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// sqlTokens cuts SQL into words, quoted pieces and single characters; white
// space and comments are dropped.
func sqlTokens(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
		case strings.HasPrefix(s[i:], "--"):
			i = after(s, i, "\n")
		case strings.HasPrefix(s[i:], "/*"):
			i = after(s, i+2, "*/")
		case c == '\'' || c == '"' || c == '`':
			end := quotedEnd(s, i)
			out = append(out, s[i:end])
			i = end
		case c == '[':
			end := after(s, i, "]")
			out = append(out, s[i:end])
			i = end
		case wordByte(c):
			start := i
			for i < len(s) && wordByte(s[i]) {
				i++
			}
			out = append(out, s[start:i])
		default:
			out = append(out, s[i:i+1])
			i++
		}
	}
	return out
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// after is the position behind the next end, or the end of s.
func after(s string, i int, end string) int {
	if at := strings.Index(s[i:], end); at >= 0 {
		return i + at + len(end)
	}
	return len(s)
}

// quotedEnd is the position behind the piece that is quoted at i; a doubled
// quote stands for itself.
func quotedEnd(s string, i int) int {
	q := s[i]
	for j := i + 1; j < len(s); j++ {
		if s[j] != q {
			continue
		}
		if j+1 < len(s) && s[j+1] == q {
			j++
			continue
		}
		return j + 1
	}
	return len(s)
}
