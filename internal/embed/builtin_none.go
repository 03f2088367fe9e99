//go:build !embedder

package embed

import "retable/internal/retable"

// BuiltIn returns the model that is part of the program: none in this build,
// and the error says how to get one.
func BuiltIn() (*Model, error) { return nil, NotBuiltIn() }

// Licence is the text of the model's licence, "" if none is built in.
func Licence() string { return "" }

// NotBuiltIn is the answer of a program that was built without the model.
func NotBuiltIn() *retable.Error {
	return &retable.Error{
		Code: retable.Unavailable, Reason: "embedder_not_built_in",
		Detail: "The embedding model is not built into this program; build it with make, or with the tag embedder after build/embedder.sh.",
	}
}
