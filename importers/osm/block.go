package osm

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// kinds is a set of object kinds that a blob holds.
type kinds uint8

const (
	holdsNodes kinds = 1 << iota
	holdsWays
	holdsRelations
)

// block is one PrimitiveBlock, read in place: strings and objects are looked
// at where they lie in the inflated bytes, and only what is kept is copied.
//
// The format is that of osmformat.proto; the fields are numbered there.
type block struct {
	strings     []byte   // the StringTable message
	offsets     []uint32 // of each string's length prefix within strings
	groups      [][]byte
	granularity int64 // nanodegrees
	latOffset   int64 // nanodegrees
	lonOffset   int64
	dateUnit    int64 // milliseconds
}

// maxStrings bounds the table's index. Real blocks hold a few thousand; a
// table of the allowed 32 MiB with only empty strings would hold 16 million.
const maxStrings = 4 << 20

// parse finds the parts of a block. False when it is malformed.
func (b *block) parse(plain []byte) bool {
	*b = block{offsets: b.offsets[:0], groups: b.groups[:0], granularity: 100, dateUnit: 1000}
	f := fields{rest: plain}
	for f.next() {
		switch {
		case f.is(1, protowire.BytesType):
			b.strings = f.bytes
		case f.is(2, protowire.BytesType):
			if len(b.groups) == maxGroups {
				return false
			}
			b.groups = append(b.groups, f.bytes)
		case f.is(17, protowire.VarintType):
			b.granularity = int64(int32(f.varint))
		case f.is(18, protowire.VarintType):
			b.dateUnit = int64(int32(f.varint))
		case f.is(19, protowire.VarintType):
			b.latOffset = int64(f.varint)
		case f.is(20, protowire.VarintType):
			b.lonOffset = int64(f.varint)
		}
	}
	return !f.bad && b.sane() && b.indexStrings()
}

// sane bounds what coordinates and instants are computed from, so that no sum
// or product overflows later.
func (b *block) sane() bool {
	const turn = 360 * 1e9
	return b.granularity > 0 && b.dateUnit > 0 &&
		b.latOffset >= -turn && b.latOffset <= turn && b.lonOffset >= -turn && b.lonOffset <= turn
}

// maxGroups bounds the list of groups; writers make one, seldom four.
const maxGroups = 1 << 16

func (b *block) indexStrings() bool {
	f := fields{rest: b.strings}
	for {
		at := len(b.strings) - len(f.rest)
		if !f.next() {
			return !f.bad
		}
		if !f.is(1, protowire.BytesType) {
			continue
		}
		if len(b.offsets) == maxStrings {
			return false
		}
		// The tag of field 1 is one byte in every sane file; when it is not,
		// the length prefix lies further on.
		_, _, tag := protowire.ConsumeTag(b.strings[at:])
		b.offsets = append(b.offsets, uint32(at+tag))
	}
}

// text gives a string of the table, shared with the block; false outside it.
func (b *block) text(index uint64) ([]byte, bool) {
	if index >= uint64(len(b.offsets)) {
		return nil, false
	}
	s, n := protowire.ConsumeBytes(b.strings[b.offsets[index]:])
	return s, n >= 0
}

// lon and lat turn a stored value into units of 1e-7 degrees; false when it
// is not on Earth.
func (b *block) lon(value int64) (int32, bool) { return b.degrees(value, b.lonOffset, 180e7) }

func (b *block) lat(value int64) (int32, bool) { return b.degrees(value, b.latOffset, 90e7) }

func (b *block) degrees(value, offset, limit int64) (int32, bool) {
	const far = 1e12 // nanodegrees: further out than any offset brings back
	if value > far/b.granularity || value < -far/b.granularity {
		return 0, false
	}
	nano := offset + value*b.granularity
	half := int64(50)
	if nano < 0 {
		half = -half
	}
	unit := (nano + half) / 100
	return int32(unit), unit >= -limit && unit <= limit
}

// seconds turns a stored timestamp into Unix seconds; 0 when it makes no sense.
func (b *block) seconds(value int64) int64 {
	if value <= 0 || value > maxSeconds*1000/b.dateUnit {
		return 0
	}
	return value * b.dateUnit / 1000
}

// newest is the largest of seconds of these.
func (b *block) newest(stamps []int64) int64 {
	largest, limit := int64(0), maxSeconds*1000/b.dateUnit
	for _, stamp := range stamps {
		if stamp <= limit {
			largest = max(largest, stamp)
		}
	}
	return b.seconds(largest)
}
