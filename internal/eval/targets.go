package eval

import "fmt"

// target is what a measurement must reach.
type target struct {
	what    string
	least   float64
	quality quality
}

func (t target) met() bool { return t.quality.precision() >= t.least && t.quality.recall() >= t.least }

func (t target) String() string {
	return fmt.Sprintf("%s: precision %.4f, recall %.4f, want %.3f", t.what, t.quality.precision(), t.quality.recall(), t.least)
}

// generatorTargets are those that were set before anything was measured.
func (o *outcome) generatorTargets() []target {
	sum := newScore()
	for _, name := range sortedKeys(o.generator) {
		sum.plus(o.generator[name])
	}
	return []target{
		{what: "row operations with a key", least: 0.999, quality: sum.rows(false)},
		{what: "row operations without a key", least: 0.97, quality: sum.rows(true)},
		{what: "renamed columns", least: 1, quality: *sum.of(renames)},
		{what: "pairs of files, renamed ones too", least: 1, quality: *sum.of(filePairs)},
		{what: "keys", least: 1, quality: *sum.of(keysFound)},
		{what: "cells with a key", least: 0.999, quality: *sum.of(cellsChanged)},
		{what: "cosmetic deliveries that are called equal", least: 1, quality: quality{right: o.equal, missed: o.cosmetic - o.equal}},
	}
}

func (o *outcome) sampleTargets() []target {
	return []target{
		{what: "row operations", least: 0.999, quality: o.sample.rows(false)},
		{what: "renamed columns", least: 1, quality: *o.sample.of(renames)},
		{what: "pairs of files", least: 1, quality: *o.sample.of(filePairs)},
		{what: "keys", least: 1, quality: *o.sample.of(keysFound)},
		{what: "cells", least: 0.999, quality: *o.sample.of(cellsChanged)},
	}
}

// mutantTargets pool the scenarios for which targets are set.
func (o *outcome) mutantTargets() []target {
	keyed, still, moving, harmless := newScore(), newScore(), newScore(), newScore()
	for _, sc := range scenarios() {
		s := o.mutants[sc.name]
		if sc.hard {
			continue
		}
		if sc.harmless() {
			harmless.plus(s)
		}
		keyed.plus(s)
		if sc.edits.moved > 0 || sc.edits.splitFiles > 0 {
			moving.plus(s)
		} else {
			still.plus(s)
		}
	}
	return []target{
		{what: "row operations with a key", least: 0.999, quality: keyed.rows(false)},
		{what: "row operations without a key, rows in their files", least: 0.97, quality: still.rows(true)},
		{what: "row operations without a key, rows in other files too", least: 0.97, quality: moving.rows(true)},
		{what: "renamed columns", least: 1, quality: *keyed.of(renames)},
		{what: "pairs of files", least: 1, quality: *keyed.of(filePairs)},
		{what: "keys", least: 1, quality: *keyed.of(keysFound)},
		{what: "cells with a key", least: 0.999, quality: *keyed.of(cellsChanged)},
		{what: "no false difference where nothing was edited", least: 1, quality: quality{right: harmless.runs, wrong: harmless.wrong()}},
	}
}

// harmless edits change nothing but spelling.
func (sc scenario) harmless() bool {
	e := sc.edits
	e.shuffle, e.cosmetic, e.swapColumns, e.respell = false, false, false, plainText
	return e == edits{}
}
