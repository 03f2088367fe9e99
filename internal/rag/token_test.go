package rag

import "testing"

// TestPossessives: lower case of other scripts may be longer or shorter than
// what was typed, and the quotation mark that serves as an apostrophe is.
func TestPossessives(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"customer's": "customer", "CUSTOMER'S": "CUSTOMER", "customer’s": "customer", "customers'": "customers", "customers’": "customers",
		"O’Neil": "O’Neil", "ȺȺȺ's": "ȺȺȺ", "KKK's": "KKK", "İİİ's": "İİİ", "\xf2\x940'S": "\xf2\x940", "'s": "", "class": "class",
	} {
		if got := possessor(word); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
		tokenise("How many " + word + " are there?")
	}
}
