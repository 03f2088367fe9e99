package format

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxFileName leaves room below the usual 255 bytes.
const maxFileName = 240

// FileName returns a file name for a table, valid on every common file
// system and different for different tables but for case: characters
// that some system refuses are percent-encoded, a long name is cut and gets
// a hash of the whole.
func FileName(tableName, ext string) string {
	stem := encodeName(tableName)
	if len(stem)+len(ext) > 180 {
		sum := sha256.Sum256([]byte(tableName))
		cut := 180 - len(ext) - 17
		for cut > 0 && !utf8.RuneStart(stem[cut]) {
			cut--
		}
		stem = stem[:cut] + "~" + hex.EncodeToString(sum[:8])
	}
	return stem + ext
}

// Names gives the tables of one data set their file names, which differ
// also where case is ignored: a later table gets ~2, ~3 ... at its end. Call
// it in a fixed order.
type Names struct{ used map[string]bool }

// Of returns the file name of the table. Calling it twice gives two names.
func (n *Names) Of(tableName, ext string) string {
	if n.used == nil {
		n.used = map[string]bool{}
	}
	for i := 1; ; i++ {
		name := FileName(tableName, ext)
		if i > 1 {
			name = FileName(tableName+"~"+strconv.Itoa(i), ext)
		}
		if folded := strings.ToLower(name); !n.used[folded] {
			n.used[folded] = true
			return name
		}
	}
}

// encodeName percent-encodes what Windows, macOS or Linux refuse in names.
func encodeName(name string) string {
	if name == "" {
		return "_"
	}
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "\uFFFD")
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		edge := c == '.' && (i == 0 || i == len(name)-1) || c == ' ' && i == len(name)-1
		if c < 0x20 || c == 0x7f || edge || strings.IndexByte(`<>:"/\|?*%`, c) >= 0 ||
			i == 0 && reservedName(name) {
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// reservedName reports the device names of Windows, with any ending.
func reservedName(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) &&
		stem[3] >= '0' && stem[3] <= '9'
}
