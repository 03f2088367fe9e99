// Package frontend holds the built front end. In a fresh clone there is only a
// placeholder: `npm run build` in this folder (or `make build`) fills dist.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the built files with index.html at the top; without a build there
// is none.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
