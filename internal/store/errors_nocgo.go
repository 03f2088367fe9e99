//go:build !cgo

package store

// classifySQLite has nothing to read: without cgo the driver is a stub that
// refuses to open.
func classifySQLite(error) fault { return faultOther }
