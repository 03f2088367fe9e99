package diff

import "strconv"

// instant is a date, with or without time and zone.
type instant struct {
	seconds int64 // since 1970-01-01T00:00:00, in UTC if zoned, else on the wall
	zoned   bool
	// fraction of a second, digits without zeros at the end
	fraction string
}

// scanner reads digits off a value.
type digitScan struct {
	v  []byte
	ok bool
}

func (s *digitScan) digits(least, most int) int64 {
	n, i := int64(0), 0
	for i < len(s.v) && i < most && isDigit(s.v[i]) {
		n = n*10 + int64(s.v[i]-'0')
		i++
	}
	if i < least {
		s.ok = false
	}
	s.v = s.v[i:]
	return n
}

func (s *digitScan) skip(set string) byte {
	if len(s.v) > 0 {
		for i := range len(set) {
			if s.v[0] == set[i] {
				s.v = s.v[1:]
				return set[i]
			}
		}
	}
	return 0
}

// parseInstant reads ISO 8601 dates as XSD and RFC 3339 write them. Of other
// spellings it reads year first (2025/3/13), and day and month before the year
// only where they can't be taken for each other: 13/04/2025 but not 03/04/2025.
func parseInstant(v []byte) (instant, bool) {
	if len(v) < 8 || len(v) > 40 || !isDigit(v[0]) {
		return instant{}, false
	}
	s := digitScan{v, true}
	var year, month, day int64
	first := s.digits(1, 4)
	width := len(v) - len(s.v)
	sep := s.skip("-/.")
	second := s.digits(1, 2)
	if sep == 0 || s.skip(string(sep)) == 0 {
		return instant{}, false
	}
	rest := s.v
	third := s.digits(1, 4)
	switch tail := len(rest) - len(s.v); {
	case width == 4 && tail <= 2:
		year, month, day = first, second, third
	case width <= 2 && tail == 4 && (first > 12 && second <= 12 || first == second):
		year, month, day = third, second, first
	case width <= 2 && tail == 4 && second > 12 && first <= 12:
		year, month, day = third, first, second
	default:
		return instant{}, false
	}
	if !s.ok || year < 1 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return instant{}, false
	}
	t := instant{seconds: daysFromCivil(year, month, day) * 86400}
	if len(s.v) > 0 && s.v[0] != 'Z' && s.v[0] != '+' && s.v[0] != '-' {
		if s.skip("Tt ") == 0 || !t.clock(&s) {
			return instant{}, false
		}
	}
	if len(s.v) > 0 && !t.zone(&s) {
		return instant{}, false
	}
	return t, s.ok && len(s.v) == 0 && t.seconds >= firstSecond && t.seconds < lastSecond
}

// The years 1 to 9999, which four digits can write.
const (
	firstSecond = -62_135_596_800
	lastSecond  = 253_402_300_800
)

// clock reads hh:mm[:ss[.f]].
func (t *instant) clock(s *digitScan) bool {
	hour := s.digits(2, 2)
	if s.skip(":") == 0 {
		return false
	}
	minute, second := s.digits(2, 2), int64(0)
	if s.skip(":") != 0 {
		second = s.digits(2, 2)
		if s.skip(".,") != 0 {
			n := 0
			for n < len(s.v) && isDigit(s.v[n]) {
				n++
			}
			end := n
			for end > 0 && s.v[end-1] == '0' {
				end--
			}
			t.fraction = string(s.v[:end])
			s.ok = s.ok && n > 0
			s.v = s.v[n:]
		}
	}
	midnight := hour == 24 && minute == 0 && second == 0 && t.fraction == ""
	if hour > 23 && !midnight || minute > 59 || second > 60 {
		return false
	}
	t.seconds += hour*3600 + minute*60 + second
	return s.ok
}

// zone reads Z, +hh:mm, +hhmm or +hh.
func (t *instant) zone(s *digitScan) bool {
	t.zoned = true
	if s.skip("Zz") != 0 {
		return true
	}
	sign := s.skip("+-")
	if sign == 0 {
		return false
	}
	hours, minutes := s.digits(2, 2), int64(0)
	if s.skip(":") != 0 || len(s.v) > 0 {
		minutes = s.digits(2, 2)
	}
	if hours > 14 || minutes > 59 {
		return false
	}
	offset := hours*3600 + minutes*60
	if sign == '-' {
		offset = -offset
	}
	t.seconds -= offset
	return s.ok
}

// appendTo writes the form that all spellings of the instant share: a
// spelling of it itself.
func (t instant) appendTo(dst []byte) []byte {
	days := t.seconds / 86400
	rest := t.seconds % 86400
	if rest < 0 {
		rest += 86400
		days--
	}
	year, month, day := civilFromDays(days)
	two := func(sep byte, n int64) {
		dst = append(dst, sep, byte('0'+n/10), byte('0'+n%10))
	}
	for w := int64(1000); w > 1 && year < w; w /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, year, 10)
	two('-', month)
	two('-', day)
	two('T', rest/3600)
	two(':', rest/60%60)
	two(':', rest%60)
	if t.fraction != "" {
		dst = append(append(dst, '.'), t.fraction...)
	}
	if t.zoned {
		dst = append(dst, 'Z')
	}
	return dst
}

// within tells whether the instants are at most so many seconds apart. A
// zoned and a zoneless one are never compared.
func (t instant) within(o instant, seconds int64) bool {
	if t.zoned != o.zoned {
		return false
	}
	far, near := t, o
	if far.seconds < near.seconds || far.seconds == near.seconds && far.fraction < near.fraction {
		far, near = near, far
	}
	apart := far.seconds - near.seconds
	return apart < seconds || apart == seconds && far.fraction <= near.fraction
}

func monthDays(year, month int64) int64 {
	switch {
	case month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// daysFromCivil counts days since 1970-01-01 in the proleptic Gregorian
// calendar (Hinnant, chrono-compatible low-level date algorithms).
func daysFromCivil(year, month, day int64) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*((month+9)%12)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// civilFromDays is its inverse.
func civilFromDays(days int64) (year, month, day int64) {
	days += 719468
	era := days / 146097
	if days < 0 {
		era = (days - 146096) / 146097
	}
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}
