package index

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"retable/internal/retable"
)

// Fingerprint names a model by all that its vectors depend on. Vectors of
// different fingerprints are never compared.
func Fingerprint(m retable.EmbedModel) string {
	h := sha256.New()
	var b []byte
	for _, s := range []string{m.Provider, m.Name, m.Digest, m.Prefix} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	h.Write(fmt.Appendf(b, "%d %t", m.Dimensions, m.Normalised))
	return hex.EncodeToString(h.Sum(nil))
}

// embedTexts returns a unit vector for each text. One that is too long for the
// model is read in halves, and its vector is their mean. A text that the model
// has no direction for (a zero vector) gets nil.
func embedTexts(ctx context.Context, e retable.Embedder, m *retable.EmbedModel, texts []string, p retable.Purpose) ([][]float32, error) {
	vectors, err := e.Embed(ctx, texts, p)
	switch {
	case retable.Is(err, retable.TooLarge) && len(texts) > 1:
		half := len(texts) / 2
		first, err := embedTexts(ctx, e, m, texts[:half], p)
		if err != nil {
			return nil, err
		}
		second, err := embedTexts(ctx, e, m, texts[half:], p)
		return append(first, second...), err
	case retable.Is(err, retable.TooLarge) && len(texts) == 1:
		a, b := halves(texts[0])
		if a == "" || b == "" {
			return nil, err
		}
		parts, err := embedTexts(ctx, e, m, []string{a, b}, p)
		if err != nil {
			return nil, err
		}
		return [][]float32{mean(parts, m.Dimensions)}, nil
	case err != nil:
		return nil, err
	case len(vectors) != len(texts):
		return nil, fmt.Errorf("%w: %d for %d texts", errVector, len(vectors), len(texts))
	}
	for i, v := range vectors {
		if len(v) != m.Dimensions {
			return nil, fmt.Errorf("%w: %s has %d dimensions now, expected %d", errVector, m.Name, len(v), m.Dimensions)
		}
		if vectors[i], err = unitVector(v, m.Dimensions); errors.Is(err, errVector) {
			vectors[i] = nil
		}
	}
	return vectors, nil
}

// halves cuts a text in the middle, at a space if there is one near.
func halves(text string) (string, string) {
	at := whole(text, len(text)/2)
	if space := strings.LastIndexAny(text[:at], " \n"); space > at/2 {
		at = space
	}
	return strings.TrimSpace(text[:at]), strings.TrimSpace(text[at:])
}

// mean is the unit vector between vectors, nil if there is none.
func mean(vectors [][]float32, dimensions int) []float32 {
	sum := make([]float32, dimensions)
	for _, v := range vectors {
		for i, x := range v {
			sum[i] += x
		}
	}
	unit, err := unitVector(sum, dimensions)
	if err != nil {
		return nil
	}
	return unit
}

// The bounds of what is embedded of a chunk.
const (
	passageBytes = 1500 // of one passage at most
	passagesEach = 16   // of one chunk; what comes after is found by words
)

// passages cuts a text into pieces that a model of so many tokens reads at
// once, between lines or words. Three bytes a token is short for English, so
// that few are too long.
func passages(text string, maxTokens int) []string {
	most := passageBytes
	if maxTokens > 0 {
		most = min(most, 3*maxTokens)
	}
	var out []string
	piece := ""
	flush := func() {
		if piece != "" && len(out) < passagesEach {
			out = append(out, piece)
		}
		piece = ""
	}
	for line := range strings.SplitSeq(text, "\n") {
		for len(line) > most {
			flush()
			at := whole(line, most)
			if space := strings.LastIndexByte(line[:at], ' '); space > at/2 {
				at = space
			}
			piece, line = line[:at], strings.TrimSpace(line[at:])
		}
		if piece != "" && len(piece)+1+len(line) > most {
			flush()
		}
		if line = strings.TrimSpace(line); line != "" {
			piece = strings.TrimPrefix(piece+"\n"+line, "\n")
		}
	}
	flush()
	return out
}

// cardPassages are those of a card: what it is of with its columns, as words,
// then its lines, each piece with what it is of.
func cardPassages(text, tbl string, maxTokens int) []string {
	lines := strings.Split(text, "\n")
	head := lines[0]
	if tbl != "" {
		head = spelled(tbl)
		var names []string
		for _, line := range lines[min(2, len(lines)):] {
			name, _, _ := strings.Cut(line, ": ")
			names = append(names, spelled(name))
		}
		if len(names) > 0 {
			head += ": " + strings.Join(names, ", ")
		}
	}
	out := passages(head, maxTokens)
	first, _, _ := strings.Cut(head, ":")
	first = first[:whole(first, 80)]
	for _, p := range passages(strings.Join(lines[1:], "\n"), max(0, maxTokens-30)) {
		if len(out) < passagesEach {
			out = append(out, first+"\n"+p)
		}
	}
	return out
}
