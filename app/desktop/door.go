package desktop

import (
	"os"
	"runtime"
	"strings"

	"retable/internal/retable"
)

// Opens reports whether these arguments ask for the window: none, a file or
// folder that the file manager passes, or a flag that is Wails' own (or of
// macOS). isCommand says what the command line knows.
func Opens(args []string, isCommand func(string) bool) bool {
	if !Built {
		return false
	}
	return opens(args, isCommand)
}

func opens(args []string, isCommand func(string) bool) bool {
	if len(args) == 0 {
		return true
	}
	if isCommand(args[0]) {
		return false
	}
	if strings.HasPrefix(args[0], "-") {
		return true
	}
	_, err := os.Stat(strings.TrimPrefix(args[0], "file://"))
	return err == nil
}

// display refuses where there is nothing to show a window on: the toolkit
// would panic.
func display(system string, env func(string) string) error {
	if system == "windows" || system == "darwin" || env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != "" {
		return nil
	}
	return &retable.Error{Code: retable.Unavailable, Detail: "There is no display for the window (DISPLAY and WAYLAND_DISPLAY are empty). Run \"retable serve\" and open it in a browser, or see \"retable --help\" for the command line."}
}

func hasDisplay() error { return display(runtime.GOOS, os.Getenv) }
