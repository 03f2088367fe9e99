//go:build !unix

package blobtest

import (
	"os"
	"os/exec"
)

func start(cmd *exec.Cmd) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return w, cmd.Start()
}

// kill kills the server; one that is gone already is no fault.
func kill(cmd *exec.Cmd) {
	cmd.Process.Kill() //nolint:errcheck // gone is what is wanted
}
