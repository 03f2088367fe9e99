package archive

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code names why something was refused. A Code is an error itself, so that
// errors.Is(err, CodeRatio) asks the obvious question.
type Code string

// The codes of everything that is refused.
const (
	// A limit was passed.
	CodeEntries    Code = "TOO_MANY_ENTRIES"
	CodeEntryBytes Code = "ENTRY_TOO_LARGE"
	CodeTotalBytes Code = "BUNDLE_TOO_LARGE"
	CodeRatio      Code = "RATIO_TOO_HIGH"
	CodeNesting    Code = "NESTED_TOO_DEEP"
	CodeTime       Code = "TIME_EXCEEDED"
	CodeScratch    Code = "NO_SCRATCH_SPACE"

	// The name or the kind of the entry is hostile.
	CodeTraversal Code = "PATH_TRAVERSAL"
	CodeAbsolute  Code = "ABSOLUTE_PATH"
	CodeBackslash Code = "BACKSLASH_IN_NAME"
	CodeName      Code = "INVALID_NAME"
	CodeDuplicate Code = "DUPLICATE_NAME"
	CodeSymlink   Code = "LINK"
	CodeSpecial   Code = "SPECIAL_FILE"
	CodeOverlap   Code = "OVERLAPPING_ENTRIES"
	CodeDisguised Code = "ARCHIVE_IN_DISGUISE"

	// The content can't be had.
	CodeEncrypted  Code = "ENCRYPTED"
	CodeMethod     Code = "UNSUPPORTED_METHOD"
	CodeChecksum   Code = "WRONG_CHECKSUM"
	CodeSize       Code = "WRONG_SIZE"
	CodeCorrupt    Code = "CORRUPT"
	CodeTruncated  Code = "TRUNCATED"
	CodeUnreadable Code = "UNREADABLE"

	// The bundle as a whole, or an archive in it, is at fault.
	CodeDirectory Code = "NO_DIRECTORY"
	CodeSplit     Code = "SPLIT_ARCHIVE"
	CodeNotBundle Code = "NOT_A_BUNDLE"
	CodeEmpty     Code = "EMPTY"
	CodeNoXML     Code = "NO_XML"
	CodeSpent     Code = "STREAM_ALREADY_READ"

	// Warnings: the entries are kept.
	CodeSameButCase Code = "SAME_NAME_BUT_CASE"
	CodeSameButForm Code = "SAME_NAME_BUT_UNICODE_FORM"
)

// Error makes a Code a target for errors.Is.
func (c Code) Error() string { return string(c) }

// Refusal says what was refused, why, and what to do about it.
type Refusal struct {
	Path   string     // the entry's path as the bundle has it; the bundle's name when Whole
	Whole  bool       // the bundle itself is refused, or damaged as a whole
	Code   Code       // for programs
	Detail string     // for people: continues the sentence `entry "a.xml" ...`
	Err    error      // cause, or nil
	Parts  []*Refusal // for CodeNoXML: the entries that were refused
}

// Error names fault and cure in one sentence.
func (r *Refusal) Error() string {
	subject := "entry"
	if r.Whole {
		subject = "bundle"
	}
	return fmt.Sprintf("%s %q %s", subject, shortened(r.Path), r.Detail)
}

// Is reports whether target is the refusal's Code.
func (r *Refusal) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == r.Code
}

// Unwrap returns the cause and the refusals of the parts.
func (r *Refusal) Unwrap() []error {
	var all []error
	if r.Err != nil {
		all = append(all, r.Err)
	}
	for _, p := range r.Parts {
		all = append(all, p)
	}
	return all
}

// Skipped is a file that is no XML, and why it was taken for none.
type Skipped struct {
	Path   string
	Reason string
}

// Warning is something odd about an entry that is read nevertheless.
type Warning struct {
	Path   string
	Code   Code
	Detail string
}

// String names the entry and what is odd.
func (w Warning) String() string {
	return fmt.Sprintf("entry %q %s", shortened(w.Path), w.Detail)
}

// shortened keeps messages readable: a name in a ZIP may have 64 kB.
func shortened(name string) string {
	const most = 240
	if len(name) <= most {
		return name
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.ToValidUTF8(name[:cut], "?") + "..."
}
