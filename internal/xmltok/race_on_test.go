//go:build race

package xmltok

// slowdown is what the race detector makes of one second.
const slowdown = 20
