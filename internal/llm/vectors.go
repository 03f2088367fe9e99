package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"retable/internal/retable"
)

// checkTexts refuses what no model makes a meaningful vector of: an empty text
// in a batch silently becomes a zero vector.
func checkTexts(texts []string) error {
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			return retable.Errorf(retable.Unprocessable, "Text %d of %d is empty; an empty text has no meaning to search for.", i+1, len(texts))
		}
	}
	return nil
}

// batches cuts texts into runs that fit into one request, in order. A text
// that is too big alone gets a request of its own.
func batches(texts []string, maxTexts, maxBytes int) [][]string {
	var all [][]string
	start, size := 0, 0
	for i, text := range texts {
		if i > start && (i-start >= maxTexts || size+len(text) > maxBytes) {
			all = append(all, texts[start:i])
			start, size = i, 0
		}
		size += len(text)
	}
	if start < len(texts) {
		all = append(all, texts[start:])
	}
	return all
}

// embedAll makes vectors batch by batch.
func embedAll(ctx context.Context, texts []string, l Limits, embed func(ctx context.Context, batch []string) ([][]float32, error)) ([][]float32, error) {
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	vectors := make([][]float32, 0, len(texts))
	for _, batch := range batches(texts, l.BatchTexts, l.BatchBytes) {
		part, err := embed(ctx, batch)
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, part...)
	}
	return vectors, nil
}

// tooLong names the text that a model most likely refused for its length.
func tooLong(title, model string, batch []string, maxTokens int, setting string, cause error) *fault {
	longest := 0
	for i, text := range batch {
		if len(text) > len(batch[longest]) {
			longest = i
		}
	}
	takes := "fewer"
	if maxTokens > 0 {
		takes = fmt.Sprintf("at most %d tokens", maxTokens)
	}
	return refusal(retable.TooLarge, ReasonContext, cause,
		"A text is too long for %s's model %s, which takes %s: the longest of %d has %d bytes. Cut texts into smaller pieces, or choose a model with a larger context (%s).",
		title, model, takes, len(batch), len(batch[longest]), setting)
}

// checkVectors makes each vector's length 1, and refuses a reply that can't be
// what was asked for. dims 0 means: not known yet.
func checkVectors(title, model string, vectors [][]float32, texts, dims int) error {
	if len(vectors) != texts {
		return oddVectors(title, fmt.Sprintf("sent %d vectors for %d texts", len(vectors), texts))
	}
	for i, v := range vectors {
		if dims == 0 {
			dims = len(v)
		}
		if len(v) != dims || dims == 0 {
			return oddVectors(title, fmt.Sprintf("sent a vector of %d numbers where model %s has %d dimensions", len(v), model, dims))
		}
		if !normalise(v) {
			return oddVectors(title, fmt.Sprintf("sent a vector without a direction for text %d", i+1))
		}
	}
	return nil
}

func oddVectors(title, what string) *fault {
	return refusal(retable.Unavailable, ReasonFailing, errors.New("unexpected vectors"), "%s %s; another model may do better.", title, what)
}

// normalise scales v to length 1 in place. False for zero, NaN and infinity.
func normalise(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
	return true
}
