//go:build !amd64

package embed

func bestTile() tile { return tile{} }

func dot(a, b []float32) float32 { return dotGeneric(a, b) }

func axpy(to, from []float32, a float32) { axpyGeneric(to, from, a) }
