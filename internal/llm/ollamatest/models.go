package ollamatest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// Answer is what the scripted model says when the last character of the prompt
// is its key. Pieces are streamed one by one and must be unique over the whole
// script, longer than one byte each. With Loop it begins anew forever.
type Answer struct {
	Pieces []string
	Loop   bool
}

// ChatContext is the context of the scripted model in tokens. Each byte of a
// prompt is a token.
const ChatContext = 4096

// DefaultKey is the key of the answer to any other last character.
const DefaultKey = '*'

// ChatModel makes a chat model (architecture llama) that follows a script.
//
// Its one block has zero weights, so that a token passes through unchanged.
// Each token that has a successor is embedded as a direction of its own, and
// the output matrix leads from that direction to the successor: a table of
// bigrams, fully deterministic, in the clothes of a transformer.
func ChatModel(script map[rune]Answer) []byte {
	tokens := []string{"<unk>", "<s>", "</s>"}
	types := []int32{2, 3, 3} // unknown, control, control
	const end, firstByte = 2, 3
	for b := range 256 {
		tokens, types = append(tokens, fmt.Sprintf("<0x%02X>", b)), append(types, 6) // byte
	}
	tokens, types = append(tokens, "▁"), append(types, 1) // normal

	next := map[int]int{} // token to its successor
	fallback := end
	for _, key := range sortedKeys(script) {
		answer := script[key]
		first := len(tokens)
		for _, piece := range answer.Pieces {
			tokens, types = append(tokens, strings.ReplaceAll(piece, " ", "▁")), append(types, 1)
			next[len(tokens)-1] = len(tokens)
		}
		next[len(tokens)-1] = end
		if answer.Loop {
			next[len(tokens)-1] = first
		}
		if key == DefaultKey {
			fallback = first
		} else {
			next[firstByte+int(key)] = first
		}
	}
	mustBeUnique(tokens)

	width := 64
	for width < len(next)+1 {
		width *= 2
	}
	embedding, output := make([]float32, width*len(tokens)), make([]float32, width*len(tokens))
	direction := 1 // 0 is that of tokens without a successor of their own
	output[fallback*width] = 20
	for token := range tokens {
		after, ok := next[token]
		if !ok {
			embedding[token*width] = 1
			continue
		}
		embedding[token*width+direction] = 1
		output[after*width+direction] = 20
		direction++
	}
	return llama(tokens, types, width, embedding, output)
}

// llama is the file of the scripted model.
func llama(tokens []string, types []int32, width int, embedding, output []float32) []byte {
	const heads, forward = 4, 32
	var g gguf
	g.set("general.architecture", "llama")
	g.set("general.name", "scripted")
	g.set("general.file_type", 0)
	g.set("llama.context_length", ChatContext)
	g.set("llama.embedding_length", width)
	g.set("llama.block_count", 1)
	g.set("llama.feed_forward_length", forward)
	g.set("llama.attention.head_count", heads)
	g.set("llama.attention.head_count_kv", heads)
	g.set("llama.rope.dimension_count", width/heads)
	g.set("llama.vocab_size", len(tokens))
	g.set("llama.attention.layer_norm_rms_epsilon", float32(1e-5))
	g.set("llama.rope.freq_base", float32(10000))
	g.set("tokenizer.ggml.model", "llama")
	g.set("tokenizer.ggml.tokens", tokens)
	g.set("tokenizer.ggml.scores", make([]float32, len(tokens)))
	g.set("tokenizer.ggml.token_type", types)
	g.set("tokenizer.ggml.unknown_token_id", 0)
	g.set("tokenizer.ggml.bos_token_id", 1)
	g.set("tokenizer.ggml.eos_token_id", 2)
	g.set("tokenizer.ggml.add_bos_token", true)
	g.set("tokenizer.ggml.add_space_prefix", false)
	g.add("token_embd.weight", embedding, width, len(tokens))
	g.add("output_norm.weight", filled(width, 1), width)
	g.add("output.weight", output, width, len(tokens))
	g.add("blk.0.attn_norm.weight", filled(width, 1), width)
	g.add("blk.0.ffn_norm.weight", filled(width, 1), width)
	for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
		g.add("blk.0."+name+".weight", filled(width*width, 0), width, width)
	}
	g.add("blk.0.ffn_gate.weight", filled(width*forward, 0), width, forward)
	g.add("blk.0.ffn_up.weight", filled(width*forward, 0), width, forward)
	g.add("blk.0.ffn_down.weight", filled(width*forward, 0), forward, width)
	return g.bytes()
}

