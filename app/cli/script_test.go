package cli

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"retable/internal/sample"
)

// TestMain lets scripts run this test binary as retable.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"retable": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			code := Run(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, "v1.2.3-test", Doors{})
			stop()
			os.Exit(code)
		},
	})
}

// TestScripts runs testdata/script/*.txtar: what the program does as a user
// meets it. Besides testscript's commands they have those below.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if env.Getenv("GORACE") == "" {
				env.Setenv("GORACE", "atexit_sleep_ms=0") // else each call takes a second more
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"pack":     pack,
			"unbase64": unbase64,
			"sample":   writeSample,
			"uniform":  uniform,
			"same":     same,
			"rows":     rows,
			"jsonline": jsonLine,
			"none":     none,
		},
	})
}

// exits is `exits CODE COMMAND ARGS...`: the command must end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("got exit code %d, want %d", got, want)
	}
}

// pack is `pack OUT FILES...`: a zip, or one file as .gz or .zst.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pack OUT FILES...")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	var w io.WriteCloser
	switch filepath.Ext(args[0]) {
	case ".gz":
		w = gzip.NewWriter(f)
	case ".zst":
		w, err = zstd.NewWriter(f)
		ts.Check(err)
	default:
		z := zip.NewWriter(f)
		for _, name := range args[1:] {
			entry, err := z.Create(name)
			ts.Check(err)
			_, err = entry.Write([]byte(ts.ReadFile(name)))
			ts.Check(err)
		}
		ts.Check(z.Close())
		return
	}
	_, err = w.Write([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Check(w.Close())
}

// unbase64 is `unbase64 FROM TO`.
func unbase64(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unbase64 FROM TO")
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

// writeSample is `sample OUT`: the first sample delivery, or for a name that
// ends in .xml a document of 6 MB.
func writeSample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sample OUT")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	if strings.HasSuffix(args[0], ".xml") {
		ts.Check(sample.Records(f, 6<<20, 1))
		return
	}
	_, err = sample.Write(f, sample.Options{Customers: 300}, 1)
	ts.Check(err)
}

// uniform is `uniform OUT`: a document of 6 MB whose beginning tells the rest.
func uniform(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: uniform OUT")
	}
	var b bytes.Buffer
	b.WriteString("<book>\n")
	for i := 0; b.Len() < 6<<20; i++ {
		fmt.Fprintf(&b, "<line n=\"%d\"><account>%d</account><amount currency=\"EUR\">%d.%02d</amount></line>\n", i, i%97, i, i%100)
	}
	b.WriteString("</book>\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// volatile is what differs between two runs of one conversion: the time, and
// the name of the input.
var volatile = regexp.MustCompile(`"created": ?"[^"]*"`)

// same is `same DIR1 DIR2 [GLOB]`: both folders hold the same files with the
// same bytes, the time in datapackage.json aside.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] same DIR1 DIR2 [GLOB]")
	}
	glob := "*"
	if len(args) > 2 {
		glob = args[2]
	}
	read := func(dir string) map[string][]byte {
		files := map[string][]byte{}
		names, err := filepath.Glob(filepath.Join(ts.MkAbs(dir), glob))
		ts.Check(err)
		for _, name := range names {
			b, err := os.ReadFile(name)
			ts.Check(err)
			files[filepath.Base(name)] = volatile.ReplaceAll(b, nil)
		}
		return files
	}
	a, b := read(args[0]), read(args[1])
	equal := len(a) == len(b) && len(a) > 0
	for name, content := range a {
		if other, ok := b[name]; !ok || !bytes.Equal(content, other) {
			equal = false
			if !neg {
				ts.Logf("%s differs", name)
			}
		}
	}
	if equal == neg {
		ts.Fatalf("%s and %s are the same: %v (%d and %d files)", args[0], args[1], equal, len(a), len(b))
	}
}

// rows is `rows FILE N`: a CSV file with N rows below its header.
func rows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: rows FILE N")
	}
	all, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	if got := strconv.Itoa(len(all) - 1); got != args[1] {
		ts.Fatalf("%s has %s rows, want %s", args[0], got, args[1])
	}
}

// jsonLine is `jsonline TYPE [FIELD=VALUE]...`: every line of stdout is an
// object with a type, and one of them is of this type with these fields.
func jsonLine(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: [!] jsonline TYPE [FIELD=VALUE]...")
	}
	found := false
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%v in the line %s", err, line)
		}
		match := object["type"] == args[0]
		for _, arg := range args[1:] {
			name, value, _ := strings.Cut(arg, "=")
			b, err := json.Marshal(object[name])
			ts.Check(err)
			match = match && strings.Trim(string(b), `"`) == value
		}
		found = found || match
	}
	if found == neg {
		ts.Fatalf("a line of type %s with %v: %v", args[0], args[1:], found)
	}
}

// none is `none GLOB...`: no such file is there, hidden ones included.
func none(ts *testscript.TestScript, neg bool, args []string) {
	for _, glob := range args {
		names, err := filepath.Glob(ts.MkAbs(glob))
		ts.Check(err)
		if (len(names) > 0) != neg {
			slices.SortFunc(names, cmp.Compare[string])
			ts.Fatalf("%s: found %q", glob, names)
		}
	}
}
