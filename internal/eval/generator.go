package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"retable/app"
	"retable/internal/diff"
)

// errNoGenerator says why the generator's deliveries can't be measured.
var errNoGenerator = errors.New("the generator of deliveries is not here: RET_CORPUS must name the folder that holds generate.py, and python3 be there")

// optionSet is a way to call the generator for a second delivery.
type optionSet struct {
	name  string
	args  []string
	rules diff.Rules
}

func optionSets() []optionSet {
	many := []string{
		"--reorder", "--added", ".05", "--removed", ".05", "--changed", ".1",
		"--rename-columns", "4", "--rename-files", "4", "--drop-files", "2", "--new-files", "2",
	}
	without := []string{"--reorder", "--changed", ".05"}
	return []optionSet{
		{name: "defaults"},
		{name: "reordered", args: []string{"--reorder"}},
		{name: "cosmetic, reordered", args: []string{"--cosmetic", "--reorder"}},
		{name: "many edits", args: many},
		{name: "many edits, cosmetic", args: append([]string{"--cosmetic"}, many...)},
		{name: "most rows edited", args: []string{"--reorder", "--added", ".2", "--removed", ".2", "--changed", ".5"}},
		{name: "no key, ids as values", args: without, rules: diff.Rules{Keyless: true}},
		{name: "no key, ids left out", args: without, rules: diff.Rules{Keyless: true, Ignore: []string{"@id", "@sku", "@line"}}},
		{name: "no key, many edits", args: many, rules: diff.Rules{Keyless: true}},
	}
}

// deliveries are two bundles and the edits between them.
type deliveries struct {
	first, second string
	list          []listed
}

// generate makes deliveries with the corpus' generator.
func generate(ctx context.Context, seed, files int, size, dir string, args []string) (*deliveries, error) {
	corpus := os.Getenv("RET_CORPUS")
	script := filepath.Join(corpus, "generate.py")
	python, err := exec.LookPath("python3")
	if _, serr := os.Stat(script); corpus == "" || serr != nil || err != nil {
		return nil, errNoGenerator
	}
	d := &deliveries{first: filepath.Join(dir, "first.zip"), second: filepath.Join(dir, "second.zip")}
	list := filepath.Join(dir, "truth.json")
	common := []string{"--files", strconv.Itoa(files), "--size", size, "--seed", strconv.Itoa(seed)}
	for _, call := range [][]string{
		append([]string{script, "bundle", "-o", d.first}, common...),
		append(append([]string{script, "second", "-o", d.second, "--truth", list}, common...), args...),
	} {
		if out, err := exec.CommandContext(ctx, python, call...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("generate deliveries: %w: %s", err, out)
		}
	}
	raw, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	var truth struct{ Changes []listed }
	if err := json.Unmarshal(raw, &truth); err != nil {
		return nil, err
	}
	d.list = truth.Changes
	return d, nil
}

// score converts and compares the deliveries.
func (d *deliveries) score(ctx context.Context, known map[string]identity, rules diff.Rules, scratch, where string) (*score, error) {
	var sides [2]*source
	for i, path := range []string{d.first, d.second} {
		docs, err := unpack(ctx, path, scratch)
		if err != nil {
			return nil, err
		}
		if sides[i], err = convert(filepath.Base(path), docs, true, scratch); err != nil {
			return nil, err
		}
	}
	return scoreDeliveries(sides[0], sides[1], d.list, known, rules, scratch, where)
}

// generated scores all option sets over the seeds.
func generated(ctx context.Context, seeds []int, files int, size, scratch string) (map[string]*score, error) {
	out := map[string]*score{}
	for _, o := range optionSets() {
		out[o.name] = newScore()
		for _, seed := range seeds {
			d, err := generate(ctx, seed, files, size, scratch, o.args)
			if err != nil {
				return nil, err
			}
			s, err := d.score(ctx, identities(), o.rules, scratch, fmt.Sprintf(" [seed %d]", seed))
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", o.name, seed, err)
			}
			out[o.name].plus(s)
		}
	}
	return out, nil
}

// cosmetic compares deliveries that differ in bytes alone, as the program
// does, and counts those that it calls equal.
func cosmetic(ctx context.Context, seeds []int, files int, size, scratch string) (equal, all int, err error) {
	nothing := []string{
		"--cosmetic", "--added", "0", "--removed", "0", "--changed", "0",
		"--rename-columns", "0", "--rename-files", "0", "--drop-files", "0", "--new-files", "0",
	}
	for _, seed := range seeds {
		d, err := generate(ctx, seed, files, size, scratch, nothing)
		if err != nil {
			return equal, all, err
		}
		c, err := app.New(app.Config{Version: "eval", Scratch: scratch}).Compare(ctx,
			app.CompareRequest{Left: app.Source{Path: d.first}, Right: app.Source{Path: d.second}})
		if err != nil {
			return equal, all, err
		}
		if all++; c.Equal() && c.Similarity == 1 {
			equal++
		}
	}
	return equal, all, nil
}
