package desktop

// window is what the program can do with its window.
type window interface {
	// emit sends an event to the page.
	emit(name string, data any)
	// run runs a script in the page.
	run(script string)
	// pickFiles, pickFolder and pickTarget ask by native dialogs, one at a time;
	// empty: the person cancelled.
	pickFiles(title, dir string) ([]string, error)
	pickFolder(title, dir string) (string, error)
	pickTarget(title, dir, name string) (string, error)
	// setMenu shows a menu in the place of one of the same form.
	setMenu(items []menuItem)
	// setTheme gives menus, dialogs and the frame light or dark colours, or the
	// desktop's own.
	setTheme(theme string)
	// notify shows a message of the desktop.
	notify(id, title, body string) error
	// paste gives the clipboard's text.
	paste() (string, error)
	show()
	// place is where it stands; of no width where it fills the screen.
	place() place
	fullscreen()
	// quit closes the window, after asking beforeClose.
	quit()
}
