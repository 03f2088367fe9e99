// Package eval measures how well Retable finds what is true, on data whose
// truth is known. Its tests write the pages that say so; nothing imports it.
//
// The comparison is measured on three sorts of pairs:
//
//	mutants     tables of several schemas, and the same after known edits
//	generator   deliveries of the corpus' generator, with its list of edits
//	sample      the two deliveries that Retable ships
//
// Facts are strings, such as "removed orders O-00017": what was found is held
// against what is true as multisets, so that a duplicate row counts as often
// as it occurs. What is true of mutants is not what an edit meant to do but
// what it did: rows, columns and files carry hidden numbers, and the two sides
// are compared by these.
package eval
