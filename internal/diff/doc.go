// Package diff compares two deliveries, tables of any length, and explains
// the answer: which files belong together, which columns, by which key rows
// were matched and why, what changed in each, and how alike the two are.
//
// Both sides are Sources of tables: a session's tables, a bundle that is read
// directly, or CSV files. Compare reads each table once into scratch and works
// on from there in bounded memory:
//
//	spool     rows to scratch, with counts and sketches by file
//	pair      files: identical, same path, same base name, by likeness
//	columns   by name, identity (XPath), folded name; then renames by agreement
//	keys      found on a sample, checked for agreement, verified when joined
//	rows      keyed ones through buckets of fixed records, the rest by likeness
//	explain   cells of rows that differ, similarity and its exact waterfall
//
// # What is compared
//
// Data columns are compared; Retable's own are not, but for _name and
// _record, which hold a name from the document. A row's place, its parent row
// in relational tables and its file in others with several files, is compared
// like a cell: a row whose place is another one is reported as moved. The order
// of rows and of columns is no difference.
//
// # Similarity
//
// S = 2M/(|A|+|B|): M counts the equal cells of matched rows in matched
// columns, |A| and |B| all compared cells of a side (Dice's coefficient).
// Cells are counted in integers, so the waterfall from 1 to S adds up exactly.
//
// The result does not depend on the number of workers, nor on the memory.
// Exchanging the sides exchanges added and removed and leaves S as it is: what
// decides between equals (hashes, names, ranks) is the same on either side. Two
// estimates know their side all the same: that of a key within a parent or file,
// where it has more values than a sketch, and that of a rename where columns
// are many.
package diff
