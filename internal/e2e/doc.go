// Package e2e tests what no package can test alone: the program as a whole,
// who may import whom, and the order of the house around the code.
package e2e
