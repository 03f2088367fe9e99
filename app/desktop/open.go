package desktop

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"retable/internal/config"
	"retable/internal/obs"
)

// Open reads the settings, begins the log and shows the window until it is
// closed or ctx ends. o.Config and o.Log are filled in. What goes wrong is
// written to the log in the data root too: who starts a program by its icon
// sees no terminal.
func Open(ctx context.Context, o Options, environ []string, out io.Writer) (err error) {
	if err := hasDisplay(); Built && err != nil {
		return err
	}
	if o.Config, err = config.Load(config.Source{Environ: environ}); err != nil {
		return err
	}
	logs, err := openLog(o.Config.Place.RuntimeRoot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logs.Close()) }()
	o.Log = obs.NewLogger(io.MultiWriter(out, logs), obs.LogOptions{Level: obs.ParseLevel(o.Config.Observe.LogLevel), Text: o.Config.Observe.LogFormat != "json"})
	o.Log.Info("the window opens", "version", o.Version, "root", o.Config.Place.RuntimeRoot)
	if err = Run(ctx, o); err != nil {
		o.Log.Error("the window could not be opened", obs.Err(err))
	}
	return err
}

// maxLog is how large the log grows before the next start puts it aside.
const maxLog = 5 << 20

// openLog opens the window's log in the data root. The one before it is kept
// when it has become large.
func openLog(root string) (*os.File, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	name := filepath.Join(root, "desktop.log")
	if info, err := os.Stat(name); err == nil && info.Size() > maxLog {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}
