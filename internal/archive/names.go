package archive

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// checkName returns the path an entry goes by: relative, with slashes, without
// "." and empty parts. A name that could lead out of a directory, on whatever
// system, is refused; so is one that could hide what it is in a listing.
func checkName(name string) (clean string, bad *Refusal) {
	refuse := func(code Code, detail string) (string, *Refusal) {
		return "", &Refusal{Path: name, Code: code, Detail: detail}
	}
	switch {
	case name == "":
		return refuse(CodeName, "has no name: pack the bundle again")
	case strings.ContainsFunc(name, unicode.IsControl):
		return refuse(CodeName, "has a control character in its name: rename it and pack again")
	case strings.Contains(name, `\`):
		return refuse(CodeBackslash, "has a backslash in its name: pack again with a tool that writes forward slashes")
	case strings.HasPrefix(name, "/"):
		return refuse(CodeAbsolute, "has an absolute path: pack again with paths relative to a folder")
	case len(name) > 1 && name[1] == ':' && isLetter(name[0]):
		return refuse(CodeAbsolute, "has a drive letter in its path: pack again with paths relative to a folder")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return refuse(CodeTraversal, `climbs out of its folder by "..": pack again with paths relative to a folder`)
		}
	}
	if clean = path.Clean(name); clean == "." {
		return refuse(CodeName, "has no name: pack the bundle again")
	}
	return clean, nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// decodeName turns a ZIP's name into text. Without the UTF-8 flag the format
// says code page 437, but many tools write UTF-8 and forget the flag; text that
// is valid UTF-8 by chance hardly exists, so validity decides.
func decodeName(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	text, err := charmap.CodePage437.NewDecoder().Bytes(raw)
	if err != nil { // every byte has a meaning in code page 437
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(text)
}

// escapeName makes a file's name valid UTF-8, keeping different names
// different for all practical purposes.
func escapeName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, "%%%02X", name[0])
		} else {
			b.WriteString(name[:n])
		}
		name = name[n:]
	}
	return b.String()
}

// settleNames sorts entries by path. Of several with one path the first found
// is kept and the others are refused; paths that some file system takes for
// one are warned about.
func settleNames(found []*Entry) (kept []*Entry, refused []*Refusal, warnings []Warning) {
	slices.SortStableFunc(found, func(a, b *Entry) int { return strings.Compare(a.Path, b.Path) })
	kept = found[:0]
	for _, e := range found {
		if n := len(kept); n > 0 && kept[n-1].Path == e.Path {
			refused = append(refused, &Refusal{Path: e.Path, Code: CodeDuplicate,
				Detail: "has the name of an earlier entry, which is kept: rename one and pack again"})
			continue
		}
		kept = append(kept, e)
	}
	clear(found[len(kept):])

	fold := cases.Fold()
	first := make(map[string]*Entry, len(kept))
	for _, e := range kept {
		key := foldedName(e.Path, fold)
		other, taken := first[key]
		if !taken {
			first[key] = e
			continue
		}
		w := Warning{Path: e.Path, Code: CodeSameButCase,
			Detail: fmt.Sprintf("differs from %q only by case: some systems take both for one file", other.Path)}
		if norm.NFC.String(e.Path) == norm.NFC.String(other.Path) {
			w.Code = CodeSameButForm
			w.Detail = fmt.Sprintf("differs from %q only by how Unicode composes its letters: some systems take both for one file", other.Path)
		}
		warnings = append(warnings, w)
	}
	return kept, refused, warnings
}

func foldedName(name string, fold cases.Caser) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return norm.NFC.String(fold.String(norm.NFC.String(name)))
		}
	}
	return strings.ToLower(name)
}
