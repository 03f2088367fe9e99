package blob

import (
	"regexp"
	"slices"
	"strings"

	"retable/internal/retable"
)

// maxKey is the length of a key in bytes; S3 allows 1024 with its prefix.
const maxKey = 800

// part is one part of a key. It can't begin with a dot: such names are ours.
// It can't end with one, which Windows drops.
var part = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9._@+=,~-]{0,198}[A-Za-z0-9_@+=,~-])?$`)

// device names mean something else than files on Windows, with any extension.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// checkKey refuses what is no key: Invalid.
func checkKey(key string) error {
	if len(key) <= maxKey {
		ok := true
		for p := range strings.SplitSeq(key, "/") {
			ok = ok && part.MatchString(p) && !device.MatchString(p)
		}
		if ok {
			return nil
		}
	}
	return retable.Errorf(retable.Invalid, "%.100q is no key of a blob: parts of letters, digits and ._@+=,~- that are separated by single slashes.", key)
}

// folder checks a prefix and returns it with a slash at its end; "" is all.
func folder(prefix string) (string, error) {
	if prefix == "" {
		return "", nil
	}
	prefix = strings.TrimSuffix(prefix, "/")
	return prefix + "/", checkKey(prefix)
}

// reserved refuses keys below the names that belong to others.
func reserved(key string, names []string) error {
	if first, _, _ := strings.Cut(key, "/"); slices.Contains(names, first) {
		return retable.Errorf(retable.Invalid, "Keys can't begin with %q: that place is not for blobs.", first)
	}
	return nil
}

func missing(key string) error { return retable.Missing("blob", key) }
