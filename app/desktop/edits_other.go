//go:build !darwin && (desktop || dev || bindings)

package desktop

// systemEdits: the edit menu is ours.
const systemEdits = false
