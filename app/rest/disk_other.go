//go:build !unix

package rest

import "errors"

func diskOf(string) (free, total int64, err error) { return 0, 0, errors.ErrUnsupported }
