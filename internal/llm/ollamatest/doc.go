// Package ollamatest runs the real Ollama server for tests, with tiny models
// that it makes itself, so that the true protocol is exercised on any machine
// without downloads.
//
// The server is the binary that build/ollama.sh puts into the cache. The chat
// model answers by a script, the model for vectors knows some dozen words; how
// that works is told in models.go.
package ollamatest
