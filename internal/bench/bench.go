package bench

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The rivals' sources, written out to a scratch directory for each run.
//
//go:embed rivals
var rivalSources embed.FS

// Config says what to measure. A zero field takes its default.
type Config struct {
	Only    []string // questions: tok, flatten, bundle, small, memory, compare; index, questions, vectors; default all
	Rounds  int      // default 5
	Scale   float64  // 1 = the sizes that the targets speak of; default 1
	Root    string   // the module's root, where retable is built; default the working directory
	Retable string   // a binary to measure instead of building one
	Self    string   // the benchmark binary; default the running one
	Corpus  string   // folder of real XML files; default $RET_CORPUS or ../shared/data
	Scratch string   // default a new temporary directory, removed at the end
	Date    string   // for the report
	Log     io.Writer
}

// Bench is one run of the benchmarks.
type Bench struct {
	cfg     Config
	self    string
	dir     string // scratch
	retable string
	absent  string // why there is no retable to measure
	tools   *tools
}

// Run measures and writes the report as Markdown.
func Run(ctx context.Context, cfg Config, report io.Writer) error {
	b, done, err := setUp(ctx, cfg)
	if err != nil {
		return err
	}
	defer done()
	questions := []struct {
		name string
		ask  func(context.Context) (*section, error)
	}{
		{"tok", b.tokenizers}, {"flatten", b.flattening}, {"bundle", b.bundle}, {"small", b.smallFiles}, {"memory", b.memory}, {"compare", b.comparing},
		{"index", b.indexing}, {"questions", b.questions}, {"vectors", b.vectors},
	}
	var sections []*section
	for _, q := range questions {
		if len(b.cfg.Only) > 0 && !slices.Contains(b.cfg.Only, q.name) {
			continue
		}
		b.log("== %s", q.name)
		s, err := q.ask(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		sections = append(sections, s)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return b.write(report, sections)
}

// setUp finds the tools and builds what is to be measured.
func setUp(ctx context.Context, cfg Config) (*Bench, func(), error) {
	if cfg.Rounds <= 0 {
		cfg.Rounds = 5
	}
	if cfg.Scale <= 0 {
		cfg.Scale = 1
	}
	if cfg.Root == "" {
		cfg.Root = "."
	}
	if cfg.Corpus == "" {
		if cfg.Corpus = os.Getenv("RET_CORPUS"); cfg.Corpus == "" {
			cfg.Corpus = filepath.Join(cfg.Root, "..", "shared", "data")
		}
	}
	b := &Bench{cfg: cfg, self: cfg.Self, dir: cfg.Scratch, retable: cfg.Retable}
	if b.self == "" {
		var err error
		if b.self, err = os.Executable(); err != nil {
			return nil, nil, err
		}
	}
	done := func() {}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "retable-bench-")
		if err != nil {
			return nil, nil, err
		}
		b.dir = dir
		done = func() { _ = os.RemoveAll(dir) }
	}
	src := filepath.Join(b.dir, "src") // there already where the folder is used again
	if err := errors.Join(os.RemoveAll(src), os.CopyFS(src, rivalSources)); err != nil {
		done()
		return nil, nil, err
	}
	b.tools = findTools(ctx, b.dir)
	b.buildRetable(ctx)
	return b, done, nil
}

// buildRetable builds the program at the module's root. Where that fails,
// the questions about it say so.
func (b *Bench) buildRetable(ctx context.Context) {
	needless := []string{"tok", "index", "questions", "vectors"}
	if b.retable != "" || len(b.cfg.Only) > 0 && !slices.ContainsFunc(b.cfg.Only, func(q string) bool { return !slices.Contains(needless, q) }) {
		return
	}
	out := filepath.Join(b.dir, "retable")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "sqlite_fts5", "-o", out, ".")
	cmd.Dir = b.cfg.Root
	if msg, err := cmd.CombinedOutput(); err != nil {
		b.absent = "retable could not be built: " + strings.SplitN(strings.TrimSpace(string(msg)), "\n", 2)[0]
		b.log("%s", b.absent)
		return
	}
	b.retable = out
}

// convert is a contestant: retable converting to a directory of its own.
func (b *Bench) convert(name, input string, flags ...string) *contestant {
	out := filepath.Join(b.dir, "out-"+slug(name))
	return &contestant{name: name, missing: b.absent, output: out, partial: true,
		argv: append([]string{b.retable, "convert", input, "-o", out, "--quiet", "--mode", "flat"}, flags...)}
}

// convertOnePass converts without a profile: by the flag for it, or where
// this build has none, from standard input, which can't be read twice.
func (b *Bench) convertOnePass(ctx context.Context, name, input string, flags ...string) *contestant {
	if b.absent == "" {
		help, err := exec.CommandContext(ctx, b.retable, "convert", "--help").Output()
		if err != nil || !strings.Contains(string(help), "--one-pass") {
			c := b.convert(name, "-", flags...)
			c.argv = append([]string{"/bin/sh", "-c", `in=$1; shift; exec "$@" < "$in"`, "sh", input}, c.argv...)
			c.note = "reads standard input, which can't be read twice"
			return c
		}
	}
	return b.convert(name, input, append(flags, "--one-pass")...)
}

func (b *Bench) path(name string) string { return filepath.Join(b.dir, name) }

// mb is a size of the targets in bytes, scaled.
func (b *Bench) mb(n float64) int64 { return int64(n * 1e6 * b.cfg.Scale) }

func (b *Bench) log(format string, args ...any) {
	if b.cfg.Log != nil {
		_, _ = fmt.Fprintf(b.cfg.Log, format+"\n", args...)
	}
}

// slug makes a file name of a contestant's name.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(s))
}