// EmbedDimensions and EmbedContext are those of the model for vectors; its
// context is in tokens.
const (
	EmbedDimensions = 64
	EmbedContext    = 512
)

// EmbedModel makes a model for vectors (architecture bert). It knows the given
// words and all printable ASCII characters. Each has its own random direction
// and its one block does nothing, so that a text is the mean of its words:
// texts that share words are near each other. Another seed makes other
// weights.
func EmbedModel(seed uint64, words ...string) []byte {
	tokens := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]"}
	types := []int32{3, 2, 3, 3}
	add := func(token string) { tokens, types = append(tokens, token), append(types, 1) }
	for c := '!'; c <= '~'; c++ {
		if c < 'A' || c > 'Z' { // the tokenizer lowers letters
			add("▁" + string(c))
			add(string(c))
		}
	}
	for _, word := range words {
		add("▁" + strings.ToLower(word))
	}
	mustBeUnique(tokens)

	const width, heads, forward = EmbedDimensions, 4, 64
	var g gguf
	g.set("general.architecture", "bert")
	g.set("general.name", "words")
	g.set("general.file_type", 0)
	g.set("bert.block_count", 1)
	g.set("bert.context_length", EmbedContext)
	g.set("bert.embedding_length", width)
	g.set("bert.feed_forward_length", forward)
	g.set("bert.attention.head_count", heads)
	g.set("bert.attention.layer_norm_epsilon", float32(1e-12))
	g.set("bert.attention.causal", false)
	g.set("bert.pooling_type", 1) // mean
	g.set("tokenizer.ggml.model", "bert")
	g.set("tokenizer.ggml.pre", "jina-v2-en")
	g.set("tokenizer.ggml.token_type_count", 2)
	g.set("tokenizer.ggml.tokens", tokens)
	g.set("tokenizer.ggml.scores", filled(len(tokens), -1000))
	g.set("tokenizer.ggml.token_type", types)
	g.set("tokenizer.ggml.padding_token_id", 0)
	g.set("tokenizer.ggml.unknown_token_id", 1)
	g.set("tokenizer.ggml.cls_token_id", 2)
	g.set("tokenizer.ggml.bos_token_id", 2)
	g.set("tokenizer.ggml.seperator_token_id", 3) // spelt so in the format
	g.set("tokenizer.ggml.eos_token_id", 3)
	g.add("token_embd.weight", directions(seed, tokens, width), width, len(tokens))
	g.add("position_embd.weight", filled(width*EmbedContext, 0), width, EmbedContext)
	g.add("token_types.weight", filled(width*2, 0), width, 2)
	norm := func(name string) {
		g.add(name+".weight", filled(width, 1), width)
		g.add(name+".bias", filled(width, 0), width)
	}
	linear := func(name string, in, out int) {
		g.add(name+".weight", filled(in*out, 0), in, out)
		g.add(name+".bias", filled(out, 0), out)
	}
	norm("token_embd_norm")
	for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
		linear("blk.0."+name, width, width)
	}
	norm("blk.0.attn_output_norm")
	linear("blk.0.ffn_up", width, forward)
	linear("blk.0.ffn_down", forward, width)
	norm("blk.0.layer_output_norm")
	return g.bytes()
}

// directions gives each token a random one that depends on seed and token
// alone. The marks around a text get hardly any weight.
func directions(seed uint64, tokens []string, width int) []float32 {
	all := make([]float32, 0, width*len(tokens))
	for _, token := range tokens {
		h := fnv.New64a()
		h.Write([]byte(token))
		dice := rand.New(rand.NewPCG(seed, h.Sum64()))
		for range width {
			all = append(all, float32(dice.NormFloat64()))
		}
	}
	return all
}

// mustBeUnique panics for a token that stands twice: the server would abort,
// and with it every test that uses it.
func mustBeUnique(tokens []string) {
	seen := map[string]bool{}
	for _, token := range tokens {
		if seen[token] {
			panic(fmt.Sprintf("ollamatest: token %q stands twice in the vocabulary", token))
		}
		seen[token] = true
	}
}

func filled(n int, value float32) []float32 {
	all := make([]float32, n)
	if value != 0 {
		for i := range all {
			all[i] = value
		}
	}
	return all
}
