package desktop

import (
	"slices"

	"retable/internal/retable"
)

// The colours that the page can have.
const (
	themeSystem = "system" // the desktop's
	themeLight  = "light"
	themeDark   = "dark"
)

// SetTheme says which colours the page has: what the desktop draws around it
// follows. Like the language it needs no data root.
func (a *App) SetTheme(theme string) error {
	if !slices.Contains([]string{themeSystem, themeLight, themeDark}, theme) {
		return &retable.Error{Code: retable.Invalid, Detail: "The window's colours are system, light or dark."}
	}
	a.win.setTheme(theme)
	return nil
}
