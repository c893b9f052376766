package tiles

import "encoding/binary"

// Tags of protobuf fields, from vector_tile.proto of MVT 2.1: number<<3 | wire type.
const (
	tileLayer       = 3<<3 | 2
	layerName       = 1<<3 | 2
	layerFeature    = 2<<3 | 2
	layerKey        = 3<<3 | 2
	layerValue      = 4<<3 | 2
	layerExtent     = 5<<3 | 0
	layerVersion    = 15<<3 | 0
	featureID       = 1<<3 | 0
	featureTags     = 2<<3 | 2
	featureType     = 3<<3 | 0
	featureGeometry = 4<<3 | 2
	valueUint       = 5<<3 | 0

	typePoint  = 1
	moveToOnce = 1<<3 | 1 // a command integer: MoveTo, one point
	mvtVersion = 2
)

// layer collects the parts of one layer; its buffers are used again and again.
type layer struct {
	// features begin at headRoom, so that what stands before them, and is known
	// last, can be written in front without moving them.
	features []byte
	values   []byte
	count    uint32 // of values
}

// headRoom is enough for the tags, lengths, name and extent before the features.
const headRoom = 64

func (l *layer) reset() {
	if l.features == nil {
		l.features = make([]byte, headRoom, 4096)
	}
	l.features, l.values, l.count = l.features[:headRoom], l.values[:0], 0
}

// addValue takes an encoded value, its tag and length included, and gives its index.
func (l *layer) addValue(encoded []byte) uint32 {
	l.values = append(l.values, encoded...)
	l.count++
	return l.count - 1
}

func (l *layer) addUint(value uint64) uint32 {
	var digits [binary.MaxVarintLen64]byte
	length := binary.PutUvarint(digits[:], value)
	l.values = append(l.values, layerValue, byte(1+length), valueUint)
	l.values = append(l.values, digits[:length]...)
	l.count++
	return l.count - 1
}

// tile is a whole tile of this one layer, valid until the next reset; nil when it
// is empty.
func (l *layer) tile(name string, keys []string) []byte {
	if len(l.features) == headRoom {
		return nil
	}
	for _, key := range keys {
		l.features = appendText(l.features, layerKey, key)
	}
	l.features = append(l.features, l.values...)
	var room [headRoom]byte
	header := append(room[:0], layerVersion, mvtVersion)
	header = appendText(header, layerName, name)
	header = binary.AppendUvarint(append(header, layerExtent), Extent)
	var front [headRoom]byte
	outer := binary.AppendUvarint(append(front[:0], tileLayer), uint64(len(header)+len(l.features)-headRoom))
	outer = append(outer, header...)
	start := headRoom - len(outer)
	copy(l.features[start:], outer)
	return l.features[start:]
}

// appendText writes a field of fewer than 128 bytes.
func appendText(to []byte, tag byte, text string) []byte {
	to = append(to, tag, byte(len(text)))
	return append(to, text...)
}

// appendPoint ends a feature: its type and its only point, in units of the tile.
func appendPoint(to []byte, x, y int32) []byte {
	to = append(to, featureType, typePoint, featureGeometry, 0, moveToOnce)
	at := len(to) - 2
	to = appendVarint(to, zigzag(x))
	to = appendVarint(to, zigzag(y))
	to[at] = byte(len(to) - at - 1)
	return to
}

func zigzag(v int32) uint32 { return uint32(v<<1) ^ uint32(v>>31) }

// appendVarint is binary.AppendUvarint for the small numbers that tiles are made
// of, short enough to be inlined.
func appendVarint(to []byte, v uint32) []byte {
	for v >= 0x80 {
		to = append(to, byte(v)|0x80)
		v >>= 7
	}
	return append(to, byte(v))
}
