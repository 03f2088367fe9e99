package rag

import "testing"

// TestCountriesHaveTheirCodes: a name that a code of the past shares leads to
// the code of today.
func TestCountriesHaveTheirCodes(t *testing.T) {
	t.Parallel()
	names := countryNames(nil)
	for name, want := range map[string]string{
		"france": "FR", "germany": "DE", "united kingdom": "GB", "russia": "RU", "spain": "ES", "serbia": "RS", "yemen": "YE", "vietnam": "VN",
		"greece": "GR", "italy": "IT", "united states": "US", "finland": "FI", "congo - kinshasa": "CD", "timor-leste": "TL",
	} {
		if names[name] != want {
			t.Errorf("%s: got %q, want %s", name, names[name], want)
		}
	}
}
