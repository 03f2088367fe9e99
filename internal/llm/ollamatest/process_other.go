//go:build !unix

package ollamatest

import (
	"os"
	"os/exec"
)

func start(cmd *exec.Cmd) (*os.File, error) {
	cmd.Args = append(cmd.Args, "serve")
	return nil, cmd.Start()
}

func kill(cmd *exec.Cmd) {
	cmd.Process.Kill() //nolint:errcheck // gone is what is wanted
}
