package embed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// The file of a model, little endian:
//
//	this line
//	uint32 length of the vocabulary, and the vocabulary as JSON
//	the vectors: float32 each
//	the matrices: row by row a float32 scale and int8 values
//	SHA-256 of all that
const magic = "retable use-lite int8 1\n"

// ErrFile says that what was read is no model, or a damaged one.
var ErrFile = errors.New("not a file of the embedding model")

type vocabulary struct {
	Pieces []string
	Scores []float64
}

// vectors and matrices list the model's weights in the order of the file.
func (m *Model) vectors() []*[]float32 {
	all := []*[]float32{&m.timing, &m.residual.bias, &m.final.bias}
	for i := range m.layers {
		l := &m.layers[i]
		all = append(all, &l.before.scale, &l.before.bias, &l.qkv.bias, &l.output.bias,
			&l.between.scale, &l.between.bias, &l.widen.bias, &l.narrow.bias)
	}
	return all
}

func (m *Model) matrices() []*matrix {
	all := []*matrix{&m.embed, &m.residual.matrix, &m.final.matrix}
	for i := range m.layers {
		l := &m.layers[i]
		all = append(all, &l.qkv.matrix, &l.output.matrix, &l.widen.matrix, &l.narrow.matrix)
	}
	return all
}

// blank is a model of the right measures without weights.
func blank() *Model {
	m := &Model{
		embed: matrix{out: rows, in: width}, timing: make([]float32, width/2),
		residual: blankLinear(width, hidden), final: blankLinear(hidden, hidden),
	}
	for i := range m.layers {
		w := hidden
		if i == 0 {
			w = width
		}
		m.layers[i] = layer{
			before: norm{make([]float32, w), make([]float32, w)}, qkv: blankLinear(w, 3*w), output: blankLinear(w, hidden),
			between: norm{make([]float32, hidden), make([]float32, hidden)}, widen: blankLinear(hidden, inner), narrow: blankLinear(inner, hidden),
		}
	}
	return m
}

func blankLinear(in, out int) linear {
	return linear{matrix: matrix{out: out, in: in}, bias: make([]float32, out)}
}

// Write writes the model with its matrices as int8: each row has the scale
// that takes its largest value to 127.
func (m *Model) Write(w io.Writer) error {
	words, err := json.Marshal(vocabulary{m.tokens.pieces, m.tokens.scores})
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	b := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[len(magic):], uint32(len(words))) //nolint:gosec // of a model that is built in
	b = append(b, words...)
	for _, v := range m.vectors() {
		for _, x := range *v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	for _, mat := range m.matrices() {
		for o := range mat.out {
			b = appendQuantised(b, mat.row(o))
		}
	}
	sum := sha256.Sum256(b)
	if _, err := w.Write(append(b, sum[:]...)); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return nil
}

func appendQuantised(b []byte, row []float32) []byte {
	var most float32
	for _, x := range row {
		most = max(most, x, -x)
	}
	scale := most / 127
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(scale))
	for _, x := range row {
		q := 0.0
		if scale > 0 {
			q = math.RoundToEven(float64(x / scale))
		}
		b = append(b, byte(int8(q))) //nolint:gosec // the same eight bits
	}
	return b
}

// Read reads a model that Write wrote; anything else is an ErrFile.
func Read(file []byte) (*Model, error) {
	body, sum := file[:max(0, len(file)-sha256.Size)], file[max(0, len(file)-sha256.Size):]
	got := sha256.Sum256(body)
	rest, ok := bytes.CutPrefix(body, []byte(magic))
	if !ok || !bytes.Equal(got[:], sum) || len(rest) < 4 {
		return nil, fmt.Errorf("%w: %d bytes whose first line or checksum is wrong", ErrFile, len(file))
	}
	n := int(binary.LittleEndian.Uint32(rest))
	rest = rest[4:]
	m := blank()
	m.digest = hex.EncodeToString(sum)
	if want := n + m.size(); n < 0 || len(rest) != want {
		return nil, fmt.Errorf("%w: %d bytes of weights, expected %d", ErrFile, len(rest), want)
	}
	var words vocabulary
	if err := json.Unmarshal(rest[:n], &words); err != nil {
		return nil, fmt.Errorf("%w: vocabulary: %w", ErrFile, err)
	}
	if len(words.Pieces) != vocab || len(words.Scores) != vocab {
		return nil, fmt.Errorf("%w: %d pieces, expected %d", ErrFile, len(words.Pieces), vocab)
	}
	m.tokens = newTokenizer(words.Pieces, words.Scores)
	m.read(rest[n:])
	return m, nil
}

// size is the number of bytes of the weights in a file.
func (m *Model) size() int {
	n := 0
	for _, v := range m.vectors() {
		n += 4 * len(*v)
	}
	for _, mat := range m.matrices() {
		n += mat.out * (4 + mat.in)
	}
	return n
}

func (m *Model) read(b []byte) {
	float := func() float32 {
		x := math.Float32frombits(binary.LittleEndian.Uint32(b))
		b = b[4:]
		return x
	}
	for _, v := range m.vectors() {
		for i := range *v {
			(*v)[i] = float()
		}
	}
	for _, mat := range m.matrices() {
		mat.w = make([]float32, mat.out*mat.in)
		for o := range mat.out {
			scale := float()
			row := mat.row(o)
			for i := range row {
				row[i] = scale * float32(int8(b[i])) //nolint:gosec // the same eight bits
			}
			b = b[len(row):]
		}
	}
}
