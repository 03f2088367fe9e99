//go:build unix

package blobtest

import (
	"os"
	"os/exec"
	"syscall"
)

// leash kills the server's group when its file 3 ends, which it does when the
// test process is gone, however that came about.
const leash = `( read -r _ <&3; kill -9 0 ) >/dev/null 2>&1 & exec "$0" "$@"`

// start starts the server on its leash, in a process group of its own.
func start(cmd *exec.Cmd) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	shell, err := exec.LookPath("sh")
	if err != nil {
		w.Close() //nolint:errcheck // nothing was written
		return nil, err
	}
	cmd.Args = append([]string{shell, "-c", leash, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = shell
	cmd.ExtraFiles = []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.Close() //nolint:errcheck // nothing was written
		return nil, err
	}
	return w, nil
}

// kill kills the whole group; one that is gone already is no fault.
func kill(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // gone is what is wanted
}
