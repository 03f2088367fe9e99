package xmltok

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// naive is what stage 1 must find out, byte by byte.
func naive(buf []byte) (m bitmaps, high []bool) {
	for i := 0; i+blockSize <= len(buf); i += blockSize {
		h := false
		for j, c := range buf[i : i+blockSize] {
			if j%8 == 0 {
				m.T, m.Q, m.C, m.N = append(m.T, 0), append(m.Q, 0), append(m.C, 0), append(m.N, 0)
			}
			set := func(b []byte, chars string) {
				if strings.IndexByte(chars, c) >= 0 {
					b[len(b)-1] |= 1 << (j % 8)
				}
			}
			set(m.T, "<>&\r")
			set(m.Q, "\"'<>&\t\r\n")
			set(m.C, ",\"\t\r\n")
			set(m.N, " \t\r\n")
			h = h || c >= 0x80 || (c < 0x20 && !isSpace(c))
		}
		high = append(high, h)
	}
	return m, high
}

func checkKernels(t *testing.T, buf []byte) {
	t.Helper()
	n := len(buf) / blockSize
	want, wantHigh := naive(buf)
	fast, fastValid := kernels()
	for name, classify := range map[string]func([]byte, bitmaps, []uint64){"portable": classifyGeneric, "fast": fast} {
		m, high := newBitmaps(n), make([]uint64, n)
		classify(buf[:n*blockSize], m, high)
		got := m.blocks(0, n)
		if !bytes.Equal(got.T, want.T) || !bytes.Equal(got.Q, want.Q) || !bytes.Equal(got.C, want.C) || !bytes.Equal(got.N, want.N) {
			t.Fatalf("%s: %q gives %x, want %x", name, buf, got, want)
		}
		for i := range high {
			if (high[i] != 0) != wantHigh[i] {
				t.Fatalf("%s: %q gives high %x, want %v", name, buf, high, wantHigh)
			}
		}
	}
	padded := make([]byte, (len(buf)+2*pad)/blockSize*blockSize)
	copy(padded, buf)
	m, high := newBitmaps(len(padded)/blockSize), make([]uint64, len(padded)/blockSize)
	classifyGeneric(padded, m, high)
	wantEnd, wantOK := naiveValid(buf)
	for name, f := range map[string]func([]byte, []uint64, int, int) (int, bool){"portable": valid, "fast": fastValid} {
		if end, ok := f(padded, high, 0, len(buf)); end != wantEnd || ok != wantOK {
			t.Fatalf("%s: valid(%q) = %d, %v, want %d, %v", name, buf, end, ok, wantEnd, wantOK)
		}
	}
}

func naiveValid(buf []byte) (int, bool) {
	for p := 0; p < len(buf); {
		if !utf8.FullRune(buf[p:]) {
			return p, true
		}
		r, n := utf8.DecodeRune(buf[p:])
		if (r == utf8.RuneError && n == 1) || !isChar(r) {
			return p, false
		}
		p += n
	}
	return len(buf), true
}

func TestKernelsOnEveryByte(t *testing.T) {
	for c := range 256 {
		for at := range blockSize {
			buf := bytes.Repeat([]byte{'x'}, 3*blockSize)
			buf[blockSize+at] = byte(c)
			checkKernels(t, buf)
		}
	}
}

func TestKernelsOnEveryPairAndLead(t *testing.T) {
	for a := 0x80; a < 256; a++ {
		for b := range 256 {
			for _, rest := range []string{"", "\x80", "\xBF", "\xBD", "\xBF\xBF", "\x80\x80"} {
				buf := append(bytes.Repeat([]byte{'y'}, 90+(a+b)%9), byte(a), byte(b))
				buf = append(buf, rest...)
				checkKernels(t, append(buf, "zzzzzzzz"...))
			}
		}
	}
}

func TestKernelsOnRandomText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	runes := []rune("<>&\"',\r\n\t  aбв漢字😀\uFFFD\uE000\u0085é")
	for range 3000 {
		var buf []byte
		for range rng.IntN(400) {
			buf = utf8.AppendRune(buf, runes[rng.IntN(len(runes))])
		}
		if len(buf) > 0 && rng.IntN(2) == 0 {
			buf[rng.IntN(len(buf))] = byte(rng.IntN(256))
		}
		checkKernels(t, buf)
	}
}

func FuzzKernels(f *testing.F) {
	f.Add([]byte("<a>plain</a>"))
	f.Add([]byte(strings.Repeat("съешь ещё ", 20) + "\xEF\xBF\xBE"))
	f.Fuzz(checkKernels)
}
