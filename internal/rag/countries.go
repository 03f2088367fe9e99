package rag

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryNames maps the English names of countries, in lower case and without
// accents, to their codes of ISO 3166-1.
func countryNames(extra map[string]string) map[string]string {
	names := map[string]string{}
	regions := display.English.Regions()
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			region, err := language.ParseRegion(string([]rune{a, b}))
			if err == nil && region.IsCountry() && region.Canonicalize() == region { // FX was France once, UK is GB
				names[foldValue(bare(regions.Name(region)))] = region.String()
			}
		}
	}
	for name, code := range extra {
		names[name] = code
	}
	return names
}

// isCountryCode reports whether a text is a code of ISO 3166-1, of two letters
// or three.
func isCountryCode(s string) bool {
	if len(s) != 2 && len(s) != 3 {
		return false
	}
	region, err := language.ParseRegion(s)
	return err == nil && region.IsCountry() && strings.ToUpper(s) == s
}

// countryCode finds a country, called by its name, in columns that hold codes
// of countries and nothing else.
func (v *vocabulary) countryCode(l *locale, name string) []storedValue {
	code, ok := l.countries[foldValue(bare(name))]
	if !ok {
		return nil
	}
	var out []storedValue
	for _, form := range []string{code, language.MustParseRegion(code).ISO3()} {
		for _, s := range v.byFold[foldValue(form)] {
			if s.value == form && s.column.holdsCountries() {
				out = append(out, s)
			}
		}
	}
	return out
}

// holdsCountries reports whether every value of a column is a country's code.
func (c *column) holdsCountries() bool {
	if !c.complete || len(c.top) == 0 {
		return false
	}
	for _, v := range c.top {
		if !isCountryCode(v.value) {
			return false
		}
	}
	return true
}
