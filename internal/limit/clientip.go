package limit

import (
	"fmt"
	"net/netip"
	"strings"
)

// ClientIP returns the address that asked. remote is the peer of the
// connection ("192.0.2.1:4711"); forwarded is the X-Forwarded-For header, all
// of its lines joined by commas.
//
// The header is believed only as far as it was written by trusted proxies:
// each writes at the right what its peer was, so the walk goes from the right
// and ends at the first address that isn't trusted. What stands left of it
// anybody may have written. Where an entry is no address, the last proxy that
// could be named is the answer.
func ClientIP(remote, forwarded string, trusted []netip.Prefix) netip.Addr {
	addr, ok := parseHop(remote)
	if !ok {
		return netip.Addr{}
	}
	for forwarded != "" && isTrusted(addr, trusted) {
		entry := forwarded
		if i := strings.LastIndexByte(forwarded, ','); i >= 0 {
			forwarded, entry = forwarded[:i], forwarded[i+1:]
		} else {
			forwarded = ""
		}
		next, ok := parseHop(strings.TrimSpace(entry))
		if !ok {
			break
		}
		addr = next
	}
	return addr
}

// FromTrusted reports whether the peer is a trusted proxy, whose other headers
// (X-Forwarded-Proto ...) may be believed too.
func FromTrusted(remote string, trusted []netip.Prefix) bool {
	addr, ok := parseHop(remote)
	return ok && isTrusted(addr, trusted)
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// parseHop reads an address with or without port, brackets and zone. IPv4 in
// IPv6 becomes IPv4.
func parseHop(s string) (netip.Addr, bool) {
	if len(s) > 64 { // no address is as long
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = ap.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

// Bucket returns what an address is counted as: itself for IPv4; its /64 for
// IPv6, since a customer gets at least that many addresses.
func Bucket(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	if !addr.IsValid() {
		return "unknown"
	}
	return addr.String()
}

// ParsePrefixes reads addresses and networks: "10.0.0.0/8", "192.0.2.7",
// "loopback" and "private".
func ParsePrefixes(list []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range list {
		switch s = strings.TrimSpace(s); s {
		case "":
			continue
		case "loopback":
			all = append(all, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
			continue
		case "private":
			all = append(all, netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
				netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			addr, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network; write 192.0.2.7, 10.0.0.0/8, loopback or private", s)
			}
			addr = addr.Unmap().WithZone("")
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		all = append(all, p.Masked())
	}
	return all, nil
}
