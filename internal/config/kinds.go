package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The constructors below bind a setting of one kind to its place. What they
// refuse they refuse by saying what is allowed.

func text(p *string) value {
	return value{kind: KindText, get: func() string { return *p }, set: func(s string) error { *p = s; return nil }}
}

func path(p *string) value {
	v := text(p)
	v.kind = KindPath
	return v
}

func secret(p *Secret) value {
	return value{
		kind: KindSecret, secret: true,
		get: func() string { return string(*p) }, set: func(s string) error { *p = Secret(s); return nil },
	}
}

func choice[T ~string](p *T, choices ...string) value {
	return value{
		kind: KindChoice, choices: choices, get: func() string { return string(*p) },
		set: func(s string) error {
			if !slices.Contains(choices, s) {
				return errors.New("write " + orList(choices))
			}
			*p = T(s)
			return nil
		},
	}
}

func boolean(p *bool) value {
	return value{
		kind: KindBool, get: func() string { return strconv.FormatBool(*p) },
		set: func(s string) error {
			switch strings.ToLower(s) {
			case "true", "yes", "on", "1":
				*p = true
			case "false", "no", "off", "0":
				*p = false
			default:
				return errors.New("write true or false")
			}
			return nil
		},
	}
}

func integer(p *int, low, high int) value {
	return value{
		kind: KindInt, get: func() string { return strconv.Itoa(*p) },
		set: func(s string) error {
			n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
			if err != nil || n < low || n > high {
				return fmt.Errorf("write a whole number from %d to %d", low, high)
			}
			*p = n
			return nil
		},
	}
}

func number(p *float64, low, high float64) value {
	return value{
		kind: KindNumber, get: func() string { return strconv.FormatFloat(*p, 'g', -1, 64) },
		set: func(s string) error {
			n, err := strconv.ParseFloat(s, 64)
			if err != nil || !(n >= low && n <= high) {
				return fmt.Errorf("write a number from %g to %g", low, high)
			}
			*p = n
			return nil
		},
	}
}

func duration(p *time.Duration, low, high time.Duration) value {
	return value{
		kind: KindDuration, get: func() string { return formatDuration(*p) },
		set: func(s string) error {
			d, err := parseDuration(s)
			if err != nil || d < low || d > high {
				return fmt.Errorf("write a time from %s to %s, such as 90s, 15m, 12h or 7d", formatDuration(low), formatDuration(high))
			}
			*p = d
			return nil
		},
	}
}

func size(p *int64, low, high int64) value {
	return value{
		kind: KindSize, get: func() string { return formatSize(*p) },
		set: func(s string) error {
			n, err := parseSize(s)
			switch {
			case err != nil:
				return err
			case n < low || n > high:
				return fmt.Errorf("write a size from %s to %s", formatSize(low), formatSize(high))
			}
			*p = n
			return nil
		},
	}
}

// list holds texts; check may refuse one.
func list(p *[]string, check func(string) error) value {
	return value{
		kind: KindList, get: func() string { return strings.Join(*p, ",") },
		set: func(s string) error {
			items := splitList(s)
			var faults []error
			for _, item := range items {
				if check != nil {
					faults = append(faults, check(item))
				}
			}
			if err := errors.Join(faults...); err != nil {
				return oneLine(err)
			}
			*p = items
			return nil
		},
	}
}

// networks holds addresses and ranges of addresses.
func networks(p *[]netip.Prefix) value {
	return value{
		kind: KindList, get: func() string { return joinStringers(*p) },
		set: func(s string) error {
			var all []netip.Prefix
			for _, item := range splitList(s) {
				n, err := parseNetwork(item)
				if err != nil {
					return fmt.Errorf("%q is no address: write addresses or ranges such as 10.0.0.0/8, fd00::/8 or 192.0.2.7", item)
				}
				all = append(all, n)
			}
			*p = all
			return nil
		},
	}
}

func parseNetwork(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		n, err := netip.ParsePrefix(s)
		return n.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Unmap().Prefix(a.Unmap().BitLen())
}

// address is a host and a port to listen on; the host may be empty for all.
func address(p *string) value {
	return value{
		kind: KindAddress, get: func() string { return *p },
		set: func(s string) error {
			_, port, err := net.SplitHostPort(s)
			if n, numErr := strconv.Atoi(port); err != nil || numErr != nil || n < 0 || n > 65535 {
				return errors.New("write HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000")
			}
			*p = s
			return nil
		},
	}
}

// link is a URL of one of the schemes.
func link(p *string, schemes ...string) value {
	return value{
		kind: KindURL, get: func() string { return *p },
		set: func(s string) error {
			u, err := url.Parse(s)
			if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" && !onSocket(u) {
				return errors.New("write a URL that begins with " + orList(schemes) + " and ://")
			}
			*p = s
			return nil
		},
	}
}

// onSocket reports whether PostgreSQL is meant by the folder of its socket, as
// in postgres://user@/database?host=/run/postgresql.
func onSocket(u *url.URL) bool {
	return strings.HasPrefix(u.Scheme, "postgres") && u.Query().Get("host") != ""
}

// secretLink is a URL that may hold a password, or be one.
func secretLink(p *string, schemes ...string) value {
	v := link(p, schemes...)
	v.secret = true
	return v
}

// pathOrLink is a path, or a URL of one of the schemes.
func pathOrLink(p *string, schemes ...string) value {
	v := secretLink(p, schemes...)
	set := v.set
	v.set = func(s string) error {
		if isURL(s) {
			return set(s)
		}
		*p = s
		return nil
	}
	return v
}

func isURL(s string) bool { return strings.Contains(s, "://") }
