package xmltok

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestLatinPartsHaveControls(t *testing.T) {
	for _, name := range []string{"ISO-8859-2", "ISO-8859-5", "ISO-8859-15"} {
		tok := New(Options{})
		tok.Reset(strings.NewReader(`<?xml version="1.0" encoding="` + name + "\"?><a>x\x85y</a>"))
		got, err := tok.Next()
		if err != nil || string(got.Text) != "x\u0085y" {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if _, err := tok.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: got %v, want io.EOF", name, err)
		}
	}
}
