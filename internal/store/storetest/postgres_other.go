//go:build !unix

package storetest

import "syscall"

func otherUser(string) (*syscall.SysProcAttr, error) { return nil, errNotInstalled }
