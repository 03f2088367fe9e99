//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package format

import "os"

// tryLock has no lock to offer here, so nothing stale is ever swept.
func tryLock(*os.File) (bool, error) { return true, nil }

const canLock = false

func isDiskFull(error) bool     { return false }
func isReadOnly(error) bool     { return false }
func isTooManyFiles(error) bool { return false }
