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

// matrix is a linear map, row by row of its output, so that every value is the
// product of two runs of memory.
type matrix struct {
	out, in int
	w       []float32
}

func (m *matrix) row(o int) []float32 { return m.w[o*m.in : (o+1)*m.in] }

// linear is a matrix with a bias.
type linear struct {
	matrix
	bias []float32
}

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

// vector returns the unit vector of at most MaxTokens tokens, at least one.
func (m *Model) vector(tokens []int) []float32 {
	n := len(tokens)
	x := m.positions(tokens)
	for i := range m.layers {
		l := &m.layers[i]
		y := l.attend(l.before.of(x, n), n)
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

	mean := make([]float32, hidden)
	for t := range n {
		add(mean, x[t*hidden:(t+1)*hidden])
	}
	for j := range mean {
		mean[j] /= float32(n)
	}
	v := m.final.of(mean, 1)
	for j := range v {
		v[j] = float32(math.Tanh(float64(v[j])))
	}
	unit(v)
	return v
}

// positions returns twice the embeddings, as the model was trained, plus the
// sines and cosines of the positions.
func (m *Model) positions(tokens []int) []float32 {
	x := make([]float32, len(tokens)*width)
	for t, token := range tokens {
		to, from := x[t*width:(t+1)*width], m.embed.row(token)
		for j, f := range m.timing {
			angle := float64(float32(t) * f)
			to[j] = 2*from[j] + float32(math.Sin(angle))
			to[j+width/2] = 2*from[j+width/2] + float32(math.Cos(angle))
		}
	}
	return x
}

// attend is the multi-head attention of a layer over its n normalised tokens.
func (l *layer) attend(x []float32, n int) []float32 {
	w := l.qkv.out / 3
	size := w / heads
	qkv := l.qkv.of(x, n)
	context := make([]float32, n*w)
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
				for j, v := range part(u, 2) {
					to[j] += a * v
				}
			}
		}
	}
	return l.output.of(context, n)
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

// of applies the map to n rows.
func (l *linear) of(x []float32, n int) []float32 {
	y := make([]float32, n*l.out)
	for o := range l.out {
		w, b := l.row(o), l.bias[o]
		t := 0
		for ; t+4 <= n; t += 4 {
			var d [4]float32
			dot4(w, x[t*l.in:(t+4)*l.in], &d)
			for i, v := range d {
				y[(t+i)*l.out+o] = v + b
			}
		}
		for ; t < n; t++ {
			y[t*l.out+o] = dot(w, x[t*l.in:(t+1)*l.in]) + b
		}
	}
	return y
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
