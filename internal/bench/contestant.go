package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// contestant is one way to do a job.
type contestant struct {
	name    string
	note    string   // what a reader should know of it
	missing string   // why it cannot run here; it is then only named
	argv    []string // the command that does the job once
	output  string   // file or directory that it writes, emptied before each run
	tally   bool     // it times itself and prints a Tally
	partial bool     // exit status 1 is fine: done, with complaints
}

// run is one measurement of a contestant.
type run struct {
	CPU  float64 `json:"cpu"`  // seconds; of one pass where a tally is printed
	Wall float64 `json:"wall"` // seconds
	RSS  int64   `json:"rss"`  // bytes resident at the peak, the program's own file included
	Own  int64   `json:"own"`  // bytes at the peak that are no file's; 0 where the system doesn't tell
	Exit int     `json:"exit"`
	Text string  `json:"text"` // what it printed
	Err  string  `json:"err"`  // the beginning of what it complained of

	tally Tally
}

// measure runs a command and prints a run as JSON. It is a process of its
// own since the system may charge a child with what its parent held at the
// fork. What is more than this one ever held is exact; for less, what
// watchMemory saw is taken.
func measure(ctx context.Context, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	memory := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	resident, own := memory()
	if cmd.ProcessState == nil {
		return err
	}
	r := run{Wall: time.Since(start).Seconds(), Exit: cmd.ProcessState.ExitCode(), Text: piece(out.Bytes()), Err: piece(complaints.Bytes())}
	r.CPU, r.RSS = usageOf(cmd.ProcessState)
	if floor := residentPeak(); resident > 0 && r.RSS <= floor {
		r.RSS = resident
	}
	r.Own = own
	return json.NewEncoder(os.Stdout).Encode(r)
}

// piece is the beginning of an output, where faults are named.
func piece(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[:min(len(b), 8000)])
}

// once runs the contestant once, through the measuring process.
func (b *Bench) once(ctx context.Context, c *contestant) (run, error) {
	if c.output != "" {
		if err := os.RemoveAll(c.output); err != nil {
			return run{}, err
		}
	}
	cmd := exec.CommandContext(ctx, b.self, append([]string{"measure"}, c.argv...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return run{}, fmt.Errorf("%s: %w", c.name, err)
	}
	var r run
	if err := json.Unmarshal(out, &r); err != nil {
		return run{}, fmt.Errorf("%s: %w", c.name, err)
	}
	if r.Exit != 0 && (!c.partial || r.Exit != 1) {
		b.log("%s: exit status %d: %s", c.name, r.Exit, r.Err)
		return r, fmt.Errorf("exit status %d: %s", r.Exit, strings.ReplaceAll(firstLine(r.Err), b.dir+string(os.PathSeparator), ""))
	}
	if c.tally {
		if err := json.Unmarshal([]byte(r.Text), &r.tally); err != nil {
			return r, fmt.Errorf("%s: tally %q: %w", c.name, r.Text, err)
		}
		r.CPU = r.tally.CPU / float64(max(1, r.tally.Passes))
	}
	return r, nil
}

// interleave runs all contestants in turn, round after round, starting with
// another one each time. A contestant that fails is marked as missing with
// its error and runs no more.
func (b *Bench) interleave(ctx context.Context, all []*contestant) map[string][]run {
	results := map[string][]run{}
	for round := range b.cfg.Rounds {
		for i := range all {
			c := all[(i+round)%len(all)]
			if c.missing != "" || ctx.Err() != nil {
				continue
			}
			r, err := b.once(ctx, c)
			if err != nil {
				c.missing = "failed: " + err.Error()
				delete(results, c.name)
				continue
			}
			b.log("round %d  %-44s cpu %8.3f s  wall %8.3f s  peak %5d MB", round+1, c.name, r.CPU, r.Wall, r.RSS>>20)
			results[c.name] = append(results[c.name], r)
		}
	}
	return results
}
