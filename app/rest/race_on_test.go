//go:build race

package rest

const raced = true // the detector's memory isn't ours
