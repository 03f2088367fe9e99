//go:build !linux

package auth

// inBackground runs fn; threads have no priority of their own here.
func inBackground(fn func()) { fn() }
