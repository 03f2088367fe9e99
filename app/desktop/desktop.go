//go:build desktop || dev || bindings

package desktop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"retable/internal/obs"
	"retable/internal/retable"
)

// Built tells whether this program has a window.
const Built = true

// Run shows the window until it is closed, or ctx ends.
func Run(ctx context.Context, o Options) error {
	if err := hasDisplay(); err != nil {
		return err
	}
	a := newApp(o)
	at, positioned := keptPlace(placeFile(o.Config.Place.RuntimeRoot))
	w := &wailsWindow{speech: &a.speech, log: a.log}
	err := wails.Run(&options.App{
		Title: "Retable", Width: at.Width, Height: at.Height, MinWidth: leastWidth, MinHeight: leastHeight, WindowStartState: startState(at),
		BackgroundColour: options.NewRGB(127, 127, 127),
		AssetServer:      &assetserver.Options{Assets: o.Front, Handler: &handler{a}, Middleware: protected},
		Menu:             menuOf(a.menu()),
		Logger:           wailsLog{a.log}, LogLevel: logger.INFO, LogLevelProduction: logger.WARNING,
		OnStartup: func(wctx context.Context) {
			w.ctx = wctx
			if !at.Maximised {
				w.stand(at, positioned)
			}
			w.initNotifications()
			a.started(w)
			context.AfterFunc(ctx, func() { // a signal doesn't ask
				a.sure()
				w.quit()
			})
		},
		OnDomReady: func(context.Context) {
			// WebKit's signal handlers don't let Go recover from a nil dereference.
			runtime.ResetSignalHandlers()
		},
		OnBeforeClose: func(context.Context) bool { return a.beforeClose() },
		OnShutdown: func(wctx context.Context) {
			runtime.CleanupNotifications(wctx)
			a.stopped()
		},
		Bind:           []any{a},
		ErrorFormatter: formatted,
		SingleInstanceLock: &options.SingleInstanceLock{UniqueId: instanceOf(o.Config.Place.RuntimeRoot), OnSecondInstanceLaunch: func(d options.SecondInstanceData) {
			w.show()
			a.open(d.WorkingDirectory, d.Args)
		}},
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: true},
		// macOS tells a file to open by an event, not by an argument.
		Mac:   &mac.Options{OnFileOpen: func(path string) { a.open("", []string{path}) }},
		Linux: &linux.Options{ProgramName: "retable", Icon: icon, WebviewGpuPolicy: linux.WebviewGpuPolicyOnDemand},
	})
	if err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("The window can't be opened: %v.", err), Err: err}
	}
	a.reopen()
	return nil
}

func startState(p place) options.WindowStartState {
	if p.Maximised {
		return options.Maximised
	}
	return options.Normal
}

// instanceOf names the window of a data root: each root may have one.
func instanceOf(root string) string {
	sum := sha256.Sum256([]byte(root))
	return "retable-" + hex.EncodeToString(sum[:8])
}

// wailsLog is Wails' log within ours. It writes whole messages of the page at
// trace and debug, and with failed calls their arguments: none of it is kept.
type wailsLog struct{ log *slog.Logger }

func (l wailsLog) say(level slog.Level, message string) {
	message, _, _ = strings.Cut(message, ": ") // arguments follow
	l.log.Log(context.Background(), level, "window", "says", strings.TrimSpace(message))
}

func (l wailsLog) Print(string)         {}
func (l wailsLog) Trace(string)         {}
func (l wailsLog) Debug(string)         {}
func (l wailsLog) Info(message string)  { l.say(slog.LevelDebug, message) }
func (l wailsLog) Warning(m string)     { l.say(slog.LevelWarn, m) }
func (l wailsLog) Error(message string) { l.say(slog.LevelWarn, message) }
func (l wailsLog) Fatal(message string) { l.say(slog.LevelError, message); os.Exit(1) }

// reopen starts the program anew, after this window has closed.
func (a *App) reopen() {
	if !a.again.Load() {
		return
	}
	self, err := os.Executable()
	if err == nil {
		err = exec.Command(self).Start() // #nosec G204 -- this program itself
	}
	if err != nil {
		a.log.Error("the window could not be opened again", obs.Err(err))
	}
}
