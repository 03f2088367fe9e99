package embed

import (
	"math"
)

// The measures of Universal Sentence Encoder Lite.
const (
	Dimensions = 512 // of a vector
	MaxTokens  = 128 // that the model reads at once

	width   = 256  // of a token's embedding, and of the first layer's attention
	hidden  = 512  // of everything after it
	inner   = 1536 // of the feed-forward networks
	heads   = 4
	vocab   = 8000
	rows    = 8002 // of the embeddings: the vocabulary and two that are never used
	epsilon = 1e-6 // of the layer norms
)

// norm is a layer norm.
type norm struct{ scale, bias []float32 }

// layer is one layer of the transformer.
type layer struct {
	before  norm // the attention
	qkv     linear
	output  linear
	between norm // attention and feed-forward
	widen   linear
	narrow  linear
}

// Model holds the weights and the vocabulary. It doesn't change and may be
// used by several goroutines.
type Model struct {
	tokens   *tokenizer
	embed    matrix    // a row per token
	timing   []float32 // frequencies of the positions' sines and cosines
	residual linear    // takes the embeddings to the width of the first layer's output
	layers   [2]layer
	final    linear
	digest   string // SHA-256 of the file it was read from
}

// pack returns the model with its maps as this machine's kernel wants them;
// it shares all else.
func (m *Model) pack(t tile) *Model {
	p := *m
	p.residual, p.final = m.residual.pack(t), m.final.pack(t)
	for i := range p.layers {
		l := &p.layers[i]
		l.qkv, l.output, l.widen, l.narrow = l.qkv.pack(t), l.output.pack(t), l.widen.pack(t), l.narrow.pack(t)
	}
	return &p
}

// infer returns the unit vectors of texts of at most MaxTokens tokens each,
// at least one. They go through the maps together, so that the weights, 20 MB,
// come out of memory once for all; each is what it would be alone.
func (m *Model) infer(texts [][]int) [][]float32 {
	n := 0
	for _, tokens := range texts {
		n += len(tokens)
	}
	x := make([]float32, 0, n*width)
	for _, tokens := range texts {
		x = m.positions(x, tokens)
	}
	for i := range m.layers {
		l := &m.layers[i]
		y := l.attend(l.before.of(x, n), texts, n)
		if i == 0 {
			x = m.residual.of(x, n)
		}
		add(y, x)
		x = l.widen.of(l.between.of(y, n), n)
		for j, v := range x {
			x[j] = max(v, 0)
		}
		x = l.narrow.of(x, n)
		add(x, y)
	}

	means := make([]float32, len(texts)*hidden)
	for i, tokens := range texts {
		mean := means[i*hidden : (i+1)*hidden]
		for t := range tokens {
			add(mean, x[t*hidden:(t+1)*hidden])
		}
		for j := range mean {
			mean[j] /= float32(len(tokens))
		}
		x = x[len(tokens)*hidden:]
	}
	all := m.final.of(means, len(texts))
	out := make([][]float32, len(texts))
	for i := range texts {
		v := all[i*hidden : (i+1)*hidden : (i+1)*hidden]
		for j := range v {
			v[j] = float32(math.Tanh(float64(v[j])))
		}
		unit(v)
		out[i] = v
	}
	return out
}

// positions appends twice the embeddings, as the model was trained, plus the
// sines and cosines of the positions.
func (m *Model) positions(x []float32, tokens []int) []float32 {
	for t, token := range tokens {
		x = append(x, m.embed.row(token)...)
		to := x[len(x)-width:]
		for j, f := range m.timing {
			angle := float64(float32(t) * f)
			to[j] = 2*to[j] + float32(math.Sin(angle))
			to[j+width/2] = 2*to[j+width/2] + float32(math.Cos(angle))
		}
	}
	return x
}

// attend is the multi-head attention of a layer over the n normalised tokens of
// all texts, each within its own.
func (l *layer) attend(x []float32, texts [][]int, n int) []float32 {
	w := l.qkv.out / 3
	qkv := l.qkv.of(x, n)
	context := make([]float32, n*w)
	first := 0
	for _, tokens := range texts {
		end := first + len(tokens)
		l.mix(qkv[first*3*w:end*3*w], context[first*w:end*w], len(tokens))
		first = end
	}
	return l.output.of(context, n)
}

// mix sums the values of a text's n tokens for each of them, weighted by how
// its query meets their keys.
func (l *layer) mix(qkv, context []float32, n int) {
	w := l.qkv.out / 3
	size := w / heads
	weights := make([]float32, n)
	scale := float32(1 / math.Sqrt(float64(size)))
	for h := range heads {
		part := func(t, which int) []float32 {
			at := t*3*w + which*w + h*size
			return qkv[at : at+size]
		}
		for t := range n {
			q := part(t, 0)
			for u := range n {
				weights[u] = dot(q, part(u, 1)) * scale
			}
			softmax(weights)
			to := context[t*w+h*size : t*w+(h+1)*size]
			for u, a := range weights {
				axpy(to, part(u, 2), a)
			}
		}
	}
}

func softmax(x []float32) {
	most := x[0]
	for _, v := range x {
		most = max(most, v)
	}
	var sum float32
	for i, v := range x {
		x[i] = float32(math.Exp(float64(v - most)))
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// of normalises n rows.
func (l *norm) of(x []float32, n int) []float32 {
	w := len(x) / n
	y := make([]float32, len(x))
	for t := range n {
		from, to := x[t*w:(t+1)*w], y[t*w:(t+1)*w]
		var mean, variance float32
		for _, v := range from {
			mean += v
		}
		mean /= float32(w)
		for _, v := range from {
			variance += (v - mean) * (v - mean)
		}
		r := float32(1 / math.Sqrt(float64(variance/float32(w)+epsilon)))
		for j, v := range from {
			to[j] = l.scale[j]*r*(v-mean) + l.bias[j]
		}
	}
	return y
}

func add(to, from []float32) {
	for i, v := range from {
		to[i] += v
	}
}

// unit gives v the length one; what has none stays.
func unit(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	r := float32(1 / math.Sqrt(max(sum, 1e-12)))
	for i := range v {
		v[i] *= r
	}
}
