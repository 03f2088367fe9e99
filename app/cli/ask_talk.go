package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"

	"retable/internal/retable"
)

// talks reports whether questions are typed at a terminal.
func (a *askCmd) talks(c *call) bool {
	f, ok := c.In.(*os.File)
	return ok && len(a.Question) == 0 && !a.JSON && term.IsTerminal(int(f.Fd()))
}

// interrupts lets Ctrl-C stop what is under way and no more.
type interrupts struct {
	mu   sync.Mutex
	stop context.CancelFunc
}

// ownInterrupts takes Ctrl-C out of the hands of the whole program, for as long
// as questions are typed: it stops the answer, and leaves at the prompt.
func (a *askCmd) ownInterrupts(c *call) (stop func()) {
	ctx, cancel := signal.NotifyContext(context.WithoutCancel(c.ctx), syscall.SIGTERM)
	c.ctx = ctx
	a.interrupts = &interrupts{stop: cancel}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	var done sync.WaitGroup
	done.Go(func() {
		for range signals {
			a.interrupts.mu.Lock()
			a.interrupts.stop()
			a.interrupts.mu.Unlock()
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		done.Wait()
		cancel()
	}
}

// during runs fn under a context that Ctrl-C ends.
func (i *interrupts) during(ctx context.Context, fn func(context.Context) error) error {
	if i == nil {
		return fn(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	i.mu.Lock()
	before := i.stop
	i.stop = cancel
	i.mu.Unlock()
	defer func() {
		i.mu.Lock()
		i.stop = before
		i.mu.Unlock()
		cancel()
	}()
	return fn(ctx)
}

const talkHelp = `Type a question, such as "How many customers?" or "total amount per month". Then ask on: "and in April?", "list them".
  1, 2, ...   ask the question that was offered under this number
  up, down    questions before
  Ctrl-C      stop the answer; at the prompt, leave
  help, exit  this text; leave (so does Ctrl-D)
`

// talk answers line by line. Each question may lean on those before it.
func (a *askCmd) talk(c *call, to asker) error {
	next, greet := a.lines(c)
	if greet {
		fmt.Fprintln(c.Out, "Ask about the tables; \"help\" says how, \"exit\" leaves.")
	}
	var offered []string
	for {
		q, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch q = strings.TrimSpace(q); {
		case q == "":
			continue
		case !greet:
		case q == "exit" || q == "quit":
			return nil
		case q == "help" || q == "?":
			fmt.Fprint(c.Out, talkHelp)
			continue
		}
		if n, err := strconv.Atoi(q); err == nil && n >= 1 && n <= len(offered) {
			q = offered[n-1]
			fmt.Fprintln(c.Out, shown(q))
		}
		var ans *retable.Answer
		err = a.interrupts.during(c.ctx, func(ctx context.Context) (err error) {
			ans, err = a.one(ctx, c, to, q)
			return err
		})
		switch {
		case err != nil && c.ctx.Err() != nil:
			return err
		case retable.Is(err, retable.Cancelled):
			fmt.Fprintln(c.Err, "(stopped)")
		case err != nil:
			say(c.Err, "retable: %s\n", shown(errorText(err)))
		case ans != nil:
			offered = ans.Choices
		}
		if !a.JSON {
			fmt.Fprintln(c.Out)
		}
	}
}

// lines returns what reads the next question: with a prompt, history and line
// editing at a terminal, else line by line.
func (a *askCmd) lines(c *call) (next func() (string, error), terminal bool) {
	if f, ok := c.In.(*os.File); ok && a.talks(c) {
		t := term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{f, c.Out}, "? ")
		return func() (string, error) { return typedLine(t, f) }, true
	}
	lines := bufio.NewScanner(c.In)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	return func() (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}, false
}

// typedLine reads a line with the terminal's keys in our hands; answers are printed
// with them back where they were.
func typedLine(t *term.Terminal, f *os.File) (line string, err error) {
	before, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, term.Restore(int(f.Fd()), before)) }()
	if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		if err := t.SetSize(width, height); err != nil {
			return "", err
		}
	}
	line, err = t.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}
