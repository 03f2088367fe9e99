// Package desktop is the window's door: the front end in a Wails window, bound
// directly to the application service.
//
// App is what the page sees as window.go.desktop.App: one method for each call
// of the table in app/rest, by the same validation and the same use cases, and
// a few that only a window has: dialogs, paths, quitting. Every exported method
// of App is bound, so it has no others. Event streams and large pages go
// through an in-process handler: the server's routes on a listener in memory,
// where everything is asked by the person at this machine.
//
// The window itself (desktop.go) needs GTK and is built with the tag desktop.
// Everything else is ordinary Go that knows it as an interface.
package desktop
