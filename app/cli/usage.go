package cli

import (
	"regexp"
	"strings"
)

// usageText says what is wrong with a command line in this program's words.
// The parser's own speak of its types ("expected a valid 64 bit int"), and
// some name no cure. What isn't known here is passed on as it is.
func usageText(message string) string {
	for _, x := range []struct{ theirs, ours string }{
		{`^(\S+): expected a valid 64 bit (?:int|uint) but got ("[^"]*")$`, `$1 $2 is no whole number`},
		{`^(\S+): expected a float but got ("[^"]*").*$`, `$1 $2 is no number`},
		{`^(\S+): expected duration but got ("[^"]*"): .*$`, `$1 $2 is no length of time: write 90s, 10m or 2h`},
		{`^(\S+): expected \S+ value but got "(-[^"]*)" \((?:short|long) flag\).*$`, `$1 needs a value; one that begins with a dash is written $1=$2`},
		{`^(\S+): missing value, expecting .*$`, `$1 needs a value`},
		{`^(\S+): bool value must be .* but got ("[^"]*")$`, `$1 $2 is neither true nor false`},
		{`^(\S+): stat (.*): no such file or directory$`, `$1 $2 doesn't exist: check the path`},
		{`^expected one of (.*)$`, `which one? $1`},
		{`^expected "(<[^>]*>(?: \.\.\.)?)"$`, `$1 is missing`},
		{`^expected "(<[^>]*>.*)"$`, `$1 are missing`},
	} {
		if re := regexp.MustCompile(x.theirs); re.MatchString(message) {
			return re.ReplaceAllString(message, x.ours)
		}
	}
	if m := regexp.MustCompile(`^(\S+) must be one of (.*) but got ("[^"]*")$`).FindStringSubmatch(message); m != nil {
		return m[1] + " " + m[3] + " is none of " + strings.ReplaceAll(strings.ReplaceAll(m[2], `"`, ""), ",", ", ")
	}
	if m := regexp.MustCompile(`^unexpected argument ([^,]*)(, did you mean .*)?$`).FindStringSubmatch(message); m != nil {
		return `unexpected argument "` + m[1] + `"` + m[2]
	}
	return message
}
