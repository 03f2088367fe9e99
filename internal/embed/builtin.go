//go:build embedder

package embed

import _ "embed" // for the model, made by build/embedder.sh

//go:embed model/use-lite-en.int8
var weights []byte

//go:embed model/LICENSE
var licence string

// BuiltIn returns the model that is part of the program.
func BuiltIn() (*Model, error) { return Read(weights) }

// Licence is the text of the model's licence, "" if none is built in.
func Licence() string { return licence }
