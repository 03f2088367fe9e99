package desktop

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// AddPath takes in the bundle or folder at a path.
func (a *App) AddPath(req json.RawMessage) (*app.Received, error) {
	return bound(a, "addPath", func(ctx context.Context, b *backend) (*app.Received, error) {
		var in app.PathRequest
		if err := json.Unmarshal(req, &in); err != nil {
			return nil, &retable.Error{Code: retable.Invalid, Detail: "The request is no JSON of the form {path, convert, options}.", Err: err}
		}
		if !filepath.IsAbs(in.Path) {
			return nil, &retable.Error{Code: retable.Invalid, Detail: "Name the file by its whole path.", Fields: []retable.FieldError{{Field: "path", Message: "is not absolute"}}}
		}
		return b.in.ReceivePath(ctx, in)
	})
}

// PickBundles asks for files; [] if the person cancelled.
func (a *App) PickBundles() ([]string, error) {
	return bound(a, "pickBundles", func(context.Context, *backend) ([]string, error) {
		a.dialogs.Lock()
		defer a.dialogs.Unlock()
		paths, err := a.win.pickFiles(a.speech.words().PickBundles, home())
		if err != nil {
			return nil, retable.Fault(err, "asking for files")
		}
		return append([]string{}, paths...), nil
	})
}

// PickFolder asks for a folder; "" if the person cancelled.
func (a *App) PickFolder(title string) (string, error) {
	return bound(a, "pickFolder", func(context.Context, *backend) (string, error) { return a.askFolder(title) })
}

func (a *App) askFolder(title string) (string, error) {
	a.dialogs.Lock()
	defer a.dialogs.Unlock()
	dir, err := a.win.pickFolder(title, home())
	if err != nil {
		return "", retable.Fault(err, "asking for a folder")
	}
	return dir, nil
}

// home is where dialogs begin.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "" // dialogs refuse what isn't there
	}
	return dir
}

// open asks the page to take in what arguments name; relative ones lie in dir.
// Flags, and what isn't there, are left out.
func (a *App) open(dir string, args []string) {
	if paths := pathsOf(dir, args); len(paths) > 0 {
		a.outbox.send(command{Command: "open", Paths: paths})
	}
}

func pathsOf(dir string, args []string) []string {
	var paths []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		arg = strings.TrimPrefix(arg, "file://")
		if !filepath.IsAbs(arg) {
			arg = filepath.Join(dir, arg)
		}
		abs, err := filepath.Abs(arg)
		if err != nil {
			continue
		}
		if _, err := os.Stat(abs); err == nil {
			paths = append(paths, abs)
		}
	}
	return paths
}
