// Package rag answers questions about the tables of sessions, with evidence.
// The first of four routes that fits is taken:
//
//	computed  The question is parsed as a whole, turned into SQL and counted.
//	          No model. A word that isn't understood means: not this route.
//	sql       A model writes the query; the guard runs it; numbers reach the
//	          text from the result by placeholder.
//	search    Rows are retrieved; a model writes over them and is checked,
//	          sentence by sentence; without a model they are shown as they are.
//	abstain   It says what was searched, and what can be asked.
//
// # How a question is parsed
//
// token.go cuts the question into tokens. lattice.go finds what spans of them
// can mean: phrases of the locale, tables, columns, values that occur, numbers,
// dates. grammar*.go puts spans together to drafts, all that are possible.
// resolve*.go binds a draft's mentions to the catalogue, which gives frames.
// choose.go takes the cheapest frame; where several that differ are equally
// cheap, it asks back. sql.go writes a frame as SQL, say.go as English: what
// say.go writes is parsed to the same frame again.
//
// # What stops bad SQL
//
// guard.go: SQLite itself, by an authorizer with a list of what is allowed,
// limits, a deadline and a cap on rows. No text is trusted, not even our own.
package rag
