//go:build !race

package rest

const raced = false
