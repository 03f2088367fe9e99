// Package mcp is the door for other programs' language models: the Model
// Context Protocol over standard input and output, or over HTTP. A client lists
// and describes tables, queries, searches, asks and compares. Who may see what is
// the application service's business; queries are read-only by the engine; what
// stands in cells is marked as data.
package mcp
