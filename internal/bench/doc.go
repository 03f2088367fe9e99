// Package bench measures Retable against the tools its users have: the
// script it replaces, other parsers, other converters. Each rival does the
// same job, its output is checked before its time is believed, and a rival
// that is not installed is named as missing.
//
// Contestants run as processes of their own, in turn, round after round; a
// figure is the median of the rounds' ratios, so that a machine that slows
// down slows all of them. Run it by
//
//	go run -tags sqlite_fts5 ./internal/bench/cmd -out docs/benchmarks.md
//
// The files tell: ask_*.go a question each, contestant.go how a run is
// measured, agree.go how outputs are compared, report.go how it is written;
// rivals/ holds the programs that are not Go. Bench.convert is the only
// place that knows Retable's command line.
package bench
