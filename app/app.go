// Package app is the application service: every door (command line, window,
// server, watched folder) calls it, and nothing else decides what happens.
package app

import "runtime"

// App offers the use cases. It is safe for concurrent use.
type App struct {
	version string
	scratch string
	cores   int // that work is spread over
}

// Config is what New needs to know.
type Config struct {
	Version string // of the program, recorded in what it writes
	Scratch string // directory for temporary files; "" is the system's
}

// New returns the service. It works on as many cores as the runtime uses now: a
// server gives itself room for more threads later on, which are not for this.
func New(cfg Config) *App {
	return &App{version: cfg.Version, scratch: cfg.Scratch, cores: runtime.GOMAXPROCS(0)}
}

// Version returns the program's version.
func (a *App) Version() string { return a.version }

// workers is the number of files to read at once.
func (a *App) workers(asked, files int) int {
	if asked <= 0 {
		asked = a.cores
	}
	return max(1, min(asked, files))
}
