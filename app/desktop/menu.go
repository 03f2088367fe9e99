package desktop

import (
	"encoding/json"
	"fmt"

	"retable/internal/obs"
)

// menuItem is a line of the menu, or a menu of its own.
type menuItem struct {
	label string // "": a line between
	keys  string // "ctrl+shift+o": ctrl is Command on a Mac
	items []menuItem
	run   func()
	role  string // edit, app: the system's own where it has one
}

// menu is the window's menu. What the page has keys for keeps them: keys of
// the menu are taken before the page sees them, so copying and the like have none.
func (a *App) menu() []menuItem {
	w := a.speech.words()
	to := func(page string) func() {
		return func() { a.outbox.send(command{Command: "navigate", To: page}) }
	}
	edit := func(verb string) func() {
		return func() { a.win.run(fmt.Sprintf("document.execCommand(%q)", verb)) }
	}
	return []menuItem{
		{label: w.File, items: []menuItem{
			{label: w.OpenBundles, keys: "ctrl+o", run: a.menuOpenBundles},
			{label: w.OpenFolder, keys: "ctrl+shift+o", run: a.menuOpenFolder},
			{},
			{label: w.Settings, keys: "ctrl+,", run: to("/settings")},
			{label: w.DataFolder, run: a.menuDataFolder},
			{},
			{label: w.Quit, keys: "ctrl+q", run: func() { a.win.quit() }},
		}},
		{label: w.Edit, role: "edit", items: []menuItem{
			{label: w.Undo, run: edit("undo")},
			{label: w.Redo, run: edit("redo")},
			{},
			{label: w.Cut, run: edit("cut")},
			{label: w.Copy, run: edit("copy")},
			{label: w.Paste, run: a.menuPaste},
			{label: w.SelectAll, run: edit("selectAll")},
			{},
			{label: w.Palette, keys: "ctrl+k", run: func() { a.outbox.send(command{Command: "palette"}) }},
		}},
		{label: w.View, items: []menuItem{
			{label: w.Sessions, keys: "ctrl+1", run: to("/")},
			{label: w.Compare, keys: "ctrl+2", run: to("/compare")},
			{label: w.Ask, keys: "ctrl+3", run: to("/ask")},
			{label: w.Jobs, keys: "ctrl+4", run: to("/jobs")},
			{label: w.Watches, keys: "ctrl+5", run: to("/watches")},
			{label: w.Recipes, keys: "ctrl+6", run: to("/recipes")},
			{},
			{label: w.Reload, keys: "f5", run: func() { a.win.run("location.reload()") }},
			{label: w.Full, keys: "f11", run: func() { a.win.fullscreen() }},
		}},
		{label: w.Help, items: []menuItem{
			{label: w.Keys, keys: "f1", run: func() { a.outbox.send(command{Command: "keys"}) }},
			{label: w.About, run: to("/settings")},
		}},
	}
}

// The menu's callbacks run on a goroutine of their own: dialogs wait.

func (a *App) menuOpenBundles() {
	paths, err := a.PickBundles()
	if err != nil {
		a.complain(err)
	} else if len(paths) > 0 {
		a.outbox.send(command{Command: "open", Paths: paths})
	}
}

func (a *App) menuOpenFolder() {
	dir, err := a.PickFolder(a.speech.words().PickFolder)
	if err != nil {
		a.complain(err)
	} else if dir != "" {
		a.outbox.send(command{Command: "open", Paths: []string{dir}})
	}
}

func (a *App) menuDataFolder() {
	if err := a.Reveal(a.root()); err != nil {
		a.complain(err)
	}
}

// menuPaste types the clipboard's text: the page itself may not read it.
func (a *App) menuPaste() {
	text, err := a.win.paste()
	if err != nil {
		a.complain(err)
		return
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		a.complain(err)
		return
	}
	a.win.run("document.execCommand('insertText', false, " + string(quoted) + ")")
}

// complain shows in the page what a menu could not do.
func (a *App) complain(err error) {
	a.log.Info("a menu could not do its work", obs.Err(err))
	a.outbox.send(command{Command: "notice", Text: err.Error()})
}

// walkMenu visits each line, a menu before its lines.
func walkMenu(items []menuItem, visit func(menuItem)) {
	for _, i := range items {
		visit(i)
		walkMenu(i.items, visit)
	}
}
