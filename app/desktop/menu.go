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
	w := &a.words
	to := func(page string) func() {
		return func() { a.outbox.send(command{Command: "navigate", To: page}) }
	}
	edit := func(verb string) func() {
		return func() { a.win.run(fmt.Sprintf("document.execCommand(%q)", verb)) }
	}
	return []menuItem{
		{label: w.file, items: []menuItem{
			{label: w.openBundles, keys: "ctrl+o", run: a.menuOpenBundles},
			{label: w.openFolder, keys: "ctrl+shift+o", run: a.menuOpenFolder},
			{},
			{label: w.settings, keys: "ctrl+,", run: to("/settings")},
			{label: w.dataFolder, run: a.menuDataFolder},
			{},
			{label: w.quit, keys: "ctrl+q", run: func() { a.win.quit() }},
		}},
		{label: w.edit, role: "edit", items: []menuItem{
			{label: w.undo, run: edit("undo")},
			{label: w.redo, run: edit("redo")},
			{},
			{label: w.cut, run: edit("cut")},
			{label: w.copyIt, run: edit("copy")},
			{label: w.paste, run: a.menuPaste},
			{label: w.selectAll, run: edit("selectAll")},
			{},
			{label: w.palette, keys: "ctrl+k", run: func() { a.outbox.send(command{Command: "palette"}) }},
		}},
		{label: w.view, items: []menuItem{
			{label: w.sessions, keys: "ctrl+1", run: to("/")},
			{label: w.compare, keys: "ctrl+2", run: to("/compare")},
			{label: w.ask, keys: "ctrl+3", run: to("/ask")},
			{label: w.jobs, keys: "ctrl+4", run: to("/jobs")},
			{label: w.watches, keys: "ctrl+5", run: to("/watches")},
			{},
			{label: w.reload, keys: "f5", run: func() { a.win.run("location.reload()") }},
			{label: w.full, keys: "f11", run: func() { a.win.fullscreen() }},
		}},
		{label: w.help, items: []menuItem{
			{label: w.keys, keys: "f1", run: func() { a.outbox.send(command{Command: "keys"}) }},
			{label: w.about, run: to("/settings")},
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
	dir, err := a.PickFolder(a.words.pickFolder)
	if err != nil {
		a.complain(err)
	} else if dir != "" {
		a.outbox.send(command{Command: "open", Paths: []string{dir}})
	}
}

func (a *App) menuDataFolder() {
	if err := a.Reveal(a.opts.Config.Place.RuntimeRoot); err != nil {
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
