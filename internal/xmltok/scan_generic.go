package xmltok

import "encoding/binary"

// One lane of eight bits for each bitmap: eight bytes of input, each shifted
// by its place, fill the lanes of one word.
const (
	laneT = 1 << (8 * iota)
	laneQ
	laneC
	laneN
	laneH
)

// lanes tells the bitmaps each ASCII byte sets a bit in.
var lanes = [256]uint64{
	'\t': laneQ | laneC | laneN,
	'\n': laneQ | laneC | laneN,
	'\r': laneT | laneQ | laneC | laneN,
	' ':  laneN,
	'"':  laneQ | laneC,
	'&':  laneT | laneQ,
	'\'': laneQ,
	',':  laneC,
	'<':  laneT | laneQ,
	'>':  laneT | laneQ,
	0x00: laneH, 0x01: laneH, 0x02: laneH, 0x03: laneH, 0x04: laneH, 0x05: laneH, 0x06: laneH, 0x07: laneH,
	0x08: laneH, 0x0B: laneH, 0x0C: laneH, 0x0E: laneH, 0x0F: laneH,
	0x10: laneH, 0x11: laneH, 0x12: laneH, 0x13: laneH, 0x14: laneH, 0x15: laneH, 0x16: laneH, 0x17: laneH,
	0x18: laneH, 0x19: laneH, 0x1A: laneH, 0x1B: laneH, 0x1C: laneH, 0x1D: laneH, 0x1E: laneH, 0x1F: laneH,
}

// classifyGeneric fills the bitmaps of the blocks of buf. high[i] is not zero
// where a block holds control characters or bytes from 0x80 on, which
// validation must look at.
func classifyGeneric(buf []byte, m bitmaps, high []uint64) {
	for i := range high {
		src := buf[i*blockSize : i*blockSize+blockSize]
		h := uint64(0)
		for j := range 8 {
			x := binary.LittleEndian.Uint64(src[8*j:])
			w := lanes[byte(x)] | lanes[byte(x>>8)]<<1 | lanes[byte(x>>16)]<<2 | lanes[byte(x>>24)]<<3 | //nolint:gosec // one byte after the other
				lanes[byte(x>>32)]<<4 | lanes[byte(x>>40)]<<5 | lanes[byte(x>>48)]<<6 | lanes[byte(x>>56)]<<7 //nolint:gosec // one byte after the other
			k := 8*i + j
			m.T[k], m.Q[k], m.C[k], m.N[k] = byte(w), byte(w>>8), byte(w>>16), byte(w>>24) //nolint:gosec // one byte after the other
			h |= w>>32&0xFF | x&0x8080808080808080
		}
		high[i] = h
	}
}
