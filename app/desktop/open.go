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
// written to the log in the data root too, and settings or a data root that
// can't be used are told in the window: who starts a program by its icon sees
// no terminal.
func Open(ctx context.Context, o Options, environ []string, out io.Writer) (err error) {
	if err := hasDisplay(); Built && err != nil {
		return err
	}
	o.Load = func() (*config.Config, error) { return config.Load(config.Source{Environ: environ}) }
	// What is wrong with them is said in the window.
	o.Config, o.Fault = o.Load()
	to := out
	logs, fault := openLog(o.Config.Place.RuntimeRoot)
	if fault == nil {
		defer func() { err = errors.Join(err, logs.Close()) }()
		to = io.MultiWriter(out, logs)
	}
	o.Log = obs.NewLogger(to, obs.LogOptions{Level: obs.ParseLevel(o.Config.Observe.LogLevel), Text: o.Config.Observe.LogFormat != "json"})
	for _, err := range []error{o.Fault, fault} {
		if err != nil {
			o.Log.Error("the window opens with a fault", obs.Err(err))
		}
	}
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
	if root == "" {
		return nil, errors.New("there is no data root for the log")
	}
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
