package archive

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// method is how bytes are packed; the numbers are those of the ZIP format,
// gzip has one of our own.
type method uint16

const (
	stored   method = 0
	deflated method = 8
	bzipped  method = 12
	zstded   method = 93
	gzipped  method = 0xFFFF
)

func (m method) supported() bool {
	return m == stored || m == deflated || m == bzipped || m == zstded
}

// String names a method for messages.
func (m method) String() string {
	switch m {
	case stored:
		return "store"
	case 1:
		return "shrink"
	case 2, 3, 4, 5:
		return "reduce"
	case 6:
		return "implode"
	case deflated:
		return "deflate"
	case 9:
		return "deflate64"
	case bzipped:
		return "bzip2"
	case 14:
		return "LZMA"
	case zstded, 20:
		return "Zstandard"
	case 95:
		return "xz"
	case 98:
		return "PPMd"
	case gzipped:
		return "gzip"
	}
	return fmt.Sprintf("number %d", uint16(m))
}

// windowLimit is the most that a Zstandard frame may demand as history: what
// the zstd command itself accepts without being told.
const windowLimit = 128 << 20

// sourceBuffer is how much packed data is read at a time.
const sourceBuffer = 32 << 10

// decoders keeps decompressors and buffers for reuse: setting one up costs
// more than inflating a small file.
type decoders struct {
	buffers, inflaters, gunzippers, unzstders sync.Pool
}

func (d *decoders) buffer(r io.Reader) *bufio.Reader {
	if br, ok := d.buffers.Get().(*bufio.Reader); ok {
		br.Reset(r)
		return br
	}
	return bufio.NewReaderSize(r, sourceBuffer)
}

func (d *decoders) putBuffer(br *bufio.Reader) {
	br.Reset(nil) // holds on to nothing of the bundle
	d.buffers.Put(br)
}

// decoder returns a decompressor over br; put hands it back.
func (d *decoders) decoder(m method, br *bufio.Reader) (dec io.Reader, put func(), err error) {
	switch m {
	case deflated:
		if fr, ok := d.inflaters.Get().(io.ReadCloser); ok {
			if err := fr.(flate.Resetter).Reset(br, nil); err != nil {
				return nil, nil, err
			}
			return fr, func() { d.inflaters.Put(fr) }, nil
		}
		fr := flate.NewReader(br)
		return fr, func() { d.inflaters.Put(fr) }, nil
	case gzipped:
		if zr, ok := d.gunzippers.Get().(*gzip.Reader); ok {
			put = func() { d.gunzippers.Put(zr) }
			if err := zr.Reset(br); err != nil {
				put()
				return nil, nil, err
			}
			return zr, put, nil
		}
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, nil, err
		}
		return zr, func() { d.gunzippers.Put(zr) }, nil
	case zstded:
		if zr, ok := d.unzstders.Get().(*zstd.Decoder); ok {
			put = func() { d.unzstders.Put(zr) }
			if err := zr.Reset(br); err != nil {
				put()
				return nil, nil, err
			}
			return zr, put, nil
		}
		// One at a time: no goroutines that somebody would have to end.
		zr, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(windowLimit))
		if err != nil {
			return nil, nil, err
		}
		return zr, func() { d.unzstders.Put(zr) }, nil
	case bzipped:
		return bzip2.NewReader(br), func() {}, nil
	}
	return nil, nil, fmt.Errorf("no decompressor for %s", m)
}
