//go:build !unix

package store_test

import "errors"

func workOnce([]string) error { return errors.New("signals are needed") }
