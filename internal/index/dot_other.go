//go:build !amd64

package index

func dot(a []int16, b []int8) int32 { return dotGeneric(a, b) }
