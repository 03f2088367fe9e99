package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for the benchmark binary, which
// starts itself for each contestant.
func TestMain(m *testing.M) {
	if done, err := Child(context.Background(), os.Args[1:]); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "convert" {
		if err := standIn(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "compare" {
		if err := standInCompare(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(1) // different
	}
	if len(os.Args) > 2 && os.Args[1] == "hold" {
		os.Exit(hold(os.Args[2]))
	}
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("stand-in")
		os.Exit(0)
	}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		// All the tests would run, and start this again.
		fmt.Fprintf(os.Stderr, "%q is no command of the stand-in\n", os.Args[1])
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// setup returns a bench for files of about 200 kB, with no retable built.
func setup(t *testing.T) *Bench {
	t.Helper()
	b, done, err := setUp(t.Context(), Config{Rounds: 1, Scale: 0.02, Scratch: t.TempDir(), Only: []string{"tok"}, Root: filepath.Join("..", "..")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	b.absent = "not part of this test"
	return b
}

func TestTokenizersCountTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every rival: left to the long tests")
	}
	b := setup(t)
	own, err := b.records(10)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range append([]input{own}, b.realInputs(10)...) {
		t.Run(in.name, func(t *testing.T) {
			all := b.tokenizerContestants(in)
			agreement, counts := b.checkTallies(t.Context(), all)
			if strings.HasPrefix(agreement, "DIFFERS") || counts.Elements == 0 {
				t.Error(agreement)
			}
			complain(t, all)
		})
	}
}

func TestFlattenersWriteTheSameTable(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every rival: left to the long tests")
	}
	b := setup(t)
	in, err := b.records(10)
	if err != nil {
		t.Fatal(err)
	}
	all := b.flattenContestants(t.Context(), in)
	runs := b.interleave(t.Context(), all)
	agreements := b.agreements(all, runs)
	complain(t, all)
	for name, a := range agreements {
		if strings.HasPrefix(a, "DIFFERS") || strings.HasPrefix(a, "not comparable") {
			t.Errorf("%s %s", name, a)
		}
	}
	if a := agreements["Go: encoding/xml, maps, encoding/csv"]; !strings.HasPrefix(a, "agrees") && b.tools.python != "" {
		t.Errorf("the naive flattener was not compared: %q", a)
	}
}

// complain fails for contestants that broke, and logs those not installed.
func complain(t *testing.T, all []*contestant) {
	t.Helper()
	for _, c := range all {
		if strings.HasPrefix(c.missing, "failed") {
			t.Errorf("%s %s", c.name, c.missing)
		} else if c.missing != "" {
			t.Logf("skipped: %s: %s", c.name, c.missing)
		}
	}
}

func TestAMissingRivalIsNamed(t *testing.T) {
	b := setup(t)
	b.tools = &tools{why: map[string]string{"libxml2_sax": "gone", "expat_sax": "gone", "python": "gone"}}
	b.cfg.Corpus = t.TempDir()
	s, err := b.tokenizers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	if err := b.write(&report, []*section{s}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"libxml2 SAX2: not available, gone", "not measured: gone", "a try, not a result"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, report.String())
		}
	}
}
