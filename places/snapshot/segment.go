package snapshot

import (
	"cmp"
	"encoding/binary"
	"slices"

	"cartoquartiers/places"
)

// segment is places in the order (Hilbert key, id), one array per column, never
// changed once a View shows it. A row costs 112 bytes and its two texts.
type segment struct {
	keys       []uint64 // geo.Hilbert
	ids        []places.ID
	lons, lats []float64 // degrees, exactly as stored
	xs, ys     []float64 // web mercator in [0, 1), y to the south
	seqs       []int64
	updated    []int64 // microseconds since 1970, as PostgreSQL counts
	revisions  []int32
	profiles   []uint32 // numbers of dictionary.profiles
	hoods      []uint32 // numbers of dictionary.hoods
	schedules  []uint32 // numbers of dictionary.schedules
	verified   []uint32 // days since 1970, 0 for never
	names      []uint32 // numbers, equal for equal names
	nameAts    []uint32 // where the row's own copy of its name begins in nameBytes
	featureAt  []uint64 // index of texts in the upper half, offset in the lower
	featureLen []uint32
	byID       []uint32 // rows in the order of ids

	// A name is ready to be a value of an MVT layer. Each row has its own copy, in
	// the order of rows: a tile then reads names as they lie, which for names that
	// many places share is not where the first of them is.
	nameBytes []byte
	nameAt    []uint32 // where a copy of name n begins; noName for the empty one
	nameBase  uint32   // added to make numbers of names unique within a View

	folding *foldOnce // names as they are searched

	// GeoJSON features, a comma behind each; shared between generations. Features
	// that lie side by side are copied as one, see Join.
	texts [][]byte

	sums prefixSums // of a big segment; empty for a recent one
}

func (s *segment) len() int       { return len(s.keys) }
func (s *segment) nameCount() int { return len(s.nameAt) }

func (s *segment) feature(i int) []byte {
	at := s.featureAt[i]
	text := s.texts[at>>32]
	start, length := at&0xffff_ffff, uint64(s.featureLen[i])
	return text[start : start+length : start+length]
}

func (s *segment) nameValue(i int) []byte { return s.valueAt(s.nameAts[i]) }

func (s *segment) valueAt(at uint32) []byte {
	if at == noName {
		return nil
	}
	value := s.nameBytes[at:]
	length, digits := binary.Uvarint(value[1:])
	return value[: 1+digits+int(length) : 1+digits+int(length)]
}

// noName is the place of the name of those that have none.
const noName = ^uint32(0)

// nameValueHeader is field 4 (values) of an MVT 2.1 layer, nameTextHeader is
// field 1 (string_value) of a value: https://github.com/mapbox/vector-tile-spec/tree/master/2.1.
const (
	nameValueHeader = 4<<3 | 2
	nameTextHeader  = 1<<3 | 2
)

// appendName writes a name as the value of an MVT layer; nothing for no name.
func appendName(to []byte, name []byte) []byte {
	if len(name) == 0 {
		return to
	}
	var length [binary.MaxVarintLen64]byte
	digits := binary.PutUvarint(length[:], uint64(len(name)))
	to = append(to, nameValueHeader)
	to = binary.AppendUvarint(to, uint64(1+digits+len(name)))
	to = append(to, nameTextHeader)
	to = append(to, length[:digits]...)
	return append(to, name...)
}

// nameText is the inverse of appendName.
func nameText(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	_, outer := binary.Uvarint(value[1:])
	value = value[1+outer+1:]
	_, inner := binary.Uvarint(value)
	return string(value[inner:])
}

// find gives the row of an id.
func (s *segment) find(id places.ID) (int, bool) {
	at, found := slices.BinarySearchFunc(s.byID, id, func(row uint32, id places.ID) int {
		return cmp.Compare(s.ids[row], id)
	})
	if !found {
		return 0, false
	}
	return int(s.byID[at]), true
}

// after is the first row behind a position in the order (key, id).
func (s *segment) after(c Cursor) int {
	low, high := 0, s.len()
	for low < high {
		middle := (low + high) / 2
		if s.keys[middle] < c.key || s.keys[middle] == c.key && s.ids[middle] <= c.id {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// lowerBound is the first row in [first, end) whose key is at least key. It
// gallops, because callers ask for something near first.
func (s *segment) lowerBound(key uint64, first, end int) int {
	step := 1
	for first+step < end && s.keys[first+step] < key {
		first += step
		step *= 2
	}
	end = min(end, first+step)
	for first < end {
		middle := int(uint(first+end) / 2)
		if s.keys[middle] < key {
			first = middle + 1
		} else {
			end = middle
		}
	}
	return first
}

// bytes is what the columns and names hold, without the features.
func (s *segment) bytes() int {
	const perRow = 8*8 + 4*8 + 8 + 4 + 4 // eight words, eight numbers, the feature's address, byID
	return s.len()*perRow + len(s.nameAt)*4 + cap(s.nameBytes) + s.sums.bytes()
}
