package desktop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"retable/internal/obs"
	"retable/internal/retable"
)

// Reveal shows a file or folder in the file manager. It never opens the file
// itself: what a bundle brought must not be run by a click here.
func (a *App) Reveal(path string) error {
	_, err := bound(a, "reveal", func(ctx context.Context, _ *backend) (struct{}, error) { return struct{}{}, a.reveal(ctx, path) })
	return err
}

func (a *App) reveal(ctx context.Context, path string) error {
	if !filepath.IsAbs(path) {
		return &retable.Error{Code: retable.Invalid, Detail: "Name the file by its whole path."}
	}
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err != nil {
		return &retable.Error{Code: retable.NotFound, Detail: path + " isn't there any more.", Err: err}
	}
	name, args := managerFor(runtime.GOOS, path, info.IsDir())
	program, err := exec.LookPath(name)
	if err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: "No file manager can be started here (" + name + " is missing). The place is " + path + ".", Err: err}
	}
	cmd := exec.Command(program, args...) // #nosec G204 -- a program of the table below, with an absolute path of something that is there
	if err := cmd.Start(); err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: "The file manager could not be started. The place is " + path + ".", Err: err}
	}
	go func() { // it may stay as long as the person likes, also longer than we do
		if err := cmd.Wait(); err != nil {
			a.log.InfoContext(ctx, "the file manager ended with an error", obs.Err(err))
		}
	}()
	return nil
}

// managerFor is how a system's file manager is started: where it can't point
// at a file, at the folder that holds it.
func managerFor(system, path string, dir bool) (name string, args []string) {
	switch system {
	case "darwin":
		if dir {
			return "open", []string{"-a", "Finder", path}
		}
		return "open", []string{"-R", path}
	case "windows":
		if dir {
			return "explorer.exe", []string{path}
		}
		return "explorer.exe", []string{"/select," + path}
	}
	if !dir {
		path = filepath.Dir(path)
	}
	return "xdg-open", []string{path}
}
