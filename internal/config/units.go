package config

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	kB  = int64(1000)
	mB  = 1000 * kB
	gB  = 1000 * mB
	tB  = 1000 * gB
	miB = int64(1) << 20
)

const (
	maxDuration = 100 * 365 * day
	maxSize     = 1000 * 1000 * tB
)

// unit is a unit of size; longer names come first, so that a suffix is found.
type unit struct {
	name string
	size int64
}

// units are powers of ten and, with i, powers of two.
var units = []unit{
	{"tib", 1 << 40}, {"gib", 1 << 30}, {"mib", 1 << 20}, {"kib", 1 << 10},
	{"tb", tB}, {"gb", gB}, {"mb", mB}, {"kb", kB}, {"t", tB}, {"g", gB}, {"m", mB}, {"k", kB}, {"b", 1},
}

func parseSize(text string) (int64, error) {
	s, factor := strings.ToLower(strings.TrimSpace(text)), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, factor = strings.TrimSpace(rest), u.size
			break
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n <= maxSize/factor {
		return n * factor, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0 && n*float64(factor) <= float64(maxSize)) {
		return 0, errors.New("write a size such as 64MB, 1GiB or a number of bytes")
	}
	return int64(math.Round(n * float64(factor))), nil
}

// formatSize writes a size without loss, in the largest unit that divides it.
func formatSize(n int64) string {
	name, best := "", int64(1)
	for _, u := range []unit{{"TB", tB}, {"TiB", 1 << 40}, {"GB", gB}, {"GiB", 1 << 30}, {"MB", mB}, {"MiB", 1 << 20}, {"kB", kB}, {"KiB", 1 << 10}} {
		if n != 0 && n%u.size == 0 && u.size > best && (best == 1 || n/u.size > 0) {
			name, best = u.name, u.size
		}
	}
	return strconv.FormatInt(n/best, 10) + name
}

// parseDuration reads what Go reads, and days (d) and weeks (w) before it.
func parseDuration(text string) (time.Duration, error) {
	s := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if s == "0" {
		return 0, nil
	}
	var sum time.Duration
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"w", 7 * day}, {"d", day}} {
		head, rest, ok := strings.Cut(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(head, 10, 32)
		if err != nil || time.Duration(n) > maxDuration/u.size {
			return 0, fmt.Errorf("%q is no time", text)
		}
		sum, s = sum+time.Duration(n)*u.size, rest
	}
	if s == "" && sum > 0 {
		return sum, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration {
		return 0, fmt.Errorf("%q is no time", text)
	}
	return sum + d, nil
}

// formatDuration writes a time as parseDuration reads it, without zero parts.
func formatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	text := ""
	if d >= day {
		text, d = strconv.FormatInt(int64(d/day), 10)+"d", d%day
		if d == 0 {
			return text
		}
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return text + s
}

// splitList splits at commas and white space.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

func joinStringers[T fmt.Stringer](all []T) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = v.String()
	}
	return strings.Join(texts, ",")
}

// orList writes "a, b or c".
func orList(all []string) string {
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " or " + all[n-1]
	}
	return strings.Join(all, "")
}

func oneLine(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// redact takes the password, and what looks like a key, out of a URL.
func redact(text string, hidePath bool) string {
	u, err := url.Parse(text)
	if err != nil {
		return masked
	}
	if u.User != nil {
		if _, has := u.User.Password(); has {
			u.User = url.UserPassword(u.User.Username(), "xxxxx")
		}
	}
	if hidePath && len(u.Path) > 1 {
		u.Path, u.RawPath = "/xxxxx", ""
	}
	query := u.Query()
	for key := range query {
		for _, word := range []string{"password", "secret", "token", "key", "sig"} {
			if strings.Contains(strings.ToLower(key), word) {
				query.Set(key, "xxxxx")
			}
		}
	}
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	return u.String()
}
