//go:build desktop || dev || bindings

package desktop

// systemEdits: the system has an edit menu of its own, with keys that work.
const systemEdits = true
