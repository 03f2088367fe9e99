// Package xmltable turns XML of any shape into tables without a hand-written
// mapping. A Scanner reads documents into Profiles, one per kind of document
// (pass 1); NewPlan decides from a profile which elements are rows, which
// values are columns, and what they are called; a Flattener reads the
// documents again and emits rows (pass 2), counting every value so that a
// Proof can show that none was lost.
//
// The package is pure: readers and scratch space come from the caller, there
// is no clock, environment or network, and the result depends neither on the
// number of workers nor on the size of the tokenizer's window.
package xmltable
