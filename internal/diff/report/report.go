// Package report writes what a comparison has found: as JSON Lines, long CSV,
// daff's highlighter format, one HTML page, a workbook, or a summary in JSON.
//
// A report is a diff.Sink: it takes the changes one by one while they are
// found, and the Result at the end. How many changes there are is a matter of
// disk, not of memory.
package report

import (
	"fmt"
	"strings"

	"retable/internal/diff"
)

// Report takes a comparison and writes it.
type Report interface {
	diff.Sink
	// Finish writes what only the end tells.
	Finish(r *diff.Result) error
	// Close gives back what the report holds, finished or not.
	Close() error
}

// Head says what was compared, and how. It stands in every report.
type Head struct {
	Left, Right Side
	Options     []Setting
	Version     string // of the program
	Created     string // RFC 3339, from the caller; "" leaves it out
}

// Side is one side as people know it.
type Side struct {
	Name     string   `json:"name"`
	Form     string   `json:"form"` // bundle, tables, sqlite, csv
	Files    int      `json:"files"`
	Tables   int      `json:"tables"`
	Problems []string `json:"problems,omitempty"` // what could not be read whole
	// Gaps says that files are missing from the comparison altogether.
	Gaps bool `json:"-"`
}

// Setting is an option in words.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Kind is a kind of report.
type Kind struct {
	Name    string // what the user types
	File    string // the usual name of its file; "" for a file per table
	Ext     string
	Summary string
}

// Kinds lists the kinds of report in the order of help texts.
func Kinds() []Kind {
	return []Kind{
		{"html", "comparison.html", ".html", "one page to read and print"},
		{"xlsx", "comparison.xlsx", ".xlsx", "a workbook: summary, files, columns, changes"},
		{"jsonl", "changes.jsonl", ".jsonl", "a change per line, for programs"},
		{"csv", "changes.csv", ".csv", "a change per line, for spreadsheets"},
		{"daff", "", ".daff.csv", "daff's highlighter format, a file per table"},
		{"json", "summary.json", ".json", "the summary, for programs"},
	}
}

// LookupKind returns the kind of report of that name.
func LookupKind(name string) (Kind, error) {
	var names []string
	for _, k := range Kinds() {
		if k.Name == strings.ToLower(strings.TrimSpace(name)) {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("report %q is unknown; known: %s", name, strings.Join(names, ", "))
}

// All joins reports to one: each gets everything, in turn.
func All(reports ...Report) Report { return all(reports) }

type all []Report

func (a all) each(do func(r Report) error) error {
	for _, r := range a {
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

func (a all) Files(pairs []diff.FilePair) error {
	return a.each(func(r Report) error { return r.Files(pairs) })
}

func (a all) Table(t *diff.TableResult) error {
	return a.each(func(r Report) error { return r.Table(t) })
}

func (a all) Change(c *diff.Change) error {
	return a.each(func(r Report) error { return r.Change(c) })
}

func (a all) Finish(res *diff.Result) error {
	return a.each(func(r Report) error { return r.Finish(res) })
}

// Close closes all of them and returns the first error.
func (a all) Close() error {
	var first error
	for _, r := range a {
		if err := r.Close(); first == nil {
			first = err
		}
	}
	return first
}

// silent is a report that takes no interest in the course of things.
type silent struct{}

func (silent) Files([]diff.FilePair) error   { return nil }
func (silent) Table(*diff.TableResult) error { return nil }
func (silent) Change(*diff.Change) error     { return nil }
func (silent) Close() error                  { return nil }
