//go:build !amd64

package embed

func dot(a, b []float32) float32 { return dotGeneric(a, b) }

func dot4(w, x []float32, out *[4]float32) { dot4Generic(w, x, out) }
