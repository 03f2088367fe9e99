//go:build unix

package ollamatest

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the server a process group: it starts a process for each
// model, and those must end with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills the whole group; one that is gone already is no fault.
func killGroup(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // gone is what is wanted
}
