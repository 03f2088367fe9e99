// Package index finds the rows of a session that a question is about: by
// words, by parts of codes and, where there is an embedder, by meaning.
//
// # The set
//
// Build reads a session's tables.sqlite and makes a set of files in a folder
// of its own:
//
//	manifest.json       format, revision, counts, sizes and hashes; written last
//	words.sqlite        full text
//	vectors-ID.sqlite   vectors of one embedding model, made by Embed
//
// A set never changes once it has its manifest, but for Embed, which puts
// other vectors beside the old and swaps the manifest. Pack makes one stream
// of a set, Unpack makes a set of it. Open gives a Snapshot to search in.
//
// # Chunks
//
// What is found is a chunk: one row ("file / table (XPath)", then a line
// "column: value" for each value), a part of a row where the table is wide
// (with the key repeated), the card of a table, or the card of a comparison.
// A chunk's id is the SHA-256 of chunker version, session, table, place and
// text, so the same content has the same ids and indexing it again is a set
// difference. The place of a row is its file and its number among that file's
// rows of the table: a file that comes or goes leaves the ids of all others.
//
// # words.sqlite
//
//	words      FTS5 without content: title, names (of cards), label, body
//	codes      FTS5 trigrams without content or positions: codes and ids
//	segments   the rows of one table from one file
//	blocks     250 rows of a segment: the number of their first chunk, their ids
//	cards      the cards' texts
//	meta       key, value
//
// The texts of rows are not kept: a chunk's number leads to its block, the
// block to the row in tables.sqlite, and from there the text is made again.
// That is a third of the size (ADR 0031).
package index
