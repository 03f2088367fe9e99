//go:build !race

package xmltok

// slowdown is one second, where nothing slows the tests down.
const slowdown = 1
