package app

import (
	"regexp"
	"strings"
)

// dates and counters in a bundle's name, with what separates them.
var (
	seriesMonth  = regexp.MustCompile(`(?i)(jan(uary|uar)?|feb(ruary|ruar)?|mar(ch)?|m(ä|ae)rz|apr(il)?|ma[iy]|june?|juni|july?|juli|aug(ust)?|sept?(ember)?|o[ck]t(ober)?|nov(ember)?|de[cz](ember)?)([\W_\d]|$)`)
	seriesNumber = regexp.MustCompile(`[\d]+`)
	seriesBlank  = regexp.MustCompile(`[\s_.#-]*#[\s_.#-]*`)
)

// SeriesPattern is a bundle's name without its endings, dates and numbers:
// the deliveries of one series share it. "Orders_2026-01.zip" and
// "orders_2026-02.zip" are both "orders".
func SeriesPattern(name string) string {
	p := strings.ToLower(BaseName(name))
	p = seriesMonth.ReplaceAllString(p, "#$11")
	p = seriesNumber.ReplaceAllString(p, "#")
	p = seriesBlank.ReplaceAllString(p, "#")
	if p = strings.Trim(p, "# _.-"); p != "" {
		return p
	}
	return "numbered"
}

// seriesOrder is a name in a form that sorts by its dates and numbers.
func seriesOrder(name string) string {
	return seriesNumber.ReplaceAllStringFunc(strings.ToLower(BaseName(name)), func(n string) string {
		n = strings.TrimLeft(n, "0")
		return strings.Repeat("0", max(0, 20-len(n))) + n
	})
}
