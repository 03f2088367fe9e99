package ollamatest

import (
	"bytes"
	"encoding/binary"
)

// The types of values that GGUF files hold, as far as they are used here.
// The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
const (
	typeUint32  uint32 = 4
	typeInt32   uint32 = 5
	typeFloat32 uint32 = 6
	typeBool    uint32 = 7
	typeString  uint32 = 8
	typeArray   uint32 = 9

	tensorF32 uint32 = 0

	alignment = 32
)

// gguf builds a GGUF file (version 3): metadata, then tensors of 32-bit
// floats.
type gguf struct {
	meta    bytes.Buffer
	entries uint64
	tensors []tensor
}

type tensor struct {
	name string
	dims []uint64 // the fastest first
	data []float32
}

// set adds a value to the metadata.
func (g *gguf) set(key string, value any) {
	g.entries++
	putString(&g.meta, key)
	switch v := value.(type) {
	case int:
		put(&g.meta, typeUint32, uint32(v))
	case float32:
		put(&g.meta, typeFloat32, v)
	case bool:
		put(&g.meta, typeBool, v)
	case string:
		put(&g.meta, typeString)
		putString(&g.meta, v)
	case []string:
		put(&g.meta, typeArray, typeString, uint64(len(v)))
		for _, s := range v {
			putString(&g.meta, s)
		}
	case []int32:
		put(&g.meta, typeArray, typeInt32, uint64(len(v)), v)
	case []float32:
		put(&g.meta, typeArray, typeFloat32, uint64(len(v)), v)
	default:
		panic("ollamatest: no GGUF type for the value of " + key)
	}
}

// add adds a tensor.
func (g *gguf) add(name string, data []float32, dims ...int) {
	t := tensor{name: name, data: data}
	size := 1
	for _, d := range dims {
		t.dims = append(t.dims, uint64(d))
		size *= d
	}
	if size != len(data) {
		panic("ollamatest: the dimensions of tensor " + name + " don't fit its data")
	}
	g.tensors = append(g.tensors, t)
}

// bytes returns the file.
func (g *gguf) bytes() []byte {
	var file bytes.Buffer
	file.WriteString("GGUF")
	put(&file, uint32(3), uint64(len(g.tensors)), g.entries)
	file.Write(g.meta.Bytes())
	var offset uint64
	for _, t := range g.tensors {
		putString(&file, t.name)
		put(&file, uint32(len(t.dims)), t.dims, tensorF32, offset)
		offset += uint64(len(t.data)*4+alignment-1) / alignment * alignment
	}
	pad(&file)
	for _, t := range g.tensors {
		put(&file, t.data)
		pad(&file)
	}
	return file.Bytes()
}

func pad(b *bytes.Buffer) { b.Write(make([]byte, (alignment-b.Len()%alignment)%alignment)) }

// put writes values little-endian; a buffer takes them all.
func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err) // a value without a fixed size: a mistake in this package
		}
	}
}

func putString(b *bytes.Buffer, s string) {
	put(b, uint64(len(s)))
	b.WriteString(s)
}
