//go:build desktop || dev || bindings

package desktop

import (
	"context"
	_ "embed"
	"log/slog"
	"strings"
	"time"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"retable/internal/obs"
	"retable/internal/retable"
)

//go:embed icon.png
var icon []byte

// wailsWindow is the real window.
type wailsWindow struct {
	ctx     context.Context // Wails', from its start on
	speech  *speech
	log     *slog.Logger
	notices bool
}

func (w *wailsWindow) emit(name string, data any) { runtime.EventsEmit(w.ctx, name, data) }

func (w *wailsWindow) run(script string) { runtime.WindowExecJS(w.ctx, script) }

func (w *wailsWindow) pickFiles(title, dir string) ([]string, error) {
	return runtime.OpenMultipleFilesDialog(w.ctx, runtime.OpenDialogOptions{Title: title, DefaultDirectory: dir, Filters: []runtime.FileFilter{
		{DisplayName: w.speech.words().Bundles, Pattern: "*.zip;*.tar;*.tgz;*.tbz;*.tbz2;*.xml;*.gz;*.bz2;*.zst;*.xbrl;*.nxml;*.xsd"},
		{DisplayName: w.speech.words().AllFiles, Pattern: "*"},
	}})
}

func (w *wailsWindow) pickFolder(title, dir string) (string, error) {
	return runtime.OpenDirectoryDialog(w.ctx, runtime.OpenDialogOptions{Title: title, DefaultDirectory: dir})
}

func (w *wailsWindow) pickTarget(title, dir, name string) (string, error) {
	return runtime.SaveFileDialog(w.ctx, runtime.SaveDialogOptions{Title: title, DefaultDirectory: dir, DefaultFilename: name, CanCreateDirectories: true})
}

// initNotifications connects to the desktop's messages; without them the page
// shows its own.
func (w *wailsWindow) initNotifications() {
	if !runtime.IsNotificationAvailable(w.ctx) {
		return
	}
	if err := runtime.InitializeNotifications(w.ctx); err != nil {
		w.log.Info("the desktop shows no messages", obs.Err(err))
		return
	}
	runtime.OnNotificationResponse(w.ctx, func(runtime.NotificationResult) { w.show() })
	w.notices = true
}

func (w *wailsWindow) notify(id, title, body string) error {
	if !w.notices {
		return &retable.Error{Code: retable.Unavailable, Detail: "The desktop shows no messages."}
	}
	return runtime.SendNotification(w.ctx, runtime.NotificationOptions{ID: id, Title: title, Body: body})
}

func (w *wailsWindow) paste() (string, error) { return runtime.ClipboardGetText(w.ctx) }

func (w *wailsWindow) show() {
	runtime.WindowUnminimise(w.ctx)
	runtime.WindowShow(w.ctx)
}

func (w *wailsWindow) place() place {
	if runtime.WindowIsFullscreen(w.ctx) {
		return place{}
	}
	p := place{Maximised: runtime.WindowIsMaximised(w.ctx)}
	p.X, p.Y = runtime.WindowGetPosition(w.ctx)
	p.Width, p.Height = runtime.WindowGetSize(w.ctx)
	return p
}

// stand puts the window where it was, unless the screens have changed, and
// makes it fit where they have become smaller. Wails centres a window when it
// shows it, which comes about now.
func (w *wailsWindow) stand(p place, positioned bool) {
	time.AfterFunc(standAfter, func() {
		screens, err := runtime.ScreenGetAll(w.ctx)
		if err != nil || len(screens) == 0 {
			return
		}
		var width, height int
		own := screens[0].Size
		for _, s := range screens {
			width, height = width+s.Size.Width, max(height, s.Size.Height)
			if s.IsCurrent {
				own = s.Size
			}
		}
		if fits := p.fitted(own.Width, own.Height); fits != p {
			runtime.WindowSetSize(w.ctx, fits.Width, fits.Height)
			runtime.WindowCenter(w.ctx)
		} else if positioned && p.onScreen(width, height) {
			runtime.WindowSetPosition(w.ctx, p.X, p.Y)
		}
	})
}

const standAfter = 150 * time.Millisecond

func (w *wailsWindow) fullscreen() {
	if runtime.WindowIsFullscreen(w.ctx) {
		runtime.WindowUnfullscreen(w.ctx)
		return
	}
	runtime.WindowFullscreen(w.ctx)
}

func (w *wailsWindow) quit() { runtime.Quit(w.ctx) }

func (w *wailsWindow) setMenu(items []menuItem) {
	if relabelled(items) {
		return
	}
	runtime.MenuSetApplicationMenu(w.ctx, menuOf(items))
	runtime.MenuUpdateApplicationMenu(w.ctx)
}

func (w *wailsWindow) setTheme(theme string) {
	if dressed(theme) {
		return
	}
	switch theme {
	case themeLight:
		runtime.WindowSetLightTheme(w.ctx)
	case themeDark:
		runtime.WindowSetDarkTheme(w.ctx)
	case themeSystem:
		runtime.WindowSetSystemDefaultTheme(w.ctx)
	}
}

// menuOf makes Wails' menu of ours.
func menuOf(items []menuItem) *menu.Menu {
	m := menu.NewMenu()
	for _, i := range items {
		switch {
		case i.label == "":
			m.Append(menu.Separator())
		case i.role == "edit" && systemEdits:
			m.Append(menu.EditMenu())
		case i.items != nil:
			m.Append(menu.SubMenu(i.label, menuOf(i.items)))
		default:
			run := i.run
			m.Append(menu.Text(i.label, accelerator(i.keys), func(*menu.CallbackData) { go run() }))
		}
	}
	return m
}

// accelerator reads ctrl+shift+o.
func accelerator(text string) *keys.Accelerator {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, "+")
	a := &keys.Accelerator{Key: parts[len(parts)-1]}
	for _, p := range parts[:len(parts)-1] {
		switch p {
		case "ctrl":
			a.Modifiers = append(a.Modifiers, keys.CmdOrCtrlKey)
		case "shift":
			a.Modifiers = append(a.Modifiers, keys.ShiftKey)
		}
	}
	return a
}
