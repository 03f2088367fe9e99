//go:build !unix

package e2e

// beWorker: the tests that start workers need signals.
func beWorker() bool { return false }
