package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		input  string
		want   string // the last line
		shows  string
		wantOK bool
	}{
		{
			name: "passing tests are counted, their output is not shown",
			input: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "1 passed, 0 failed, 0 skipped", shows: "ok  \tp\t0.1s", wantOK: true,
		},
		{
			name: "a test with subtests counts through them",
			input: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"run","Package":"p","Test":"TestA/y"}
{"Action":"output","Package":"p","Test":"TestA/y","Output":"got 1, want 2\n"}
{"Action":"pass","Package":"p","Test":"TestA/x"}
{"Action":"fail","Package":"p","Test":"TestA/y"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`,
			want: "1 passed, 1 failed, 0 skipped", shows: "got 1, want 2",
		},
		{
			name: "a test that fails beside passing subtests is a failure",
			input: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"pass","Package":"p","Test":"TestA/x"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`,
			want: "1 passed, 1 failed, 0 skipped",
		},
		{
			name: "a package that does not build is a failure",
			input: `{"Action":"build-output","ImportPath":"p","Output":"p.go:1: undefined: x\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p"}
`,
			want: "0 passed, 1 failed, 0 skipped", shows: "undefined: x",
		},
		{
			name: "a test that never ended is shown with its package",
			input: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: out of time\n"}
{"Action":"fail","Package":"p"}
`,
			want: "0 passed, 1 failed, 0 skipped", shows: "panic: out of time",
		},
		{
			name: "a skipped test says why",
			input: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:9: no xmllint\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p"}
`,
			want: "1 passed, 0 failed, 1 skipped", shows: "p TestA: a_test.go:9: no xmllint", wantOK: true,
		},
		{
			name:  "no test at all is not well",
			input: "not an event\n",
			want:  "0 passed, 0 failed, 0 skipped", shows: "not an event",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			file := filepath.Join(t.TempDir(), "line")
			ok, err := run(strings.NewReader(tt.input), &b, "", file)
			if err != nil {
				t.Fatal(err)
			}
			if ok != tt.wantOK {
				t.Errorf("ok = %v, want %v", ok, tt.wantOK)
			}
			if !strings.HasSuffix(b.String(), "\n"+tt.want+"\n") {
				t.Errorf("got last line of %q, want %q", b.String(), tt.want)
			}
			if !strings.Contains(b.String(), tt.shows) || strings.Contains(b.String(), "chatter") {
				t.Errorf("got %q, want it to show %q", b.String(), tt.shows)
			}
			line, err := os.ReadFile(file)
			if err != nil || string(line) != tt.want+"\n" {
				t.Errorf("file holds %q (%v), want %q", line, err, tt.want)
			}
		})
	}
}

func TestTheLastLineTakesALabel(t *testing.T) {
	var b strings.Builder
	if _, err := run(strings.NewReader(""), &b, "race", ""); err != nil {
		t.Fatal(err)
	}
	if want := "\nrace: 0 passed, 0 failed, 0 skipped\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestRunReportsAnUnwritableFile(t *testing.T) {
	_, err := run(strings.NewReader(""), io.Discard, "", filepath.Join(t.TempDir(), "no", "such"))
	if err == nil {
		t.Error("got no error for a file in a missing folder")
	}
}
