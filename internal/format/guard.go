package format

// The formula guard. Spreadsheets run a CSV cell that begins with one of
// = + - @ TAB CR as a formula, so such a cell gets an apostrophe in front,
// unless it is a plain number. A cell that has apostrophes before such a
// character gets one more, which makes the guard reversible: Unguard takes
// away exactly what Guard added.

// Guard returns v as it is safe in a spreadsheet: v itself or an apostrophe
// and v.
func Guard(v string) string {
	if needsGuard(v) {
		return "'" + v
	}
	return v
}

// Unguard undoes Guard: Unguard(Guard(v)) == v for every v.
func Unguard(v string) string {
	if len(v) > 1 && v[0] == '\'' && needsGuard(v[1:]) {
		return v[1:]
	}
	return v
}

// needsGuard reports whether v, past any apostrophes, begins a formula.
func needsGuard[T string | []byte](v T) bool {
	i := 0
	for i < len(v) && v[i] == '\'' {
		i++
	}
	if i == len(v) {
		return false
	}
	switch v[i] {
	case '=', '@', '\t', '\r':
		return true
	case '+', '-':
		return i > 0 || !plainNumber(v)
	}
	return false
}

// mayNeedGuard is the cheap first look at a cell's first byte.
func mayNeedGuard(c byte) bool {
	switch c {
	case '=', '+', '-', '@', '\t', '\r', '\'':
		return true
	}
	return false
}

// plainNumber reports whether v is a sign, digits, a fraction and an
// exponent, all but the digits optional.
func plainNumber[T string | []byte](v T) bool {
	i := 0
	if i < len(v) && (v[i] == '+' || v[i] == '-') {
		i++
	}
	whole := digits(v, i)
	i += whole
	fraction := 0
	if i < len(v) && v[i] == '.' {
		fraction = digits(v, i+1)
		i += 1 + fraction
	}
	if whole+fraction == 0 {
		return false
	}
	if i < len(v) && (v[i] == 'e' || v[i] == 'E') {
		i++
		if i < len(v) && (v[i] == '+' || v[i] == '-') {
			i++
		}
		n := digits(v, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return i == len(v)
}

// digits counts the ASCII digits of v from i on.
func digits[T string | []byte](v T, i int) int {
	n := 0
	for i+n < len(v) && v[i+n]-'0' <= 9 {
		n++
	}
	return n
}
