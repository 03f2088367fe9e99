//go:build cgo

package store

import (
	"errors"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// classifySQLite reads SQLite's result codes.
func classifySQLite(err error) fault {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return faultOther
	}
	switch e.Code {
	case sqlite3.ErrConstraint:
		switch e.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
			return faultUnique
		case sqlite3.ErrConstraintForeignKey:
			return faultReference
		}
		return faultOther
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return faultLocked
	case sqlite3.ErrFull:
		return faultFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		return faultReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrFormat:
		return faultDamaged
	case sqlite3.ErrIoErr:
		return faultDown
	}
	return faultOther
}
