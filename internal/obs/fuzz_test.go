package obs

import (
	"context"
	"strings"
	"testing"
)

// FuzzHeaders takes what clients say of their calls: an id is sane or fresh,
// and what is passed on of a trace can stand in a header.
func FuzzHeaders(f *testing.F) {
	tracing, err := NewTracing(context.Background(), TraceOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "my-id.1")
	f.Add("00-00000000000000000000000000000000-0000000000000000-00", "a\r\nX: y")
	f.Add("ff-\x00", strings.Repeat("x", 65))
	f.Fuzz(func(t *testing.T, parent, id string) {
		ctx, end := tracing.StartRequest(context.Background(), "GET /x", parent)
		if got := tracing.Parent(tracing.Continue(ctx, parent)); strings.ContainsAny(got, "\r\n\x00") || len(got) > 100 {
			t.Fatalf("%q is passed on as %q", parent, got)
		}
		end(nil)
		got := Correlation(id)
		if got != id && len(got) != 32 || len(got) > 64 || strings.ContainsAny(got, "\r\n\x00 <>\"'") {
			t.Fatalf("%q is taken as %q", id, got)
		}
	})
}

// FuzzScrub: what is scrubbed stays one line's value, and scrubbing it again
// changes nothing more.
func FuzzScrub(f *testing.F) {
	for _, s := range []string{"", "Bearer abc.def.ghi", "https://user:pw@host/x?token=abc", "password=hunter2 and more", "ret_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "postgres://u:p@h/d", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Scrub(s)
		if twice := Scrub(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", s, once, twice)
		}
	})
}
