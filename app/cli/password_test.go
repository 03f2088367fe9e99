package cli

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTypedPasswords(t *testing.T) {
	t.Parallel()
	for claim, tc := range map[string]struct {
		keys []string // what is typed
		err  error
		want string
		says string
	}{
		"the same twice is taken":    {keys: []string{"a b c", "a b c"}, want: "a b c"},
		"a slip is told":             {keys: []string{"abc", "abd"}, says: "differ"},
		"nothing is no password":     {keys: []string{"", ""}, says: "no password"},
		"a terminal that ends, ends": {err: io.ErrUnexpectedEOF, says: "unexpected EOF"},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			var screen bytes.Buffer
			got, err := typed(&screen, "anna", func() ([]byte, error) {
				if tc.err != nil {
					return nil, tc.err
				}
				k := tc.keys[0]
				tc.keys = tc.keys[1:]
				return []byte(k), nil
			})
			if got != tc.want || !strings.Contains(errorText(err), tc.says) || (err == nil) != (tc.says == "") {
				t.Errorf("got %q, %v", got, err)
			}
			if !strings.HasPrefix(screen.String(), "Password of anna: ") || strings.Contains(screen.String(), "a b c") {
				t.Errorf("the screen shows %q", screen.String())
			}
		})
	}
}

func TestPasswordFiles(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"secret\n", "secret"}, {"secret\r\nmore", "secret"}, {" with spaces ", " with spaces "}} {
		content, want := pair[0], pair[1]
		if got, err := firstLine(strings.NewReader(content)); err != nil || got != want {
			t.Errorf("%q: got %q, %v", content, got, err)
		}
	}
	if _, err := firstLine(iotest.ErrReader(errors.New("gone"))); errorText(err) != "gone" {
		t.Errorf("got %v", err)
	}
	p := passwordFlags{PasswordFile: "no such file"}
	if _, err := p.read(&call{}, "anna"); err == nil {
		t.Error("a file that isn't there is read")
	}
}
