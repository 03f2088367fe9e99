package format

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sheet writes the XML of one sheet.
type sheet struct {
	name  string
	w     io.WriteCloser
	buf   []byte
	row   int // number of the last row
	style int // of the cells to come
	err   error
}

// boldStyle is the second cell format of stylesXML.
const boldStyle = 1

// newSheet starts a sheet named after the table.
func (s *xlsxSet) newSheet(tableName string, own bool) (*sheet, error) {
	name := s.names.of(tableName)
	s.sheets = append(s.sheets, sheetRef{name, own})
	w, err := s.zip.create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(s.sheets)))
	if err != nil {
		return nil, err
	}
	sh := &sheet{name: name, w: w}
	sh.buf = append(sh.buf, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">`+
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`...)
	return sh, nil
}

func (s *sheet) beginRow() {
	s.row++
	s.buf = append(s.buf, `<row r="`...)
	s.buf = strconv.AppendInt(s.buf, int64(s.row), 10)
	s.buf = append(s.buf, `">`...)
}

func (s *sheet) endRow() {
	s.buf = append(s.buf, `</row>`...)
	if len(s.buf) >= 16<<10 {
		s.flush()
	}
}

// openCell appends the cell's start up to what depends on its kind.
func (s *sheet) openCell(letters, rest string) {
	s.buf = append(append(s.buf, `<c r="`...), letters...)
	s.buf = strconv.AppendInt(s.buf, int64(s.row), 10)
	s.buf = append(s.buf, '"')
	if s.style != 0 {
		s.buf = strconv.AppendInt(append(s.buf, ` s="`...), int64(s.style), 10)
		s.buf = append(s.buf, '"')
	}
	s.buf = append(s.buf, rest...)
}

func (s *sheet) text(column int, v string) {
	s.openCell(columnLetters(column), ` t="inlineStr"><is><t xml:space="preserve">`)
	s.buf = append(appendSheetText(s.buf, []byte(v)), `</t></is></c>`...)
}

func (s *sheet) number(column int, n int64) {
	s.openCell(columnLetters(column), `><v>`)
	s.buf = append(strconv.AppendInt(s.buf, n, 10), `</v></c>`...)
}

// textRow writes a whole row of texts in one style.
func (s *sheet) textRow(style int, values ...string) {
	s.beginRow()
	s.style = style
	for i, v := range values {
		s.text(i, v)
	}
	s.style = 0
	s.endRow()
}

func (s *sheet) flush() {
	if s.err == nil {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

func (s *sheet) close() error {
	s.buf = append(s.buf, `</sheetData></worksheet>`...)
	s.flush()
	return errors.Join(s.err, s.w.Close())
}

// columnLetters is the name of a column: A, B ... Z, AA ...
func columnLetters(i int) string {
	var b [4]byte
	at := len(b)
	for i++; i > 0; i = (i - 1) / 26 {
		at--
		b[at] = byte('A' + (i-1)%26)
	}
	return string(b[at:])
}

// appendSheetText appends v as XML text, with what XML can't hold as
// _xHHHH_ and the underscore of anything that looks like it as _x005F_.
func appendSheetText(dst, v []byte) []byte {
	start := 0
	for i := 0; i < len(v); {
		c := v[i]
		size := 1
		var with string
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '_' && looksEscaped(v[i:]):
			with = "_x005F_"
		case c < 0x20 && c != '\t' && c != '\n': // CR too, which XML would turn to LF
			with = fmt.Sprintf("_x%04X_", c)
		case c == 0xEF:
			r, n := utf8.DecodeRune(v[i:])
			if r != 0xFFFE && r != 0xFFFF {
				i += n
				continue
			}
			with, size = fmt.Sprintf("_x%04X_", r), n
		default:
			i++
			continue
		}
		dst = append(append(dst, v[start:i]...), with...)
		i += size
		start = i
	}
	return append(dst, v[start:]...)
}

// looksEscaped reports text that a reader would take for _xHHHH_.
func looksEscaped(v []byte) bool {
	if len(v) < 7 || v[1] != 'x' || v[6] != '_' {
		return false
	}
	for _, c := range v[2:6] {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// utf16Length counts what Excel counts.
func utf16Length(v []byte) int {
	n := 0
	for _, c := range v {
		switch {
		case c >= 0xF0:
			n += 2 // first of four bytes: a surrogate pair
		case c < 0x80 || c >= 0xC0:
			n++
		}
	}
	return n
}

// cutUTF16 returns how many bytes hold up to most UTF-16 units.
func cutUTF16(v []byte, most int) int {
	units := 0
	for i := 0; i < len(v); {
		r, size := utf8.DecodeRune(v[i:])
		units++
		if r > 0xFFFF {
			units++
		}
		if units > most {
			return i
		}
		i += size
	}
	return len(v)
}

// sheetNames gives sheets names of up to 31 characters that differ also
// where case is ignored, without the characters that Excel forbids. Of a
// longer name the end is kept, which for a path tells more.
type sheetNames struct{ used map[string]bool }

func (n *sheetNames) of(name string) string {
	if n.used == nil {
		n.used = map[string]bool{"history": true} // Excel's own
	}
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || strings.ContainsRune(`[]:*?/\`, r) || r == 0xFFFE || r == 0xFFFF {
			return '_'
		}
		return r
	}, name)
	clean = strings.Trim(clean, "'")
	if clean == "" {
		clean = "_"
	}
	for i := 1; ; i++ {
		suffix := ""
		if i > 1 {
			suffix = " (" + strconv.Itoa(i) + ")"
		}
		got := strings.TrimLeft(lastUTF16(clean, 31-len(suffix)), "'") + suffix
		if folded := strings.ToLower(got); !n.used[folded] {
			n.used[folded] = true
			return got
		}
	}
}

// lastUTF16 returns the end of s of up to most UTF-16 units.
func lastUTF16(s string, most int) string {
	for utf16Length([]byte(s)) > most {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}
