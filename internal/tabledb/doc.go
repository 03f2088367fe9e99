// Package tabledb keeps the tables of a session in one SQLite file that is
// written once and read many times: by position, sorted and filtered through
// row-id vectors, and by SQL through typed views.
//
// # The file
//
// Each table of the data set is a table of TEXT columns that hold the
// verbatim values, named by their headers (quoted: "@id", "Name/First"); own
// integer columns (_id, _file_id, _line ...) are INTEGER. _rid, the primary
// key, counts from 1 in the order the rows came, so row n is found in
// logarithmic time. _file_id, _line and _offset are in every table: where
// the schema lacks them they are kept as hidden columns from Row.Pos, with
// _file_id = Pos.File + 1.
//
// A table is named like its schema; a name without ~ gets one at its end, so
// that no table's name is a view's. Names that differ in case alone are
// numbered, since SQLite ignores case: "A~", "a~~2".
//
// Beyond 1,900 data columns the rest stand as JSON in _extra, since SQLite
// holds 2,000; readers get them back in their places.
//
// Each table has a typed view for SQL, see viewSQL. What maps to what, and
// all else that is known, stands in the meta tables:
//
//	_retable_meta     key, value: format version, engine, and what the caller adds
//	_retable_files    the source files
//	_retable_tables   name, table, view, kind, path, parent, rows
//	_retable_columns  the dictionary, with the names in table and view
//	_retable_spans    which rows came from which file
//	_retable_proof    the completeness proof per kind
package tabledb

// FormatVersion is the version of the file format that this package writes
// and reads.
const FormatVersion = 1

// maxDataColumns leaves room below SQLite's 2,000 for own columns.
const maxDataColumns = 1900
