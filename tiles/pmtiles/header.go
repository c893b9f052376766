package pmtiles

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// headerSize and rootEnd: header and root directory are in the first 16 KiB, so
// that one request finds both (section 3).
const (
	headerSize = 127
	rootEnd    = 16 << 10
)

var magic = []byte("PMTiles\x03")

// Values of the header's small numbers (section 3.3).
const (
	gzipped   = 2
	tileMVT   = 1
	clustered = 1
)

// section is a part of the file.
type section struct{ offset, length uint64 }

// header is the beginning of the file.
type header struct {
	root, metadata, leaves, tiles section
	addressed, entries, contents  uint64
	tileCompression, tileType     byte
	low, high                     int // zooms
	bound                         orb.Bound
}

func (h *header) encode() []byte {
	to := append(make([]byte, 0, headerSize), magic...)
	for _, s := range []section{h.root, h.metadata, h.leaves, h.tiles} {
		to = binary.LittleEndian.AppendUint64(to, s.offset)
		to = binary.LittleEndian.AppendUint64(to, s.length)
	}
	for _, count := range []uint64{h.addressed, h.entries, h.contents} {
		to = binary.LittleEndian.AppendUint64(to, count)
	}
	to = append(to, clustered, gzipped, h.tileCompression, h.tileType, byte(h.low), byte(h.high))
	for _, degrees := range []float64{h.bound.Min[0], h.bound.Min[1], h.bound.Max[0], h.bound.Max[1]} {
		to = binary.LittleEndian.AppendUint32(to, e7(degrees))
	}
	centre := h.bound.Center()
	to = append(to, byte((h.low+h.high)/2))
	to = binary.LittleEndian.AppendUint32(to, e7(centre[0]))
	return binary.LittleEndian.AppendUint32(to, e7(centre[1]))
}

func e7(degrees float64) uint32 { return uint32(int32(math.Round(degrees * 1e7))) }

func decodeHeader(text []byte) (h header, err error) {
	if len(text) < headerSize || !bytes.HasPrefix(text, magic) {
		return h, broken("it does not begin as one of version 3")
	}
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(text[at:]) }
	degrees := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(text[at:]))) / 1e7 }
	h = header{
		root: section{word(8), word(16)}, metadata: section{word(24), word(32)},
		leaves: section{word(40), word(48)}, tiles: section{word(56), word(64)},
		addressed: word(72), entries: word(80), contents: word(88),
		tileCompression: text[98], tileType: text[99], low: int(text[100]), high: int(text[101]),
		bound: orb.Bound{Min: orb.Point{degrees(102), degrees(106)}, Max: orb.Point{degrees(110), degrees(114)}},
	}
	if text[97] != gzipped {
		return h, broken("its index is not compressed by gzip")
	}
	return h, nil
}
